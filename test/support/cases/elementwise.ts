import * as tf from "@tensorflow/tfjs-core";
import { type CaseInput, constant, fnCase, type OperatorCase } from "../judge.ts";

type Unary = (x: tf.Tensor) => tf.Tensor;
type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

const ROW = { shape: [null, 7] } as const;
const INTS = { shape: [null, 7], dtype: "int32" } as const;
const BOOLS = { shape: [null, 7], dtype: "bool" } as const;
const BLOCK = { shape: [null, 1, 2, 1, 3, 2] } as const;
const positive = { ...ROW, range: [0.1, 4] } as const;
const nonzero = { ...ROW, values: [-3, -1.5, -0.25, 0.5, 1, 2, 4] } as const;
/** Exactly representable, with zeros of both signs, ties and both borders of RELU6. */
const edges = { ...ROW, values: [-7, -1, -0.5, -0, 0, 0.5, 1, 1.5, 2.5, -1.5, -2.5, 6, 6.5] } as const;

/** The results of these are rounded once: the last digit of a float, 2^-23, and no more than two of them. */
const ULPS = 2.4e-7;

const unary = (
  name: string,
  operation: Unary,
  input: CaseInput = ROW,
  tolerance: number = ULPS,
): OperatorCase => fnCase(name, [input], operation, tolerance);

/** What keeps NaN and infinities, in LiteRT as in tfjs. */
const STRANGE = { ...ROW, values: [Number.NaN, 1, Infinity, -1, 0, -Infinity, 0.5] } as const;
const strange: readonly OperatorCase[] = (
  [
    ["abs", tf.abs],
    ["ceil", tf.ceil],
    ["clip", (x) => tf.clipByValue(x, -0.5, 0.5)],
    ["elu", tf.elu],
    ["exp", tf.exp],
    ["floor", tf.floor],
    ["maximum with a number", (x) => tf.maximum(x, 0.5)],
    ["minimum with a number", (x) => tf.minimum(x, 0.5)],
    ["neg", tf.neg],
    ["pow", (x) => tf.pow(x, 2)],
    ["reciprocal", tf.reciprocal],
    ["relu", tf.relu],
    ["relu6", tf.relu6],
    ["round", tf.round],
    ["selu", tf.selu],
    ["sigmoid", tf.sigmoid],
    ["softplus", tf.softplus],
    ["sqrt", tf.sqrt],
    ["square", tf.square],
    ["step", (x) => tf.step(x)],
    ["tanh", tf.tanh],
  ] as readonly [string, Unary][]
).map(([name, operation]) => unary(`${name} of NaN and infinities`, operation, STRANGE));

const UNARY: readonly OperatorCase[] = [
  ...strange,
  unary("abs", tf.abs, edges, 0),
  unary("abs of integers", tf.abs, INTS, 0),
  unary("ceil", tf.ceil, edges, 0),
  unary("floor", tf.floor, edges, 0),
  unary("round to even", tf.round, edges, 0),
  unary("round of integers", tf.round, INTS, 0),
  unary("neg", tf.neg, edges, 0),
  unary("neg of integers", tf.neg, INTS, 0),
  unary("cos", tf.cos, ROW, 1e-6),
  unary("sin", tf.sin, ROW, 1e-6),
  unary("exp", tf.exp),
  unary("exp of integers", tf.exp, INTS),
  unary("log", tf.log, positive),
  unary("sqrt", tf.sqrt, positive),
  unary("rsqrt", tf.rsqrt, positive),
  unary("reciprocal", tf.reciprocal, nonzero),
  unary("square", tf.square),
  unary("square of integers", tf.square, INTS, 0),
  unary("step", (x) => tf.step(x), edges, 0),
  unary("step with another value below zero", (x) => tf.step(x, 0.25), edges, 0),
  unary("step of integers", (x) => tf.step(x), INTS, 0),
  unary("identity", (x) => tf.clone(x), edges, 0),
  unary("identity and another operation", (x) => tf.abs(tf.clone(x)), edges, 0),
  unary("clip to 0..6", (x) => tf.clipByValue(x, 0, 6), edges, 0),
  unary("clip to -1..1", (x) => tf.clipByValue(x, -1, 1), edges, 0),
  unary("clip to 0..1", (x) => tf.clipByValue(x, 0, 1), edges, 0),
  unary("clip to -0.5..2.5", (x) => tf.clipByValue(x, -0.5, 2.5), edges, 0),
  unary("clip below", (x) => tf.clipByValue(x, -1, Number.POSITIVE_INFINITY), edges, 0),
  unary("clip above", (x) => tf.clipByValue(x, Number.NEGATIVE_INFINITY, 1), edges, 0),
  unary("clip negatives", (x) => tf.clipByValue(x, 0, Number.POSITIVE_INFINITY), edges, 0),
  unary(
    "clip nothing",
    (x) => tf.clipByValue(x, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY),
    edges,
    0,
  ),
  unary("clip integers", (x) => tf.clipByValue(x, -2, 3), INTS, 0),
  unary("clip integers to fractions", (x) => tf.clipByValue(x, -2.5, 2.5), INTS, 0),
  unary("clip integers to more than they hold", (x) => tf.clipByValue(x, -1e10, 1e10), INTS, 0),
  unary("clip integers above", (x) => tf.clipByValue(x, Number.NEGATIVE_INFINITY, 1), INTS, 0),
  unary("clip of six dimensions", (x) => tf.clipByValue(x, -0.5, 1.5), BLOCK, 0),
  unary("step of six dimensions", (x) => tf.step(x, 0.5), BLOCK, 0),
  unary("reciprocal of integers, of zero as well", tf.reciprocal, { ...INTS, values: [-2, -1, 0, 1, 2] }, 0),
  unary("reciprocal of six dimensions", tf.reciprocal, BLOCK),
  unary("neg of the extremes", tf.neg, { ...INTS, values: [2 ** 31 - 1, -(2 ** 31), 0] }, 0),
  unary("round of booleans", tf.round, BOOLS, 0),
  unary("logical not", (x) => tf.logicalNot(x), BOOLS, 0),
];

const VOLUME = [null, 2, 2, 3, 2] as const;

const ACTIVATIONS: readonly OperatorCase[] = [
  unary("relu", tf.relu, edges, 0),
  unary("relu of integers", tf.relu, INTS, 0),
  unary("relu6", tf.relu6, edges, 0),
  unary("relu6 of integers", tf.relu6, { ...INTS, range: [-9, 9] }, 0),
  unary("elu", tf.elu),
  unary("selu", tf.selu),
  unary("sigmoid", tf.sigmoid),
  unary("sigmoid far from zero", tf.sigmoid, { ...ROW, values: [-100, -30, -10, 10, 30, 100] }),
  unary("tanh", tf.tanh),
  unary("tanh far from zero", tf.tanh, { ...ROW, values: [-100, -10, -1e-4, 1e-4, 10, 100] }),
  unary("softplus", tf.softplus),
  unary("softplus far from zero", tf.softplus, { ...ROW, values: [-200, -90, 90, 200, 0] }),
  // LiteRT's LOG is off by 1.2e-7 near 1, however small its result: 2 % of this one.
  unary("softplus of a small result", tf.softplus, { shape: [null, 1], values: [-12] }, 0.02),
  unary("leaky relu", (x) => tf.leakyRelu(x, 0.3), edges),
  unary("leaky relu of integers", (x) => tf.leakyRelu(x, 0.5), INTS),
  unary("erf", tf.erf, ROW, 1e-6),
  unary("erf at zero and far from it", tf.erf, { ...ROW, values: [-9, -0, 0, 1e-30, 9, -1e-3] }, 1e-6),
  unary("selu of six dimensions", tf.selu, BLOCK),
  unary("softplus of six dimensions", tf.softplus, BLOCK),
  unary("erf of six dimensions", tf.erf, BLOCK, 1e-6),
  unary("erf of integers", tf.erf, INTS, 1e-6),
  unary("selu of integers", tf.selu, INTS, 0),
  unary("softplus of integers", tf.softplus, INTS, 0),
  fnCase("prelu of integers", [INTS], (x) => tf.prelu(x, tf.scalar(-2, "int32")), ULPS),
  fnCase("prelu of five dimensions", [VOLUME], (x) => tf.prelu(x, constant([2, 1, 3, 1])), ULPS),
  fnCase("prelu of six dimensions", [BLOCK], (x) => tf.prelu(x, constant([2, 1, 1, 2])), ULPS),
  fnCase("prelu with slopes that widen", [[null, 1, 3]], (x) => tf.prelu(x, constant([2, 1])), ULPS),
  fnCase("prelu with a slope per channel", [[null, 3, 5]], (x) => tf.prelu(x, constant([5])), ULPS),
  fnCase("prelu with one slope", [[null, 3, 5]], (x) => tf.prelu(x, tf.scalar(0.25)), ULPS),
  fnCase("prelu with a slope per element", [[null, 3, 5]], (x) => tf.prelu(x, constant([3, 5])), ULPS),
  fnCase(
    "prelu with computed slopes",
    [
      [null, 5],
      [1, 5],
    ],
    (x, a) => tf.prelu(x, tf.mul(a, 0.5)),
    ULPS,
  ),
];

const binary = (
  name: string,
  operation: Binary,
  a: CaseInput,
  b: CaseInput,
  tolerance = ULPS,
): OperatorCase => fnCase(name, [a, b], operation, tolerance);

const other = { ...ROW, values: [2, -0.5, 1.25, -3] } as const;
const divisor = { ...ROW, values: [2, -0.5, 1.25, -3] } as const;

const ARITHMETIC: readonly [string, Binary][] = [
  ["add", tf.add],
  ["sub", tf.sub],
  ["mul", tf.mul],
  ["maximum", tf.maximum],
  ["minimum", tf.minimum],
  ["squared difference", tf.squaredDifference],
];

const COMPARISONS: readonly [string, Binary][] = [
  ["equal", tf.equal],
  ["not equal", tf.notEqual],
  ["greater", tf.greater],
  ["greater equal", tf.greaterEqual],
  ["less", tf.less],
  ["less equal", tf.lessEqual],
];

const LOGICAL: readonly [string, Binary][] = [
  ["logical and", tf.logicalAnd],
  ["logical or", tf.logicalOr],
  ["logical xor", tf.logicalXor],
];

const IMAGE = [null, 2, 3, 4] as const;

/** All the ways that operands meet: of one shape, a scalar, a vector, a middle dimension; constants on either side. */
const broadcasts = (name: string, operation: Binary, tolerance: number): readonly OperatorCase[] => [
  fnCase(`${name}: same shape`, [IMAGE, IMAGE], operation, tolerance),
  fnCase(`${name}: constant scalar second`, [IMAGE], (x) => operation(x, tf.scalar(0.75)), tolerance),
  fnCase(`${name}: constant scalar first`, [IMAGE], (x) => operation(tf.scalar(0.75), x), tolerance),
  fnCase(
    `${name}: constant vector second`,
    [IMAGE],
    (x) => operation(x, constant([4], 1, [0.5, 2])),
    tolerance,
  ),
  fnCase(
    `${name}: constant vector first`,
    [IMAGE],
    (x) => operation(constant([4], 1, [0.5, 2]), x),
    tolerance,
  ),
  fnCase(
    `${name}: constant of a middle dimension`,
    [IMAGE],
    (x) => operation(x, constant([3, 1], 1, [0.5, 2])),
    tolerance,
  ),
  fnCase(
    `${name}: constant that widens`,
    [[null, 1, 4]],
    (x) => operation(x, constant([3, 1], 1, [0.5, 2])),
    tolerance,
  ),
  fnCase(
    `${name}: both computed, of other ranks`,
    [IMAGE, { shape: [3, 1], range: [0.5, 2] }],
    operation,
    tolerance,
  ),
  fnCase(
    `${name}: both widened`,
    [[null, 1, 3, 4], { shape: [2, 1, 4], range: [0.5, 2] }],
    operation,
    tolerance,
  ),
  fnCase(
    `${name}: five dimensions of one shape`,
    [
      [null, 2, 2, 3, 2],
      [null, 2, 2, 3, 2],
    ],
    operation,
    tolerance,
  ),
];

/** More dimensions than kernels broadcast over, that are fewer once those that go together are joined. */
const FIVE_DIMENSIONS: readonly OperatorCase[] = (
  [
    ["maximum", tf.maximum],
    ["div", tf.div],
    ["greater", tf.greater],
  ] as readonly [string, Binary][]
).flatMap(([name, operation]) => [
  fnCase(`${name} of five dimensions: scalar`, [VOLUME], (x) => operation(x, tf.scalar(0.5)), ULPS),
  fnCase(`${name} of five dimensions: scalar first`, [VOLUME], (x) => operation(tf.scalar(0.5), x), ULPS),
  fnCase(
    `${name} of five dimensions: vector`,
    [VOLUME],
    (x) => operation(x, constant([2], 1, [0.5, 2])),
    ULPS,
  ),
  fnCase(
    `${name} of five dimensions: in the middle`,
    [VOLUME],
    (x) => operation(x, constant([2, 3, 1], 1, [0.5, 2])),
    ULPS,
  ),
  fnCase(
    `${name} of five dimensions: both computed`,
    [VOLUME, { shape: [2, 1, 1, 2], range: [0.5, 2] }],
    operation,
    ULPS,
  ),
]);

/** Dimensions that alternate, so that none go together: each operator's kernel broadcasts over fewer. */
const SIX_DIMENSIONS: readonly OperatorCase[] = [
  ...ARITHMETIC,
  ["div", tf.div] as const,
  ["pow", (a: tf.Tensor, b: tf.Tensor) => tf.pow(tf.abs(a), b)] as const,
  ...COMPARISONS,
].flatMap(([name, operation]) => [
  fnCase(
    `${name} of six alternating dimensions`,
    [[null, 1, 2, 1, 3, 1], { shape: [2, 1, 2, 1, 3], range: [0.5, 2] }],
    operation,
    4 * ULPS,
  ),
  fnCase(
    `${name} of five alternating dimensions`,
    [[null, 1, 2, 1, 3], { shape: [2, 1, 2, 1], range: [0.5, 2] }],
    operation,
    4 * ULPS,
  ),
]);

const SIX_INTEGERS: readonly OperatorCase[] = [
  ...ARITHMETIC,
  ["pow", (a: tf.Tensor, b: tf.Tensor) => tf.pow(a, b)] as const,
  ...LOGICAL.map(
    ([name, operation]) =>
      [name, (a: tf.Tensor, b: tf.Tensor) => operation(tf.greater(a, 0), tf.less(b, 2))] as const,
  ),
].map(([name, operation]) =>
  fnCase(
    `${name} of six alternating dimensions of integers`,
    [
      { shape: [null, 1, 2, 1, 3, 1], dtype: "int32", range: [-3, 3] },
      { shape: [2, 1, 2, 1, 3], dtype: "int32", range: [-3, 3] },
    ],
    operation,
    0,
  ),
);

const BINARY: readonly OperatorCase[] = [
  ...SIX_DIMENSIONS,
  ...SIX_INTEGERS,
  ...ARITHMETIC.flatMap(([name, operation]) => [
    ...broadcasts(name, operation, ULPS),
    binary(`${name}: integers`, operation, INTS, { ...INTS, range: [-3, 9] }, 0),
    fnCase(`${name}: integers and a constant`, [INTS], (x) => operation(x, tf.scalar(3, "int32")), 0),
    binary(`${name}: floats and integers`, operation, ROW, INTS),
  ]),
  ...broadcasts("div", (a, b) => tf.div(a, tf.add(tf.abs(b), 0.5)), 4 * ULPS),
  binary("div", tf.div, ROW, divisor),
  fnCase("div by a constant", [ROW], (x) => tf.div(x, 3)),
  fnCase("div of a constant", [nonzero], (x) => tf.div(3, x), ULPS),
  binary("pow", tf.pow, positive, other, 1e-6),
  ...[0, 0.5, 1, 2, 3, -0.5, -1, 2.5].map((exponent) =>
    fnCase(`pow to the ${exponent}`, [positive], (x) => tf.pow(x, exponent), 1e-6),
  ),
  fnCase("pow of a negative to 2 and 3", [edges], (x) => [tf.pow(x, 2), tf.pow(x, 3)], 1e-6),
  fnCase("pow of a constant", [ROW], (x) => tf.pow(2, x), 1e-6),
  fnCase("pow to a vector", [positive], (x) => tf.pow(x, constant([7])), 1e-6),
  fnCase("pow of integers", [INTS], (x) => tf.pow(x, tf.scalar(3, "int32")), 0),
  fnCase("pow of integers to negatives", [INTS], (x) => tf.pow(x, tf.scalar(-3, "int32")), 0),
  binary("pow of integers to integers", tf.pow, INTS, { ...INTS, values: [0, 1, 2, 3, -1, -2] }, 0),
  binary("pow of integers to floats", tf.pow, { ...INTS, range: [1, 5] }, other, 1e-6),
  ...COMPARISONS.flatMap(([name, operation]) => [
    binary(`${name}: floats`, operation, edges, { ...edges, values: [...edges.values].reverse() }, 0),
    binary(`${name}: integers`, operation, { ...INTS, range: [0, 3] }, { ...INTS, range: [0, 3] }, 0),
    binary(`${name}: booleans`, operation, BOOLS, BOOLS, 0),
    fnCase(`${name}: constant second`, [edges], (x) => operation(x, tf.scalar(0.5)), 0),
    fnCase(`${name}: constant first`, [edges], (x) => operation(tf.scalar(0.5), x), 0),
    fnCase(`${name}: vector`, [[null, 2, 3]], (x) => operation(x, tf.tensor1d([0, 0.5, 1])), 0),
  ]),
  ...LOGICAL.flatMap(([name, operation]) => [
    binary(name, operation, BOOLS, BOOLS, 0),
    fnCase(
      `${name}: vector`,
      [{ shape: [null, 2, 3], dtype: "bool" }],
      (x) => operation(x, tf.tensor1d([true, false, true], "bool")),
      0,
    ),
  ]),
  binary("add of booleans", (a, b) => tf.logicalNot(tf.add(a, b)), BOOLS, BOOLS, 0),
  binary("mul of booleans", tf.mul, BOOLS, BOOLS, 0),
  binary("maximum of booleans", tf.maximum, BOOLS, BOOLS, 0),
  binary("minimum of booleans", tf.minimum, BOOLS, BOOLS, 0),
  fnCase("addN of three", [ROW, ROW, ROW], (a, b, c) => tf.addN([a, b, c])),
  fnCase("addN of integers", [INTS, INTS], (a, b) => tf.addN([a, b]), 0),
  fnCase("addN of one", [ROW], (a) => tf.addN([a]), 0),
];

const CASTS: readonly OperatorCase[] = [
  fnCase(
    "cast floats to integers",
    [{ ...ROW, values: [-2.7, -0.5, 0, 0.9, 1.5, 100.2] }],
    (x) => tf.cast(x, "int32"),
    0,
  ),
  fnCase("cast integers to floats", [INTS], (x) => tf.cast(x, "float32"), 0),
  fnCase("cast floats to booleans", [edges], (x) => tf.cast(x, "bool"), 0),
  fnCase("cast integers to booleans", [INTS], (x) => tf.cast(x, "bool"), 0),
  fnCase("cast booleans to floats", [BOOLS], (x) => tf.cast(x, "float32"), 0),
  fnCase("cast booleans to integers", [BOOLS], (x) => tf.cast(x, "int32"), 0),
  // tfjs's cpu backend holds the values of such constants in the type that they were cast from.
  fnCase("a constant cast from integers", [ROW], (x) =>
    tf.mul(x, tf.cast(tf.tensor1d([1, -2, 3, 4, 5, 6, 7], "int32"), "float32")),
  ),
  fnCase(
    "a constant cast from booleans",
    [INTS],
    (x) => tf.add(x, tf.cast(tf.tensor1d([true, false, true, true, false, false, true], "bool"), "int32")),
    0,
  ),
  fnCase("cast to its own type", [ROW], (x) => tf.add(tf.cast(x, "float32"), 1)),
];

const SELECT: readonly OperatorCase[] = [
  fnCase("where: all of one shape", [BOOLS, ROW, ROW], (c, a, b) => tf.where(c, a, b), 0),
  fnCase("where: a condition computed", [ROW, ROW], (a, b) => tf.where(tf.greater(a, b), a, tf.neg(b)), 0),
  fnCase("where: a constant scalar", [ROW], (x) => tf.where(tf.greater(x, 0), x, 0), 0),
  fnCase("where: a constant vector", [ROW], (x) => tf.where(tf.greater(x, 0), constant([7]), x), 0),
  fnCase(
    "where: a constant condition",
    [
      [2, 3],
      [2, 3],
    ],
    (a, b) =>
      tf.where(
        tf.tensor2d(
          [
            [1, 0, 1],
            [0, 0, 1],
          ],
          [2, 3],
          "bool",
        ),
        a,
        b,
      ),
    0,
  ),
  fnCase("where: booleans", [BOOLS, BOOLS, BOOLS], (c, a, b) => tf.where(c, a, b), 0),
  fnCase("where: integers or floats", [BOOLS, INTS, ROW], (c, a, b) => tf.where(c, a, b), 0),
  fnCase("where: booleans or integers", [BOOLS, BOOLS, INTS], (c, a, b) => tf.where(c, a, b), 0),
  fnCase(
    "where: six dimensions, a scalar and a vector",
    [{ shape: [2, 1, 2, 1, 3, 2], dtype: "bool" }, [], [2]],
    (c, a, b) => tf.where(c, a, b),
    0,
  ),
  fnCase(
    "where: a scalar condition",
    [{ shape: [], dtype: "bool" }, [2, 7], [2, 7]],
    (c, a, b) => tf.where(c, a, b),
    0,
  ),
  fnCase("where: integers", [BOOLS, INTS, INTS], (c, a, b) => tf.where(c, a, b), 0),
];

/** One operator on elements. */
export const ELEMENTWISE_CASES: readonly OperatorCase[] = [
  ...UNARY,
  ...ACTIVATIONS,
  ...BINARY,
  ...FIVE_DIMENSIONS,
  ...CASTS,
  ...SELECT,
];
