import {
  abs,
  add,
  cast,
  equal,
  greater,
  logSoftmax,
  mean,
  mul,
  neg,
  relu,
  softplus,
  sub,
  sum,
  type Tensor,
  tidy,
} from "@tensorflow/tfjs-core";
import { type LossFunction, named } from "./losses/loss-function.ts";

/**
 * Cross-entropy between one-hot rows (or probabilities) and logits, the outputs of a model without softmax: one
 * value a sample. Steadier than softmax followed by a logarithm.
 *
 * @example
 * ```ts
 * model.compile({ optimizer: "adam", loss: softmaxCrossEntropyFromLogits, metrics: ["accuracy"] });
 * ```
 * @param yTrue `[..., classes]`.
 * @param yPred Logits `[..., classes]`.
 * @returns `[...]`.
 */
export function softmaxCrossEntropyFromLogits(yTrue: Tensor, yPred: Tensor): Tensor {
  return tidy(() => neg(sum(mul(cast(yTrue, "float32"), logSoftmax(yPred)), -1)));
}

/**
 * Cross-entropy between 0s and 1s (or probabilities) and logits, the outputs of a model without sigmoid: the mean
 * over the last dimension.
 *
 * @example
 * ```ts
 * model.compile({ optimizer: "adam", loss: sigmoidCrossEntropyFromLogits, metrics: [accuracyFromLogits] });
 * ```
 * @param yTrue `[..., outputs]`, 0 to 1.
 * @param yPred Logits `[..., outputs]`.
 * @returns `[...]`.
 */
export function sigmoidCrossEntropyFromLogits(yTrue: Tensor, yPred: Tensor): Tensor {
  return tidy(() => {
    // max(x, 0) - x * y + log(1 + exp(-|x|)): no exponential overflows.
    const linear = sub(relu(yPred), mul(yPred, cast(yTrue, "float32")));
    return mean(add(linear, softplus(neg(abs(yPred)))), -1);
  });
}

/**
 * The share of logits on the right side of 0: accuracy of a model that ends in one logit. Its name in logs and
 * history is `accuracy`.
 *
 * @example
 * ```ts
 * model.compile({ optimizer: "adam", loss: sigmoidCrossEntropyFromLogits, metrics: [accuracyFromLogits] });
 * ```
 * @param yTrue `[..., outputs]`, 0 or 1.
 * @param yPred Logits `[..., outputs]`.
 * @returns `[...]`.
 */
export const accuracyFromLogits: LossFunction = /* @__PURE__ */ named("accuracy", (yTrue, yPred) =>
  tidy(() => mean(cast(equal(greater(yPred, 0), greater(yTrue, 0.5)), "float32"), -1)),
);
