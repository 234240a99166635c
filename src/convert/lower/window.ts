import { isDynamic } from "../../graph/tensors.ts";
import type { Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";
import {
  type Count,
  countsByGap,
  nominalOf,
  resized,
  sizeOf,
  stepsBetween,
  times,
  vectorOf,
} from "./size-arithmetic.ts";
import { cropCells } from "./subpixels.ts";

/** How tfjs's convolutions and pools describe their windows. */
export interface WindowAttributes {
  readonly strides: readonly [number, number] | number;
  readonly pad: "valid" | "same" | number | readonly (readonly [number, number])[];
  readonly dilations?: readonly [number, number] | number;
  readonly dataFormat?: "NHWC" | "NCHW";
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}

/** A window in TensorFlow Lite's terms. */
export interface Window {
  readonly options: {
    readonly padding: "SAME" | "VALID";
    readonly stride_h: number;
    readonly stride_w: number;
  };
  readonly dilation: { readonly dilation_h_factor: number; readonly dilation_w_factor: number };
  /** Cells to add around the image first, where the padding is neither SAME nor VALID. */
  readonly explicit: Padding | null;
}

/** Cells around an image; fewer than none at its end are cut off. */
export interface Padding {
  readonly top: Count;
  readonly bottom: Count;
  readonly left: Count;
  readonly right: Count;
  /** How many columns are kept of the padded image, where that has more. */
  readonly width?: Count;
}

/** One number for both directions, or one each. */
export function pair(value: readonly [number, number] | number): readonly [number, number] {
  return typeof value === "number" ? [value, value] : value;
}

/** Translates a window of `height` x `width` that slides over an NHWC image. */
export function windowOf(
  call: Call<KernelName>,
  x: Tensor,
  [height, width]: readonly [number, number],
  attributes: WindowAttributes,
): Window {
  const [stride_h, stride_w] = pair(attributes.strides);
  const [dilation_h_factor, dilation_w_factor] = pair(attributes.dilations ?? 1);
  const explicit =
    attributes.pad === "same" || attributes.pad === "valid"
      ? null
      : explicitPadding(call, x, [height, width], attributes);
  const padding = attributes.pad === "same" ? "SAME" : "VALID";
  return {
    options: { padding, stride_h, stride_w },
    dilation: { dilation_h_factor, dilation_w_factor },
    explicit,
  };
}

/** Cells at the end that make a division which rounds down one that rounds to the nearest, or up. */
export const ROUNDING_CELLS: Readonly<Record<"floor" | "round" | "ceil", (stride: number) => number>> = {
  floor: () => 0,
  round: (stride) => Math.floor(stride / 2),
  ceil: (stride) => stride - 1,
};

/** One direction of a window: how many cells it covers, and its stride. */
interface Steps {
  readonly extent: number;
  readonly stride: number;
}

/** Cells in front of an image and behind it, and how much of it is kept, along one direction. */
interface Side {
  readonly before: number;
  readonly after: Count;
  readonly kept?: Count;
}

/**
 * The cells that numeric and explicit paddings add. The number of windows is tfjs's, which rounds it up where
 * it is asked to and, of numeric paddings, takes the filter's height and the vertical stride for both
 * directions (`computeOutputShape2D`): the image is extended or cut off at its end until that many fit.
 */
function explicitPadding(
  call: Call<KernelName>,
  x: Tensor,
  [height, width]: readonly [number, number],
  { pad, strides, dilations, dimRoundingMode = "floor" }: WindowAttributes,
): Padding | null {
  if (typeof pad === "string") return null;
  const [stride_h, stride_w] = pair(strides);
  const [dilation_h, dilation_w] = pair(dilations ?? 1);
  const down: Steps = { extent: (height - 1) * dilation_h + 1, stride: stride_h };
  const along: Steps = { extent: (width - 1) * dilation_w + 1, stride: stride_w };
  const [rows, columns] =
    typeof pad === "number"
      ? ([
          [pad, pad],
          [pad, pad],
        ] as const)
      : ([pad[1], pad[2]] as readonly Cells[] as readonly [Cells, Cells]);
  const side = (dimension: number, cells: Cells, steps: Steps, counting: Steps): Side =>
    sideOf(call, x, dimension, cells, steps, counting, ROUNDING_CELLS[dimRoundingMode](counting.stride));
  const vertical = side(1, rows, down, down);
  const horizontal = side(2, columns, along, typeof pad === "number" ? down : along);
  const padding = {
    top: vertical.before,
    bottom: vertical.after,
    left: horizontal.before,
    right: horizontal.after,
  };
  if (horizontal.kept !== undefined) return { ...padding, width: horizontal.kept };
  return Object.values(padding).every((cells) => cells === 0) ? null : padding;
}

type Cells = readonly [before: number, after: number];

/** One direction: as many windows as `counting` makes, its number rounded up by `extra` cells. */
function sideOf(
  call: Call<KernelName>,
  x: Tensor,
  dimension: number,
  [before, given]: Cells,
  { extent, stride }: Steps,
  counting: Steps,
  extra: number,
): Side {
  // The windows of a size are ⌊(size - first) / counting.stride⌋ + 1.
  const first = counting.extent - before - given - extra;
  const missing = (size: number): number =>
    Math.floor((size - first) / counting.stride) * stride + extent - size - before;
  const size = x.shape[dimension] as number;
  if (!isDynamic(x, dimension)) {
    const fits = Math.floor((size + before + given - extent) / stride);
    return { before, after: fits === Math.floor((size - first) / counting.stride) ? given : missing(size) };
  }
  if (counting.stride === stride) return { before, after: given + extra + extent - counting.extent };
  const length = sizeOf(call, x, dimension);
  const windows = stepsBetween(call, first - 1, length, counting.stride);
  const kept = {
    nominal: missing(size) + size + before,
    computed: stepsBetween(call, stride - extent, times(call, windows, stride), 1),
  };
  const ratio = stride / counting.stride;
  if (ratio < 1) {
    // The larger the image, the more of it is cut off: what the smallest ones lack is enough.
    const smallest = Math.max(1, first);
    const sizes = Array.from({ length: counting.stride + 1 }, (_, index) => smallest + index);
    return { before, after: Math.max(0, ...sizes.map(missing)), kept };
  }
  const growth = Math.ceil(ratio) - 1;
  const least = Math.max(0, Math.ceil(extent - before - first * ratio));
  const after = {
    nominal: growth * size + least,
    computed: stepsBetween(call, -least, times(call, length, growth), 1),
  };
  return { before, after, kept };
}

/** The cells that "same" adds, the odd one at the end, of an image whose size may be dynamic. */
export function samePadding(
  call: Call<KernelName>,
  x: Tensor,
  extents: readonly [number, number],
  strides: readonly [number, number],
): Padding {
  const [rows, columns] = ([0, 1] as const).map((i) =>
    countsByGap(call, x, i + 1, strides[i], (gap) => {
      const total = Math.max(0, extents[i] - strides[i] + gap);
      return [Math.floor(total / 2), Math.ceil(total / 2)];
    }),
  ) as [readonly [Count, Count], readonly [Count, Count]];
  return { top: rows[0], bottom: rows[1], left: columns[0], right: columns[1] };
}

/** The image with cells of `value` around it, or less of it where there are fewer than none. */
export function padImage(call: Call<KernelName>, x: Tensor, padding: Padding | null, value = 0): Tensor {
  if (padding === null) return x;
  const { top, left, width } = padding;
  const [rows, columns] = [padding.bottom, padding.right].map((count) => Math.min(0, nominalOf(count))) as [
    number,
    number,
  ];
  const [bottom, right] = [rows < 0 ? 0 : padding.bottom, columns < 0 ? 0 : padding.right];
  const padded = addCells(call, x, [top, bottom, left, right], value);
  if (width !== undefined) return keepColumns(call, padded, width);
  return cropCells(call, padded, [
    { skip: 0, tail: -rows },
    { skip: 0, tail: -columns },
  ]);
}

function addCells(call: Call<KernelName>, x: Tensor, cells: readonly Count[], value: number): Tensor {
  if (cells.every((count) => count === 0)) return x;
  const isKnown = cells.every((count) => typeof count === "number");
  const amounts = isKnown
    ? call.integers([0, 0, ...cells, 0, 0], "paddings", 2)
    : call.reshapeTo(vectorOf(call, [0, 0, ...cells, 0, 0], "paddings"), [4, 2]);
  const [type, operands] =
    value === 0 ? (["PAD", [x, amounts]] as const) : (["PADV2", [x, amounts, call.scalar(value)]] as const);
  if (isKnown) return call.add(type, operands);
  const [top, bottom, left, right] = cells.map(nominalOf) as [number, number, number, number];
  const [batch, height, columns, channels] = x.shape as [number, number, number, number];
  const shape = [batch, height + top + bottom, columns + left + right, channels];
  return call.addLike(type, operands, {}, resized(call, x, shape));
}

/** The first columns of an image. */
function keepColumns(call: Call<KernelName>, x: Tensor, width: Count): Tensor {
  const end = vectorOf(call, [0, 0, width, 0], "end");
  const [begin, strides] = [call.integers([0, 0, 0, 0], "begin"), call.integers([1, 1, 1, 1], "strides")];
  const [batch, height, , channels] = x.shape as [number, number, number, number];
  const like = resized(call, x, [batch, height, nominalOf(width), channels]);
  return call.addLike("STRIDED_SLICE", [x, begin, end, strides], { end_mask: 0b1011 }, like);
}

/** Paddings of an NCHW image in the order of an NHWC one. */
export function channelsLastWindow<A extends WindowAttributes>(attributes: A): A {
  const { pad, dataFormat } = attributes;
  if (dataFormat !== "NCHW") return attributes;
  const [batch, channels, rows, columns] = (typeof pad === "object" ? pad : []) as (readonly [
    number,
    number,
  ])[];
  const moved = typeof pad === "object" ? ([batch, rows, columns, channels] as WindowAttributes["pad"]) : pad;
  return { ...attributes, pad: moved, dataFormat: "NHWC" };
}

/** Runs a lowering on an image with its channels last, which is the only order that operators take. */
export function channelsLast(
  call: Call<KernelName>,
  x: Tensor,
  dataFormat: WindowAttributes["dataFormat"],
  lower: (x: Tensor) => Tensor,
): Tensor {
  if (dataFormat !== "NCHW") return lower(x);
  return call.transpose(lower(call.transpose(x, [0, 2, 3, 1])), [0, 3, 1, 2]);
}
