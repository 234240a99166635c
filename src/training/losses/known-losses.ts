import { sigmoidCrossEntropyFromLogits, softmaxCrossEntropyFromLogits } from "../logits-losses.ts";
import { huber, isHuber } from "./huber.ts";
import type { LabelRule } from "./label-rules.ts";
import type { LossFunction } from "./loss-function.ts";
import { rootMeanSquaredError } from "./root-mean-squared-error.ts";
import { findByName } from "./spelling.ts";

/**
 * Losses by name: tfjs's spelling, Keras's, and its short forms. They take what the activation makes (probabilities),
 * not logits.
 */
export type LossName =
  | "categoricalCrossentropy"
  | "categorical_crossentropy"
  | "sparseCategoricalCrossentropy"
  | "sparse_categorical_crossentropy"
  | "binaryCrossentropy"
  | "binary_crossentropy"
  | "meanSquaredError"
  | "mean_squared_error"
  | "mse"
  | "meanAbsoluteError"
  | "mean_absolute_error"
  | "mae"
  | "rootMeanSquaredError"
  | "root_mean_squared_error"
  | "rmse"
  | "huber"
  | "huberLoss"
  | "huber_loss"
  | "meanAbsolutePercentageError"
  | "mean_absolute_percentage_error"
  | "mape"
  | "meanSquaredLogarithmicError"
  | "mean_squared_logarithmic_error"
  | "msle"
  | "squaredHinge"
  | "squared_hinge"
  | "hinge"
  | "categoricalHinge"
  | "categorical_hinge"
  | "logcosh"
  | "log_cosh"
  | "kullbackLeiblerDivergence"
  | "kullback_leibler_divergence"
  | "kl_divergence"
  | "kld"
  | "poisson"
  | "cosineProximity"
  | "cosine_proximity";

interface Loss {
  /** The function where tfjs has none of this name. */
  readonly make?: () => LossFunction;
  readonly labels: LabelRule;
  /** Other names than the key, in whatever spelling. */
  readonly names?: readonly LossName[];
}

/** By tfjs's names; a name's other spellings (`mean_squared_error`, `MeanSquaredError`) need no row. */
const LOSSES: Readonly<Record<string, Loss>> = {
  categoricalCrossentropy: { labels: "distribution" },
  sparseCategoricalCrossentropy: { labels: "classes" },
  binaryCrossentropy: { labels: "probabilities" },
  meanSquaredError: { labels: "values", names: ["mse"] },
  meanAbsoluteError: { labels: "values", names: ["mae"] },
  rootMeanSquaredError: { labels: "values", names: ["rmse"], make: () => rootMeanSquaredError },
  huber: { labels: "values", names: ["huberLoss"], make: huber },
  meanAbsolutePercentageError: { labels: "values", names: ["mape"] },
  meanSquaredLogarithmicError: { labels: "counts", names: ["msle"] },
  squaredHinge: { labels: "signs" },
  hinge: { labels: "signs" },
  categoricalHinge: { labels: "distribution" },
  logcosh: { labels: "values" },
  kullbackLeiblerDivergence: { labels: "distribution", names: ["kld", "kl_divergence"] },
  poisson: { labels: "counts" },
  cosineProximity: { labels: "values" },
};

/** Functions that have no name in tfjs, and what their labels are to be. */
const FUNCTIONS: ReadonlyMap<LossFunction, LabelRule> = /* @__PURE__ */ new Map([
  [softmaxCrossEntropyFromLogits, "distribution"],
  [sigmoidCrossEntropyFromLogits, "probabilities"],
  [rootMeanSquaredError, "values"],
]);

/**
 * All names that did-you-mean may propose.
 *
 * @internal
 */
export const LOSS_NAMES: readonly string[] = /* @__PURE__ */ Object.entries(LOSSES).flatMap(
  ([key, { names = [] }]) => [key, ...names],
);

/**
 * What tfjs's `compile` takes for a loss of this name: tfjs's own name, or a function where it has none. Undefined for
 * a name that is not known.
 *
 * @internal
 */
export function lossNamed(name: string): string | LossFunction | undefined {
  const key = findByName(LOSSES, name);
  return key === undefined ? undefined : (LOSSES[key]!.make?.() ?? key);
}

/**
 * What a compiled loss, a name or a function, needs of its labels. Undefined for a function of the user's own, whose
 * labels are as it likes them.
 *
 * @internal
 */
export function labelRuleOf(loss: unknown): LabelRule | undefined {
  if (typeof loss === "string") {
    const key = findByName(LOSSES, loss);
    return key === undefined ? undefined : LOSSES[key]!.labels;
  }
  if (typeof loss !== "function") return undefined;
  const known = loss as LossFunction;
  return isHuber(known) ? "values" : FUNCTIONS.get(known);
}
