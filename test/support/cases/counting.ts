import * as tf from "@tensorflow/tfjs-core";
import { type CaseInput, constant, fnCase, type OperatorCase } from "../judge.ts";

const vector = (x: tf.Tensor): tf.Tensor1D => x as tf.Tensor1D;
const matrix = (x: tf.Tensor): tf.Tensor2D => x as tf.Tensor2D;
const none = (): tf.Tensor1D => tf.tensor1d([]);
const noInts = (): tf.Tensor1D => tf.tensor1d([], "int32");
const numbers = (...shape: (number | null)[]): CaseInput => ({ shape, dtype: "int32", range: [0, 6] });

const BINCOUNT: readonly OperatorCase[] = [
  fnCase("bincount", [numbers(9)], (x) => tf.bincount(vector(x), none(), 7), 0),
  fnCase("bincount of integers", [numbers(9)], (x) => tf.bincount(vector(x), noInts(), 7), 0),
  fnCase(
    "bincount of numbers that are too large",
    [numbers(20)],
    (x) => tf.bincount(vector(x), none(), 3),
    0,
  ),
  fnCase("bincount with weights", [numbers(9), [9]], (x, w) => tf.bincount(vector(x), vector(w), 5), 1e-6),
  fnCase(
    "bincount with constant weights",
    [numbers(9)],
    (x) => tf.bincount(vector(x), vector(constant([9])), 7),
    1e-6,
  ),
  fnCase(
    "bincount with weights of integers",
    [numbers(9), { shape: [9], dtype: "int32" }],
    (x, w) => tf.bincount(vector(x), vector(w), 7),
    0,
  ),
  fnCase("bincount of as many as there are", [numbers(null)], (x) => tf.bincount(vector(x), none(), 7), 0),
  fnCase(
    "bincount of a constant with weights",
    [[4]],
    (w) => tf.bincount(tf.tensor1d([1, 0, 1, 9], "int32"), vector(w), 3),
    1e-6,
  ),
  fnCase("denseBincount of a vector", [numbers(9)], (x) => tf.denseBincount(vector(x), none(), 7), 0),
  fnCase(
    "denseBincount of a vector, whether",
    [numbers(9)],
    (x) => tf.denseBincount(vector(x), none(), 7, true),
    0,
  ),
  fnCase("denseBincount", [numbers(null, 9)], (x) => tf.denseBincount(matrix(x), none() as never, 5), 0),
  fnCase(
    "denseBincount of integers",
    [numbers(null, 9)],
    (x) => tf.denseBincount(matrix(x), noInts() as never, 5),
    0,
  ),
  fnCase(
    "denseBincount, whether",
    [numbers(null, 9)],
    (x) => tf.denseBincount(matrix(x), none() as never, 5, true),
    0,
  ),
  fnCase(
    "denseBincount, whether, of integers",
    [numbers(null, 9)],
    (x) => tf.denseBincount(matrix(x), noInts() as never, 5, true),
    0,
  ),
  fnCase(
    "denseBincount with weights",
    [numbers(null, 9), [null, 9]],
    (x, w) => tf.denseBincount(matrix(x), matrix(w), 5),
    1e-6,
  ),
  fnCase(
    "denseBincount with infinite weights",
    [numbers(null, 3), { shape: [null, 3], values: [1, Infinity, 2] }],
    (x, w) => tf.denseBincount(matrix(x), matrix(w), 7),
    0,
  ),
  fnCase(
    "denseBincount with weights, whether",
    [numbers(null, 9), [null, 9]],
    (x, w) => tf.denseBincount(matrix(x), matrix(w), 5, true),
    0,
  ),
];

const SORTED: CaseInput = { shape: [null, 5], values: [-1, 0, 0, 1.5, 3] };
const WANTED: CaseInput = { shape: [null, 8], values: [-2, -1, -0.5, 0, 1.5, 2, 3, 4] };

const SEARCH: readonly OperatorCase[] = (["left", "right"] as const).flatMap((side) => [
  fnCase(`searchSorted, ${side}`, [SORTED, WANTED], (s, v) => tf.searchSorted(s, v, side), 0),
  fnCase(
    `searchSorted, ${side}, of integers`,
    [
      { shape: [null, 4], dtype: "int32", values: [1, 1, 4, 9] },
      { shape: [null, 6], dtype: "int32", values: [0, 1, 2, 4, 9, 10] },
    ],
    (s, v) => tf.searchSorted(s, v, side),
    0,
  ),
  fnCase(
    `searchSorted, ${side}, in a constant`,
    [{ shape: [7], values: [-2, -1, -0.5, 0, 1.5, 3, 4] }],
    (v) => tf.searchSorted(tf.tensor1d([-1, 0, 0, 3]), v, side),
    0,
  ),
  fnCase(
    `searchSorted, ${side}, of three dimensions`,
    [
      { shape: [2, 3, 5], values: [-1, 0, 0, 1.5, 3] },
      { shape: [2, 3, 2], values: [0, 1.5, -2, 7] },
    ],
    (s, v) => tf.searchSorted(s, v, side),
    0,
  ),
]);

/** How often, and before which. */
export const COUNTING_CASES: readonly OperatorCase[] = [...BINCOUNT, ...SEARCH];
