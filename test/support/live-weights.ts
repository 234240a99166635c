import { dispose, type Tensor, tensor, util } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { randomFrom } from "../../src/training/random.ts";

type Range = readonly [low: number, high: number];

/** The range of a weight's values, by the last part of its name. */
const RANGES: Readonly<Record<string, Range>> = {
  gamma: [0.7, 1.3],
  moving_variance: [0.5, 1.5],
  beta: [-0.2, 0.2],
  moving_mean: [-0.2, 0.2],
  bias: [-0.2, 0.2],
};

/**
 * Gives every weight values that stand for trained ones, the statistics of batch normalizations too: zeros and ones
 * could be folded away. The same values each time.
 *
 * @param kernelRange The range of all other weights: so that activations keep their size from layer to layer.
 */
export function liveWeights<T extends LayersModel>(
  model: T,
  kernelRange: (name: string, shape: readonly number[]) => Range,
  seed = 1,
): T {
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
