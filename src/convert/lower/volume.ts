import { isConstant } from "../../graph/tensors.ts";
import { transposeConstant } from "../../graph/transpose.ts";
import type { ConstantTensor, Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";
import { keepingType, toFloat } from "./elementwise.ts";
import { extentsFrom, extentsOf, signatureFrom } from "./extents.ts";
import { averagePool, maxPool } from "./pooling.ts";
import { type Count, countsByGap, nominalOf, reshapeToSizes, resized, vectorOf } from "./size-arithmetic.ts";
import { cropCells, type Direction, phasesOf, phaseWeights, sideBySide } from "./subpixels.ts";
import type { Family } from "./table.ts";
import { ROUNDING_CELLS } from "./window.ts";

type AnyCall = Call<KernelName>;
type Triple = readonly [number, number, number];
type Format = "NDHWC" | "NCDHW" | undefined;

/** How tfjs describes windows that slide over volumes. */
interface VolumeWindow {
  readonly strides: Triple | number;
  readonly pad: "valid" | "same" | number;
  readonly dilations?: Triple | number;
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}

/** Cells in front of a volume and behind it, along one dimension. */
type Side = readonly [number, number];

function triple(value: Triple | number): Triple {
  return typeof value === "number" ? [value, value, value] : value;
}

/** Runs a lowering on a volume with its channels last, which is the only order that operators take. */
function channelsLast(call: AnyCall, x: Tensor, format: Format, lower: (x: Tensor) => Tensor): Tensor {
  if (format !== "NCDHW") return lower(x);
  return call.transpose(lower(call.transpose(x, [0, 2, 3, 4, 1])), [0, 4, 1, 2, 3]);
}

/** The cells that padding in numbers adds, and more at the end where the number of windows is rounded up. */
function sidesOf({ pad, strides, dimRoundingMode = "floor" }: VolumeWindow): readonly Side[] | null {
  if (typeof pad !== "number") return null;
  const extra = ROUNDING_CELLS[dimRoundingMode];
  const sides = triple(strides).map((stride): Side => [pad, pad + extra(stride)]);
  return sides.flat().every((cells) => cells === 0) ? null : sides;
}

/** A filter that slides over a volume. */
function lowerConv3D(call: Call<"Conv3D">): Tensor {
  const { dataFormat, ...attributes } = call.attributes as VolumeWindow & { readonly dataFormat?: Format };
  return keepingType(call, call.input("x"), (input) =>
    channelsLast(call, input, dataFormat, (x) => {
      const [strides, dilations] = [triple(attributes.strides), triple(attributes.dilations ?? 1)];
      const [stride_d, stride_h, stride_w] = strides;
      const [dilation_d_factor, dilation_h_factor, dilation_w_factor] = dilations;
      const filter = call.input("filter");
      const extents = strides.map((_, i) => ((filter.shape[i] as number) - 1) * (dilations[i] as number) + 1);
      const inner = skipSame(call, x, attributes, extents, strides);
      // The filter lies as CONV_3D wants it: [depth, height, width, in, out] (`conv3d.cc`).
      return call.add("CONV_3D", [padVolume(call, inner, sidesOf(attributes)), filter], {
        padding: attributes.pad === "same" ? "SAME" : "VALID",
        stride_d,
        stride_h,
        stride_w,
        dilation_d_factor,
        dilation_h_factor,
        dilation_w_factor,
      });
    }),
  );
}

function padVolume(call: AnyCall, x: Tensor, sides: readonly Side[] | null): Tensor {
  if (sides === null || sides.flat().every((cells) => cells === 0)) return x;
  return call.add("PAD", [x, call.integers([0, 0, ...sides.flat(), 0, 0], "paddings", 2)]);
}

/**
 * The gradient of a convolution with respect to its input. CONV_3D_TRANSPOSE is told all sizes of its result,
 * the batch included: with a dynamic one it is an ordinary convolution and a rearrangement, as in two
 * dimensions.
 */
function lowerConv3DTranspose(call: Call<"Conv3DBackpropInputV2">): Tensor {
  const { strides, pad } = call.attributes as VolumeWindow;
  const filter = call.input("filter");
  const steps = triple(strides);
  const [input, output] = [extentsOf(call, call.input("dy")), extentsOf(call, call.output)];
  const dy = toFloat(call, call.input("dy"));
  const paddings = (output.probes ?? [output.nominal]).map((sizes) =>
    steps.map((stride, i) => forwardPadding(sizes[i + 1] as number, filter.shape[i] as number, stride, pad)),
  );
  if (!signatureFrom(output).includes(-1)) {
    return byConv3DTranspose(call, dy, filter, output.nominal, paddings[0] as readonly Side[]);
  }
  if (!isConstant(filter)) {
    call.fail(
      "its filter is computed, and a size of its result dynamic: fix it with { batch } or { inputs }",
    );
  }
  const phases = steps.map((stride, i) => {
    const recordings = paddings.map(
      (sides, recording): Direction => ({
        size: (input.probes?.[recording] ?? input.nominal)[i + 1] as number,
        out: (output.probes?.[recording] ?? output.nominal)[i + 1] as number,
        cut: (sides[i] as Side)[0],
      }),
    );
    return phasesOf(call, recordings, filter.shape[i] as number, stride);
  });
  const padded = padVolume(
    call,
    dy,
    phases.map(({ before, after }): Side => [before, after]),
  );
  const taps = phases.map((phase) => phase.taps);
  // CONV_3D has the channels that it makes last.
  const weights = transposeConstant(phaseWeights(call, filter, steps, taps), [1, 2, 3, 4, 0]);
  const y = call.add("CONV_3D", [padded, weights], {
    padding: "VALID",
    stride_d: 1,
    stride_h: 1,
    stride_w: 1,
  });
  const made = extentsFrom(input, ([batch, ...sizes]) => [
    batch as number,
    ...phases.map(({ before, after }, i) => (sizes[i] as number) + before + after - (taps[i] as number) + 1),
  ]);
  return cropCells(call, sideBySide(call, y, made, steps, output.nominal[4] as number), phases);
}

/** The filter lies as CONV_3D_TRANSPOSE wants it: [depth, height, width, out, in] (`conv3d_transpose.cc`). */
function byConv3DTranspose(
  call: Call<"Conv3DBackpropInputV2">,
  dy: Tensor,
  filter: Tensor | ConstantTensor,
  sizes: readonly number[],
  sides: readonly Side[],
): Tensor {
  const { strides, pad } = call.attributes as VolumeWindow;
  const [stride_d, stride_h, stride_w] = triple(strides);
  // What "same" pads the operator leaves out itself; all else was there, and is cut off, or was not seen.
  const cells = sides.map(
    (side): Side => (pad === "same" ? [Math.min(0, side[0]), Math.min(0, side[1])] : side),
  );
  const shape = sizes.map((size, index) => {
    const [before, after] = cells[index - 1] ?? [0, 0];
    return size + before + after;
  });
  const y = call.add("CONV_3D_TRANSPOSE", [call.integers(shape, "output_shape"), filter, dy], {
    padding: pad === "same" ? "SAME" : "VALID",
    stride_d,
    stride_h,
    stride_w,
  });
  return cropCells(
    call,
    y,
    cells.map(([skip, tail]) => ({ skip, tail })),
  );
}

/** The cells that the forward convolution added; the odd one comes behind (`tflite/kernels/padding.h`). */
function forwardPadding(size: number, window: number, stride: number, pad: VolumeWindow["pad"]): Side {
  if (pad === "valid") return [0, 0];
  if (typeof pad === "number") return [pad, pad];
  const total = (Math.ceil(size / stride) - 1) * stride + window - size;
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/**
 * A volume without what "same" leaves out: where the stride is larger than the window, tfjs's padding of volumes
 * comes out below zero, and its windows begin behind the first cells (`get3DPadAndOutInfo`). What is left is as long
 * as the windows need, or less than a stride longer, so that SAME has nothing to add to it.
 */
function skipSame(
  call: AnyCall,
  x: Tensor,
  { pad }: Pick<VolumeWindow, "pad">,
  extents: readonly number[],
  strides: readonly number[],
): Tensor {
  if (pad !== "same") return x;
  const skipped = extents.map((extent, i) => {
    const stride = strides[i] as number;
    const [count] = countsByGap(call, x, i + 1, stride, (gap) => [
      Math.ceil(Math.max(0, stride - extent - gap) / 2),
    ]);
    return count as Count;
  });
  return skipCells(call, x, skipped);
}

/** A tensor without the first cells of its dimensions behind the batch. */
function skipCells(call: AnyCall, x: Tensor, skipped: readonly Count[]): Tensor {
  const rank = x.shape.length;
  const inner = Array.from({ length: rank - 2 }, (_, index) => skipped[index] ?? 0);
  const counts = inner.map(nominalOf);
  if (inner.every((count) => typeof count === "number")) {
    return cropCells(
      call,
      x,
      counts.map((skip) => ({ skip, tail: 0 })),
    );
  }
  const begin = vectorOf(call, [0, ...inner, 0], "begin");
  const end = call.integers(new Array<number>(rank).fill(0), "end");
  const strides = call.integers(new Array<number>(rank).fill(1), "strides");
  const like = resized(
    call,
    x,
    x.shape.map((size, index) => size - (counts[index - 1] ?? 0)),
  );
  return call.addLike("STRIDED_SLICE", [x, begin, end, strides], { end_mask: 2 ** rank - 1 }, like);
}

type PoolAttributes = VolumeWindow & { readonly filterSize: Triple | number; readonly dataFormat?: Format };

/**
 * A pool over volumes is one over their slices and one over what lies behind each other: the largest value is
 * the largest of the largest, and the mean the mean of means, since as many cells count in each slice.
 */
function pool3d(pool: typeof maxPool): (call: Call<"MaxPool3D" | "AvgPool3D">) => Tensor {
  return (call) => {
    const { dataFormat, ...attributes } = call.attributes as PoolAttributes;
    const [depth, height, width] = triple(attributes.filterSize);
    const [strideDepth, strideHeight, strideWidth] = triple(attributes.strides);
    const [alongDepth, alongHeight, alongWidth] = sidesOf(attributes) ?? [];
    const padding = attributes.pad === "same" ? "SAME" : "VALID";
    const slices = (x: Tensor): Tensor => {
      const images = reshapeToSizes(call, x, [
        [
          [x, 0],
          [x, 1],
        ],
        [[x, 2]],
        [[x, 3]],
        [[x, 4]],
      ]);
      const extents = [height, width];
      const inner = skipSame(call, images, attributes, extents, [strideHeight, strideWidth]);
      return pool(call, inner, [height, width], {
        options: { padding, stride_h: strideHeight, stride_w: strideWidth },
        explicit: alongHeight && alongWidth ? sides(alongHeight, alongWidth) : null,
      });
    };
    const stacks = (x: Tensor, y: Tensor): Tensor => {
      const columns = reshapeToSizes(call, y, [
        [[x, 0]],
        [[x, 1]],
        [
          [y, 1],
          [y, 2],
        ],
        [[y, 3]],
      ]);
      const inner = skipSame(call, columns, attributes, [depth], [strideDepth]);
      return pool(call, inner, [depth, 1], {
        options: { padding, stride_h: strideDepth, stride_w: 1 },
        explicit: alongDepth ? sides(alongDepth, [0, 0]) : null,
      });
    };
    const isFlat = depth === 1 && strideDepth === 1 && !alongDepth;
    return channelsLast(call, toFloat(call, call.input("x")), dataFormat, (x) => {
      const pooled = slices(x);
      const stacked = isFlat ? null : stacks(x, pooled);
      return reshapeToSizes(call, stacked ?? pooled, [
        [[x, 0]],
        [stacked === null ? [x, 1] : [stacked, 1]],
        [[pooled, 1]],
        [[pooled, 2]],
        [[pooled, 3]],
      ]);
    });
  };
}

function sides([top, bottom]: Side, [left, right]: Side) {
  return { top, bottom, left, right };
}

/** The lowerings of this file. */
export const lowerings: Family<"volume"> = {
  AvgPool3D: pool3d(averagePool),
  Conv3D: lowerConv3D,
  Conv3DBackpropInputV2: lowerConv3DTranspose,
  MaxPool3D: pool3d(maxPool),
};
