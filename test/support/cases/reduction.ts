import * as tf from "@tensorflow/tfjs-core";
import { type CaseInput, fnCase, type OperatorCase } from "../judge.ts";

type Reduce = (x: tf.Tensor, axis?: number | number[], keepDims?: boolean) => tf.Tensor;

const IMAGE = { shape: [null, 3, 4, 5] } as const;
const OF_INTS = { dtype: "int32", range: [-3, 3] } as const;
const OF_BOOLS = { dtype: "bool" } as const;

/** What each of them takes, and how its results may differ: sums by their order. */
const REDUCTIONS: readonly [string, Reduce, number, readonly Omit<CaseInput, "shape">[]][] = [
  ["all", tf.all, 0, [OF_BOOLS]],
  ["any", tf.any, 0, [OF_BOOLS]],
  ["max", tf.max, 0, [{}, OF_INTS, OF_BOOLS]],
  ["min", tf.min, 0, [{}, OF_INTS, OF_BOOLS]],
  ["mean", tf.mean, 1e-6, [{}, OF_INTS, OF_BOOLS]],
  ["prod", tf.prod, 2e-6, [{ range: [0.5, 1.5] }, { dtype: "int32", values: [1, -1, 2, 1, -1] }, OF_BOOLS]],
  ["sum", tf.sum, 2e-6, [{}, OF_INTS, OF_BOOLS]],
];

const reductions: readonly OperatorCase[] = REDUCTIONS.flatMap(([name, reduce, tolerance, kinds]) =>
  kinds.flatMap((kind) => {
    const of = (
      what: string,
      shape: CaseInput["shape"],
      ...rest: [axis?: number | number[], keepDims?: boolean]
    ): OperatorCase =>
      fnCase(
        `${name} of ${kind.dtype ?? "float32"} ${what}`,
        [{ ...kind, shape }],
        (x) => reduce(x, ...rest),
        tolerance,
      );
    return [
      of("over the last axis", IMAGE.shape, -1),
      of("over axes in the middle", IMAGE.shape, [1, 2]),
      of("over axes in the middle, kept", IMAGE.shape, [2, 1], true),
      of("over axes apart", IMAGE.shape, [1, -1]),
      of("over the batch", IMAGE.shape, 0),
      of("over all axes", IMAGE.shape),
      of("over all axes, kept", IMAGE.shape, undefined, true),
      of("over no axes", IMAGE.shape, []),
      of("of a scalar", []),
      of("of five dimensions", [null, 2, 3, 2, 2], [1, 3]),
      of("of six dimensions", [null, 2, 3, 2, 2, 2], [0, 2, 4]),
      of("of six dimensions, all but the first", [null, 2, 3, 2, 2, 2], [1, 2, 3, 4, 5], true),
    ];
  }),
);

/** In each row the extremes are more than once. */
const TIES = { shape: [null, 8], values: [1, 3, -2, 3, 0, -2, 3] } as const;
const places: readonly OperatorCase[] = (
  [
    ["argMax", tf.argMax],
    ["argMin", tf.argMin],
  ] as const
).flatMap(([name, operation]) => [
  fnCase(`${name} along each axis`, [IMAGE], (x) => [0, 1, 2, -1].map((axis) => operation(x, axis)), 0),
  fnCase(`${name}: the first of equals`, [TIES], (x) => operation(x, 1), 0),
  fnCase(`${name} of integers`, [{ ...TIES, dtype: "int32" }], (x) => operation(x, -1), 0),
  fnCase(`${name} of booleans`, [{ shape: [null, 8], dtype: "bool" }], (x) => operation(x, 1), 0),
  fnCase(`${name} of a vector`, [{ shape: [9] }], (x) => operation(x, 0), 0),
  fnCase(`${name} of six dimensions`, [[null, 2, 3, 2, 2, 2]], (x) => operation(x, 2), 0),
  fnCase(
    `${name} of infinities`,
    [{ shape: [null, 4], values: [1, -Infinity, Infinity, 2, Infinity] }],
    (x) => operation(x, 1),
    0,
  ),
  fnCase(
    `${name}: not a number is never the extreme, unless it is first`,
    [{ shape: [null, 4], values: [1, Number.NaN, 5, -2] }],
    (x) => operation(x, 1),
    0,
  ),
]);

/** Kernels that reduce dimensions. */
export const REDUCTION_CASES: readonly OperatorCase[] = [...reductions, ...places];
