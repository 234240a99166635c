import { cast, maximum, mean, sqrt, squaredDifference, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { type LossFunction, named } from "./loss-function.ts";

/** Keeps the root's slope, which is infinite at 0, out of the gradients of a batch without any error. */
const LEAST = 1e-30;

/**
 * The root of the mean squared error, in the unit of the targets: `sqrt(mean((yTrue - yPred)^2))` over the batch and
 * all outputs, as Keras's `RootMeanSquaredError`.
 *
 * As a loss it is taken batch by batch. As a metric of {@link fit} and {@link evaluate} it is the root of the mean
 * over all samples, which the mean of the batches' roots is not. By name: `"rootMeanSquaredError"`, `"rmse"`.
 *
 * @example
 * ```ts
 * model.compile({ optimizer: "adam", loss: "meanSquaredError", metrics: [rootMeanSquaredError] });
 * ```
 * @param yTrue Of the outputs' shape.
 * @param yPred The outputs.
 * @returns One number (a scalar), which class weights can only scale by their mean. Where all errors are 0 it is 1e-15, with gradients of 0.
 */
export const rootMeanSquaredError: LossFunction = /* @__PURE__ */ named(
  "rootMeanSquaredError",
  (yTrue: Tensor, yPred: Tensor) =>
    tidy(() => sqrt(maximum(mean(squaredDifference(yPred, cast(yTrue, "float32"))), LEAST))),
);
