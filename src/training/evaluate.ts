import type { LayersModel, Logs } from "@tensorflow/tfjs-layers";
import { checkOptions } from "../options.ts";
import { checkCompiled, checkCount, checkVerbosity, type Verbosity } from "./arguments.ts";
import { logsOf, rowRange, runStep } from "./batches.ts";
import { type TestCallback, testCallbacks } from "./callbacks.ts";
import { type Dataset, datasetOf } from "./dataset.ts";
import type { Inputs } from "./inputs.ts";
import { metricNames } from "./metric-names.ts";
import { rootMeansOf } from "./metrics/root-means.ts";
import { RunningMean } from "./metrics/running-mean.ts";
import { progressBar } from "./progress-bar.ts";
import { testStep } from "./step.ts";
import type { Targets } from "./targets.ts";
import { type YieldEvery, yielder } from "./yielding.ts";

/** Options of {@link evaluate}. */
export interface EvaluateOptions {
  /** Samples at a time. Default 32. */
  readonly batchSize?: number;
  /** Told of every batch: see {@link TestCallback}; a {@link progressBar} is one. */
  readonly callbacks?: TestCallback | readonly TestCallback[];
  /** 0 (default) prints nothing, 1 a progress bar, 2 one line. */
  readonly verbose?: Verbosity;
  /** How often to let others run. Default `"auto"`. */
  readonly yieldEvery?: YieldEvery;
  /** Stops between two batches with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What {@link evaluate} returns: the loss, and metrics by name (`accuracy`), over all samples. */
export interface Evaluation {
  /** The loss, summed over outputs where there are several. */
  readonly loss: number;
  readonly [metric: string]: number;
}

/**
 * Loss and metrics of a model on samples that it was not trained on.
 *
 * Takes images and labels as {@link fit} does; returns numbers, and leaves no tensor.
 *
 * @example
 * ```ts
 * const { loss, accuracy } = await evaluate(model, test.images, test.labels, { verbose: 1 });
 * ```
 * @throws ForgeError `invalid-labels` for samples and labels that fit not the model or each other;
 *   `invalid-argument`, `unknown-option`, `invalid-source`, `unbuilt-model`; the signal's reason.
 */
export async function evaluate(
  model: LayersModel,
  x: Inputs,
  y: Targets,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  checkOptions(options, ["batchSize", "callbacks", "verbose", "yieldEvery", "signal"], "evaluate");
  const { batchSize = 32, verbose = 0, yieldEvery = "auto", signal } = options;
  checkCompiled(model, "evaluate");
  checkCount(batchSize, 1, "batchSize", "evaluate");
  checkVerbosity(verbose, "evaluate");
  const callbacks = [...testCallbacks(options.callbacks)];
  if (verbose > 0) callbacks.push(progressBar({ style: verbose === 2 ? "line" : "bar" }));
  const pause = yielder(yieldEvery, "evaluate");
  const data = await datasetOf(model, x, y);

  const steps = Math.ceil(data.count / batchSize);
  for (const callback of callbacks) callback.setParams?.({ samples: data.count, steps, batchSize });
  for (const callback of callbacks) await callback.onTestBegin?.();
  const logs = await evaluateRows(model, data, rowRange(0, data.count), batchSize, {
    ...(signal && { signal }),
    afterBatch: pause.afterBatch,
    onBatchBegin: async (batch, size) => {
      for (const callback of callbacks) await callback.onTestBatchBegin?.(batch, { batch, size });
    },
    onBatchEnd: async (batch, batchLogs) => {
      for (const callback of callbacks) await callback.onTestBatchEnd?.(batch, batchLogs);
    },
  });
  for (const callback of callbacks) await callback.onTestEnd?.(logs);
  return logs as Logs & { loss: number };
}

/** What happens around an evaluation's batches. */
interface EvaluationHooks {
  readonly signal?: AbortSignal;
  readonly afterBatch?: () => Promise<void>;
  readonly onBatchBegin?: (batch: number, size: number) => Promise<void>;
  readonly onBatchEnd?: (batch: number, logs: Logs) => Promise<void>;
}

/**
 * Means of loss and metrics over some rows.
 *
 * @internal
 */
export async function evaluateRows(
  model: LayersModel,
  data: Dataset,
  rows: Int32Array,
  batchSize: number,
  hooks: EvaluationHooks = {},
): Promise<Logs> {
  const names = metricNames(model);
  const mean = new RunningMean(rootMeansOf(model));
  for (let start = 0, batch = 0; start < rows.length; start += batchSize, batch++) {
    hooks.signal?.throwIfAborted();
    const part = rows.subarray(start, start + batchSize);
    await hooks.onBatchBegin?.(batch, part.length);
    const values = await runStep(testStep, model, data, part);
    mean.add(values, part.length);
    await hooks.onBatchEnd?.(batch, { batch, size: part.length, ...logsOf(names, values) });
    await hooks.afterBatch?.();
  }
  return logsOf(names, mean.values);
}
