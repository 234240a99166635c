import { History, type LayersModel } from "@tensorflow/tfjs-layers";
import { ForgeError } from "../errors.ts";
import { checkOptions, describe, didYouMean } from "../options.ts";
import { checkCompiled, checkCount, checkVerbosity, type Verbosity } from "./arguments.ts";
import { logsOf, rowRange, runStep } from "./batches.ts";
import { callbackList, type FitCallback } from "./callbacks.ts";
import { type ClassWeights, type Dataset, datasetOf } from "./dataset.ts";
import { evaluateRows } from "./evaluate.ts";
import type { Inputs } from "./inputs.ts";
import { metricNames } from "./metric-names.ts";
import { rootMeansOf } from "./metrics/root-means.ts";
import { RunningMean } from "./metrics/running-mean.ts";
import { progressBar } from "./progress-bar.ts";
import { checkSeed, mixSeeds, shuffledOrder } from "./random.ts";
import { seedLayers } from "./seeded-layers.ts";
import { trainStep } from "./step.ts";
import type { Targets } from "./targets.ts";
import { type YieldEvery, yielder } from "./yielding.ts";

/** What {@link fit} does when the loss is NaN or infinite. */
export type OnNaN = "throw" | "stop" | "continue";

/** Options of {@link fit}: those of tfjs's `model.fit`, and `seed`, `onNaN`, `signal`. */
export interface FitOptions {
  /** Where to stop: the number of the last epoch, counted from 1. Default 1. */
  readonly epochs?: number;
  /** Epochs already done, when training goes on after an earlier run. Default 0. */
  readonly initialEpoch?: number;
  /** Samples a step. Default 32. */
  readonly batchSize?: number;
  /** Steps an epoch, at most those that the samples give: shorter epochs, each on other samples. */
  readonly stepsPerEpoch?: number;
  /** Whether each epoch has an order of its own. Default `true`. */
  readonly shuffle?: boolean;
  /** The last part of the samples (0 up to 1, without it) is not trained on: `val_` metrics tell how it goes there. */
  readonly validationSplit?: number;
  /** Samples and labels for the `val_` metrics, in any form that {@link fit} takes. It overrides `validationSplit`. */
  readonly validationData?: readonly [x: Inputs, y: Targets];
  /** Samples at a time in validation. Default `batchSize`. */
  readonly validationBatchSize?: number;
  /** Makes some classes weigh more in the loss. All classes that occur need a weight. */
  readonly classWeight?: ClassWeights;
  /** tfjs's classes and objects of functions, mixed as you like; logs are numbers, and say `accuracy`. */
  readonly callbacks?: FitCallback | readonly FitCallback[];
  /** 0 (default) prints nothing, 1 a progress bar, 2 one line an epoch. */
  readonly verbose?: Verbosity;
  /** How often to let others run. Default `"auto"`: every 125 ms. */
  readonly yieldEvery?: YieldEvery;
  /**
   * A whole number: the same seed, weights, data and backend give the same result. It rules the order of samples
   * and the masks of dropout and noise layers; for the first weights, give the builder a seed too.
   */
  readonly seed?: number;
  /**
   * - `"throw"` (default): ForgeError `nan-loss` that names epoch and batch. A loss that is not a number never
   *   becomes one again, and the weights are spoilt by then, so going on only hides the step where it happened.
   * - `"stop"`: training ends there, as with Keras's `TerminateOnNaN`; the history shows it.
   * - `"continue"`: as tfjs does.
   */
  readonly onNaN?: OnNaN;
  /** Stops between two steps with the signal's reason; the model keeps what it has learnt. */
  readonly signal?: AbortSignal;
}

/** What {@link fit} returns, and leaves in `model.history`. */
export interface TrainingHistory {
  /** The epochs that ran, counted from 0. */
  readonly epoch: readonly number[];
  /** By name (`loss`, `accuracy`, `val_loss`, ...), a number an epoch. */
  readonly history: { readonly [metric: string]: readonly number[] };
}

const OPTIONS: readonly (keyof FitOptions)[] = [
  "epochs",
  "initialEpoch",
  "batchSize",
  "stepsPerEpoch",
  "shuffle",
  "validationSplit",
  "validationData",
  "validationBatchSize",
  "classWeight",
  "callbacks",
  "verbose",
  "yieldEvery",
  "seed",
  "onNaN",
  "signal",
];

const ON_NAN: readonly OnNaN[] = ["throw", "stop", "continue"];

/** Models in training: two runs at once would train on each other's weights. */
const inTraining = new WeakSet<LayersModel>();

/**
 * Trains a compiled layers model, as tfjs's `model.fit` does, and gives what that lacks: a seed, labels of any
 * kind, errors before the first step, `accuracy` under that name, a report of NaN.
 *
 * Images are tensors, typed arrays or `{ data, shape }` of the model's input shape; labels are class numbers (any
 * dtype, typed array or list) or one-hot rows, for sparse and categorical losses alike. Only the batch at hand is
 * copied. No tensor is left behind, also when a callback throws, and yours are not disposed.
 *
 * @example
 * ```ts
 * const { history } = await fit(model, normalize(train.images), train.labels, {
 *   epochs: 5,
 *   seed: 1,
 *   validationSplit: 0.1,
 *   callbacks: progressBar(),
 * });
 * history.val_accuracy;   // [0.97, ...]
 * ```
 * @throws ForgeError `invalid-labels` before the first step: a class out of range, negative or fractional, by value
 *   and index; samples and labels of different counts; a shape that is not the model's. `nan-loss` (see
 *   {@link FitOptions.onNaN}). `invalid-argument`, `unknown-option`, `invalid-source`, `unbuilt-model`. What a
 *   callback throws, and the signal's reason.
 */
export async function fit(
  model: LayersModel,
  x: Inputs,
  y: Targets,
  options: FitOptions = {},
): Promise<TrainingHistory> {
  checkFitOptions(options);
  checkCompiled(model, "fit");
  if (model.trainableWeights.length === 0) {
    throw new ForgeError("invalid-argument", "fit: the model has no trainable weights.");
  }
  if (inTraining.has(model)) {
    throw new ForgeError("invalid-argument", "fit: this model is being trained already: await that first.");
  }
  inTraining.add(model);
  const seeds = seedLayers(model, options.seed);
  try {
    return await train(model, await prepare(model, x, y, options), options, seeds.startEpoch);
  } finally {
    seeds.restore();
    inTraining.delete(model);
  }
}

function checkFitOptions(options: FitOptions): void {
  checkOptions(options, OPTIONS, "fit");
  const {
    epochs = 1,
    initialEpoch = 0,
    batchSize = 32,
    verbose = 0,
    shuffle = true,
    onNaN = "throw",
  } = options;
  checkCount(initialEpoch, 0, "initialEpoch", "fit");
  checkCount(epochs, initialEpoch, "epochs", "fit");
  checkCount(batchSize, 1, "batchSize", "fit");
  checkCount(options.validationBatchSize ?? 1, 1, "validationBatchSize", "fit");
  checkCount(options.stepsPerEpoch ?? 1, 1, "stepsPerEpoch", "fit");
  checkVerbosity(verbose, "fit");
  checkSeed(options.seed, "fit");
  if (typeof shuffle !== "boolean") {
    throw new ForgeError("invalid-argument", `fit: shuffle must be true or false, got ${describe(shuffle)}.`);
  }
  if (!ON_NAN.includes(onNaN)) {
    throw new ForgeError(
      "invalid-argument",
      `fit: unknown onNaN ${describe(onNaN)}${didYouMean(String(onNaN), ON_NAN)}.`,
    );
  }
  const { validationSplit, validationData } = options;
  if (validationSplit !== undefined && !(validationSplit >= 0 && validationSplit < 1)) {
    throw new ForgeError(
      "invalid-argument",
      `fit: validationSplit must be from 0 up to 1, without it, got ${describe(validationSplit)}.`,
    );
  }
  if (validationData !== undefined && !(Array.isArray(validationData) && validationData.length === 2)) {
    throw new ForgeError(
      "invalid-argument",
      `fit: validationData must be [x, y], got ${describe(validationData)}.`,
    );
  }
}

/** Checked data: the first `count` rows are trained on. */
interface Prepared {
  readonly data: Dataset;
  readonly count: number;
  readonly validation: { readonly data: Dataset; readonly rows: Int32Array } | undefined;
}

async function prepare(model: LayersModel, x: Inputs, y: Targets, options: FitOptions): Promise<Prepared> {
  const { classWeight, validationData, validationSplit = 0 } = options;
  const data = await datasetOf(model, x, y, classWeight);
  if (validationData !== undefined) {
    const [valX, valY] = validationData;
    const held = await datasetOf(model, valX, valY);
    return { data, count: data.count, validation: { data: held, rows: rowRange(0, held.count) } };
  }
  if (validationSplit === 0) return { data, count: data.count, validation: undefined };
  const count = Math.floor(data.count * (1 - validationSplit));
  if (count === 0) {
    throw new ForgeError(
      "invalid-argument",
      `fit: validationSplit ${validationSplit} of ${data.count} samples leaves none to train on.`,
    );
  }
  return { data, count, validation: { data, rows: rowRange(count, data.count) } };
}

async function train(
  model: LayersModel,
  { data, count, validation }: Prepared,
  options: FitOptions,
  startEpoch: (epoch: number) => void,
): Promise<TrainingHistory> {
  const { epochs = 1, initialEpoch = 0, batchSize = 32, shuffle = true, verbose = 0, signal } = options;
  const { yieldEvery = "auto", validationBatchSize = batchSize, onNaN = "throw" } = options;
  const most = Math.ceil(count / batchSize);
  const { stepsPerEpoch: steps = most } = options;
  if (steps > most) {
    throw new ForgeError(
      "invalid-argument",
      `fit: stepsPerEpoch is ${steps}, but ${count} samples give ${most} steps of ${batchSize}.`,
    );
  }
  const pause = yielder(yieldEvery, "fit");
  const bars = verbose > 0 ? [progressBar({ style: verbose === 2 ? "line" : "bar" })] : [];
  const callbacks = callbackList(options.callbacks, bars, yieldEvery);
  const names = metricNames(model);
  callbacks.setParams({
    epochs,
    initialEpoch,
    samples: count,
    steps,
    batchSize,
    verbose,
    doValidation: validation !== undefined,
    metrics: validation === undefined ? names : [...names, ...names.map((name) => `val_${name}`)],
  });
  callbacks.setModel(model);
  const history = new History();
  await history.onTrainBegin();
  model.history = history;
  model.stopTraining = false;
  // Without a seed of the user's, the order is as random as tfjs's own.
  const orderSeed = options.seed ?? Math.floor(Math.random() * 2 ** 32);
  const inOrder = rowRange(0, count);

  await callbacks.onTrainBegin();
  for (let epoch = initialEpoch; epoch < epochs && !model.stopTraining; epoch++) {
    signal?.throwIfAborted();
    startEpoch(epoch);
    await callbacks.onEpochBegin(epoch);
    const order = shuffle ? shuffledOrder(count, mixSeeds(orderSeed, epoch)) : inOrder;
    const mean = new RunningMean(rootMeansOf(model));
    for (let batch = 0; batch < steps && !model.stopTraining; batch++) {
      signal?.throwIfAborted();
      const rows = order.subarray(batch * batchSize, (batch + 1) * batchSize);
      await callbacks.onBatchBegin(batch, { batch, size: rows.length });
      const values = await runStep(trainStep, model, data, rows);
      if (onNaN !== "continue" && !Number.isFinite(values[0])) {
        if (onNaN === "throw") throw nanLoss(values[0]!, epoch, batch, steps);
        model.stopTraining = true;
      }
      mean.add(values, rows.length);
      await callbacks.onBatchEnd(batch, { batch, size: rows.length, ...logsOf(names, values) });
      await pause.afterBatch();
    }
    const logs = logsOf(names, mean.values);
    if (validation !== undefined) {
      const { data: held, rows } = validation;
      const hooks = { ...(signal && { signal }), afterBatch: pause.afterBatch };
      const measured = await evaluateRows(model, held, rows, validationBatchSize, hooks);
      for (const [name, value] of Object.entries(measured)) logs[`val_${name}`] = value;
    }
    await callbacks.onEpochEnd(epoch, logs);
    await history.onEpochEnd(epoch, logs);
    await pause.afterEpoch();
  }
  await callbacks.onTrainEnd();
  return { epoch: history.epoch, history: history.history as { [metric: string]: number[] } };
}

function nanLoss(loss: number, epoch: number, batch: number, steps: number): ForgeError {
  return new ForgeError(
    "nan-loss",
    `fit: the loss became ${loss} in epoch ${epoch + 1}, batch ${batch + 1} of ${steps}, and the weights with it. ` +
      "Look for NaN or unscaled values among the samples (normalize), a learning rate that is too high, or a loss " +
      "that does not fit the output's activation.",
  );
}
