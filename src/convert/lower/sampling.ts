import { constant, floatConstant, intConstant } from "../../graph/tensors.ts";
import type { Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";

type AnyCall = Call<KernelName>;

/** One pixel for each point of the result, and its share of it. */
export interface Tap {
  /** Numbers of pixels of the flattened image, {@link OUTSIDE} where there is none. */
  readonly pixels: Int32Array;
  readonly weights: Float32Array;
}

/** A point that no pixel of the image lies at. */
export const OUTSIDE = -1;

/** What is known of each point before a run. */
export interface Samples {
  readonly taps: readonly Tap[];
  /** What is added, [points, 1] or [points, channels]: the value of what lies outside. */
  readonly fill: { readonly values: Float32Array; readonly channels: number } | null;
}

/**
 * Points of images that are known before a run: `x` is [images, pixels, channels], the result
 * [images, points, channels]. What lies outside is read from a pixel of zeros, added behind the last one.
 */
export function sample(call: AnyCall, x: Tensor, { taps, fill }: Samples): Tensor {
  const pixels = x.shape[1] as number;
  const points = (taps[0] as Tap).pixels.length;
  const used = taps.filter(({ weights }) => weights.some((weight) => weight !== 0));
  const isOutside = used.some((tap) => tap.pixels.includes(OUTSIDE));
  const source = isOutside ? call.add("PAD", [x, call.integers([0, 0, 0, 1, 0, 0], "paddings", 2)]) : x;
  const gathered = (used.length > 0 ? used : taps.slice(0, 1)).map((tap) => {
    const numbers = [...tap.pixels].map((pixel) => (pixel === OUTSIDE ? pixels : pixel));
    const indices = intConstant(call.name("pixels"), [points], numbers);
    const values = call.add("GATHER", [source, indices], { axis: 1 });
    if (tap.weights.every((weight, i) => weight === 1 || tap.pixels[i] === OUTSIDE)) return values;
    return call.add("MUL", [values, floatConstant(call.name("weights"), [1, points, 1], tap.weights)]);
  });
  const sum = gathered.reduce((all, part) => call.add("ADD", [all, part]));
  if (fill === null || fill.values.every((value) => value === 0)) return sum;
  const shape = [1, points, fill.channels];
  return call.add("ADD", [sum, constant(call.name("fill"), "float32", shape, fill.values)]);
}

/** Four pixels around a point, each with its share: what is outside is left out, and its share returned. */
export function corners(
  y: number,
  x: number,
  height: number,
  width: number,
): { readonly pixels: readonly number[]; readonly weights: readonly number[]; readonly lost: number } {
  const [top, left] = [Math.floor(y), Math.floor(x)];
  const [down, right] = [y - top, x - left];
  const around = [
    [top, left, (1 - down) * (1 - right)],
    [top, left + 1, (1 - down) * right],
    [top + 1, left, down * (1 - right)],
    [top + 1, left + 1, down * right],
  ] as const;
  let lost = 0;
  const pixels = around.map(([row, column, weight]) => {
    if (row >= 0 && row < height && column >= 0 && column < width) return row * width + column;
    lost += weight;
    return OUTSIDE;
  });
  return { pixels, weights: around.map(([, , weight]) => weight), lost };
}
