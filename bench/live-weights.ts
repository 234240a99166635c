import { dispose, type Tensor, tensor, util } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { randomFrom } from "../src/training/random.ts";

/** The range of a weight's values, by the last part of its name. */
const RANGES: Readonly<Record<string, readonly [low: number, high: number]>> = {
  gamma: [0.7, 1.3],
  moving_variance: [0.5, 1.5],
  beta: [-0.2, 0.2],
  moving_mean: [-0.2, 0.2],
  bias: [-0.2, 0.2],
};

/**
 * Gives every weight values that stand for trained ones, the statistics of batch normalizations too: zeros and ones
 * could be folded away. Kernels follow their fan-in, so that activations keep their size from layer to layer. The same
 * values each time.
 */
export function withLiveWeights<T extends LayersModel>(model: T): T {
  const random = randomFrom(1);
  const values: Tensor[] = model.weights.map(({ originalName, shape }) => {
    const sizes = shape as number[];
    const [low, high] = RANGES[originalName.split("/").at(-1)!] ?? kernelRange(originalName, sizes);
    const count = util.sizeFromShape(sizes);
    return tensor(
      Float32Array.from({ length: count }, () => low + random() * (high - low)),
      sizes,
    );
  });
  model.setWeights(values);
  dispose(values);
  return model;
}

/** Half way between what keeps the variance through a linear layer and through a ReLU (He et al.). */
function kernelRange(name: string, sizes: readonly number[]): readonly [number, number] {
  // A depthwise filter sums over its window alone.
  const summed = /depthwise_kernel$/.test(name) ? sizes.slice(0, 2) : sizes.slice(0, -1);
  const limit = Math.sqrt(4.5 / util.sizeFromShape(summed as number[]));
  return [-limit, limit];
}
