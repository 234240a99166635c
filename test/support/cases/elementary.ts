import * as tf from "@tensorflow/tfjs-core";
import { type CaseInput, constant, fnCase, type OperatorCase } from "../judge.ts";

type Unary = (x: tf.Tensor) => tf.Tensor;

const ROW = { shape: [null, 9] } as const;
const INTS = { shape: [null, 9], dtype: "int32" } as const;
const BOOLS = { shape: [null, 9], dtype: "bool" } as const;
const within = (low: number, high: number): CaseInput => ({ ...ROW, range: [low, high] });
const INFINITE = { ...ROW, values: [0, -0, 1, -2.5, 3e38, -3e38, Infinity, -Infinity, Number.NaN] } as const;
const small = { ...INTS, values: [-3, -2, -1, 0, 1, 2, 3, 4, 20] } as const;

/** With the range that their results are finite in, and more than that. */
const FUNCTIONS: readonly [string, Unary, CaseInput][] = [
  ["acos", tf.acos, within(-1, 1)],
  ["acosh", tf.acosh, within(1, 9)],
  ["asin", tf.asin, within(-1, 1)],
  ["asinh", tf.asinh, within(-9, 9)],
  ["atan", tf.atan, within(-9, 9)],
  ["atanh", tf.atanh, within(-1, 1)],
  ["cosh", tf.cosh, within(-9, 9)],
  ["expm1", tf.expm1, within(-9, 9)],
  ["log1p", tf.log1p, within(-1, 9)],
  ["sinh", tf.sinh, within(-9, 9)],
  ["tan", tf.tan, within(-1.5, 1.5)],
];

/** tfjs takes no integers for these. */
const FLOATS_ONLY = ["cosh", "tan"];

const ofOne: readonly OperatorCase[] = FUNCTIONS.flatMap(([name, operation, input]) => [
  fnCase(name, [input], operation, 2e-6),
  fnCase(`${name} of a volume`, [{ shape: [null, 2, 3, 2, 1], range: [0.1, 0.9] }], operation, 2e-6),
  ...(FLOATS_ONLY.includes(name) ? [] : [fnCase(`${name} of integers`, [small], operation, 2e-6)]),
]);

const TESTS: readonly [string, Unary][] = [
  ["is finite", tf.isFinite],
  ["is infinite", tf.isInf],
  ["is not a number", tf.isNaN],
];

const ofNumbers: readonly OperatorCase[] = [...TESTS, ["sign", tf.sign] as const].flatMap(
  ([name, operation]) => [
    fnCase(name, [INFINITE], operation, 0),
    fnCase(`${name}, of integers`, [INTS], operation, 0),
    fnCase(`${name}, of booleans`, [BOOLS], operation, 0),
    fnCase(`${name}, of six dimensions`, [[null, 1, 2, 1, 2, 3]], operation, 0),
  ],
);

const IMAGE = [null, 2, 3, 4] as const;

const ofTwo: readonly OperatorCase[] = [
  fnCase("atan2", [ROW, ROW], tf.atan2, 1e-6),
  fnCase(
    "atan2 on the axes",
    [
      { ...ROW, values: [0, 0, -0, -0, 1, -1, 0, 1, -1] },
      { ...ROW, values: [1, -1, 1, -1, 0, 0, 0, Infinity, -Infinity] },
    ],
    tf.atan2,
    1e-6,
  ),
  fnCase("atan2 of integers", [INTS, { ...INTS, range: [-3, 3] }], tf.atan2, 0),
  fnCase("atan2 of floats and integers", [ROW, INTS], tf.atan2, 1e-6),
  fnCase("atan2 with a constant scalar", [IMAGE], (y) => tf.atan2(y, 0.5), 1e-6),
  fnCase("atan2 of a constant vector", [IMAGE], (x) => tf.atan2(constant([4]), x), 1e-6),
  fnCase("atan2, both widened", [[null, 1, 3, 4], { shape: [2, 1, 4] }], tf.atan2, 1e-6),
  fnCase(
    "atan2 of six dimensions",
    [
      [null, 1, 2, 1, 3, 1],
      [2, 1, 2, 1, 2],
    ],
    tf.atan2,
    1e-6,
  ),
];

/** Elementary functions that TensorFlow Lite has no operator for. */
export const ELEMENTARY_CASES: readonly OperatorCase[] = [...ofOne, ...ofNumbers, ...ofTwo];
