import * as tf from "@tensorflow/tfjs-core";
import { fnCase, type OperatorCase } from "../judge.ts";

const INTS = { shape: [null, 8], dtype: "int32", range: [-9, 9] } as const;
const FLOATS = { shape: [null, 8], range: [-9, 9] } as const;
const EXTREMES = [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 0x55555555, -0x55555556, 12345678, -7, 2 ** 30] as const;
const BITS = { ...INTS, values: EXTREMES } as const;
/** Of another length, so that in a batch each meets each. */
const OTHERS = { ...INTS, values: [...EXTREMES, 5, 255, -256] } as const;
const zeros = [3, 0, -2, 0, 5, -1, 7] as const;
const nonzero = [3, -2, 0.5, -1.5, 4] as const;

type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;
const DIVISIONS: readonly [string, Binary][] = [
  ["floor division", tf.floorDiv],
  ["modulo", tf.mod],
];

const divisions: readonly OperatorCase[] = DIVISIONS.flatMap(([name, operation]) => [
  fnCase(`${name} of integers, by zero as well`, [INTS, { ...INTS, values: zeros }], operation, 0),
  fnCase(`${name} of integers by a constant`, [INTS], (x) => operation(x, tf.scalar(-3, "int32")), 0),
  fnCase(
    `${name} of integers by constants with a zero`,
    [INTS],
    (x) => operation(x, tf.tensor1d([1, 2, 0, -4, 5, -6, 7, 0], "int32")),
    0,
  ),
  fnCase(`${name} of a constant by integers`, [INTS], (x) => operation(tf.scalar(17, "int32"), x), 0),
  fnCase(`${name} of floats`, [FLOATS, { ...FLOATS, values: nonzero }], operation, 1e-6),
  fnCase(`${name} of floats by a constant`, [FLOATS], (x) => operation(x, tf.scalar(0.1)), 1e-6),
  fnCase(`${name} of floats by zero`, [FLOATS, { ...FLOATS, values: [0, 2, -0] }], operation, 1e-6),
  fnCase(`${name} of floats and integers`, [FLOATS, { ...INTS, values: [3, -2] }], operation, 1e-6),
  fnCase(
    `${name} of six dimensions`,
    [
      { shape: [null, 1, 2, 1, 3, 1], dtype: "int32", range: [-9, 9] },
      { shape: [2, 1, 2, 1, 2], dtype: "int32", values: zeros },
    ],
    operation,
    0,
  ),
]);

const masks = (name: string, values: readonly number[]): OperatorCase =>
  fnCase(
    `bitwise and with ${name}`,
    [{ shape: [10], dtype: "int32", values: EXTREMES }],
    (x) =>
      tf.bitwiseAnd(
        x,
        tf.tensor1d(
          Array.from({ length: 10 }, (_, at) => values[at % values.length] as number),
          "int32",
        ),
      ),
    0,
  );

/** Divisions of integers, and their bits. */
export const INTEGER_CASES: readonly OperatorCase[] = [
  ...divisions,
  fnCase("integers divided", [INTS, { ...INTS, values: zeros }], tf.div, 0),
  fnCase(
    "bitwise and",
    [
      { ...BITS, shape: [null, 43] },
      { ...OTHERS, shape: [null, 43] },
    ],
    tf.bitwiseAnd,
    0,
  ),
  fnCase(
    "bitwise and of six dimensions",
    [
      { ...BITS, shape: [null, 1, 2, 1, 3, 4] },
      { ...OTHERS, shape: [null, 1, 2, 1, 3, 4] },
    ],
    tf.bitwiseAnd,
    0,
  ),
  masks("one mask of low bits", [255]),
  masks("masks of low bits", [1, 3, 65535, 2 ** 30 - 1]),
  masks("masks of high bits", [-1, -2, -256, -(2 ** 30)]),
  masks("all but the sign", [2 ** 31 - 1]),
  masks("other masks", [0, 5, -6, 2 ** 31 - 1, -(2 ** 31), 0x12345678]),
];
