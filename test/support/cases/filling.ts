import * as tf from "@tensorflow/tfjs-core";
import { type CaseInput, fnCase, type OperatorCase } from "../judge.ts";

const TYPES = ["float32", "int32", "bool"] as const;
const rows = (dtype: (typeof TYPES)[number]): CaseInput => ({ shape: [null, 3, 2], dtype });

const batch = (x: tf.Tensor): number => x.shape[0] as number;

/** Tensors of one value, numbers in steps, diagonals, shapes. */
export const FILLING_CASES: readonly OperatorCase[] = [
  ...TYPES.flatMap((dtype) => [
    fnCase(`onesLike of ${dtype}`, [rows(dtype)], (x) => tf.onesLike(x), 0),
    fnCase(`zerosLike of ${dtype}`, [rows(dtype)], (x) => tf.zerosLike(x), 0),
    fnCase(`onesLike of ${dtype}, of fixed sizes`, [{ shape: [2, 3], dtype }], (x) => tf.onesLike(x), 0),
    fnCase(`zerosLike of ${dtype}, of fixed sizes`, [{ shape: [2, 3], dtype }], (x) => tf.zerosLike(x), 0),
    fnCase(`diag of ${dtype}`, [{ shape: [4], dtype }], (x) => tf.diag(x), 0),
  ]),
  fnCase(
    "onesLike of values that are no numbers",
    [{ shape: [3], values: [NaN, Infinity, -Infinity] }],
    (x) => tf.onesLike(x),
    0,
  ),
  fnCase(
    "zerosLike of values that are no numbers",
    [{ shape: [3], values: [NaN, Infinity, -Infinity] }],
    (x) => tf.zerosLike(x),
    0,
  ),
  fnCase("onesLike of a number", [[]], (x) => tf.onesLike(x), 0),
  fnCase("zerosLike of a number", [[]], (x) => tf.zerosLike(x), 0),
  fnCase("diag of a matrix", [[2, 3]], (x) => tf.diag(x), 0),
  fnCase("diag of three dimensions", [[2, 1, 3]], (x) => tf.diag(x), 0),
  fnCase("diag of infinite values", [{ shape: [3], values: [NaN, Infinity, 1] }], (x) => tf.diag(x), 0),
  // One outcome is certain, so that any generator draws it.
  fnCase(
    "multinomial",
    [{ shape: [null, 3], values: [-1000, 0, -1000] }],
    (x) => tf.multinomial(x as tf.Tensor2D, 6, 7),
    0,
  ),
  fnCase(
    "multinomial of probabilities",
    [{ shape: [null, 4], values: [0, 0, 1, 0] }],
    (x) => tf.multinomial(x as tf.Tensor2D, 6, 7, true),
    0,
  ),
  fnCase(
    "multinomial without a seed, of a vector",
    [{ shape: [3], values: [-1000, -1000, 0] }],
    (x) => tf.multinomial(x as tf.Tensor1D, 5),
    0,
  ),
  fnCase(
    "multinomial without a seed",
    [{ shape: [null, 3], values: [-1000, -1000, 0] }],
    (x) => tf.multinomial(x as tf.Tensor2D, 5),
    0,
  ),
  fnCase("range of the batch", [[null, 3]], (x) => tf.add(x, tf.reshape(tf.range(0, batch(x)), [-1, 1])), 0),
  fnCase(
    "range of integers, downwards, of the batch",
    [{ shape: [null, 3], dtype: "int32" }],
    (x) => tf.add(x, tf.reshape(tf.range(2 * batch(x), 0, -2, "int32"), [-1, 1])),
    0,
  ),
  fnCase("linspace of the batch", [[null, 3]], (x) =>
    tf.add(x, tf.reshape(tf.slice(tf.linspace(-1, 2, batch(x) + 1), 1), [-1, 1])),
  ),
  fnCase("fill of the batch", [[null, 3]], (x) => tf.concat([x, tf.fill([batch(x), 2], batch(x))], 1), 0),
  fnCase(
    "broadcastArgs",
    [{ shape: [3], dtype: "int32", values: [2, 1, 3] }],
    (x) => tf.broadcastArgs(x, tf.tensor1d([4, 1], "int32")),
    0,
  ),
  fnCase(
    "broadcastArgs of two inputs",
    [
      { shape: [2], dtype: "int32", values: [5, 1] },
      { shape: [2], dtype: "int32", values: [1, 7] },
    ],
    (a, b) => tf.broadcastArgs(a, b),
    0,
  ),
];
