import type { Tensor1D } from "@tensorflow/tfjs-core";
import type { LayersModel, Logs } from "@tensorflow/tfjs-layers";
import { type Batch, type Dataset, disposeBatch } from "./dataset.ts";

/**
 * Runs a step on the given rows and reads its results: no tensor is left, whatever is thrown.
 *
 * @internal
 */
export async function runStep(
  step: (model: LayersModel, batch: Batch) => Tensor1D,
  model: LayersModel,
  data: Dataset,
  rows: Int32Array,
): Promise<ArrayLike<number>> {
  const batch = data.take(rows);
  let results: Tensor1D;
  try {
    results = step(model, batch);
  } finally {
    disposeBatch(batch);
  }
  try {
    return await results.data();
  } finally {
    results.dispose();
  }
}

/**
 * Results by their names; none where there was no batch.
 *
 * @internal
 */
export function logsOf(names: readonly string[], values: ArrayLike<number>): Logs {
  return Object.fromEntries(names.slice(0, values.length).map((name, i) => [name, values[i]!]));
}

/**
 * Whole numbers from `start` up to `end`, without it.
 *
 * @internal
 */
export function rowRange(start: number, end: number): Int32Array {
  return Int32Array.from({ length: end - start }, (_, i) => start + i);
}
