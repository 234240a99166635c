import { elementCount, floatConstant, floatsOf, isConstant } from "../../graph/tensors.ts";
import { transposeConstant } from "../../graph/transpose.ts";
import type { ConstantTensor, Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import { applyActivation, type FusedActivation } from "./activation.ts";
import type { Call } from "./call.ts";
import { channelsLast, channelsLastWindow, padImage, type WindowAttributes, windowOf } from "./window.ts";

type AnyCall = Call<KernelName>;

/** Filters [height, width, in, out] become CONV_2D's weights [out, height, width, in] (`conv.cc`). */
export function lowerConv2D(call: Call<"Conv2D">): Tensor {
  return convolve(call, call.input("x"), call.input("filter"), null, call.attributes as WindowAttributes);
}

/** A convolution with bias and activation. */
export function lowerFusedConv2D(call: Call<"FusedConv2D">): Tensor {
  const attributes = call.attributes as WindowAttributes & FusedActivation;
  return channelsLast(call, call.input("x"), attributes.dataFormat, (x) => {
    const bias = call.optional("bias");
    const y = convolve(call, x, call.input("filter"), bias, channelsLastWindow(attributes));
    return applyActivation(call, y, attributes, call.optional("preluActivationWeights"));
  });
}

function convolve(
  call: AnyCall,
  image: Tensor,
  filter: Tensor,
  bias: Tensor | null,
  attributes: WindowAttributes,
): Tensor {
  return channelsLast(call, image, attributes.dataFormat, (x) => {
    const [height, width, , channels] = filter.shape as [number, number, number, number];
    const { options, dilation, explicit } = windowOf(
      call,
      x,
      [height, width],
      channelsLastWindow(attributes),
    );
    const weights = reorder(call, filter, [3, 0, 1, 2]);
    const inputs = [padImage(call, x, explicit), weights, biasOf(call, bias, channels)];
    return call.add("CONV_2D", inputs, { ...options, ...dilation });
  });
}

/** Filters [height, width, in, multiplier] are DEPTHWISE_CONV_2D's [1, height, width, in * multiplier] as they lie. */
export function lowerDepthwiseConv2D(call: Call<"DepthwiseConv2dNative">): Tensor {
  return convolveDepthwise(
    call,
    call.input("x"),
    call.input("filter"),
    null,
    call.attributes as WindowAttributes,
  );
}

/** A depthwise convolution with bias and activation. */
export function lowerFusedDepthwiseConv2D(call: Call<"FusedDepthwiseConv2D">): Tensor {
  const attributes = call.attributes as WindowAttributes & FusedActivation;
  return channelsLast(call, call.input("x"), attributes.dataFormat, (x) => {
    const bias = call.optional("bias");
    const y = convolveDepthwise(call, x, call.input("filter"), bias, channelsLastWindow(attributes));
    return applyActivation(call, y, attributes, call.optional("preluActivationWeights"));
  });
}

function convolveDepthwise(
  call: AnyCall,
  image: Tensor,
  filter: Tensor,
  bias: Tensor | null,
  attributes: WindowAttributes,
): Tensor {
  return channelsLast(call, image, attributes.dataFormat, (x) => {
    const [height, width, depth, multiplier] = filter.shape as [number, number, number, number];
    const { options, dilation, explicit } = windowOf(
      call,
      x,
      [height, width],
      channelsLastWindow(attributes),
    );
    const shape = [1, height, width, depth * multiplier];
    const weights = isConstant(filter) ? { ...filter, shape } : call.reshapeTo(filter, shape);
    const inputs = [padImage(call, x, explicit), weights, biasOf(call, bias, depth * multiplier)];
    return call.add("DEPTHWISE_CONV_2D", inputs, { ...options, ...dilation, depth_multiplier: multiplier });
  });
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
