import { backend_util } from "@tensorflow/tfjs-core";
import { isDynamic } from "../../graph/tensors.ts";
import type { Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";

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

/** Cells around an image. */
export interface Padding {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
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

/**
 * The cells that numeric and explicit paddings add. Where tfjs rounds the number of outputs up, the image is
 * extended at its end until that many windows fit.
 */
function explicitPadding(
  call: Call<KernelName>,
  x: Tensor,
  [height, width]: readonly [number, number],
  attributes: WindowAttributes,
): Padding | null {
  if (isDynamic(x, 1) || isDynamic(x, 2)) call.fail("its padding in cells needs a fixed height and width");
  const [stride_h, stride_w] = pair(attributes.strides);
  const [dilation_h, dilation_w] = pair(attributes.dilations ?? 1);
  const channels = x.shape[3] as number;
  const { padInfo, outHeight, outWidth } = backend_util.computeConv2DInfo(
    [1, x.shape[1] as number, x.shape[2] as number, channels],
    [height, width, channels, 1],
    [stride_h, stride_w],
    [dilation_h, dilation_w],
    attributes.pad as never,
    attributes.dimRoundingMode,
  );
  const end = (
    size: number,
    start: number,
    given: number,
    out: number,
    stride: number,
    extent: number,
  ): number => Math.max(given, (out - 1) * stride + extent - size - start);
  const { top, left } = padInfo;
  const bottom = end(
    x.shape[1] as number,
    top,
    padInfo.bottom,
    outHeight,
    stride_h,
    (height - 1) * dilation_h + 1,
  );
  const right = end(
    x.shape[2] as number,
    left,
    padInfo.right,
    outWidth,
    stride_w,
    (width - 1) * dilation_w + 1,
  );
  return top + bottom + left + right === 0 ? null : { top, bottom, left, right };
}

/** The image with cells of `value` around it. */
export function padImage(call: Call<KernelName>, x: Tensor, padding: Padding | null, value = 0): Tensor {
  if (padding === null) return x;
  const { top, bottom, left, right } = padding;
  const amounts = call.integers([0, 0, top, bottom, left, right, 0, 0], "paddings", 2);
  return value === 0 ? call.add("PAD", [x, amounts]) : call.add("PADV2", [x, amounts, call.scalar(value)]);
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
