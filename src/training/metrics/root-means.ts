import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { LossFunction } from "../losses/loss-function.ts";
import { rootMeanSquaredError } from "../losses/root-mean-squared-error.ts";

/** Metrics whose value is the root of a mean: over several batches, it is the root of their squares' mean. */
const rootMeans = /* @__PURE__ */ new WeakSet<LossFunction>([rootMeanSquaredError]);

/**
 * Marks a metric as the root of a mean.
 *
 * @internal
 */
export function asRootMean(metric: LossFunction): LossFunction {
  rootMeans.add(metric);
  return metric;
}

/**
 * Which of a model's results, in the order of `metricsNames`, are roots of means. Losses are not: they are means of
 * the batches' losses, as in Keras.
 *
 * @internal
 */
export function rootMeansOf(model: LayersModel): boolean[] {
  const losses = model.outputs.length > 1 ? model.outputs.length : 0;
  return [false, ...model.metricsTensors.map(([metric], i) => i >= losses && rootMeans.has(metric))];
}
