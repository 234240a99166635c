import { util } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { liveWeights } from "../support/live-weights.ts";

/** Gives a residual network weights that stand for trained ones: activations keep their size from block to block. */
export function giveLiveWeights<T extends LayersModel>(model: T, seed = 1): T {
  return liveWeights(model, kernelRange, seed);
}

/** By its fan-in (He et al.), and smaller at the end of a block: sums of many blocks would grow until softmax is 0 and 1. */
function kernelRange(name: string, shape: readonly number[]): readonly [number, number] {
  const fanIn = util.sizeFromShape(shape.slice(0, -1));
  const share = /_3_conv|predictions/.test(name) ? 0.3 : 1;
  const limit = share * Math.sqrt(6 / fanIn);
  return [-limit, limit];
}
