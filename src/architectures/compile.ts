import { Optimizer, train } from "@tensorflow/tfjs-core";
import type { LayersModel, ModelCompileArgs } from "@tensorflow/tfjs-layers";
import { checkOptions, describe, didYouMean } from "../options.ts";
import { sigmoidCrossEntropyFromLogits, softmaxCrossEntropyFromLogits } from "../training/logits-losses.ts";
import { LOSS_NAMES, labelRuleOf, lossNamed } from "../training/losses/known-losses.ts";
import { camelCase } from "../training/losses/spelling.ts";
import { METRIC_NAMES, metricNamed } from "../training/metrics/known-metrics.ts";
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
  if (loss !== undefined) lossOf(loss, place);
  if (!Array.isArray(metrics)) throw invalid(place, `metrics must be a list, got ${describe(metrics)}`);
  for (const metric of metrics as readonly (MetricName | LossFunction)[]) metricOf(metric, loss, place);
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
 * A loss as tfjs's `compile` takes it: a name of tfjs's, or a function.
 *
 * @internal
 */
export function lossOf(loss: LossName | LossFunction, where: string): string | LossFunction {
  const found = typeof loss === "function" ? loss : lossNamed(loss);
  if (found !== undefined) return found;
  throw invalid(where, `unknown loss ${describe(loss)}${didYouMean(camelCase(String(loss)), LOSS_NAMES)}`);
}

/**
 * A metric as tfjs's `compile` takes it, for this loss.
 *
 * @internal
 */
export function metricOf(
  metric: MetricName | LossFunction,
  loss: unknown,
  where: string,
): string | LossFunction {
  const found = typeof metric === "function" ? metric : metricNamed(metric, loss);
  if (found !== undefined) return found;
  throw invalid(
    where,
    `unknown metric ${describe(metric)}${didYouMean(camelCase(String(metric)), METRIC_NAMES)}`,
  );
}

/** One, or one an output: in order or by name. */
type PerOutput<T> = T | T[] | { [outputName: string]: PerOutput<T> };

function mapEach<T, R>(given: PerOutput<T>, convert: (one: T) => R): PerOutput<R> {
  if (Array.isArray(given)) return given.map(convert);
  if (typeof given !== "object" || given === null) return convert(given);
  const entries = Object.entries(given as { [outputName: string]: PerOutput<T> });
  return Object.fromEntries(entries.map(([name, one]) => [name, mapEach(one, convert)]));
}

/**
 * The arguments of tfjs's `compile` with all names that builders know for losses and metrics: for models that are
 * compiled by their own method.
 *
 * @throws ForgeError `invalid-argument` for an unknown name, with the nearest known one.
 * @internal
 */
export function withKnownNames(args: ModelCompileArgs, where: string): ModelCompileArgs {
  type Loss = LossName | LossFunction;
  type Metric = MetricName | LossFunction;
  const loss = mapEach(args.loss as PerOutput<Loss>, (one) => lossOf(one, where));
  // tfjs takes one metric alone, too.
  const metrics =
    args.metrics && mapEach(args.metrics as PerOutput<Metric>, (one) => metricOf(one, loss, where));
  return { ...args, loss, ...(metrics && { metrics }) } as ModelCompileArgs;
}

/**
 * Compiles a model as its options say.
 *
 * @internal
 */
export function compileModel(model: LayersModel, options: CheckedOptions): void {
  const { compile } = options;
  if (compile === false) return;
  const where = `${options.name}: compile`;
  const { optimizer = "adam", learningRate, metrics = defaultMetrics(options) } = compile;
  const loss = lossOf(compile.loss ?? defaultLoss(options), where);
  const isNamed = !(optimizer instanceof Optimizer);
  model.compile({
    optimizer: isNamed ? OPTIMIZERS[optimizer](learningRate) : optimizer,
    loss,
    metrics: metrics.map((metric) => metricOf(metric, loss, where)),
  });
  // Made here for this model alone, so `model.dispose()` is to dispose it, as tfjs does for its own names.
  if (isNamed) (model as unknown as { isOptimizerOwned: boolean }).isOptimizerOwned = true;
}

function defaultLoss({ activation, classes }: CheckedOptions): LossName | LossFunction {
  if (activation === "softmax") return "categoricalCrossentropy";
  if (activation === "sigmoid") return "binaryCrossentropy";
  return classes === 1 ? sigmoidCrossEntropyFromLogits : softmaxCrossEntropyFromLogits;
}

/** Of values there is no right and wrong that accuracy could count. */
function defaultMetrics({ activation, compile }: CheckedOptions): readonly MetricName[] {
  const rule = compile !== false && activation === "linear" ? labelRuleOf(compile.loss) : undefined;
  return rule === "values" || rule === "counts" ? [] : ["accuracy"];
}
