import {
  backend_util,
  DepthwiseConv2dNative,
  type DepthwiseConv2dNativeBackpropFilterAttrs,
  type DepthwiseConv2dNativeBackpropInputAttrs,
  Sum,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import { gradientWindows, windows } from "./convolution.ts";
import { type Composition, type KernelScope, view } from "./kernel-scope.ts";
import { transpose, turned } from "./spatial.ts";

/**
 * Gradient of a depthwise convolution with respect to its input: the gradient of the output, its stride
 * undone, convolved depthwise with the turned filter. Each input channel then adds up its multiplier's share.
 */
export const depthwiseBackpropInput: Composition<"dy" | "filter", DepthwiseConv2dNativeBackpropInputAttrs> = (
  scope,
  { dy, filter },
  { strides, dilations, pad, dimRoundingMode, inputShape },
) => {
  const info = backend_util.computeConv2DInfo(
    inputShape,
    filter.shape as [number, number, number, number],
    strides,
    dilations,
    pad,
    dimRoundingMode,
    true,
  );
  const multiplier = filter.shape[3]!;
  const { filterHeight, filterWidth, outChannels } = info;
  const oneEach = view(turned(scope, filter), [filterHeight, filterWidth, outChannels, 1]);
  const images = gradientWindows(scope, dy, info);
  const gradient = convolveDepthwise(scope, images, oneEach, {
    strides: [1, 1],
    dilations: [info.dilationHeight, info.dilationWidth],
  });
  if (multiplier === 1) return gradient;
  const [batch, height, width, channels] = inputShape;
  const parts = view(gradient, [batch * height * width * channels, multiplier]);
  return view(scope.run(Sum, { x: parts }, { axis: 1, keepDims: false }), inputShape);
};

/**
 * Gradient of a depthwise convolution with respect to its filter: a depthwise convolution of X by dY as a
 * filter, each image of the batch being channels of its own; then the sum over the batch. Stride and dilation
 * change places: neighbours in dY lie a stride apart in X, neighbours in the filter a dilation.
 */
export const depthwiseBackpropFilter: Composition<"x" | "dy", DepthwiseConv2dNativeBackpropFilterAttrs> = (
  scope,
  { x, dy },
  { strides, dilations, pad, dimRoundingMode, filterShape },
) => {
  const info = backend_util.computeConv2DInfo(
    x.shape as [number, number, number, number],
    filterShape,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    true,
  );
  const [filterHeight, filterWidth, channels, multiplier] = filterShape;
  const { batchSize, outHeight, outWidth } = info;
  const padded = windows(scope, x, info);
  const [, height, width] = padded.shape as [number, number, number];
  const all = batchSize * channels;
  const images = view(transpose(scope, padded, [1, 2, 0, 3]), [1, height, width, all]);
  const filter = view(transpose(scope, dy, [1, 2, 0, 3]), [outHeight, outWidth, all, multiplier]);
  const gradient = convolveDepthwise(scope, images, filter, {
    strides: [info.dilationHeight, info.dilationWidth],
    dilations: [info.strideHeight, info.strideWidth],
  });
  const perImage = view(gradient, [filterHeight * filterWidth, batchSize, channels * multiplier]);
  return view(scope.run(Sum, { x: perImage }, { axis: 1, keepDims: false }), filterShape);
};

function convolveDepthwise(
  scope: KernelScope,
  x: TensorInfo,
  filter: TensorInfo,
  steps: { readonly strides: [number, number]; readonly dilations: [number, number] },
): TensorInfo {
  const attrs = { ...steps, pad: "valid", dimRoundingMode: undefined };
  return scope.run(DepthwiseConv2dNative, { x, filter }, attrs);
}
