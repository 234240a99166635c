import { floatConstant, isDynamic } from "../../graph/tensors.ts";
import type { Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";
import { keepingType, toFloat } from "./elementwise.ts";
import { type Count, nominalOf } from "./size-arithmetic.ts";
import type { Family } from "./table.ts";
import { type Padding, padImage, pair, type Window, type WindowAttributes, windowOf } from "./window.ts";

type AnyCall = Call<KernelName>;
type PoolAttributes = WindowAttributes & { readonly filterSize: readonly [number, number] | number };

/** The lowest float, which no value of an image is below: padding that a maximum never picks. */
export const LOWEST = -3.4028234663852886e38;

type Filter = readonly [number, number];
type PoolWindow = Pick<Window, "options" | "explicit">;

/** The largest value under each window. */
function lowerMaxPool(call: Call<"MaxPool">): Tensor {
  const attributes = call.attributes as PoolAttributes;
  return keepingType(call, call.input("x"), (x) => {
    const filter = pair(attributes.filterSize);
    return maxPool(call, x, filter, windowOf(call, x, filter, attributes));
  });
}

/** The mean under each window, of those cells that lie on the image. */
function lowerAvgPool(call: Call<"AvgPool">): Tensor {
  const attributes = call.attributes as PoolAttributes;
  const x = toFloat(call, call.input("x"));
  const filter = pair(attributes.filterSize);
  return averagePool(call, x, filter, windowOf(call, x, filter, attributes));
}

/** The largest value under each window of an NHWC image of floats. */
export function maxPool(call: AnyCall, x: Tensor, filter: Filter, window: PoolWindow): Tensor {
  const { options, explicit } = window;
  if (explicit !== null) checkCells(call, x, explicit, filter, options);
  const [filter_height, filter_width] = filter;
  const padded = padImage(call, x, explicit, LOWEST);
  return call.add("MAX_POOL_2D", [padded], { ...options, filter_height, filter_width });
}

/**
 * The mean under each window of an NHWC image of floats. The operator leaves out what SAME adds; cells padded
 * explicitly it counts as zeros, so that its means are scaled to the cells that count.
 */
export function averagePool(call: AnyCall, x: Tensor, filter: Filter, window: PoolWindow): Tensor {
  const { options, explicit } = window;
  const [filter_height, filter_width] = filter;
  const pool = (image: Tensor): Tensor =>
    call.add("AVERAGE_POOL_2D", [padImage(call, image, explicit)], {
      ...options,
      filter_height,
      filter_width,
    });
  const y = pool(x);
  if (explicit === null) return y;
  checkCells(call, x, explicit, filter, options);
  if (isDynamic(x, 1) || isDynamic(x, 2)) {
    // The share of each window that lies on the image: the mean of an image of ones.
    const [begin, size] = [call.integers([0, 0, 0, 0], "begin"), call.integers([1, -1, -1, 1], "size")];
    const zeros = call.add("ZEROS_LIKE", [call.add("SLICE", [x, begin, size])]);
    return call.add("DIV", [y, pool(call.add("ADD", [zeros, call.scalar(1)]))]);
  }
  const [top, bottom, left, right] = cellsOf(explicit);
  const rows = cellsUnder(x.shape[1] as number, top, bottom, filter_height, options.stride_h);
  const columns = cellsUnder(x.shape[2] as number, left, right, filter_width, options.stride_w);
  const factors = rows.flatMap((row) =>
    columns.map((column) => (filter_height * filter_width) / (row * column)),
  );
  if (factors.every((factor) => factor === 1)) return y;
  const shape = [1, rows.length, columns.length, 1];
  return call.add("MUL", [y, floatConstant(call.name("cells"), shape, Float32Array.from(factors))]);
}

/** How many rows (or columns) of the image lie under each window. */
function cellsUnder(size: number, start: number, end: number, window: number, stride: number): number[] {
  return Array.from({ length: Math.floor((size + start + end - window) / stride) + 1 }, (_, index) => {
    const from = index * stride - start;
    return Math.min(from + window, size) - Math.max(from, 0);
  });
}

/** Of a window without a cell of the image there is no mean and no largest value. */
function checkCells(
  call: AnyCall,
  x: Tensor,
  { top, bottom, left, right }: Padding,
  [height, width]: Filter,
  { stride_h, stride_w }: Window["options"],
): void {
  const covers = (dimension: number, cells: readonly Count[], window: number, stride: number): boolean => {
    // What grows with the image is more than a window of some image.
    if (cells.some((count) => typeof count !== "number")) return false;
    const [start, end] = cells.map(nominalOf) as [number, number];
    return isDynamic(x, dimension)
      ? start < window && end < window
      : cellsUnder(x.shape[dimension] as number, start, end, window, stride).every((count) => count > 0);
  };
  if (covers(1, [top, bottom], height, stride_h) && covers(2, [left, right], width, stride_w)) return;
  const isOpen = isDynamic(x, 1) || isDynamic(x, 2);
  call.fail(
    "some of its windows lie outside of the image" +
      (isOpen
        ? " at some sizes: pad less than a window, or fix the size with the option { inputs }"
        : ": pad less than a window"),
  );
}

function cellsOf({ top, bottom, left, right }: Padding): [number, number, number, number] {
  return [top, bottom, left, right].map(nominalOf) as [number, number, number, number];
}

/** The lowerings of this file. */
export const lowerings: Family<"pooling"> = {
  AvgPool: lowerAvgPool,
  MaxPool: lowerMaxPool,
};
