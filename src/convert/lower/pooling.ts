import { floatConstant } from "../../graph/tensors.ts";
import type { Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";
import { keepingType, toFloat } from "./elementwise.ts";
import type { Family } from "./table.ts";
import { type Padding, padImage, pair, type WindowAttributes, windowOf } from "./window.ts";

type PoolAttributes = WindowAttributes & { readonly filterSize: readonly [number, number] | number };

/** The lowest float, which no value of an image is below: padding that a maximum never picks. */
const LOWEST = -3.4028234663852886e38;

/** The largest value under each window. */
function lowerMaxPool(call: Call<"MaxPool">): Tensor {
  const attributes = call.attributes as PoolAttributes;
  return keepingType(call, call.input("x"), (x) => {
    const [filter_height, filter_width] = pair(attributes.filterSize);
    const { options, explicit } = windowOf(call, x, [filter_height, filter_width], attributes);
    if (explicit !== null) cellsUnder(call, x, explicit, [filter_height, filter_width], options);
    return call.add("MAX_POOL_2D", [padImage(call, x, explicit, LOWEST)], {
      ...options,
      filter_height,
      filter_width,
    });
  });
}

/**
 * The mean under each window, of those cells that lie on the image. The operator leaves out what SAME
 * adds; cells padded explicitly it counts as zeros, so that its means are scaled to the cells that count.
 */
function lowerAvgPool(call: Call<"AvgPool">): Tensor {
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
  const { rows, columns } = cellsUnder(call, x, explicit, [filter_height, filter_width], options);
  const factors = rows.flatMap((row) =>
    columns.map((column) => (filter_height * filter_width) / (row * column)),
  );
  if (factors.every((factor) => factor === 1)) return y;
  const shape = [1, rows.length, columns.length, 1];
  return call.add("MUL", [y, floatConstant(call.name("cells"), shape, Float32Array.from(factors))]);
}

/** How many rows and columns of the image lie under each window: at least one, for of none there is no mean. */
function cellsUnder(
  call: Call<KernelName>,
  x: Tensor,
  { top, bottom, left, right }: Padding,
  [height, width]: readonly [number, number],
  { stride_h, stride_w }: { readonly stride_h: number; readonly stride_w: number },
): { readonly rows: readonly number[]; readonly columns: readonly number[] } {
  const count = (size: number, start: number, end: number, window: number, stride: number): number[] =>
    Array.from({ length: Math.floor((size + start + end - window) / stride) + 1 }, (_, index) => {
      const from = index * stride - start;
      const cells = Math.min(from + window, size) - Math.max(from, 0);
      return cells > 0 ? cells : call.fail("some of its windows lie outside of the image");
    });
  return {
    rows: count(call.size(x, 1), top, bottom, height, stride_h),
    columns: count(call.size(x, 2), left, right, width, stride_w),
  };
}

/** The lowerings of this file. */
export const lowerings: Family<"pooling"> = {
  AvgPool: lowerAvgPool,
  MaxPool: lowerMaxPool,
};
