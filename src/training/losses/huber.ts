import { abs, add, cast, mean, minimum, mul, square, sub, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { ForgeError } from "../../errors.ts";
import { checkOptions, describe } from "../../options.ts";
import { type LossFunction, named } from "./loss-function.ts";

/** Options of {@link huber}. */
export interface HuberOptions {
  /** The error from which on the loss is linear, above 0. Default 1. */
  readonly delta?: number;
}

/** Those made by {@link huber}, so that labels are checked for them. */
const made = /* @__PURE__ */ new WeakSet<LossFunction>();

/**
 * Makes a Huber loss: squared for small errors, linear for large ones, so that outliers pull less than with the mean
 * squared error. The mean over the last dimension, as in Keras, of
 *
 * - `e^2 / 2` where the error `e = |yTrue - yPred|` is at most `delta`;
 * - `delta * e - delta^2 / 2` beyond (P. J. Huber, Robust Estimation of a Location Parameter, 1964).
 *
 * By name, `"huber"` and `"huberLoss"` are the one with `delta` 1.
 *
 * @example
 * ```ts
 * const model = buildSequential({
 *   inputShape: [8],
 *   classes: 1,
 *   activation: "linear",
 *   compile: { loss: huber({ delta: 0.5 }), metrics: ["mae"] },
 * });
 * ```
 * @throws ForgeError `invalid-argument` for a `delta` that is not above 0; `unknown-option`.
 */
export function huber(options: HuberOptions = {}): LossFunction {
  checkOptions(options, ["delta"], "huber");
  const { delta = 1 } = options;
  if (!(typeof delta === "number" && delta > 0 && Number.isFinite(delta))) {
    throw new ForgeError("invalid-argument", `huber: delta must be above 0, got ${describe(delta)}.`);
  }
  const loss = named("huber", (yTrue: Tensor, yPred: Tensor) =>
    tidy(() => {
      const error = abs(sub(yPred, cast(yTrue, "float32")));
      const small = minimum(error, delta);
      return mean(add(mul(square(small), 0.5), mul(sub(error, small), delta)), -1);
    }),
  );
  made.add(loss);
  return loss;
}

/**
 * Whether a loss was made by {@link huber}.
 *
 * @internal
 */
export const isHuber = (loss: LossFunction): boolean => made.has(loss);
