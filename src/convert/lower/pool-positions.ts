import { backend_util } from "@tensorflow/tfjs-core";
import { intConstant, isDynamic } from "../../graph/tensors.ts";
import type { Tensor } from "../../graph/types.ts";
import type { Call } from "./call.ts";
import { cast, keepingType, toFloat } from "./elementwise.ts";
import { LOWEST, maxPool } from "./pooling.ts";
import type { Family } from "./table.ts";
import { type SlidingWindow, tapOf, tapsOf } from "./taps.ts";
import { padImage, pair, type WindowAttributes, windowOf } from "./window.ts";

type PoolCall = Call<"MaxPoolWithArgmax">;

/** The largest value under each window, and where it lies; what nobody reads is swept away later. */
function lowerMaxPoolWithArgmax(call: PoolCall): readonly Tensor[] {
  const x = call.input("x");
  const { filterSize, strides, pad } = call.attributes;
  const size = pair(filterSize as number);
  const attributes: WindowAttributes = { strides: strides as number, pad };
  const values = keepingType(call, x, (floats) =>
    maxPool(call, floats, size, windowOf(call, floats, size, attributes)),
  );
  return [values, positionsOf(call, toFloat(call, x), values)];
}

/**
 * The place of the first largest value in the flattened image: the window's cells stacked, the number of the
 * largest, and what that is in the image.
 */
function positionsOf(call: PoolCall, x: Tensor, values: Tensor): Tensor {
  const { filterSize, strides, pad, includeBatchInIndex } = call.attributes;
  if (isDynamic(x, 1) || isDynamic(x, 2)) {
    call.fail(
      "places in an image are counted by its size, which is dynamic: fix it with the option { inputs }",
    );
  }
  const [, height, width, channels] = x.shape as [number, number, number, number];
  const shape = [1, height, width, channels] as [number, number, number, number];
  const info = backend_util.computePool2DInfo(shape, filterSize, strides, [1, 1], pad);
  const { outHeight, outWidth, strideHeight, strideWidth } = info;
  const window: SlidingWindow = {
    size: pair(filterSize as number),
    step: [strideHeight, strideWidth],
    dilation: [1, 1],
  };
  const { top, left } = info.padInfo;
  const reach = (out: number, step: number, size: number): number => (out - 1) * step + size;
  const padded = padImage(
    call,
    x,
    {
      top,
      left,
      bottom: reach(outHeight, strideHeight, window.size[0]) - height - top,
      right: reach(outWidth, strideWidth, window.size[1]) - width - left,
    },
    LOWEST,
  );
  const taps = tapsOf(window);
  const stack = taps.map((tap) => tapOf(call, padded, window, tap));
  const stacked = call.add("PACK", stack, { values_count: stack.length, axis: 0 });
  const number = call.add("ARG_MAX", [stacked, call.integer(0, "axis")], { output_type: "INT32" });
  const places = taps.map(([row, column]) => (row * width + column) * channels);
  const inWindow = call.add("GATHER", [call.integers(places, "places"), number], { axis: 0 });
  const corners = Array.from({ length: outHeight * outWidth * channels }, (_, index) => {
    const cell = Math.floor(index / channels);
    const row = Math.floor(cell / outWidth) * strideHeight - top;
    const column = (cell % outWidth) * strideWidth - left;
    return (row * width + column) * channels + (index % channels);
  });
  const corner = intConstant(call.name("corners"), [1, outHeight, outWidth, channels], corners);
  const positions = call.add("ADD", [inWindow, corner]);
  if (!includeBatchInIndex) return positions;
  return call.add("ADD", [positions, itemOffsets(call, values, height * width * channels)]);
}

/** [batch, 1, 1, 1] with where each item of a batch begins: a running sum, so that no size has to be known. */
function itemOffsets(call: PoolCall, values: Tensor, length: number): Tensor {
  const item = call.add("SLICE", [
    values,
    call.integers([0, 0, 0, 0], "begin"),
    call.integers([-1, 1, 1, 1], "size"),
  ]);
  const lengths = call.add("ADD", [
    cast(call, call.add("ZEROS_LIKE", [item]), "int32"),
    call.integers([length], "length"),
  ]);
  return call.add("CUMSUM", [lengths, call.integer(0, "axis")], { exclusive: true });
}

/** The lowerings of this file. */
export const lowerings: Family<"pool-positions"> = {
  MaxPoolWithArgmax: lowerMaxPoolWithArgmax,
};
