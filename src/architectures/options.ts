import type { Optimizer } from "@tensorflow/tfjs-core";
import { ForgeError } from "../errors.ts";
import { checkOptions, describe, didYouMean } from "../options.ts";
import type { LossName } from "../training/losses/known-losses.ts";
import type { LossFunction } from "../training/losses/loss-function.ts";
import type { MetricName } from "../training/metrics/known-metrics.ts";
import { checkSeed } from "../training/random.ts";

/**
 * The last layer's activation, which says what the model answers:
 *
 * - `"softmax"`: a probability for each class, together 1 (one class is right);
 * - `"sigmoid"`: a probability for each class on its own (several may be right), or for the one there is;
 * - `"linear"`: logits, to which the loss applies softmax (or sigmoid, for one class).
 */
export type OutputActivation = "softmax" | "sigmoid" | "linear";

/** Optimizers by tfjs's names. */
export type OptimizerName = "adam" | "adamax" | "adagrad" | "adadelta" | "rmsprop" | "sgd";

export type { LossFunction, LossName, MetricName };

/** How a builder compiles its model; what is left out has the default of {@link BuildOptions.compile}. */
export interface CompileOptions {
  /** A name, or an optimizer of tfjs's (`tf.train.adam(1e-4)`), which stays yours to dispose. Default `"adam"`. */
  readonly optimizer?: OptimizerName | Optimizer;
  /** Step size, above 0; for an optimizer given by name. Default: the optimizer's own (Adam: 0.001, SGD: 0.01). */
  readonly learningRate?: number;
  /** A name or a function. Default: the cross-entropy that fits the activation. */
  readonly loss?: LossName | LossFunction;
  /** Names and functions. Default `["accuracy"]`; none for linear outputs with a loss of values (`"mse"`, `"huber"`). */
  readonly metrics?: readonly (MetricName | LossFunction)[];
}

/** What all builders take. */
export interface BuildOptions {
  /** The shape of one sample, without the batch. Its default is the builder's. */
  readonly inputShape?: readonly number[];
  /** How many outputs there are. Default 10. */
  readonly classes?: number;
  /** What the outputs are. Default `"softmax"`. */
  readonly activation?: OutputActivation;
  /**
   * How the model is compiled, or `false` not to. Default: Adam, accuracy, and by activation
   *
   * - softmax: `categoricalCrossentropy`;
   * - sigmoid: `binaryCrossentropy` (its accuracy counts every output, as in Keras);
   * - linear: {@link softmaxCrossEntropyFromLogits}, or for one class {@link sigmoidCrossEntropyFromLogits}, since
   *   tfjs's own losses take probabilities. (tfjs saves a loss by its name only: save such a model without its
   *   optimizer.)
   *
   * {@link fit} takes class numbers and one-hot rows alike with each of them; plain `model.fit` takes what tfjs
   * does, one-hot rows ({@link toCategorical}).
   */
  readonly compile?: CompileOptions | false;
  /** A whole number: the same seed gives the same first weights, and the same masks of dropout. */
  readonly seed?: number;
  /** The model's name. */
  readonly name?: string;
}

/**
 * Options with their defaults, checked.
 *
 * @internal
 */
export interface CheckedOptions {
  readonly inputShape: number[];
  readonly classes: number;
  readonly activation: OutputActivation;
  readonly compile: CompileOptions | false;
  readonly seed: number | undefined;
  readonly name: string;
}

const COMMON: readonly (keyof BuildOptions)[] = [
  "inputShape",
  "classes",
  "activation",
  "compile",
  "seed",
  "name",
];
const ACTIVATIONS: readonly OutputActivation[] = ["softmax", "sigmoid", "linear"];

/**
 * Checks what all builders take.
 *
 * @param own Names of the builder's own options.
 * @internal
 */
export function checkBuildOptions(
  options: BuildOptions,
  own: readonly string[],
  where: string,
  defaults: { readonly inputShape: readonly number[]; readonly name: string },
): CheckedOptions {
  checkOptions(options, [...COMMON, ...own], where);
  const { inputShape = defaults.inputShape, classes = 10, activation = "softmax", compile = {} } = options;
  const { seed, name = defaults.name } = options;
  if (!Array.isArray(inputShape) || inputShape.length === 0 || !inputShape.every((d) => isCount(d))) {
    throw invalid(
      where,
      `inputShape must be positive whole numbers, such as [28,28,1], got ${describe(inputShape)}`,
    );
  }
  if (!isCount(classes))
    throw invalid(where, `classes must be a positive whole number, got ${describe(classes)}`);
  if (!ACTIVATIONS.includes(activation)) {
    throw invalid(
      where,
      `unknown activation ${describe(activation)}${didYouMean(String(activation), ACTIVATIONS)}`,
    );
  }
  if (activation === "softmax" && classes === 1) {
    throw invalid(where, 'softmax over one class is always 1: use activation "sigmoid", or 2 classes');
  }
  if (compile !== false && (compile === null || typeof compile !== "object")) {
    throw invalid(where, `compile must be an object or false, got ${describe(compile)}`);
  }
  checkSeed(seed, where);
  if (typeof name !== "string" || name === "")
    throw invalid(where, `name must be a text, got ${describe(name)}`);
  return { inputShape: [...inputShape], classes, activation, compile, seed, name };
}

/**
 * Checks the widths of a row of dense layers.
 *
 * @internal
 */
export function checkUnits(units: readonly number[], name: string, where: string): void {
  if (Array.isArray(units) && units.every((u) => isCount(u))) return;
  throw invalid(where, `${name} must be a list of positive whole numbers, got ${describe(units)}`);
}

/**
 * Checks a dropout rate.
 *
 * @internal
 */
export function checkDropout(rate: number, name: string, where: string): void {
  if (typeof rate === "number" && rate >= 0 && rate < 1) return;
  throw invalid(where, `${name} must be from 0 up to 1, without it, got ${describe(rate)}`);
}

/**
 * Whether a value is a positive whole number.
 *
 * @internal
 */
export const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) > 0;

/**
 * A wrong argument of a builder.
 *
 * @internal
 */
export const invalid = (where: string, reason: string): ForgeError =>
  new ForgeError("invalid-argument", `${where}: ${reason}.`);
