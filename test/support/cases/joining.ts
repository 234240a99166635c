import * as tf from "@tensorflow/tfjs-core";
import { fnCase, type OperatorCase } from "../judge.ts";

const ROWS = [null, 3, 4] as const;
const INTS = { shape: ROWS, dtype: "int32" } as const;
const BOOLS = { shape: ROWS, dtype: "bool" } as const;

/** Stacking, its opposite, and parts. */
export const JOINING_CASES: readonly OperatorCase[] = [
  ...[0, 1, 2, 3, -1, -2].map((axis) =>
    fnCase(`stack along ${axis}`, [ROWS, ROWS], (a, b) => tf.stack([a, b, a], axis), 0),
  ),
  fnCase("stack of one", [ROWS], (a) => tf.stack([a], 1), 0),
  fnCase("stack of numbers", [[], []], (a, b) => tf.stack([a, b]), 0),
  fnCase("stack of integers", [INTS, INTS], (a, b) => tf.stack([a, b], 1), 0),
  fnCase("stack of booleans", [BOOLS, BOOLS], (a, b) => tf.stack([a, b], 1), 0),
  fnCase("stack with a constant", [[2, 3]], (a) => tf.stack([tf.ones([2, 3]), a], -1), 0),
  fnCase("stack of six dimensions", [[null, 2, 1, 2, 3, 2]], (a) => tf.stack([a, tf.neg(a)], 3), 0),
  ...[1, 2, -1].map((axis) => fnCase(`unstack along ${axis}`, [ROWS], (x) => tf.unstack(x, axis), 0)),
  fnCase("unstack the first", [[3, 2]], (x) => tf.unstack(x), 0),
  fnCase("unstack a vector", [[3]], (x) => tf.unstack(x), 0),
  fnCase("unstack of one", [[null, 1, 3]], (x) => tf.unstack(x, 1), 0),
  fnCase("unstack of integers", [INTS], (x) => tf.unstack(x, 1), 0),
  fnCase("unstack of booleans", [BOOLS], (x) => tf.unstack(x, 1), 0),
  fnCase("unstack of which one is used", [ROWS], (x) => tf.unstack(x, 1)[1] as tf.Tensor, 0),
  ...[2, -1].map((axis) => fnCase(`split along ${axis}`, [ROWS], (x) => tf.split(x, 2, axis), 0)),
  fnCase("split into one", [ROWS], (x) => tf.mul(tf.split(x, 1, 2)[0] as tf.Tensor, 2), 0),
  fnCase("split by sizes", [ROWS], (x) => tf.split(x, [1, 2, 1], 2), 0),
  fnCase("split by equal sizes", [ROWS], (x) => tf.split(x, [2, 2], 2), 0),
  fnCase("split by what is left", [ROWS], (x) => tf.split(x, [1, -1], -1), 0),
  fnCase("split of a vector", [[6]], (x) => tf.split(x, [4, 2]), 0),
  fnCase("split of integers", [INTS], (x) => tf.split(x, [1, 3], 2), 0),
  fnCase("split into equal parts of integers", [INTS], (x) => tf.split(x, 4, 2), 0),
  fnCase("split of booleans", [BOOLS], (x) => tf.split(x, [1, 3], 2), 0),
  fnCase("split into equal parts of booleans", [BOOLS], (x) => tf.split(x, 3, 1), 0),
  fnCase("split of six dimensions", [[null, 2, 1, 4, 1, 2]], (x) => tf.split(x, [1, 3], 3), 0),
];
