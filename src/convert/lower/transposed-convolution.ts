import { isConstant } from "../../graph/tensors.ts";
import type { ConstantTensor, Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";
import { biasOf, reorder } from "./convolution.ts";
import { type Extents, extentsFrom, extentsOf, signatureFrom } from "./extents.ts";
import { nominalOf } from "./size-arithmetic.ts";
import { cropCells, type Phases, phasesOf, phaseWeights, sideBySide } from "./subpixels.ts";
import type { Family } from "./table.ts";
import {
  channelsLast,
  channelsLastWindow,
  padImage,
  pair,
  type WindowAttributes,
  windowOf,
} from "./window.ts";

type AnyCall = Call<KernelName>;

/**
 * The gradient of a convolution with respect to its input, which is what a transposed convolution is.
 *
 * TRANSPOSE_CONV reads its whole output shape from an operand, the batch included: a dynamic batch would have
 * to be computed as it runs, which delegates do not take and LiteRT's CompiledModel answers with zeros. So a
 * dynamic size gets an ordinary convolution and a rearrangement of its channels instead.
 */
function lowerConv2DTranspose(call: Call<"Conv2DBackpropInput">): Tensor {
  const attributes = call.attributes as WindowAttributes;
  const order = attributes.dataFormat === "NCHW" ? [0, 2, 3, 1] : [0, 1, 2, 3];
  const ordered = (tensor: Tensor): Extents =>
    extentsFrom(extentsOf(call, tensor), (sizes) => order.map((dimension) => sizes[dimension] as number));
  const [input, output] = [ordered(call.input("dy")), ordered(call.output)];
  return channelsLast(call, call.input("dy"), attributes.dataFormat, (dy) => {
    const filter = call.input("filter");
    const window = channelsLastWindow(attributes);
    const isFixed = !signatureFrom(output).includes(-1);
    if (isFixed) return byTransposeConv(call, dy, filter, output.nominal as Sizes4, window);
    if (!isConstant(filter)) {
      call.fail(
        "its filter is computed, and a size of its result dynamic: fix it with { batch } or { inputs }",
      );
    }
    return bySubpixels(call, dy, filter, { input, output }, window);
  });
}

type Sizes4 = readonly [number, number, number, number];

/** Filters [height, width, out, in] become TRANSPOSE_CONV's [out, height, width, in] (`transpose_conv.cc`). */
function byTransposeConv(
  call: AnyCall,
  dy: Tensor,
  filter: Tensor,
  [batch, outHeight, outWidth, channels]: Sizes4,
  attributes: WindowAttributes,
): Tensor {
  const { options, padding } = forwardWindow(call, filter, [outHeight, outWidth], attributes);
  // Padding in cells was cut off the image that the forward convolution saw: make it, then cut it off.
  const { top, bottom, left, right } = padding;
  const explicit = attributes.pad !== "same";
  const [addedRows, addedColumns] = explicit ? [top + bottom, left + right] : [0, 0];
  const shape = [batch, outHeight + addedRows, outWidth + addedColumns, channels];
  const weights = reorder(call, filter, [2, 0, 1, 3]);
  const y = call.add("TRANSPOSE_CONV", [call.integers(shape, "output_shape"), weights, dy], options);
  if (!explicit) return y;
  return cropCells(call, y, [
    { skip: top, tail: bottom },
    { skip: left, tail: right },
  ]);
}

/** The window of the convolution that this is the gradient of, and the cells it padded. */
function forwardWindow(
  call: AnyCall,
  filter: Tensor,
  [height, width]: readonly [number, number],
  attributes: WindowAttributes,
) {
  const image: Tensor = { name: "image", type: "float32", shape: [1, height, width, 1] };
  const window = filter.shape.slice(0, 2) as [number, number];
  const { options, explicit } = windowOf(call, image, window, { ...attributes, dilations: 1 });
  if (options.padding === "SAME") {
    const [top, bottom] = samePadding(height, window[0], options.stride_h);
    const [left, right] = samePadding(width, window[1], options.stride_w);
    return { options, padding: { top, bottom, left, right } };
  }
  const { top = 0, bottom = 0, left = 0, right = 0 } = explicit ?? {};
  return {
    options,
    padding: {
      top: nominalOf(top),
      bottom: nominalOf(bottom),
      left: nominalOf(left),
      right: nominalOf(right),
    },
  };
}

/** The odd cell comes after the image (`tflite/kernels/padding.h`). */
function samePadding(size: number, window: number, stride: number): readonly [number, number] {
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + window - size, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** See {@link phasesOf}. */
function bySubpixels(
  call: AnyCall,
  dy: Tensor,
  filter: ConstantTensor,
  { input, output }: { readonly input: Extents; readonly output: Extents },
  attributes: WindowAttributes,
): Tensor {
  const strides = pair(attributes.strides);
  const channels = output.nominal[3] as number;
  const outputs = output.probes ?? [output.nominal];
  const inputs = input.probes ?? [input.nominal];
  const directions = outputs.map(([, height, width], recording) => {
    const out = [height as number, width as number] as const;
    const { padding } = forwardWindow(call, filter, out, attributes);
    const [, rows, columns] = (inputs[recording] ?? input.nominal) as Sizes4;
    return [
      { size: rows, out: out[0], cut: padding.top },
      { size: columns, out: out[1], cut: padding.left },
    ] as const;
  });
  const [rows, columns] = ([0, 1] as const).map((i) =>
    phasesOf(
      call,
      directions.map((direction) => direction[i]),
      filter.shape[i] as number,
      strides[i],
    ),
  ) as [Phases, Phases];
  const padded = padImage(call, dy, {
    top: rows.before,
    bottom: rows.after,
    left: columns.before,
    right: columns.after,
  });
  const weights = phaseWeights(call, filter, strides, [rows.taps, columns.taps]);
  const options = { padding: "VALID", stride_h: 1, stride_w: 1 } as const;
  const y = call.add("CONV_2D", [padded, weights, biasOf(call, null, weights.shape[0] as number)], options);
  const made = extentsFrom(input, ([batch, height, width]) => [
    batch as number,
    (height as number) + rows.before + rows.after - rows.taps + 1,
    (width as number) + columns.before + columns.after - columns.taps + 1,
  ]);
  return cropCells(call, sideBySide(call, y, made, strides, channels), [rows, columns]);
}

/** The lowerings of this file. */
export const lowerings: Family<"transposed-convolution"> = {
  Conv2DBackpropInput: lowerConv2DTranspose,
};
