import * as tf from "@tensorflow/tfjs-core";
import { fnCase, type OperatorCase } from "../judge.ts";

const IMAGE = [null, 3, 4, 5] as const;
const INTS = { shape: IMAGE, dtype: "int32" } as const;
const BOOLS = { shape: IMAGE, dtype: "bool" } as const;
const ints = (values: tf.TensorLike): tf.Tensor => tf.tensor(values, undefined, "int32");
/** Indices of an input that are right for a dimension of 3. */
const indices = (...shape: (number | null)[]) => ({ shape, dtype: "int32", range: [0, 2] }) as const;

const GATHER: readonly OperatorCase[] = [
  ...[1, 2, -1].map((axis) =>
    fnCase(`gather along ${axis}`, [IMAGE], (x) => tf.gather(x, ints([2, 0, 2]), axis), 0),
  ),
  fnCase("gather along the first", [[6, 2]], (x) => tf.gather(x, ints([5, 0])), 0),
  fnCase(
    "gather with a matrix of indices",
    [IMAGE],
    (x) =>
      tf.gather(
        x,
        ints([
          [0, 1, 2],
          [2, 1, 0],
        ]),
        1,
      ),
    0,
  ),
  fnCase("gather with one index", [IMAGE], (x) => tf.gather(x, tf.scalar(1, "int32"), 1), 0),
  fnCase("gather of integers", [INTS], (x) => tf.gather(x, ints([2, 0]), 1), 0),
  fnCase("gather of booleans", [BOOLS], (x) => tf.gather(x, ints([2, 0]), 1), 0),
  fnCase("gather of a vector", [[7]], (x) => tf.gather(x, ints([6, 6, 1])), 0),
  fnCase("gather of seven dimensions", [[null, 2, 1, 3, 2, 2, 2]], (x) => tf.gather(x, ints([2, 0]), 3), 0),
  fnCase(
    "gather from a table",
    [indices(null, 4)],
    (i) =>
      tf.gather(
        tf.tensor2d([
          [1, 2],
          [3, 4],
          [5, 6],
        ]),
        i,
      ),
    0,
  ),
  fnCase("gather from an input by another", [IMAGE, indices(2, 2)], (x, i) => tf.gather(x, i, 1), 0),
  fnCase("gather by batch", [[null, 3, 5], indices(null, 4)], (x, i) => tf.gather(x, i, 1, 1), 0),
  fnCase(
    "gather by batch along a later dimension",
    [[null, 2, 3], indices(null, 4)],
    (x, i) => tf.gather(x, i, 2, 1),
    0,
  ),
  fnCase("gather by two batches", [[null, 2, 3, 4], indices(null, 2, 5)], (x, i) => tf.gather(x, i, 2, 2), 0),
  fnCase(
    "gather by batch, counted from the end",
    [[null, 3, 2], indices(null, 4)],
    (x, i) => tf.gather(x, i, 1, -1),
    0,
  ),
];

const GATHER_ND: readonly OperatorCase[] = [
  fnCase(
    "gatherND of elements",
    [[3, 4]],
    (x) =>
      tf.gatherND(
        x,
        ints([
          [0, 3],
          [2, 1],
          [2, 1],
        ]),
      ),
    0,
  ),
  fnCase("gatherND of rows", [[3, 4, 2]], (x) => tf.gatherND(x, ints([[2], [0]])), 0),
  fnCase("gatherND, a row of indices", [[3, 4]], (x) => tf.gatherND(x, ints([2, 1])), 0),
  fnCase(
    "gatherND, indices in two dimensions",
    [[3, 4]],
    (x) =>
      tf.gatherND(
        x,
        ints([
          [
            [0, 1],
            [1, 1],
          ],
          [
            [2, 3],
            [0, 0],
          ],
        ]),
      ),
    0,
  ),
  fnCase(
    "gatherND of integers",
    [{ shape: [3, 4], dtype: "int32" }],
    (x) =>
      tf.gatherND(
        x,
        ints([
          [0, 3],
          [2, 1],
        ]),
      ),
    0,
  ),
  fnCase(
    "gatherND of booleans",
    [{ shape: [3, 4], dtype: "bool" }],
    (x) =>
      tf.gatherND(
        x,
        ints([
          [0, 3],
          [2, 1],
        ]),
      ),
    0,
  ),
  fnCase("gatherND by an input", [[3, 3, 2], indices(null, 2)], (x, i) => tf.gatherND(x, i), 0),
  fnCase(
    "gatherND of a dynamic batch",
    [[null, 4]],
    (x) =>
      tf.gatherND(
        x,
        ints([
          [0, 2],
          [0, 3],
        ]),
      ),
    0,
  ),
];

const ONE_HOT: readonly OperatorCase[] = [
  fnCase("oneHot", [indices(null)], (i) => tf.oneHot(i, 4), 0),
  fnCase("oneHot of one index", [indices()], (i) => tf.oneHot(i, 3), 0),
  fnCase("oneHot of three dimensions", [indices(null, 2, 3)], (i) => tf.oneHot(i, 3), 0),
  fnCase(
    "oneHot of indices outside",
    [{ shape: [6], dtype: "int32", values: [-1, 0, 3, 4, 2, 99] }],
    (i) => tf.oneHot(i, 4),
    0,
  ),
  fnCase("oneHot with values of its own", [indices(null)], (i) => tf.oneHot(i, 3, 5, -2), 0),
  fnCase("oneHot of floats", [indices(null, 2)], (i) => tf.oneHot(i, 3, 0.75, -0.5, "float32"), 0),
  fnCase("oneHot of booleans", [indices(null)], (i) => tf.oneHot(i, 3, 1, 0, "bool"), 0),
  fnCase("oneHot of booleans, inverted", [indices(null)], (i) => tf.oneHot(i, 3, 0, 1, "bool"), 0),
];

/** Slices and elements at indices. */
export const GATHER_CASES: readonly OperatorCase[] = [...GATHER, ...GATHER_ND, ...ONE_HOT];
