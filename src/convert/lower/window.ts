import { backend_util } from "@tensorflow/tfjs-core";
import { isDynamic, signatureOf } from "../../graph/tensors.ts";
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
 * The cells that numeric and explicit paddings add. The number of windows is tfjs's, which rounds it up where
 * it is asked to and, of numeric paddings, takes the filter's height and the vertical stride for both
 * directions (`computeOutputShape2D`): the image is extended or cut off at its end until that many fit.
 */
function explicitPadding(
  call: Call<KernelName>,
  x: Tensor,
  [height, width]: readonly [number, number],
  attributes: WindowAttributes,
): Padding | null {
  if (isDynamic(x, 1) || isDynamic(x, 2)) return openPadding(call, [height, width], attributes);
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
  ): number => {
    const fits = Math.floor((size + start + given - extent) / stride) + 1;
    return fits === out ? given : (out - 1) * stride + extent - size - start;
  };
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
  return [top, bottom, left, right].every((cells) => cells === 0) ? null : { top, bottom, left, right };
}

/** Cells at the end that make a division which rounds down one that rounds to the nearest, or up. */
export const ROUNDING_CELLS: Readonly<Record<"floor" | "round" | "ceil", (stride: number) => number>> = {
  floor: () => 0,
  round: (stride) => Math.floor(stride / 2),
  ceil: (stride) => stride - 1,
};

/** As {@link explicitPadding}, of an image whose size only a run knows. */
function openPadding(
  call: Call<KernelName>,
  [height, width]: readonly [number, number],
  { pad, strides, dilations, dimRoundingMode = "floor" }: WindowAttributes,
): Padding | null {
  const [stride_h, stride_w] = pair(strides);
  const [dilation_h, dilation_w] = pair(dilations ?? 1);
  if (typeof pad === "string") return null;
  const extents = [(height - 1) * dilation_h, (width - 1) * dilation_w];
  if (typeof pad === "number" && (stride_h !== stride_w || extents[0] !== extents[1])) {
    call.fail(
      "its padding is one number, its window or stride not square, and its image of a dynamic size: " +
        "list the padding of each side, or fix the size with the option { inputs }",
    );
  }
  const [rows, columns] =
    typeof pad === "number"
      ? ([
          [pad, pad],
          [pad, pad],
        ] as const)
      : ([pad[1], pad[2]] as readonly (readonly [number, number])[] as readonly [Side, Side]);
  const extra = ROUNDING_CELLS[dimRoundingMode];
  const padding = {
    top: rows[0],
    bottom: rows[1] + extra(stride_h),
    left: columns[0],
    right: columns[1] + extra(stride_w),
  };
  return Object.values(padding).every((cells) => cells === 0) ? null : padding;
}

type Side = readonly [number, number];

/** The image with cells of `value` around it, or less of it where there are fewer than none. */
export function padImage(call: Call<KernelName>, x: Tensor, padding: Padding | null, value = 0): Tensor {
  if (padding === null) return x;
  const { top, left } = padding;
  const [bottom, right] = [Math.max(0, padding.bottom), Math.max(0, padding.right)];
  const cut = cutImage(call, x, Math.max(0, -padding.bottom), Math.max(0, -padding.right));
  if ([top, bottom, left, right].every((cells) => cells === 0)) return cut;
  const amounts = call.integers([0, 0, top, bottom, left, right, 0, 0], "paddings", 2);
  return value === 0
    ? call.add("PAD", [cut, amounts])
    : call.add("PADV2", [cut, amounts, call.scalar(value)]);
}

function cutImage(call: Call<KernelName>, x: Tensor, rows: number, columns: number): Tensor {
  if (rows === 0 && columns === 0) return x;
  const [batch, height, width, channels] = signatureOf(x) as [number, number, number, number];
  const sizes = [batch, height - rows, width - columns, channels];
  return call.add("SLICE", [x, call.integers([0, 0, 0, 0], "begin"), call.integers(sizes, "size")]);
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
