import * as tf from "@tensorflow/tfjs-core";
import { input, type LayersModel, layers, model, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import fc from "fast-check";

/** What a random stack is made of: which layer, and numbers that its options are picked by. */
export interface Step {
  readonly layer: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** A random model: its input and its layers. */
export interface Stack {
  readonly shape: readonly number[];
  readonly steps: readonly Step[];
}

const small = fc.nat({ max: 11 });
const step: fc.Arbitrary<Step> = fc.record({ layer: fc.nat({ max: 63 }), a: small, b: small, c: small });

/** Stacks on images, sequences and vectors. */
export const stacks: fc.Arbitrary<Stack> = fc.record({
  shape: fc.oneof(
    fc.tuple(
      fc.integer({ min: 1, max: 11 }),
      fc.integer({ min: 1, max: 11 }),
      fc.integer({ min: 1, max: 4 }),
    ),
    fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 6 })),
    fc.tuple(fc.integer({ min: 1, max: 9 })),
  ),
  steps: fc.array(step, { minLength: 1, maxLength: 9 }),
});

const ACTIVATIONS = [
  "linear",
  "relu",
  "relu6",
  "sigmoid",
  "tanh",
  "elu",
  "selu",
  "softplus",
  "softsign",
  "hardSigmoid",
  "swish",
  "softmax",
] as const;

type Apply = (x: SymbolicTensor, step: Step) => SymbolicTensor;
type Sized = { apply(x: SymbolicTensor | SymbolicTensor[]): unknown };

const run = (layer: Sized, x: SymbolicTensor | SymbolicTensor[]): SymbolicTensor =>
  layer.apply(x) as SymbolicTensor;
const pick = <T>(list: readonly T[], index: number): T => list[index % list.length] as T;
const activation = (index: number) => pick(ACTIVATIONS, index) as "relu";
const size = (x: SymbolicTensor, dimension: number): number => x.shape[dimension] as number;
/** A filter no larger than the image, so that VALID has an output. */
const window = (x: SymbolicTensor, a: number, b: number): [number, number] => [
  1 + (a % Math.min(4, size(x, 1))),
  1 + (b % Math.min(4, size(x, 2))),
];
const padding = (c: number): "same" | "valid" => (c % 2 === 0 ? "same" : "valid");
/** tfjs refuses strides together with dilation. */
const strided = (c: number) => (c % 3 === 0 ? { dilationRate: 1, strides: 1 + (c % 2) } : { strides: 1 });
const random = "randomNormal" as const;

const batchNormalization = (x: SymbolicTensor): SymbolicTensor =>
  run(
    layers.batchNormalization({
      gammaInitializer: random,
      betaInitializer: random,
      movingMeanInitializer: random,
    }),
    x,
  );

const ANY: readonly Apply[] = [
  (x, { a }) => run(layers.activation({ activation: activation(a) }), x),
  (x) => batchNormalization(x),
  (x, { a }) => run(layers.leakyReLU({ alpha: a / 10 }), x),
  (x) => run(layers.reLU({ maxValue: 6 }), x),
  (x) => run(layers.dropout({ rate: 0.5 }), x),
  (x) => run(layers.gaussianNoise({ stddev: 1 }), x),
  (x, { a }) => run(layers.rescaling({ scale: 1 / (a + 1), offset: a - 4 }), x),
  (x, { a }) => run(layers.add(), [x, run(layers.activation({ activation: activation(a) }), x)]),
  (x, { a }) => run(layers.multiply(), [x, run(layers.activation({ activation: activation(a) }), x)]),
  (x, { a }) => run(layers.average(), [x, run(layers.activation({ activation: activation(a) }), x)]),
  (x, { a }) => run(layers.maximum(), [x, run(layers.activation({ activation: activation(a) }), x)]),
  (x) => run(layers.concatenate({ axis: -1 }), [x, x]),
  (x) => run(layers.prelu({ alphaInitializer: random }), x),
];

const IMAGE: readonly Apply[] = [
  (x, { a, b, c }) =>
    run(
      layers.conv2d({
        filters: 1 + (a % 5),
        kernelSize: window(x, a, b),
        padding: padding(c),
        ...strided(c),
        activation: activation(b),
        useBias: a % 3 > 0,
        biasInitializer: random,
      }),
      x,
    ),
  (x, { a, b, c }) =>
    run(
      layers.conv2d({
        filters: 2,
        kernelSize: [1 + (a % 2), 1],
        dilationRate: 1 + (b % 2),
        padding: "same",
        useBias: c % 2 > 0,
      }),
      x,
    ),
  (x, { a, b, c }) =>
    run(
      layers.depthwiseConv2d({
        kernelSize: window(x, a, b),
        depthMultiplier: 1 + (c % 2),
        padding: padding(c),
        activation: activation(a),
        biasInitializer: random,
      }),
      x,
    ),
  (x, { a, b, c }) =>
    run(
      layers.separableConv2d({ filters: 1 + (a % 4), kernelSize: window(x, a, b), padding: padding(c) }),
      x,
    ),
  (x, { a, b, c }) =>
    run(
      layers.conv2dTranspose({
        filters: 1 + (a % 3),
        kernelSize: [1 + (a % 3), 1 + (b % 3)],
        strides: 1 + (c % 2),
        padding: padding(b),
      }),
      x,
    ),
  (x, { a, b, c }) =>
    run(layers.maxPooling2d({ poolSize: window(x, a, b), strides: 1 + (c % 2), padding: padding(c) }), x),
  (x, { a, b, c }) =>
    run(layers.averagePooling2d({ poolSize: window(x, a, b), strides: 1 + (c % 2), padding: padding(c) }), x),
  (x, { a, b }) =>
    run(
      layers.zeroPadding2d({
        padding: [
          [a % 3, b % 3],
          [b % 2, a % 2],
        ],
      }),
      x,
    ),
  (x, { a }) =>
    size(x, 1) > 2 && size(x, 2) > 2
      ? run(
          layers.cropping2D({
            cropping: [
              [1, 0],
              [0, 1 + (a % 2 ? 0 : 0)],
            ],
          }),
          x,
        )
      : x,
  (x, { a, b }) =>
    run(
      layers.upSampling2d({
        size: [1 + (a % 2), 1 + (b % 2)],
        interpolation: a % 2 ? "nearest" : "bilinear",
      }),
      x,
    ),
  (x) => run(layers.flatten(), x),
  (x) => run(layers.globalAveragePooling2d({}), x),
  (x) => run(layers.globalMaxPooling2d({}), x),
  (x) => run(layers.permute({ dims: [2, 1, 3] }), x),
  (x) => run(layers.reshape({ targetShape: [size(x, 1) * size(x, 2), size(x, 3)] }), x),
];

const SEQUENCE: readonly Apply[] = [
  (x, { a, b }) =>
    run(layers.dense({ units: 1 + (a % 5), activation: activation(b), biasInitializer: random }), x),
  (x, { a, b, c }) =>
    run(
      layers.conv1d({
        filters: 1 + (a % 4),
        kernelSize: 1 + (a % Math.min(3, size(x, 1))),
        padding: padding(c),
        activation: activation(b),
      }),
      x,
    ),
  (x) => run(layers.flatten(), x),
  (x) => run(layers.permute({ dims: [2, 1] }), x),
  (x) => run(layers.globalAveragePooling1d({}), x),
  (x) => run(layers.globalMaxPooling1d({}), x),
  (x, { a }) => (size(x, 1) > 1 ? run(layers.maxPooling1d({ poolSize: 2, strides: 1 + (a % 2) }), x) : x),
  (x) => run(layers.reshape({ targetShape: [size(x, 1), size(x, 2), 1] }), x),
];

const VECTOR: readonly Apply[] = [
  (x, { a, b, c }) =>
    run(
      layers.dense({
        units: 1 + (a % 6),
        activation: activation(b),
        useBias: c % 3 > 0,
        biasInitializer: random,
      }),
      x,
    ),
  (x, { a }) => run(layers.repeatVector({ n: 1 + (a % 3) }), x),
  (x) => run(layers.reshape({ targetShape: [size(x, 1), 1] }), x),
];

const BY_RANK: Readonly<Record<number, readonly Apply[]>> = { 4: IMAGE, 3: SEQUENCE, 2: VECTOR };

/** Builds the model that a stack describes; the same stack gives the same weights. */
export function modelOf({ shape, steps }: Stack): LayersModel {
  const x = input({ shape: [...shape], name: "x" });
  let y: SymbolicTensor = x;
  for (const step of steps) {
    const choices = [...(BY_RANK[y.shape.length] as readonly Apply[]), ...ANY];
    y = pick(choices, step.layer)(y, step);
  }
  if (y === x) y = run(layers.activation({ activation: "relu" }), x);
  const result = model({ inputs: x, outputs: y });
  setWeights(result);
  return result;
}

function setWeights(target: LayersModel): void {
  tf.tidy(() => {
    const weights = target.weights.map(({ shape, originalName }, index) => {
      const sizes = shape as number[];
      const fan = Math.max(
        1,
        sizes.slice(0, -1).reduce((product, size) => product * size, 1),
      );
      const positive = originalName.includes("variance");
      const values = tf.randomNormal(
        sizes,
        0,
        positive || sizes.length === 1 ? 0.5 : 1 / Math.sqrt(fan),
        "float32",
        index + 1,
      );
      return positive ? tf.add(tf.abs(values), 0.5) : values;
    });
    target.setWeights(weights);
  });
}
