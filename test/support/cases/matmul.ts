import * as tf from "@tensorflow/tfjs-core";
import { type CaseInput, constant, fnCase, type OperatorCase } from "../judge.ts";

const swapped = (shape: readonly number[], swap: boolean): number[] => {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return [...shape.slice(0, -2), ...(swap ? [columns, rows] : [rows, columns])];
};

const TRANSPOSES = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const;

/**
 * Leading dimensions of both factors; null is the batch. Where each broadcasts along another one, tfjs makes
 * too few values.
 */
const BATCHES: readonly {
  readonly name: string;
  readonly a: readonly (number | null)[];
  readonly b: readonly number[];
}[] = [
  { name: "matrices", a: [], b: [] },
  { name: "a batch of matrices and one", a: [null], b: [] },
  { name: "a batch of matrices and a batch of one", a: [null], b: [1] },
  { name: "two leading dimensions and one matrix", a: [null, 2], b: [] },
  { name: "two leading dimensions and as many", a: [null, 2], b: [1, 2] },
  { name: "two leading dimensions and one", a: [null, 2], b: [2] },
  { name: "one matrix and a batch", a: [], b: [3] },
  { name: "one matrix and a batch of one", a: [], b: [1] },
];

const PRODUCTS: readonly OperatorCase[] = BATCHES.flatMap(({ name, a, b }) =>
  TRANSPOSES.flatMap(([transposeA, transposeB]) => {
    const left: CaseInput = { shape: [...a, ...swapped([4, 5], transposeA)] };
    const right = [...b, ...swapped([5, 3], transposeB)];
    const how = `${transposeA ? "Aᵀ" : "A"}${transposeB ? "Bᵀ" : "B"}`;
    return [
      fnCase(`matMul ${how}: ${name}`, [left], (x) => tf.matMul(x, constant(right), transposeA, transposeB)),
      fnCase(`matMul ${how}, both computed: ${name}`, [left, right], (x, y) =>
        tf.matMul(x, y, transposeA, transposeB),
      ),
    ];
  }),
);

const OTHER: readonly OperatorCase[] = [
  fnCase("matMul: rows are the batch", [[null, 5]], (x) => tf.matMul(x, constant([5, 3]))),
  fnCase("matMul: rows are the batch, B transposed", [[null, 5]], (x) =>
    tf.matMul(x, constant([3, 5]), false, true),
  ),
  fnCase("matMul: the first factor is constant", [[null, 5, 3]], (x) => tf.matMul(constant([4, 5]), x)),
  fnCase("matMul: the first factor is constant, of two dimensions", [[5, 3]], (x) =>
    tf.matMul(constant([4, 5]), x),
  ),
  fnCase("matMul: a matrix and itself", [[null, 4, 4]], (x) => tf.matMul(x, x, false, true)),
  fnCase(
    "matMul of integers",
    [{ shape: [null, 5], dtype: "int32" }],
    (x) => tf.matMul(x, tf.tensor2d([1, -2, 3, 4, 5, -6, 7, 8, 9, 10], [5, 2], "int32")),
    0,
  ),
  fnCase(
    "matMul of integers, both computed",
    [
      { shape: [null, 2, 5], dtype: "int32" },
      { shape: [5, 2], dtype: "int32" },
    ],
    (a, b) => tf.matMul(a, b),
    0,
  ),
  fnCase(
    "fused matMul of integers",
    [{ shape: [null, 5], dtype: "int32" }],
    (a) =>
      tf.fused.matMul({
        a,
        b: tf.tensor2d([1, -2, 3, 4, 5, -6, 7, 8, 9, 10], [5, 2], "int32"),
        bias: tf.tensor1d([3, -40], "int32"),
        activation: "relu",
      }),
    0,
  ),
  fnCase("matMul of integers and floats", [{ shape: [null, 5], dtype: "int32" }, { shape: [5, 2] }], (a, b) =>
    tf.matMul(a, b),
  ),
  fnCase(
    "matMul of five dimensions",
    [
      [null, 2, 3, 4, 5],
      [null, 2, 3, 5, 2],
    ],
    (a, b) => tf.matMul(a, b),
  ),
  fnCase(
    "matMul of six dimensions",
    [
      [null, 2, 1, 3, 4, 5],
      [null, 2, 1, 3, 5, 2],
    ],
    (a, b) => tf.matMul(a, b),
  ),
  fnCase(
    "matMul of six dimensions, transposed, with one",
    [
      [null, 2, 1, 3, 5, 4],
      [2, 5],
    ],
    (a, b) => tf.matMul(a, b, true, true),
  ),
  fnCase("matMul of six dimensions with a constant", [[null, 2, 1, 3, 4, 5]], (a) =>
    tf.matMul(a, constant([5, 2])),
  ),
  fnCase(
    "matMul over the batch",
    [
      [null, 5],
      [null, 2],
    ],
    (a, b) => tf.matMul(a, b, true),
  ),
  fnCase("dot of a vector and a matrix", [[5]], (x) => tf.dot(x, constant([5, 3]))),
  fnCase("dot of two vectors", [[5], [5]], (x, y) => tf.dot(x, y)),
  fnCase("outer product", [[5], [3]], (x, y) => tf.outerProduct(x as tf.Tensor1D, y as tf.Tensor1D)),
];

const FUSED: readonly OperatorCase[] = [
  ...(["linear", "relu", "relu6", "elu", "sigmoid", "leakyrelu", "prelu"] as const).map((activation) =>
    fnCase(`fused matMul: ${activation}`, [[null, 5]], (a) =>
      tf.fused.matMul({
        a,
        b: constant([5, 3]),
        bias: constant([3], 2),
        activation,
        leakyreluAlpha: 0.1,
        ...(activation === "prelu" && { preluActivationWeights: constant([3], 3) }),
      }),
    ),
  ),
  ...TRANSPOSES.map(([transposeA, transposeB]) =>
    fnCase(
      `fused matMul of three dimensions, transposed ${transposeA} ${transposeB}`,
      [[null, ...swapped([4, 5], transposeA)]],
      (a) =>
        tf.fused.matMul({
          a,
          b: constant([1, ...swapped([5, 3], transposeB)]),
          transposeA,
          transposeB,
          bias: constant([3], 2),
          activation: "relu",
        }),
    ),
  ),
  fnCase("fused matMul: without a bias", [[null, 5]], (a) =>
    tf.fused.matMul({ a, b: constant([5, 3]), activation: "relu" }),
  ),
  fnCase("fused matMul: one bias for all units", [[null, 5]], (a) =>
    tf.fused.matMul({ a, b: constant([5, 3]), bias: tf.scalar(0.5) }),
  ),
  fnCase(
    "fused matMul: one constant bias, computed factors",
    [
      [null, 4, 5],
      [5, 3],
    ],
    (a, b) => tf.fused.matMul({ a, b, bias: tf.scalar(0.5), activation: "elu" }),
  ),
  fnCase("fused matMul of four dimensions", [[null, 2, 4, 5]], (a) =>
    tf.fused.matMul({ a, b: constant([5, 3]), bias: constant([3], 2), activation: "relu6" }),
  ),
  fnCase("fused matMul: a slope per unit, computed", [[null, 5], [3]], (a, alpha) =>
    tf.fused.matMul({
      a,
      b: constant([5, 3]),
      activation: "prelu",
      preluActivationWeights: alpha,
    }),
  ),
  fnCase("fused matMul: a bias per row", [[4, 5]], (a) =>
    tf.fused.matMul({ a, b: constant([5, 3]), bias: constant([4, 3], 2), activation: "relu" }),
  ),
  fnCase("fused matMul: both factors and the bias are computed", [[null, 4, 5], [5, 3], [3]], (a, b, bias) =>
    tf.fused.matMul({ a, b, bias: tf.mul(bias, 2), activation: "relu" }),
  ),
];

const channels = (shape: readonly (number | null)[], count: number, computed: boolean): OperatorCase =>
  fnCase(
    `batch normalization of ${shape.length} dimensions${computed ? ", statistics computed" : ""}`,
    computed ? [shape, [count], { shape: [count], range: [0.3, 2] }] : [shape],
    (x, mean = constant([count], 2), variance = constant([count], 3, [0.3, 2])) =>
      tf.batchNorm(
        x as tf.Tensor4D,
        mean as tf.Tensor1D,
        variance as tf.Tensor1D,
        constant([count], 4) as tf.Tensor1D,
        constant([count], 5) as tf.Tensor1D,
        1e-3,
      ),
  );

const NORMALIZATION: readonly OperatorCase[] = [
  channels([null, 4], 4, false),
  channels([null, 3, 4], 4, false),
  channels([null, 2, 3, 4], 4, false),
  channels([null, 2, 3, 4], 4, true),
  channels([null, 4], 4, true),
  fnCase("batch normalization without scale and offset", [[null, 2, 3, 4]], (x) =>
    tf.batchNorm(
      x as tf.Tensor4D,
      constant([4], 2) as tf.Tensor1D,
      constant([4], 3, [0.3, 2]) as tf.Tensor1D,
    ),
  ),
  fnCase("batch normalization with an offset alone", [[null, 2, 3, 4]], (x) =>
    tf.batchNorm(
      x as tf.Tensor4D,
      constant([4], 2) as tf.Tensor1D,
      constant([4], 3, [0.3, 2]) as tf.Tensor1D,
      constant([4], 4) as tf.Tensor1D,
    ),
  ),
  fnCase("batch normalization with a scale alone", [[null, 2, 3, 4]], (x) =>
    tf.batchNorm(
      x as tf.Tensor4D,
      constant([4], 2) as tf.Tensor1D,
      constant([4], 3, [0.3, 2]) as tf.Tensor1D,
      undefined,
      constant([4], 4) as tf.Tensor1D,
    ),
  ),
  fnCase("batch normalization with statistics per element", [[2, 3, 4]], (x) =>
    tf.batchNorm3d(
      x as tf.Tensor3D,
      constant([2, 3, 4], 2) as tf.Tensor3D,
      constant([2, 3, 4], 3, [0.3, 2]) as tf.Tensor3D,
    ),
  ),
  fnCase("batch normalization, then relu", [[null, 2, 3, 4]], (x) =>
    tf.relu(
      tf.batchNorm(
        x as tf.Tensor4D,
        constant([4], 2) as tf.Tensor1D,
        constant([4], 3, [0.3, 2]) as tf.Tensor1D,
      ),
    ),
  ),
  fnCase("softmax of a vector", [[6]], (x) => tf.softmax(x)),
  fnCase("softmax of two dimensions", [[null, 6]], (x) => tf.softmax(x)),
  fnCase("softmax of four dimensions", [[null, 2, 3, 6]], (x) => tf.softmax(x)),
  fnCase("softmax of large values", [{ shape: [null, 4], values: [1000, 999, -1000, 0] }], (x) =>
    tf.softmax(x),
  ),
  fnCase("log softmax", [[null, 6]], (x) => tf.logSoftmax(x)),
];

/** Matrix products, and what normalizes. */
export const MATMUL_CASES: readonly OperatorCase[] = [...PRODUCTS, ...OTHER, ...FUSED, ...NORMALIZATION];
