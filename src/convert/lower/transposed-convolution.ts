import { floatConstant, floatsOf, isConstant, isDynamic, signatureOf } from "../../graph/tensors.ts";
import type { ConstantTensor, Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";
import { biasOf, reorder } from "./convolution.ts";
import type { Family } from "./table.ts";
import { channelsLast, padImage, pair, type WindowAttributes, windowOf } from "./window.ts";

type AnyCall = Call<KernelName>;

/**
 * The gradient of a convolution with respect to its input, which is what a transposed convolution is.
 *
 * TRANSPOSE_CONV reads its whole output shape from an operand, the batch included: a dynamic batch would have
 * to be computed as it runs, which delegates do not take and LiteRT's CompiledModel answers with zeros. So a
 * dynamic batch gets an ordinary convolution and a rearrangement of its channels instead.
 */
function lowerConv2DTranspose(call: Call<"Conv2DBackpropInput">): Tensor {
  const attributes = call.attributes as WindowAttributes;
  return channelsLast(call, call.input("dy"), attributes.dataFormat, (dy) => {
    const signature = signatureOf(call.output);
    const order = attributes.dataFormat === "NCHW" ? [0, 2, 3, 1] : [0, 1, 2, 3];
    const [, height, width, channels] = order.map((dimension) => signature[dimension] as number);
    if ([height, width].includes(-1)) call.fail("it needs a fixed height and width");
    const image = [height, width, channels] as [number, number, number];
    const filter = call.input("filter");
    return isDynamic(dy, 0) && isConstant(filter)
      ? bySubpixels(call, dy, filter, image, attributes)
      : byTransposeConv(call, dy, filter, image, attributes);
  });
}

/** Filters [height, width, out, in] become TRANSPOSE_CONV's [out, height, width, in] (`transpose_conv.cc`). */
function byTransposeConv(
  call: AnyCall,
  dy: Tensor,
  filter: Tensor,
  [outHeight, outWidth, channels]: readonly [number, number, number],
  attributes: WindowAttributes,
): Tensor {
  if (isDynamic(dy, 0)) call.fail("its filter is computed, and its batch is dynamic: { batch: 1 } fixes it");
  const { options, padding } = forwardWindow(call, filter, [outHeight, outWidth], attributes);
  // Padding in cells was cut off the image that the forward convolution saw: make it, then cut it off.
  const { top, bottom, left, right } = padding;
  const explicit = attributes.pad !== "same" && top + bottom + left + right > 0;
  const [addedRows, addedColumns] = explicit ? [top + bottom, left + right] : [0, 0];
  const shape = [dy.shape[0] as number, outHeight + addedRows, outWidth + addedColumns, channels];
  const weights = reorder(call, filter, [2, 0, 1, 3]);
  const y = call.add("TRANSPOSE_CONV", [call.integers(shape, "output_shape"), weights, dy], options);
  return explicit ? crop(call, y, [top, left], [outHeight, outWidth]) : y;
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
  return { options, padding: explicit ?? { top: 0, bottom: 0, left: 0, right: 0 } };
}

/** The odd cell comes after the image (`tflite/kernels/padding.h`). */
function samePadding(size: number, window: number, stride: number): readonly [number, number] {
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + window - size, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/**
 * Output cell `q = a·s + r` (before the padding is cut off) is the sum of `dy[a - m] · w[r + s·m]`: for each of
 * the `s` phases `r` an ordinary convolution, all of them one convolution with `s` times as many channels in
 * each direction, which DEPTH_TO_SPACE puts side by side (Shi et al., Is the deconvolution layer the same as a
 * convolutional layer?).
 */
function bySubpixels(
  call: AnyCall,
  dy: Tensor,
  filter: ConstantTensor,
  [outHeight, outWidth, channels]: readonly [number, number, number],
  attributes: WindowAttributes,
): Tensor {
  const strides = pair(attributes.strides);
  const { padding } = forwardWindow(call, filter, [outHeight, outWidth], attributes);
  const rows = phases(call.size(dy, 1), filter.shape[0] as number, strides[0], padding.top, outHeight);
  const columns = phases(call.size(dy, 2), filter.shape[1] as number, strides[1], padding.left, outWidth);
  const padded = padImage(call, dy, {
    top: rows.before,
    bottom: rows.after,
    left: columns.before,
    right: columns.after,
  });
  const weights = phaseWeights(call, filter, strides, [rows.taps, columns.taps]);
  const options = { padding: "VALID", stride_h: 1, stride_w: 1 } as const;
  const y = call.add("CONV_2D", [padded, weights, biasOf(call, null, weights.shape[0] as number)], options);
  const spread = sideBySide(call, y, strides, channels);
  return crop(call, spread, [rows.skip, columns.skip], [outHeight, outWidth]);
}

/** Taps of each phase along one direction, cells of padding around `dy`, and outputs to leave out at the start. */
function phases(size: number, window: number, stride: number, cut: number, out: number) {
  const taps = Math.ceil(window / stride);
  // Whole groups of outputs that are cut off at the start are not computed at all.
  const first = Math.min(Math.floor(cut / stride), taps - 1);
  const groups = Math.ceil((cut + out) / stride) - first;
  const before = taps - 1 - first;
  return { taps, before, after: Math.max(0, groups + taps - 1 - before - size), skip: cut - first * stride };
}

/** [phases * out, rows, columns, in]: of phase `r` the tap `j` is the filter's `r + stride * (taps - 1 - j)`, or 0. */
function phaseWeights(
  call: AnyCall,
  filter: ConstantTensor,
  [strideY, strideX]: readonly [number, number],
  [tapsY, tapsX]: readonly [number, number],
): ConstantTensor {
  const [height, width, out, depth] = filter.shape as [number, number, number, number];
  const values = floatsOf(filter);
  const result = new Float32Array(strideY * strideX * out * tapsY * tapsX * depth);
  for (let phaseY = 0; phaseY < strideY; phaseY++) {
    for (let phaseX = 0; phaseX < strideX; phaseX++) {
      for (let tapY = 0; tapY < tapsY; tapY++) {
        for (let tapX = 0; tapX < tapsX; tapX++) {
          const y = phaseY + strideY * (tapsY - 1 - tapY);
          const x = phaseX + strideX * (tapsX - 1 - tapX);
          if (y >= height || x >= width) continue;
          for (let channel = 0; channel < out; channel++) {
            const from = ((y * width + x) * out + channel) * depth;
            const row = (phaseY * strideX + phaseX) * out + channel;
            result.set(values.subarray(from, from + depth), ((row * tapsY + tapY) * tapsX + tapX) * depth);
          }
        }
      }
    }
  }
  const shape = [strideY * strideX * out, tapsY, tapsX, depth];
  return floatConstant(filter.name || call.name("kernel"), shape, result);
}

/** Channels as a block of pixels: one operator where the block is square. */
function sideBySide(
  call: AnyCall,
  y: Tensor,
  [strideY, strideX]: readonly [number, number],
  channels: number,
): Tensor {
  if (strideY === 1 && strideX === 1) return y;
  if (strideY === strideX) return call.add("DEPTH_TO_SPACE", [y], { block_size: strideY });
  const [, height, width] = y.shape as [number, number, number];
  const split = call.reshapeTo(y, [-1, height, width, strideY, strideX * channels]);
  return call.reshapeTo(call.transpose(split, [0, 1, 3, 2, 4]), [
    -1,
    height * strideY,
    width * strideX,
    channels,
  ]);
}

function crop(
  call: AnyCall,
  y: Tensor,
  [top, left]: readonly [number, number],
  [height, width]: readonly [number, number],
): Tensor {
  if (top === 0 && left === 0 && y.shape[1] === height && y.shape[2] === width) return y;
  const size = call.integers([-1, height, width, -1], "size");
  return call.add("SLICE", [y, call.integers([0, top, left, 0], "begin"), size]);
}

/** The lowerings of this file. */
export const lowerings: Family<"transposed-convolution"> = {
  Conv2DBackpropInput: lowerConv2DTranspose,
};
