import { metrics } from "@tensorflow/tfjs-layers";
import { accuracyFromLogits, sigmoidCrossEntropyFromLogits } from "../logits-losses.ts";
import { huber } from "../losses/huber.ts";
import { type LossFunction, named } from "../losses/loss-function.ts";
import { rootMeanSquaredError } from "../losses/root-mean-squared-error.ts";
import { findByName } from "../losses/spelling.ts";
import { onClasses, onRows } from "./label-forms.ts";
import { asRootMean } from "./root-means.ts";

/**
 * Metrics by name: tfjs's spelling, Keras's, and its short forms. `accuracy` and `crossentropy` are those that fit
 * the loss. Logs and history say the name as it was given.
 */
export type MetricName =
  | "accuracy"
  | "acc"
  | "crossentropy"
  | "binaryAccuracy"
  | "binary_accuracy"
  | "categoricalAccuracy"
  | "categorical_accuracy"
  | "sparseCategoricalAccuracy"
  | "sparse_categorical_accuracy"
  | "precision"
  | "binaryCrossentropy"
  | "binary_crossentropy"
  | "categoricalCrossentropy"
  | "categorical_crossentropy"
  | "sparseCategoricalCrossentropy"
  | "sparse_categorical_crossentropy"
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
  | "cosineProximity"
  | "cosine_proximity"
  | "cosine";

interface Metric {
  /** A function of its own for every use, or the name of one that tfjs chooses by the loss. */
  readonly make: "accuracy" | "crossentropy" | (() => LossFunction);
  /** Other names than the key, in whatever spelling. */
  readonly names?: readonly MetricName[];
}

const rows =
  (metric: LossFunction): Metric["make"] =>
  () =>
    onRows(metric);

/** A name's other spellings (`mean_squared_error`, `MeanSquaredError`) need no row. */
const METRICS: Readonly<Record<string, Metric>> = {
  accuracy: { make: "accuracy", names: ["acc"] },
  crossentropy: { make: "crossentropy" },
  binaryAccuracy: { make: rows((y, p) => metrics.binaryAccuracy(y, p)) },
  categoricalAccuracy: { make: rows((y, p) => metrics.categoricalAccuracy(y, p)) },
  sparseCategoricalAccuracy: { make: () => onClasses((y, p) => metrics.sparseCategoricalAccuracy(y, p)) },
  precision: { make: rows((y, p) => metrics.precision(y, p)) },
  binaryCrossentropy: { make: rows((y, p) => metrics.binaryCrossentropy(y, p)) },
  categoricalCrossentropy: { make: rows((y, p) => metrics.categoricalCrossentropy(y, p)) },
  // Of rows the categorical one is the same number, and gives one for each position.
  sparseCategoricalCrossentropy: { make: rows((y, p) => metrics.categoricalCrossentropy(y, p)) },
  meanSquaredError: { make: rows((y, p) => metrics.meanSquaredError(y, p)), names: ["mse"] },
  meanAbsoluteError: { make: rows((y, p) => metrics.meanAbsoluteError(y, p)), names: ["mae"] },
  rootMeanSquaredError: { make: () => asRootMean(onRows(rootMeanSquaredError)), names: ["rmse"] },
  huber: { make: () => onRows(huber()), names: ["huberLoss"] },
  meanAbsolutePercentageError: {
    make: rows((y, p) => metrics.meanAbsolutePercentageError(y, p)),
    names: ["mape"],
  },
  cosineProximity: { make: rows((y, p) => metrics.cosineProximity(y, p)), names: ["cosine"] },
};

/**
 * All names that did-you-mean may propose.
 *
 * @internal
 */
export const METRIC_NAMES: readonly string[] = /* @__PURE__ */ Object.entries(METRICS).flatMap(
  ([key, { names = [] }]) => [key, ...names],
);

/**
 * What tfjs's `compile` takes for a metric of this name: a function that is called as the name was given, or a name
 * that it understands by the loss. Undefined for a name that is not known.
 *
 * @param loss The compiled loss, a name or a function.
 * @internal
 */
export function metricNamed(name: string, loss: unknown): string | LossFunction | undefined {
  const key = findByName(METRICS, name);
  if (key === undefined) return undefined;
  const { make } = METRICS[key]!;
  // tfjs would compare logits with 0.5, or count the largest of outputs that are each right or wrong.
  if (make === "accuracy" && loss === sigmoidCrossEntropyFromLogits) return accuracyFromLogits;
  return typeof make === "string" ? make : named(name, make());
}
