import type { TfliteTensorInfo } from "./model-file.ts";

/** Rows of the samples that are made where none are given. */
const DEFAULT_BATCH = 4;

/** Size of a dynamic dimension other than the batch where nothing tells a better one. */
const DEFAULT_SIZE = 8;

/** Values for one input, as real numbers. */
export interface Sample {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/**
 * Makes values for an input, the same ones each time: uniform from 0 to 1 for real numbers, 0 or 1 for whole
 * numbers (they index tables as often as not).
 *
 * @param sourceShape what the source says of the same input: sizes that only it knows are taken from it.
 * @param index of the input, so that inputs differ.
 */
export function makeSample(
  { shape, dtype, quantization }: TfliteTensorInfo,
  sourceShape: readonly (number | null)[],
  index: number,
): Sample {
  const sizes = shape.map((size, axis) => {
    if (size !== -1) return size;
    return sourceShape[axis] ?? (axis === 0 ? DEFAULT_BATCH : DEFAULT_SIZE);
  });
  const random = generator(index + 1);
  const real = dtype.startsWith("float") || quantization !== undefined;
  const length = sizes.reduce((a, b) => a * b, 1);
  const values = Float32Array.from({ length }, () => (real ? random() : Math.floor(2 * random())));
  return { values, shape: sizes };
}

/** mulberry32: 32 bits of state are plenty for samples, and need no dependency. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
