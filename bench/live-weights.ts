import { util } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { liveWeights } from "../test/support/live-weights.ts";

/** Gives every weight of a network values that stand for trained ones: kernels follow their fan-in. */
export function withLiveWeights<T extends LayersModel>(model: T): T {
  return liveWeights(model, kernelRange);
}

/** Half way between what keeps the variance through a linear layer and through a ReLU (He et al.). */
function kernelRange(name: string, sizes: readonly number[]): readonly [number, number] {
  // A depthwise filter sums over its window alone.
  const summed = /depthwise_kernel$/.test(name) ? sizes.slice(0, 2) : sizes.slice(0, -1);
  const limit = Math.sqrt(4.5 / util.sizeFromShape(summed as number[]));
  return [-limit, limit];
}
