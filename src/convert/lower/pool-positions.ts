import { intConstant, isDynamic } from "../../graph/tensors.ts";
import type { Tensor } from "../../graph/types.ts";
import type { Call } from "./call.ts";
import { cast, keepingType, toFloat } from "./elementwise.ts";
import { LOWEST, maxPool } from "./pooling.ts";
import { type Count, countingTo, nominalOf, sizeOf, times, vectorOf } from "./size-arithmetic.ts";
import type { Family } from "./table.ts";
import { type SlidingWindow, tapOf, tapsOf } from "./taps.ts";
import { type Padding, padImage, pair, samePadding, type WindowAttributes, windowOf } from "./window.ts";

type PoolCall = Call<"MaxPoolWithArgmax">;

/** The largest value under each window, and where it lies; what nobody reads is swept away later. */
function lowerMaxPoolWithArgmax(call: PoolCall): readonly Tensor[] {
  const x = call.input("x");
  const { filterSize, strides, pad } = call.attributes;
  const size = pair(filterSize as number);
  const attributes: WindowAttributes = { strides: strides as number, pad };
  const window = windowOf(call, x, size, attributes);
  const values = keepingType(call, x, (floats) => maxPool(call, floats, size, window));
  const step = pair(strides as number);
  const padding = pad === "same" ? samePadding(call, x, size, step) : window.explicit;
  return [values, positionsOf(call, x, values, { size, step, dilation: [1, 1] }, padding)];
}

/**
 * The place of the first largest value in the flattened image: the window's cells stacked, the number of the
 * largest, and what that is in the image.
 */
function positionsOf(
  call: PoolCall,
  x: Tensor,
  values: Tensor,
  window: SlidingWindow,
  padding: Padding | null,
): Tensor {
  const padded = padImage(call, toFloat(call, x), padding, LOWEST);
  const stack = tapsOf(window).map((tap) => tapOf(call, padded, window, tap));
  const stacked = call.add("PACK", stack, { values_count: stack.length, axis: 0 });
  const number = call.add("ARG_MAX", [stacked, call.integer(0, "axis")], { output_type: "INT32" });
  const isOpen = [1, 2].some((dimension) => isDynamic(x, dimension));
  const positions = isOpen
    ? computedPositions(call, x, values, number, window, padding)
    : knownPositions(call, x, values, number, window, padding);
  if (!call.attributes.includeBatchInIndex) return positions;
  return call.add("ADD", [positions, itemOffsets(call, values, lengthOf(call, x))]);
}

/** Places in an image of a known size: that of the window's corner, and that in the window. */
function knownPositions(
  call: PoolCall,
  x: Tensor,
  values: Tensor,
  number: Tensor,
  window: SlidingWindow,
  padding: Padding | null,
): Tensor {
  const [, , width, channels] = x.shape as Sizes;
  const [, outHeight, outWidth] = values.shape as Sizes;
  const [top, left] = [nominalOf(padding?.top ?? 0), nominalOf(padding?.left ?? 0)];
  const places = tapsOf(window).map(([row, column]) => (row * width + column) * channels);
  const inWindow = call.add("GATHER", [call.integers(places, "places"), number], { axis: 0 });
  const corners = Array.from({ length: outHeight * outWidth * channels }, (_, index) => {
    const cell = Math.floor(index / channels);
    const row = Math.floor(cell / outWidth) * window.step[0] - top;
    const column = (cell % outWidth) * window.step[1] - left;
    return (row * width + column) * channels + (index % channels);
  });
  const corner = intConstant(call.name("corners"), [1, outHeight, outWidth, channels], corners);
  return call.add("ADD", [inWindow, corner]);
}

type Sizes = [number, number, number, number];

/** As {@link knownPositions}, of an image whose size only a run knows. */
function computedPositions(
  call: PoolCall,
  x: Tensor,
  values: Tensor,
  number: Tensor,
  window: SlidingWindow,
  padding: Padding | null,
): Tensor {
  const channels = x.shape[3] as number;
  const taps = tapsOf(window);
  const placeAlong = (i: 0 | 1, before: Count): Tensor => {
    const numbers = call.add("MUL", [
      countingTo(call, values, i + 1),
      call.integers([window.step[i]], "step"),
    ]);
    const corners = call.add("SUB", [numbers, vectorOf(call, [before], "before")]);
    const cells = call.integers(
      taps.map((tap) => tap[i]),
      "cells",
    );
    return call.add("ADD", [
      call.add("GATHER", [cells, number], { axis: 0 }),
      call.reshapeTo(corners, i === 0 ? [1, -1, 1, 1] : [1, 1, -1, 1]),
    ]);
  };
  const [row, column] = [placeAlong(0, padding?.top ?? 0), placeAlong(1, padding?.left ?? 0)];
  const pixel = call.add("ADD", [call.add("MUL", [row, sizeOf(call, x, 2)]), column]);
  const first = call.add("MUL", [pixel, call.integers([channels], "channels")]);
  const channel = call.integers(
    Array.from({ length: channels }, (_, index) => index),
    "channel",
  );
  return call.add("ADD", [first, channel]);
}

/** How many values an image has. */
function lengthOf(call: PoolCall, x: Tensor): Tensor {
  const [, height, width, channels] = x.shape as Sizes;
  if (!isDynamic(x, 1) && !isDynamic(x, 2)) return call.integers([height * width * channels], "length");
  const pixels = call.add("MUL", [sizeOf(call, x, 1), sizeOf(call, x, 2)]);
  return times(call, pixels, channels);
}

/** [batch, 1, 1, 1] with where each item of a batch begins: a running sum, so that no size has to be known. */
function itemOffsets(call: PoolCall, values: Tensor, length: Tensor): Tensor {
  const item = call.add("SLICE", [
    values,
    call.integers([0, 0, 0, 0], "begin"),
    call.integers([-1, 1, 1, 1], "size"),
  ]);
  const lengths = call.add("ADD", [cast(call, call.add("ZEROS_LIKE", [item]), "int32"), length]);
  return call.add("CUMSUM", [lengths, call.integer(0, "axis")], { exclusive: true });
}

/** The lowerings of this file. */
export const lowerings: Family<"pool-positions"> = {
  MaxPoolWithArgmax: lowerMaxPoolWithArgmax,
};
