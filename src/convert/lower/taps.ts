import { isDynamic, signatureOf } from "../../graph/tensors.ts";
import type { Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";

type Two = readonly [number, number];

/** A window that slides over an NHWC image, cell by cell of it. */
export interface SlidingWindow {
  readonly size: Two;
  readonly step: Two;
  readonly dilation: Two;
}

/** The cells of a window, row by row. */
export function tapsOf({ size: [height, width] }: SlidingWindow): readonly Two[] {
  return Array.from(
    { length: height * width },
    (_, index): Two => [Math.floor(index / width), index % width],
  );
}

/** What lies under one cell of the window in each of its places. */
export function tapOf(call: Call<KernelName>, x: Tensor, window: SlidingWindow, [row, column]: Two): Tensor {
  const starts = [row * window.dilation[0], column * window.dilation[1]] as const;
  // As far as the last place reaches: counted from the end, so that the size may be dynamic.
  const rests = ([0, 1] as const).map(
    (i) => ((window.size[i] as number) - 1) * window.dilation[i] - starts[i],
  ) as [number, number];
  const begin = call.integers([0, ...starts, 0], "begin");
  if (window.step.every((step) => step === 1) && !isDynamic(x, 1) && !isDynamic(x, 2)) {
    const sizes = ([0, 1] as const).map((i) => (x.shape[i + 1] as number) - starts[i] - rests[i]);
    const batch = signatureOf(x)[0] as number;
    return call.add("SLICE", [x, begin, call.integers([batch, ...sizes, x.shape[3] as number], "size")]);
  }
  const end = call.integers([0, ...rests.map((rest) => (rest === 0 ? 0 : -rest)), 0], "end");
  const end_mask = 0b1001 | (rests[0] === 0 ? 0b10 : 0) | (rests[1] === 0 ? 0b100 : 0);
  return call.add("STRIDED_SLICE", [x, begin, end, call.integers([1, ...window.step, 1], "strides")], {
    end_mask,
  });
}
