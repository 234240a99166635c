import { floatConstant } from "../../graph/tensors.ts";
import type { Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";
import { toFloat } from "./elementwise.ts";
import { type Padding, padImage, pair, type WindowAttributes, windowOf } from "./window.ts";

type PoolAttributes = WindowAttributes & { readonly filterSize: readonly [number, number] | number };

/** The lowest float, which no value of an image is below: padding that a maximum never picks. */
const LOWEST = -3.4028234663852886e38;

/** The largest value under each window. */
export function lowerMaxPool(call: Call<"MaxPool">): Tensor {
  const attributes = call.attributes as PoolAttributes;
  const x = toFloat(call, call.input("x"));
  const [filter_height, filter_width] = pair(attributes.filterSize);
  const { options, explicit } = windowOf(call, x, [filter_height, filter_width], attributes);
  return call.add("MAX_POOL_2D", [padImage(call, x, explicit, LOWEST)], {
    ...options,
    filter_height,
    filter_width,
  });
}

/**
 * The mean under each window, of those cells that lie on the image. The operator leaves out what SAME
 * adds; cells padded explicitly it counts as zeros, so that its means are scaled to the cells that count.
 */
export function lowerAvgPool(call: Call<"AvgPool">): Tensor {
  const attributes = call.attributes as PoolAttributes;
  const x = toFloat(call, call.input("x"));
  const [filter_height, filter_width] = pair(attributes.filterSize);
  const { options, explicit } = windowOf(call, x, [filter_height, filter_width], attributes);
  const y = call.add("AVERAGE_POOL_2D", [padImage(call, x, explicit)], {
    ...options,
    filter_height,
    filter_width,
  });
  if (explicit === null) return y;
  return call.add("MUL", [y, cellCorrection(call, x, y, explicit, [filter_height, filter_width], options)]);
}

function cellCorrection(
  call: Call<KernelName>,
  x: Tensor,
  y: Tensor,
  { top, left }: Padding,
  [height, width]: readonly [number, number],
  { stride_h, stride_w }: { readonly stride_h: number; readonly stride_w: number },
): Tensor {
  const valid = (size: number, start: number, window: number, stride: number, out: number): number[] =>
    Array.from({ length: out }, (_, index) => {
      const from = index * stride - start;
      return Math.min(from + window, size) - Math.max(from, 0);
    });
  const [outHeight, outWidth] = [y.shape[1] as number, y.shape[2] as number];
  const rows = valid(call.size(x, 1), top, height, stride_h, outHeight);
  const columns = valid(call.size(x, 2), left, width, stride_w, outWidth);
  const factors = rows.flatMap((row) =>
    columns.map((column) => (height * width) / Math.max(1, row * column)),
  );
  return floatConstant(call.name("cells"), [1, outHeight, outWidth, 1], Float32Array.from(factors));
}
