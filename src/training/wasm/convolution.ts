import {
  BatchMatMul,
  backend_util,
  Conv2D,
  type Conv2DBackpropFilterAttrs,
  type Conv2DBackpropInputAttrs,
  type KernelFunc,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import { type Composition, compose, type KernelScope, view } from "./kernel-scope.ts";
import { spreadOut, transpose, turned, withMargins } from "./spatial.ts";

type ConvInfo = backend_util.Conv2DInfo;

/**
 * Gradient of a convolution with respect to its filter.
 *
 * dW[kh, kw, i, o] is the sum over n, y, x of X[n, y s + kh, x s + kw, i] dY[n, y, x, o]: again a
 * convolution, of X with channels as its batch and the batch as its channels, by dY as a filter that is
 * dilated by the stride. The backend's convolution is its fastest kernel by far.
 */
export const conv2dBackpropFilter: Composition<"x" | "dy", Conv2DBackpropFilterAttrs> = (
  scope,
  { x, dy },
  { strides, pad, dataFormat, dimRoundingMode, filterShape },
) => {
  const info = backend_util.computeConv2DInfo(
    x.shape as [number, number, number, number],
    filterShape,
    strides,
    1,
    pad,
    dimRoundingMode,
    false,
    backend_util.convertConv2DDataFormat(dataFormat),
  );
  if (isPointwise(info)) return pointwiseFilter(scope, x, dy, info);
  const images = transpose(scope, windows(scope, x, info), [3, 1, 2, 0]);
  const filter = transpose(scope, dy, [1, 2, 0, 3]);
  const gradient = convolve(scope, images, filter, [info.strideHeight, info.strideWidth]);
  return transpose(scope, gradient, [1, 2, 0, 3]);
};

/**
 * Product of the strides up to which undoing them with zeros pays: at 2 by 2 it takes a third to a half of
 * the time of the backend's own kernel, at 3 by 3 as long.
 */
const LARGEST_STRIDE = 4;

/**
 * The gradient of a convolution with respect to its input, faster than the backend's own kernel: the
 * gradient of the output, its stride undone with zeros, convolved with the turned filter. A 1x1 filter comes
 * first and the zeros after it, as zeros would only be multiplied.
 */
export function fasterConv2dBackpropInput(original: KernelFunc): KernelFunc {
  return compose<"dy" | "filter", Conv2DBackpropInputAttrs>((scope, inputs, attrs) => {
    const { dy, filter } = inputs;
    const { strides, pad, dataFormat, dimRoundingMode, inputShape } = attrs;
    const info = backend_util.computeConv2DInfo(
      inputShape,
      filter.shape as [number, number, number, number],
      strides,
      1,
      pad,
      dimRoundingMode,
      false,
      backend_util.convertConv2DDataFormat(dataFormat),
    );
    const isOnePixel = info.filterHeight * info.filterWidth === 1;
    if (!isOnePixel && info.strideHeight * info.strideWidth > LARGEST_STRIDE) {
      return scope.call(original, inputs, attrs);
    }
    const swapped = transpose(scope, turned(scope, filter), [0, 1, 3, 2]);
    return isOnePixel
      ? gradientWindows(scope, convolve(scope, dy, swapped, [1, 1]), info)
      : convolve(scope, gradientWindows(scope, dy, info), swapped, [1, 1]);
  });
}

interface ConvolutionAttrs {
  readonly strides: [number, number] | number;
  readonly pad: "valid" | "same" | number | backend_util.ExplicitPadding;
  readonly dilations: [number, number] | number;
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}

/**
 * A convolution that is right where "same" padding meets a stride longer than the filter: there the backend's
 * kernels give zeros and no error. What the filter never meets is cut off first.
 */
export function convolutionWithLongStride(depthwise: boolean): (original: KernelFunc) => KernelFunc {
  return (original) =>
    compose<"x" | "filter", ConvolutionAttrs>((scope, inputs, attrs) => {
      if (attrs.pad !== "same") return scope.call(original, inputs, attrs);
      const info = backend_util.computeConv2DInfo(
        inputs.x.shape as [number, number, number, number],
        inputs.filter.shape as [number, number, number, number],
        attrs.strides,
        attrs.dilations ?? 1,
        attrs.pad,
        attrs.dimRoundingMode,
        depthwise,
      );
      const isLong =
        info.strideHeight > info.effectiveFilterHeight || info.strideWidth > info.effectiveFilterWidth;
      return isLong
        ? scope.call(original, { ...inputs, x: windows(scope, inputs.x, info) }, { ...attrs, pad: "valid" })
        : scope.call(original, inputs, attrs);
    });
}

/** The part of X that the filter meets, with its padding: [N, (OH - 1) s + KH, (OW - 1) s + KW, C]. */
export function windows(scope: KernelScope, x: TensorInfo, info: ConvInfo): TensorInfo {
  const { top, left } = info.padInfo;
  return withMargins(scope, x, {
    top,
    left,
    bottom: (info.outHeight - 1) * info.strideHeight + info.effectiveFilterHeight - info.inHeight - top,
    right: (info.outWidth - 1) * info.strideWidth + info.effectiveFilterWidth - info.inWidth - left,
  });
}

/** dY with its stride undone and margins such that a valid convolution gives the input's size. */
export function gradientWindows(scope: KernelScope, dy: TensorInfo, info: ConvInfo): TensorInfo {
  const spread = spreadOut(scope, dy, info.strideHeight, info.strideWidth);
  const top = info.effectiveFilterHeight - 1 - info.padInfo.top;
  const left = info.effectiveFilterWidth - 1 - info.padInfo.left;
  return withMargins(scope, spread, {
    top,
    left,
    bottom: info.inHeight + info.effectiveFilterHeight - 1 - spread.shape[1]! - top,
    right: info.inWidth + info.effectiveFilterWidth - 1 - spread.shape[2]! - left,
  });
}

/** A convolution without stride or padding. */
function convolve(
  scope: KernelScope,
  x: TensorInfo,
  filter: TensorInfo,
  dilations: [number, number],
): TensorInfo {
  const attrs = { strides: [1, 1], pad: "valid", dataFormat: "NHWC", dilations, dimRoundingMode: undefined };
  return scope.run(Conv2D, { x, filter }, attrs);
}

function isPointwise({ filterHeight, filterWidth, strideHeight, strideWidth, padInfo }: ConvInfo): boolean {
  const { top, bottom, left, right } = padInfo;
  return (
    [filterHeight, filterWidth, strideHeight, strideWidth].every((size) => size === 1) &&
    [top, bottom, left, right].every((margin) => margin === 0)
  );
}

/** Of a 1x1 convolution: one product of matrices, which spares two transpositions. */
function pointwiseFilter(scope: KernelScope, x: TensorInfo, dy: TensorInfo, info: ConvInfo): TensorInfo {
  const { inChannels, outChannels, batchSize, inHeight, inWidth } = info;
  const pixels = batchSize * inHeight * inWidth;
  const a = view(transpose(scope, view(x, [pixels, inChannels]), [1, 0]), [1, inChannels, pixels]);
  const b = view(dy, [1, pixels, outChannels]);
  const product = scope.run(BatchMatMul, { a, b }, { transposeA: false, transposeB: false });
  return view(product, [1, 1, inChannels, outChannels]);
}
