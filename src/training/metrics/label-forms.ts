import { argMax, cast, expandDims, oneHot, squeeze, type Tensor, tidy } from "@tensorflow/tfjs-core";
import type { LossFunction } from "../losses/loss-function.ts";

/* Labels come in the form that the loss needs, which is not always the metric's: plain arithmetic would broadcast
 * class numbers [batch, 1] against outputs [batch, classes] without a word. */

const last = (x: Tensor): number => x.shape[x.rank - 1] ?? 1;

/**
 * A metric on rows, also where the loss has class numbers.
 *
 * @internal
 */
export const onRows =
  (metric: LossFunction): LossFunction =>
  (yTrue, yPred) =>
    tidy(() => {
      const isClasses = yTrue.rank === yPred.rank && last(yTrue) === 1 && last(yPred) > 1;
      if (!isClasses) return metric(yTrue, yPred);
      const rows = oneHot(cast(squeeze(yTrue, [yTrue.rank - 1]), "int32"), last(yPred));
      return metric(cast(rows, "float32"), yPred);
    });

/**
 * A metric on class numbers, also where the loss has rows.
 *
 * @internal
 */
export const onClasses =
  (metric: LossFunction): LossFunction =>
  (yTrue, yPred) =>
    tidy(() => {
      const isRows = yTrue.rank === yPred.rank && last(yTrue) === last(yPred) && last(yPred) > 1;
      if (!isRows) return metric(cast(yTrue, "float32"), yPred);
      return metric(cast(expandDims(argMax(yTrue, -1), -1), "float32"), yPred);
    });
