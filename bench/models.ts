import { type Tensor, tensor } from "@tensorflow/tfjs-core";
import { input, type LayersModel, layers, model, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { buildCnn, buildSequential } from "../src/index.ts";

/** What is measured, by name. */
export const MODELS = {
  MLP: () => withRandomWeights(buildSequential({ compile: false })),
  CNN: () => withRandomWeights(buildCnn({ compile: false })),
  "ResNet50V2-like": () => withRandomWeights(residualStack()),
} as const satisfies Record<string, () => LayersModel>;

export type ModelName = keyof typeof MODELS;

/** Bytes of a model's weights. */
export function weightBytes(measured: LayersModel): number {
  return 4 * measured.countParams();
}

/**
 * 23.6 million parameters in the shape of ResNet50V2 for 32x32 grey images: residual blocks of three convolutions,
 * each behind a batch normalization and a ReLU (pre-activation).
 */
function residualStack(): LayersModel {
  const image = input({ shape: [32, 32, 1] });
  let x = convolution(pad(image, 3), 64, 7, { strides: 2 });
  x = pool(pad(x, 1), 3, 2);
  for (const { filters, blocks, strides } of [
    { filters: 64, blocks: 3, strides: 2 },
    { filters: 128, blocks: 4, strides: 2 },
    { filters: 256, blocks: 6, strides: 2 },
    { filters: 512, blocks: 3, strides: 1 },
  ]) {
    for (let block = 0; block < blocks; block++) {
      x = residualBlock(x, filters, block === blocks - 1 ? strides : 1, block === 0);
    }
  }
  const pooled = apply(layers.globalAveragePooling2d({}), normalizedRelu(x));
  const probabilities = apply(layers.dense({ units: 10, activation: "softmax" }), pooled);
  return model({ inputs: image, outputs: probabilities, name: "resnet50v2_like" });
}

/** The shortcut of a stack's first block is a convolution, of one with strides a 1x1 pooling. */
function residualBlock(x: SymbolicTensor, filters: number, strides: number, widens: boolean): SymbolicTensor {
  const start = normalizedRelu(x);
  let shortcut = strides > 1 ? pool(x, 1, strides) : x;
  if (widens) shortcut = convolution(start, 4 * filters, 1, { strides });
  let y = convolution(start, filters, 1, { useBias: false });
  y = convolution(pad(normalizedRelu(y), 1), filters, 3, { strides, useBias: false });
  y = convolution(normalizedRelu(y), 4 * filters, 1, {});
  return layers.add().apply([shortcut, y]) as SymbolicTensor;
}

function normalizedRelu(x: SymbolicTensor): SymbolicTensor {
  const normalized = apply(layers.batchNormalization({ epsilon: 1.001e-5 }), x);
  return apply(layers.activation({ activation: "relu" }), normalized);
}

function convolution(
  x: SymbolicTensor,
  filters: number,
  kernelSize: number,
  options: { readonly strides?: number; readonly useBias?: boolean },
): SymbolicTensor {
  // Initializers would take longer than all that is measured; the values come later.
  return apply(layers.conv2d({ filters, kernelSize, kernelInitializer: "zeros", ...options }), x);
}

function pool(x: SymbolicTensor, poolSize: number, strides: number): SymbolicTensor {
  return apply(layers.maxPooling2d({ poolSize, strides }), x);
}

function pad(x: SymbolicTensor, size: number): SymbolicTensor {
  return apply(layers.zeroPadding2d({ padding: [size, size] }), x);
}

function apply(layer: { apply(x: SymbolicTensor): unknown }, x: SymbolicTensor): SymbolicTensor {
  return layer.apply(x) as SymbolicTensor;
}

/**
 * Gives each weight values that stand for trained ones, batch normalizations' means and variances too: zeros and
 * ones could be folded away. The same values each time.
 */
function withRandomWeights<T extends LayersModel>(target: T): T {
  const random = randomNumbers(1);
  const values: Tensor[] = target.weights.map(({ shape, originalName }) => {
    const sizes = shape as number[];
    const count = sizes.reduce((product, size) => product * size, 1);
    // Kernels by their fan-in, so that activations neither vanish nor grow until softmax is 0 and 1.
    const spread = sizes.length > 1 ? Math.sqrt(3 / (count / sizes.at(-1)!)) : 0.1;
    const center = /gamma|variance/.test(originalName) ? 1 : 0;
    return tensor(
      Float32Array.from({ length: count }, () => center + spread * (2 * random() - 1)),
      sizes,
    );
  });
  target.setWeights(values);
  for (const value of values) value.dispose();
  return target;
}

/** Numbers from 0 to 1 (xorshift32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
