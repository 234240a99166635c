import { elementCount, floatConstant, floatsOf, isConstant } from "../../graph/tensors.ts";
import { transposeConstant } from "../../graph/transpose.ts";
import type { ConstantTensor, Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import { applyActivation, type FusedActivation } from "./activation.ts";
import type { Call } from "./call.ts";
import type { Family } from "./table.ts";
import { channelsLast, channelsLastWindow, padImage, type WindowAttributes, windowOf } from "./window.ts";

type AnyCall = Call<KernelName>;

type Convolve = (
  call: AnyCall,
  x: Tensor,
  filter: Tensor,
  bias: Tensor | null,
  window: WindowAttributes,
) => Tensor;
type ConvolutionCall = Call<"Conv2D" | "FusedConv2D" | "DepthwiseConv2dNative" | "FusedDepthwiseConv2D">;

/** A convolution; the fused kernels have a bias and an activation as well. */
export const lowerConv2D = lowering((call, x, filter, bias, attributes) => {
  const [height, width, , channels] = filter.shape as [number, number, number, number];
  const { options, dilation, explicit } = windowOf(call, x, [height, width], attributes);
  // Filters [height, width, in, out] become CONV_2D's weights [out, height, width, in] (`conv.cc`).
  const weights = reorder(call, filter, [3, 0, 1, 2]);
  const inputs = [padImage(call, x, explicit), weights, biasOf(call, bias, channels)];
  return call.add("CONV_2D", inputs, { ...options, ...dilation });
});

/** A convolution of each channel by itself. */
export const lowerDepthwiseConv2D = lowering((call, x, filter, bias, attributes) => {
  const [height, width, depth, multiplier] = filter.shape as [number, number, number, number];
  const { options, dilation, explicit } = windowOf(call, x, [height, width], attributes);
  // Filters [height, width, in, multiplier] are [1, height, width, in * multiplier] as they lie.
  const shape = [1, height, width, depth * multiplier];
  const weights = isConstant(filter) ? { ...filter, shape } : call.reshapeTo(filter, shape);
  const inputs = [padImage(call, x, explicit), weights, biasOf(call, bias, depth * multiplier)];
  return call.add("DEPTHWISE_CONV_2D", inputs, { ...options, ...dilation, depth_multiplier: multiplier });
});

function lowering(convolve: Convolve): (call: ConvolutionCall) => Tensor {
  return (call) => {
    const attributes = call.attributes as WindowAttributes & FusedActivation;
    return channelsLast(call, call.input("x"), attributes.dataFormat, (x) => {
      const window = channelsLastWindow(attributes);
      const y = convolve(call, x, call.input("filter"), call.optional("bias"), window);
      const slopes = call.optional("preluActivationWeights");
      return applyActivation(
        call,
        y,
        attributes,
        slopes && slopesOf(call, slopes, y.shape[3] as number, attributes.dataFormat),
      );
    });
  };
}

/**
 * Slopes [channels, height, width] in the order of the image; those of one dimension are of channels in any. One
 * slope for all is repeated: XNNPACK of TensorFlow Lite 2.14 reads one for each channel.
 */
function slopesOf(
  call: AnyCall,
  slopes: Tensor,
  channels: number,
  format: WindowAttributes["dataFormat"],
): Tensor {
  if (elementCount(slopes.shape) === 1) {
    if (isConstant(slopes)) return biasOf(call, slopes, channels);
    const ones = floatConstant(call.name("ones"), [channels], new Float32Array(channels).fill(1));
    return call.add("MUL", [call.reshapeTo(slopes, [1]), ones]);
  }
  return format === "NCHW" && slopes.shape.length === 3 ? reorder(call, slopes, [1, 2, 0]) : slopes;
}

/** A filter with its dimensions in another order: now where it is constant, at run time where it is not. */
export function reorder(call: AnyCall, filter: Tensor, permutation: readonly number[]): Tensor {
  return isConstant(filter) ? transposeConstant(filter, permutation) : call.transpose(filter, permutation);
}

/** One bias per channel: the kernels demand one, so that none is zeros; a single value is repeated. */
export function biasOf(call: AnyCall, bias: Tensor | null, channels: number): Tensor {
  if (bias === null) return floatConstant(call.name("bias"), [channels], new Float32Array(channels));
  if (elementCount(bias.shape) === channels) {
    return isConstant(bias) ? reshapedConstant(bias, [channels]) : call.reshapeTo(bias, [channels]);
  }
  if (!isConstant(bias) || elementCount(bias.shape) !== 1) {
    call.fail(
      `its bias [${bias.shape.join(",")}] is neither one value nor one for each of ${channels} channels`,
    );
  }
  return floatConstant(bias.name, [channels], new Float32Array(channels).fill(floatsOf(bias)[0] as number));
}

function reshapedConstant(tensor: ConstantTensor, shape: readonly number[]): ConstantTensor {
  return { ...tensor, shape };
}

/** The lowerings of this file. */
export const lowerings: Family<"convolution"> = {
  Conv2D: lowerConv2D,
  DepthwiseConv2dNative: lowerDepthwiseConv2D,
  FusedConv2D: lowerConv2D,
  FusedDepthwiseConv2D: lowerDepthwiseConv2D,
};
