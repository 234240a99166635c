import {
  cast,
  type DataType,
  gather,
  reshape,
  type Tensor,
  tensor,
  tensor1d,
  tidy,
} from "@tensorflow/tfjs-core";
import { isTypedArray, sizeOf, type TypedArray } from "../preprocess/shaped-array.ts";

/**
 * Samples that batches are taken from: nothing is copied but the batch.
 *
 * @internal
 */
export interface Rows {
  readonly count: number;
  /** A new tensor `[rows.length, ...]`, the caller's to dispose. */
  take(rows: Int32Array): Tensor;
}

/**
 * Rows of a tensor, gathered where it lives.
 *
 * @param shape Of one sample: what it is reshaped to.
 * @internal
 */
export function tensorRows(x: Tensor, shape: readonly number[], dtype: DataType): Rows {
  return {
    count: x.shape[0]!,
    take: (rows) =>
      tidy(() => reshape(cast(gather(x, tensor1d(rows, "int32")), dtype), [rows.length, ...shape])),
  };
}

/**
 * Rows of a typed array or a list, copied into one tensor a batch.
 *
 * @param shape Of one sample.
 * @internal
 */
export function arrayRows(
  data: TypedArray | readonly number[],
  count: number,
  shape: readonly number[],
  dtype: "float32" | "int32",
): Rows {
  const size = sizeOf(shape);
  return {
    count,
    take: (rows) => {
      const length = rows.length * size;
      const values = dtype === "int32" ? new Int32Array(length) : new Float32Array(length);
      rows.forEach((row, i) => {
        const start = row * size;
        const sample = isTypedArray(data)
          ? data.subarray(start, start + size)
          : data.slice(start, start + size);
        values.set(sample, i * size);
      });
      return tensor(values, [rows.length, ...shape], dtype);
    },
  };
}
