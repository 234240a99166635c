import * as tf from "@tensorflow/tfjs-core";
import { fnCase, type OperatorCase } from "../judge.ts";

const ints = (values: readonly number[]): tf.Tensor1D => tf.tensor1d([...values], "int32");
const matrix = (x: tf.Tensor): tf.Tensor2D => x as tf.Tensor2D;
const vector = (x: tf.Tensor): tf.Tensor1D => x as tf.Tensor1D;

const reshaped = (x: tf.Tensor, from: readonly number[], to: readonly number[]): tf.Tensor[] => {
  const { outputIndices, outputShape } = tf.sparse.sparseReshape(matrix(x), ints(from), ints(to)) as Record<
    string,
    tf.Tensor
  >;
  // The shape is constant; it is told from the indices by what it is multiplied with.
  return [outputIndices as tf.Tensor, tf.mul(outputShape as tf.Tensor, tf.max(x))];
};

const coordinates = (values: readonly number[], columns: number) =>
  ({ shape: [null, columns], dtype: "int32", values }) as const;

const RESHAPE: readonly OperatorCase[] = [
  fnCase(
    "sparseReshape",
    [coordinates([0, 0, 0, 1, 2, 3, 0, 1, 1], 3)],
    (x) => reshaped(x, [2, 3, 6], [9, 4]),
    0,
  ),
  fnCase(
    "sparseReshape to what is left",
    [coordinates([0, 4, 2, 1, 1, 0], 2)],
    (x) => reshaped(x, [3, 8], [2, -1, 4]),
    0,
  ),
  fnCase(
    "sparseReshape to a vector",
    [coordinates([0, 4, 2, 1, 1, 0], 2)],
    (x) => reshaped(x, [3, 8], [24]),
    0,
  ),
  fnCase("sparseReshape of a vector", [coordinates([5, 17, 23], 1)], (x) => reshaped(x, [24], [3, 8]), 0),
];

type Reduce = typeof tf.sparse.sparseSegmentSum;

const SEGMENTS: readonly OperatorCase[] = (
  [
    ["sparseSegmentSum", tf.sparse.sparseSegmentSum],
    ["sparseSegmentMean", tf.sparse.sparseSegmentMean],
  ] as readonly [string, Reduce][]
).flatMap(([name, reduce]) => [
  fnCase(
    `${name} of known segments`,
    [[4, 3]],
    (x) => tf.sum(tf.square(reduce(x, ints([0, 2, 2, 3, 1]), ints([0, 0, 1, 1, 1]))), 0),
    1e-6,
  ),
  fnCase(
    `${name} with a segment that has none`,
    [[4, 3]],
    (x) => reduce(x, ints([0, 2, 3]), ints([0, 2, 2])),
    1e-6,
  ),
  fnCase(
    `${name} of a vector`,
    [[4]],
    (x) => tf.sum(tf.square(reduce(x, ints([0, 2, 3]), ints([0, 1, 1])))),
    1e-6,
  ),
  fnCase(
    `${name} of integers`,
    [{ shape: [4, 3], dtype: "int32" }],
    (x) => tf.sum(reduce(x, ints([0, 2, 3, 3]), ints([0, 1, 1, 1])), 0),
    0,
  ),
  fnCase(
    `${name} by inputs`,
    [
      [4, 3],
      { shape: [null], dtype: "int32", values: [3, 0, 1] },
      { shape: [null], dtype: "int32", values: [0, 0, 1] },
    ],
    (x, i, s) => tf.sum(tf.square(reduce(x, vector(i), vector(s))), 0),
    1e-6,
  ),
]);

/** Sparse tensors' coordinates, and sums by segment. */
export const SPARSE_CASES: readonly OperatorCase[] = [...RESHAPE, ...SEGMENTS];
