import * as tf from "@tensorflow/tfjs-core";
import { type Evaluation, integers, scalar, spread, value } from "./rule.ts";

/** Coordinates of the true elements: how many there are is known on the host only. */
export const where: Evaluation<"WHERE"> = (values) => {
  const condition = value(values, 0);
  const strides = condition.shape.map((_, index) => tf.util.sizeFromShape(condition.shape.slice(index + 1)));
  const rows = [...condition.dataSync().entries()].flatMap(([position, element]) =>
    element
      ? [strides.map((stride, index) => Math.floor(position / stride) % (condition.shape[index] as number))]
      : [],
  );
  return tf.tensor2d(rows.flat(), [rows.length, condition.rank], "int32");
};

export const scatter: Evaluation<"SCATTER_ND"> = (values, _, operator) =>
  tf.scatterND(value(values, 0), value(values, 1), integers(operator, values, 2));

export const sparseToDense: Evaluation<"SPARSE_TO_DENSE"> = (values, _, operator) =>
  tf.sparseToDense(
    value(values, 0),
    value(values, 2),
    integers(operator, values, 1),
    value(values, 3) as tf.Scalar,
  );

export const segmentSum: Evaluation<"SEGMENT_SUM"> = (values, _, operator) => {
  const count = Math.max(-1, ...integers(operator, values, 1)) + 1;
  return tf.unsortedSegmentSum(value(values, 0), value(values, 1) as tf.Tensor1D, count);
};

export const unsortedSegmentSum: Evaluation<"UNSORTED_SEGMENT_SUM"> = (values, _, operator) => {
  const [x, ids] = [value(values, 0), value(values, 1)];
  const [count] = integers(operator, values, 2) as [number];
  const rows = tf.reshape(x, [ids.size, ...x.shape.slice(ids.rank)]);
  return tf.unsortedSegmentSum(rows, tf.reshape(ids, [ids.size]), count);
};

export const topK: Evaluation<"TOPK_V2"> = (values, _, operator) => {
  const found = tf.topk(value(values, 0), integers(operator, values, 1)[0]);
  return [found.values, found.indices];
};

export const unique: Evaluation<"UNIQUE"> = (values) => {
  const found = tf.unique(value(values, 0));
  return [found.values, found.indices];
};

/** NON_MAX_SUPPRESSION_V4: indices, zeros behind them, and how many there are. */
export const suppression: Evaluation<"NON_MAX_SUPPRESSION_V4"> = (values) => {
  const found = tf.image.nonMaxSuppressionPadded(
    value(values, 0) as tf.Tensor2D,
    value(values, 1) as tf.Tensor1D,
    scalar(values, 2),
    scalar(values, 3),
    scalar(values, 4),
    true,
  ) as { readonly selectedIndices: tf.Tensor; readonly validOutputs: tf.Tensor };
  return [found.selectedIndices, found.validOutputs];
};

/** NON_MAX_SUPPRESSION_V5: indices and their scores, zeros behind them, and how many there are. */
export const softSuppression: Evaluation<"NON_MAX_SUPPRESSION_V5"> = (values) => {
  const limit = scalar(values, 2);
  const found = tf.image.nonMaxSuppressionWithScore(
    value(values, 0) as tf.Tensor2D,
    value(values, 1) as tf.Tensor1D,
    limit,
    scalar(values, 3),
    scalar(values, 4),
    scalar(values, 5),
  ) as { readonly selectedIndices: tf.Tensor1D; readonly selectedScores: tf.Tensor1D };
  const count = found.selectedIndices.size;
  const filled = (x: tf.Tensor1D): tf.Tensor => tf.pad(x, [[0, limit - count]]);
  return [filled(found.selectedIndices), filled(found.selectedScores), tf.scalar(count, "int32")];
};

export const range: Evaluation<"RANGE"> = (values) => {
  const dtype = value(values, 0).dtype as "float32" | "int32";
  const [start, limit, delta] = [scalar(values, 0), scalar(values, 1), scalar(values, 2)];
  // tfjs gives one zero where nothing lies between.
  return (limit - start) / delta <= 0 ? tf.zeros([0], dtype) : tf.range(start, limit, delta, dtype);
};

/** Operators on bits, which tfjs lacks: computed on the host. */
export const bitwise =
  (operation: (a: number, b: number) => number) =>
  (values: readonly tf.Tensor[]): tf.Tensor => {
    const [a, b] = [value(values, 0), value(values, 1)];
    const shape = tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
    const other = spread(b, shape).dataSync();
    const made = spread(a, shape)
      .dataSync()
      .map((bits, index) => operation(bits, other[index] as number));
    return tf.tensor(made, shape, "int32");
  };

/** A shift past the last bit is one by all of them (`RightShift`, `right_shift.cc`). */
export const shiftRight = (bits: number, count: number): number => bits >> Math.min(Math.max(count, 0), 31);
