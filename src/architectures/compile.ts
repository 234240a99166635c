import { Optimizer, train } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { checkOptions, describe, didYouMean } from "../options.ts";
import {
  accuracyFromLogits,
  sigmoidCrossEntropyFromLogits,
  softmaxCrossEntropyFromLogits,
} from "../training/logits-losses.ts";
import {
  type CheckedOptions,
  type CompileOptions,
  invalid,
  type LossFunction,
  type LossName,
  type MetricName,
  type OptimizerName,
} from "./options.ts";

/** tfjs's own settings for optimizers given by name, with the learning rate as a parameter. */
const OPTIMIZERS: Readonly<Record<OptimizerName, (learningRate?: number) => Optimizer>> = {
  adam: (rate = 0.001) => train.adam(rate),
  adamax: (rate = 0.002) => train.adamax(rate),
  adagrad: (rate = 0.01) => train.adagrad(rate),
  adadelta: (rate = 1) => train.adadelta(rate, 0.95),
  rmsprop: (rate = 0.001) => train.rmsprop(rate, 0.9),
  sgd: (rate = 0.01) => train.sgd(rate),
};

/** Exhaustive, so that a name added to the type is added here. */
const LOSSES: Readonly<Record<LossName, true>> = {
  categoricalCrossentropy: true,
  sparseCategoricalCrossentropy: true,
  binaryCrossentropy: true,
  meanSquaredError: true,
  meanAbsoluteError: true,
  meanAbsolutePercentageError: true,
  meanSquaredLogarithmicError: true,
  squaredHinge: true,
  hinge: true,
  categoricalHinge: true,
  logcosh: true,
  kullbackLeiblerDivergence: true,
  poisson: true,
  cosineProximity: true,
};

const METRICS: Readonly<Record<MetricName, true>> = {
  accuracy: true,
  crossentropy: true,
  binaryAccuracy: true,
  categoricalAccuracy: true,
  precision: true,
  categoricalCrossentropy: true,
  sparseCategoricalCrossentropy: true,
  mse: true,
  mae: true,
  mape: true,
  cosine: true,
};

/**
 * Checks a builder's `compile` option: before a model is built, so that a wrong name leaves no weights behind.
 *
 * @internal
 */
export function checkCompileOptions(compile: CompileOptions | false, where: string): void {
  if (compile === false) return;
  const place = `${where}: compile`;
  checkOptions(compile, ["optimizer", "learningRate", "loss", "metrics"], place);
  const { optimizer = "adam", learningRate, loss, metrics = [] } = compile;
  if (!(optimizer instanceof Optimizer)) checkName(optimizer, OPTIMIZERS, "optimizer", place);
  if (learningRate !== undefined) {
    if (!(typeof learningRate === "number" && learningRate > 0 && Number.isFinite(learningRate))) {
      throw invalid(place, `learningRate must be above 0, got ${describe(learningRate)}`);
    }
    if (optimizer instanceof Optimizer) {
      throw invalid(place, "learningRate goes with an optimizer's name; yours has its own");
    }
  }
  if (loss !== undefined && typeof loss !== "function") checkName(loss, LOSSES, "loss", place);
  if (!Array.isArray(metrics)) throw invalid(place, `metrics must be a list, got ${describe(metrics)}`);
  for (const metric of metrics as readonly (MetricName | LossFunction)[]) {
    if (typeof metric !== "function") checkName(metric, METRICS, "metric", place);
  }
}

function checkName(
  name: string,
  known: Readonly<Record<string, unknown>>,
  what: string,
  where: string,
): void {
  if (typeof name === "string" && Object.hasOwn(known, name)) return;
  throw invalid(where, `unknown ${what} ${describe(name)}${didYouMean(String(name), Object.keys(known))}`);
}

/**
 * Compiles a model as its options say.
 *
 * @internal
 */
export function compileModel(model: LayersModel, options: CheckedOptions): void {
  const { compile } = options;
  if (compile === false) return;
  const { optimizer = "adam", learningRate, loss = defaultLoss(options) } = compile;
  const metrics = compile.metrics ?? [
    options.activation === "linear" && options.classes === 1 && compile.loss === undefined
      ? accuracyFromLogits
      : "accuracy",
  ];
  const isNamed = !(optimizer instanceof Optimizer);
  model.compile({
    optimizer: isNamed ? OPTIMIZERS[optimizer](learningRate) : optimizer,
    loss,
    metrics: [...metrics],
  });
  // Made here for this model alone, so `model.dispose()` is to dispose it, as tfjs does for its own names.
  if (isNamed) (model as unknown as { isOptimizerOwned: boolean }).isOptimizerOwned = true;
}

function defaultLoss({ activation, classes }: CheckedOptions): LossName | LossFunction {
  if (activation === "softmax") return "categoricalCrossentropy";
  if (activation === "sigmoid") return "binaryCrossentropy";
  return classes === 1 ? sigmoidCrossEntropyFromLogits : softmaxCrossEntropyFromLogits;
}
