import { dispose, type Tensor, tensor, util } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { randomFrom } from "../../src/training/random.ts";

/** The range of a weight's values, by the last part of its name. */
const RANGES: Readonly<Record<string, readonly [low: number, high: number]>> = {
  gamma: [0.7, 1.3],
  moving_variance: [0.5, 1.5],
  beta: [-0.2, 0.2],
  moving_mean: [-0.2, 0.2],
  bias: [-0.2, 0.2],
};

/**
 * Gives a residual network weights that stand for trained ones, the statistics of its batch normalizations too: zeros
 * and ones could be folded away. Activations keep their size from the first block to the last.
 */
export function giveLiveWeights<T extends LayersModel>(model: T, seed = 1): T {
  const random = randomFrom(seed);
  const values: Tensor[] = model.weights.map(({ originalName, shape }) => {
    const sizes = shape as number[];
    const [low, high] = RANGES[originalName.split("/").at(-1)!] ?? kernelRange(originalName, sizes);
    const data = Float32Array.from(
      { length: util.sizeFromShape(sizes) },
      () => low + random() * (high - low),
    );
    return tensor(data, sizes);
  });
  model.setWeights(values);
  dispose(values);
  return model;
}

/** By its fan-in (He et al.), and smaller at the end of a block: sums of many blocks would grow until softmax is 0 and 1. */
function kernelRange(name: string, shape: readonly number[]): [number, number] {
  const fanIn = util.sizeFromShape(shape.slice(0, -1));
  const share = /_3_conv|predictions/.test(name) ? 0.3 : 1;
  const limit = share * Math.sqrt(6 / fanIn);
  return [-limit, limit];
}
