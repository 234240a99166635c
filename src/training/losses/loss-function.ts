import type { Tensor } from "@tensorflow/tfjs-core";

/**
 * A loss or metric of one's own: `[batch, ...]` targets and outputs in, a value a sample out (or one value for the
 * batch). Its mean over the batch counts.
 *
 * @example
 * ```ts
 * const largestError: LossFunction = (yTrue, yPred) => tf.max(tf.abs(tf.sub(yTrue, yPred)), -1);
 * const model = buildSequential({ compile: { loss: "mse", metrics: [largestError] } });
 * ```
 */
export type LossFunction = (yTrue: Tensor, yPred: Tensor) => Tensor;

/**
 * Gives a function a name for logs and history: tfjs calls a metric by its function's name, which minifiers change.
 *
 * @internal
 */
export function named<F extends (...args: never[]) => unknown>(name: string, fn: F): F {
  return Object.defineProperty(fn, "name", { value: name });
}
