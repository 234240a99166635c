import { floatConstant, floatsOf, isDynamic, signatureOf } from "../../graph/tensors.ts";
import type { ConstantTensor, Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";
import { type Extents, extentsFrom, reshapeTo } from "./extents.ts";

type AnyCall = Call<KernelName>;

/** How the outputs along one direction of a transposed convolution lie in those of an ordinary one. */
export interface Phases {
  /** Cells of the input that each phase reads. */
  readonly taps: number;
  /** Cells to add around the input. */
  readonly before: number;
  readonly after: number;
  /** Outputs to leave out at the start and at the end. */
  readonly skip: number;
  readonly tail: number;
}

/** One direction: its size, that of the result, and the cells that the forward convolution padded in front. */
export interface Direction {
  readonly size: number;
  readonly out: number;
  readonly cut: number;
}

/**
 * The phases of one direction, which must be the same in every recording.
 *
 * Output cell `q = a·s + r` (before the padding is cut off) is the sum of `dy[a - m] · w[r + s·m]`: for each of
 * the `s` phases `r` an ordinary convolution, all of them one convolution with `s` times as many channels in
 * each direction, whose channels are then put side by side (Shi et al., Is the deconvolution layer the same as
 * a convolutional layer?).
 */
export function phasesOf(
  call: AnyCall,
  recordings: readonly Direction[],
  window: number,
  stride: number,
): Phases {
  const [first, ...others] = recordings.map((direction) => phases(direction, window, stride)) as [
    Phases,
    ...Phases[],
  ];
  const same = (phase: Phases): boolean =>
    (Object.keys(first) as (keyof Phases)[]).every((key) => phase[key] === first[key]);
  if (!others.every(same)) {
    call.fail("its result does not grow as its input does: fix the sizes with the option { inputs }");
  }
  return first;
}

function phases({ size, out, cut }: Direction, window: number, stride: number): Phases {
  const taps = Math.ceil(window / stride);
  // Whole groups of outputs that are cut off at the start are not computed at all.
  const first = Math.min(Math.floor(cut / stride), taps - 1);
  const groups = Math.ceil((cut + out) / stride) - first;
  const before = taps - 1 - first;
  const after = Math.max(0, groups + taps - 1 - before - size);
  const skip = cut - first * stride;
  return { taps, before, after, skip, tail: (size + before + after - taps + 1) * stride - skip - out };
}

/**
 * Filters [...window, out, in] as [phases * out, ...taps, in]: of phase `r` the tap `j` is the filter's
 * `r + stride * (taps - 1 - j)`, or 0.
 */
export function phaseWeights(
  call: AnyCall,
  filter: ConstantTensor,
  strides: readonly number[],
  taps: readonly number[],
): ConstantTensor {
  const window = filter.shape.slice(0, -2);
  const [out, depth] = filter.shape.slice(-2) as [number, number];
  const values = floatsOf(filter);
  const [phaseCount, tapCount] = [product(strides), product(taps)];
  const result = new Float32Array(phaseCount * out * tapCount * depth);
  for (let phase = 0; phase < phaseCount; phase++) {
    const r = positionOf(phase, strides);
    for (let tap = 0; tap < tapCount; tap++) {
      const at = positionOf(tap, taps).map(
        (j, i) => (r[i] as number) + (strides[i] as number) * ((taps[i] as number) - 1 - j),
      );
      if (at.some((cell, i) => cell >= (window[i] as number))) continue;
      const cell = at.reduce((index, position, i) => index * (window[i] as number) + position, 0);
      for (let channel = 0; channel < out; channel++) {
        const from = (cell * out + channel) * depth;
        result.set(values.subarray(from, from + depth), ((phase * out + channel) * tapCount + tap) * depth);
      }
    }
  }
  return floatConstant(filter.name || call.name("kernel"), [phaseCount * out, ...taps, depth], result);
}

/** The position of the `index`-th cell of a grid. */
function positionOf(index: number, sizes: readonly number[]): readonly number[] {
  const position: number[] = [];
  let rest = index;
  for (const size of [...sizes].reverse()) {
    position.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return position;
}

/**
 * Channels as blocks of cells: [batch, ...sizes, ...strides · channels] becomes
 * [batch, ...sizes · strides, channels].
 */
export function sideBySide(
  call: AnyCall,
  y: Tensor,
  extents: Extents,
  strides: readonly number[],
  channels: number,
): Tensor {
  if (strides.every((stride) => stride === 1)) return y;
  const [first] = strides as [number];
  if (strides.length === 2 && strides[1] === first) {
    return call.add("DEPTH_TO_SPACE", [y], { block_size: first });
  }
  let spread = y;
  for (const [index, stride] of strides.entries()) {
    const inner = product(strides.slice(index + 1)) * channels;
    if (stride === 1 || index === strides.length - 1) continue;
    const lanes = extentsFrom(extents, ([batch, ...sizes]) => [
      (batch as number) * product(sizes.slice(0, index + 1)) * product(strides.slice(0, index)),
      product(sizes.slice(index + 1)),
      stride,
      inner,
    ]);
    spread = call.transpose(reshapeTo(call, spread, lanes), [0, 2, 1, 3]);
  }
  return reshapeTo(
    call,
    spread,
    extentsFrom(extents, ([batch, ...sizes]) => [
      batch as number,
      ...strides.map((stride, index) => stride * (sizes[index] as number)),
      channels,
    ]),
  );
}

/**
 * A tensor without the first and the last cells of its inner dimensions; fewer than none are zeros that are added.
 */
export function cropCells(
  call: AnyCall,
  y: Tensor,
  cells: readonly { readonly skip: number; readonly tail: number }[],
): Tensor {
  const added = cells.flatMap(({ skip, tail }) => [Math.max(0, -skip), Math.max(0, -tail)]);
  const extended = added.every((count) => count === 0)
    ? y
    : call.add("PAD", [y, call.integers([0, 0, ...added, 0, 0], "paddings", 2)]);
  return crop(
    call,
    extended,
    cells.map(({ skip, tail }) => ({ skip: Math.max(0, skip), tail: Math.max(0, tail) })),
  );
}

function crop(
  call: AnyCall,
  y: Tensor,
  cells: readonly { readonly skip: number; readonly tail: number }[],
): Tensor {
  if (cells.every(({ skip, tail }) => skip === 0 && tail === 0)) return y;
  const begin = call.integers([0, ...cells.map(({ skip }) => skip), 0], "begin");
  if (cells.some((_, index) => isDynamic(y, index + 1))) {
    const end = call.integers([0, ...cells.map(({ tail }) => -tail), 0], "end");
    const strides = call.integers([1, ...cells.map(() => 1), 1], "strides");
    const whole = [true, ...cells.map(({ tail }) => tail === 0), true];
    const end_mask = whole.reduce((bits, open, index) => (open ? bits | (1 << index) : bits), 0);
    return call.add("STRIDED_SLICE", [y, begin, end, strides], { end_mask });
  }
  const sizes = signatureOf(y).map((size, index) => {
    const cut = cells[index - 1];
    return cut === undefined ? size : size - cut.skip - cut.tail;
  });
  return call.add("SLICE", [y, begin, call.integers(sizes, "size")]);
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1);
}
