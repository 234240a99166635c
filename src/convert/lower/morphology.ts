import { floatConstant, floatsOf, isConstant } from "../../graph/tensors.ts";
import type { Tensor } from "../../graph/types.ts";
import type { Call } from "./call.ts";
import { keepingType, toFloat } from "./elementwise.ts";
import { LOWEST } from "./pooling.ts";
import type { Family } from "./table.ts";
import { tapOf, tapsOf } from "./taps.ts";
import { padImage, pair, samePadding } from "./window.ts";

/** The largest sum of an image and a filter under each window: a cell of the filter at a time. */
function lowerDilation2D(call: Call<"Dilation2D">): Tensor {
  const { strides, pad, dilations } = call.attributes;
  const filter = toFloat(call, call.input("filter"));
  const [height, width, channels] = filter.shape as [number, number, number];
  return keepingType(call, call.input("x"), (x) => {
    const step = pair(strides as number);
    const dilation = pair((dilations ?? 1) as number);
    const window = { size: [height, width], step, dilation } as const;
    const extents = [(height - 1) * dilation[0] + 1, (width - 1) * dilation[1] + 1] as const;
    // Padded by a value that no sum with it is the largest of.
    const padded = pad === "same" ? padImage(call, x, samePadding(call, x, extents, step), LOWEST) : x;
    const sums = tapsOf(window).map((position) => {
      const cells = tapOf(call, padded, window, position);
      return call.add("ADD", [cells, filterCell(call, filter, position, channels)]);
    });
    return sums.reduce((largest, sum) => call.add("MAXIMUM", [largest, sum]));
  });
}

/** One value per channel. */
function filterCell(
  call: Call<"Dilation2D">,
  filter: Tensor,
  [row, column]: readonly [number, number],
  channels: number,
): Tensor {
  if (isConstant(filter)) {
    const from = (row * (filter.shape[1] as number) + column) * channels;
    const values = floatsOf(filter).slice(from, from + channels);
    return floatConstant(call.name("filter"), [channels], values);
  }
  const begin = call.integers([row, column, 0], "begin");
  const cell = call.add("SLICE", [filter, begin, call.integers([1, 1, channels], "size")]);
  return call.reshapeTo(cell, [channels]);
}

/** The lowerings of this file. */
export const lowerings: Family<"morphology"> = {
  Dilation2D: lowerDilation2D,
};
