import * as tf from "@tensorflow/tfjs-core";
import { type CaseInput, fnCase, type OperatorCase } from "../judge.ts";

const ints = (values: tf.TensorLike): tf.Tensor => tf.tensor(values, undefined, "int32");
const vector = (x: tf.Tensor): tf.Tensor1D => x as tf.Tensor1D;
const indices = (values: readonly number[], ...shape: (number | null)[]): CaseInput => ({
  shape,
  dtype: "int32",
  values,
});

const SCATTER: readonly OperatorCase[] = [
  fnCase("scatterND of rows", [[2, 3]], (x) => tf.scatterND(ints([[3], [0]]), x, [5, 3]), 0),
  fnCase(
    "scatterND, equal indices are added",
    [[4, 3]],
    (x) => tf.scatterND(ints([[1], [0], [1], [1]]), x, [2, 3]),
    1e-6,
  ),
  fnCase(
    "scatterND of elements",
    [[3]],
    (x) =>
      tf.scatterND(
        ints([
          [0, 1],
          [1, 2],
          [0, 1],
        ]),
        x,
        [2, 3],
      ),
    1e-6,
  ),
  fnCase("scatterND, a vector of indices", [[3]], (x) => tf.scatterND(ints([4, 0, 4]), x, [6]), 1e-6),
  fnCase("scatterND, a vector of indices of rows", [[2, 3]], (x) => tf.scatterND(ints([4, 0]), x, [6, 3]), 0),
  fnCase(
    "scatterND of a matrix of positions",
    [[2, 2, 3]],
    (x) =>
      tf.scatterND(
        ints([
          [[0], [2]],
          [[1], [3]],
        ]),
        x,
        [4, 3],
      ),
    0,
  ),
  fnCase(
    "scatterND of integers",
    [{ shape: [3], dtype: "int32" }],
    (x) => tf.scatterND(ints([[1], [0], [1]]), x, [4]),
    0,
  ),
  fnCase(
    "scatterND at positions of an input",
    [indices([3, 0, 3, 1], null, 1), [null, 2]],
    (i, x) => tf.scatterND(i, x, [5, 2]),
    1e-6,
  ),
  fnCase(
    "scatterND into a dynamic batch",
    [indices([0, 0, 0], 3, 1), [3], [null, 2]],
    (i, x, like) => tf.scatterND(i, x, [like.shape[0] as number]),
    1e-6,
  ),
];

const UPDATE: readonly OperatorCase[] = [
  fnCase(
    "tensorScatterUpdate of rows",
    [
      [4, 3],
      [2, 3],
    ],
    (x, u) => tf.tensorScatterUpdate(x, ints([[2], [0]]), u),
    0,
  ),
  fnCase(
    "tensorScatterUpdate, the last of equal indices",
    [
      [4, 3],
      [3, 3],
    ],
    (x, u) => tf.tensorScatterUpdate(x, ints([[2], [0], [2]]), u),
    0,
  ),
  fnCase(
    "tensorScatterUpdate of elements",
    [[4, 3], [3]],
    (x, u) =>
      tf.tensorScatterUpdate(
        x,
        ints([
          [2, 1],
          [0, 0],
          [2, 1],
        ]),
        u,
      ),
    0,
  ),
  fnCase(
    "tensorScatterUpdate, a vector of indices",
    [[5], [2]],
    (x, u) => tf.tensorScatterUpdate(x, ints([4, 1]), u),
    0,
  ),
  fnCase(
    "tensorScatterUpdate of one element",
    [[2, 2, 2], [1]],
    (x, u) => tf.tensorScatterUpdate(x, ints([[1, 0, 1]]), u),
    0,
  ),
  fnCase(
    "tensorScatterUpdate of integers",
    [
      { shape: [4], dtype: "int32" },
      { shape: [2], dtype: "int32" },
    ],
    (x, u) => tf.tensorScatterUpdate(x, ints([[3], [3]]), u),
    0,
  ),
  fnCase(
    "tensorScatterUpdate of booleans",
    [
      { shape: [4], dtype: "bool" },
      { shape: [2], dtype: "bool" },
    ],
    (x, u) => tf.tensorScatterUpdate(x, ints([[3], [1]]), u),
    0,
  ),
  fnCase(
    "tensorScatterUpdate at positions of an input",
    [[5, 2], indices([3, 0, 3], 3, 1), [3, 2]],
    (x, i, u) => tf.tensorScatterUpdate(x, i, u),
    0,
  ),
  fnCase(
    "tensorScatterUpdate at two coordinates of an input",
    [[3, 4, 2], indices([2, 3, 0, 0, 2, 3], 3, 2), [3, 2]],
    (x, i, u) => tf.tensorScatterUpdate(x, i, u),
    0,
  ),
  fnCase(
    "tensorScatterUpdate by as many as there are",
    [[5, 2], indices([3, 0, 3], null, 1), [null, 2]],
    (x, i, u) => tf.tensorScatterUpdate(x, i, u),
    0,
  ),
  fnCase(
    "tensorScatterUpdate of a dynamic batch",
    [
      [null, 3],
      [1, 3],
    ],
    (x, u) => tf.tensorScatterUpdate(x, ints([[0]]), u),
    0,
  ),
  fnCase(
    "tensorScatterUpdate with values that are no numbers",
    [
      { shape: [4], values: [NaN, 1, Infinity, -Infinity] },
      { shape: [2], values: [NaN, -Infinity] },
    ],
    (x, u) => tf.tensorScatterUpdate(x, ints([[3], [1]]), u),
    0,
  ),
];

const one = (value: number, dtype?: "int32" | "bool"): tf.Scalar => tf.scalar(value, dtype);

const DENSE: readonly OperatorCase[] = [
  fnCase("sparseToDense of a vector", [[3]], (x) => tf.sparseToDense(ints([4, 0, 2]), x, [6], one(-1)), 0),
  fnCase(
    "sparseToDense, the last of equal indices",
    [[3]],
    (x) => tf.sparseToDense(ints([1, 0, 1]), x, [3], one(0)),
    0,
  ),
  fnCase(
    "sparseToDense at one position",
    [[]],
    (x) => tf.sparseToDense(tf.scalar(2, "int32"), x, [4], one(0)),
    0,
  ),
  fnCase(
    "sparseToDense of a matrix",
    [[3]],
    (x) =>
      tf.sparseToDense(
        ints([
          [0, 1],
          [2, 0],
          [1, 1],
        ]),
        x,
        [3, 2],
        one(0.5),
      ),
    0,
  ),
  fnCase(
    "sparseToDense of one value at many positions",
    [[]],
    (x) => tf.sparseToDense(ints([1, 3]), x, [5], one(0)),
    0,
  ),
  fnCase(
    "sparseToDense of four dimensions",
    [[2]],
    (x) =>
      tf.sparseToDense(
        ints([
          [0, 1, 0, 1],
          [1, 0, 2, 0],
        ]),
        x,
        [2, 2, 3, 2],
        one(9),
      ),
    0,
  ),
  fnCase(
    "sparseToDense of five dimensions",
    [[2]],
    (x) =>
      tf.sparseToDense(
        ints([
          [0, 1, 0, 1, 1],
          [1, 0, 2, 0, 0],
        ]),
        x,
        [2, 2, 3, 2, 2],
        one(9),
      ),
    0,
  ),
  fnCase(
    "sparseToDense of integers",
    [{ shape: [2], dtype: "int32" }],
    (x) => tf.sparseToDense(ints([1, 3]), x, [5], one(7, "int32")),
    0,
  ),
  fnCase(
    "sparseToDense of booleans",
    [{ shape: [2], dtype: "bool" }],
    (x) => tf.sparseToDense(ints([1, 3]), x, [5], one(1, "bool")),
    0,
  ),
  fnCase(
    "sparseToDense with a default that is an input",
    [[2], []],
    (x, d) => tf.sparseToDense(ints([1, 3]), x, [5], d as tf.Scalar),
    0,
  ),
  fnCase(
    "sparseToDense at positions of an input",
    [indices([3, 1, 3], null), [null]],
    (i, x) => tf.sparseToDense(i, x, [5], one(0)),
    0,
  ),
];

const SEGMENTS: readonly OperatorCase[] = [
  fnCase(
    "unsortedSegmentSum",
    [[4, 3]],
    (x) => tf.unsortedSegmentSum(x, vector(ints([1, 0, 1, 2])), 4),
    1e-6,
  ),
  fnCase(
    "unsortedSegmentSum with ids that are no segment",
    [[4, 3]],
    (x) => tf.unsortedSegmentSum(x, vector(ints([-1, 0, 7, 2])), 3),
    1e-6,
  ),
  fnCase(
    "unsortedSegmentSum by an input",
    [[6, 2, 2], indices([1, -2, 0, 3, 1, 4], 6)],
    (x, i) => tf.unsortedSegmentSum(x, vector(i), 4),
    1e-6,
  ),
  fnCase(
    "unsortedSegmentSum of a vector",
    [[5], indices([1, -2, 0, 3, 1], 5)],
    (x, i) => tf.unsortedSegmentSum(x, vector(i), 2),
    1e-6,
  ),
  fnCase(
    "unsortedSegmentSum of as many as there are",
    [[null, 3], indices([1, 0, 5], null)],
    (x, i) => tf.unsortedSegmentSum(x, vector(i), 2),
    1e-6,
  ),
];

/** Values written to positions. */
export const SCATTER_CASES: readonly OperatorCase[] = [...SCATTER, ...UPDATE, ...DENSE, ...SEGMENTS];
