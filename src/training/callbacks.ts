import {
  type Callback,
  CallbackList,
  CustomCallback,
  type CustomCallbackArgs,
  type LayersModel,
  type Logs,
} from "@tensorflow/tfjs-layers";
import { ForgeError } from "../errors.ts";
import { describe } from "../options.ts";
import type { YieldEvery } from "./yielding.ts";

/**
 * An instance of tfjs's `Callback`. Only what tells it from an object of functions is declared, so that the
 * parameters of such functions get their types from tfjs's `CustomCallbackArgs` alone.
 */
export interface CallbackInstance {
  /** Told of epochs, steps and samples. */
  setParams(params: Callback["params"]): void;
  /** Told of the model. */
  setModel(model: LayersModel): void;
}

/** A callback of training: tfjs's classes (`tf.callbacks.earlyStopping()`, your own), or an object of functions. */
export type FitCallback = CallbackInstance | CustomCallbackArgs;

/**
 * A callback of {@link evaluate}, with Keras's names: any of these functions, called in order and awaited.
 *
 * @example
 * ```ts
 * await evaluate(model, x, y, { callbacks: { onTestBatchEnd: (batch, logs) => print(batch, logs.loss) } });
 * ```
 */
export interface TestCallback {
  /** Told once, before anything else, what is to come. */
  setParams?(params: TestParams): void;
  /** Before the first batch. */
  onTestBegin?(): void | Promise<void>;
  /** `logs`: `batch`, `size`. */
  onTestBatchBegin?(batch: number, logs: Logs): void | Promise<void>;
  /** `logs`: `batch`, `size`, and the batch's own loss and metrics. */
  onTestBatchEnd?(batch: number, logs: Logs): void | Promise<void>;
  /** `logs`: the loss and metrics of all samples. */
  onTestEnd?(logs: Logs): void | Promise<void>;
}

/** What a {@link TestCallback} is told before it begins. */
export type TestParams = {
  /** How many samples there are. */
  readonly samples: number;
  /** How many batches they make. */
  readonly steps: number;
  /** Samples in a batch; the last may have fewer. */
  readonly batchSize: number;
};

/**
 * tfjs's list of callbacks from whatever mixture was given: tfjs itself takes either classes or objects.
 *
 * @internal
 */
export function callbackList(
  given: FitCallback | readonly FitCallback[] | undefined,
  extra: readonly Callback[],
  yieldEvery: YieldEvery,
): CallbackList {
  const callbacks = listOf(given, "fit").map((callback) => {
    if (isInstance(callback)) return callback as Callback;
    // A custom callback pauses between batches by itself; that is the loop's work, except for `onYield`.
    return new CustomCallback(callback, callback.onYield === undefined ? "never" : yieldEvery);
  });
  return new CallbackList([...callbacks, ...extra]);
}

// By structure: `instanceof` fails across two copies of tfjs-layers.
const isInstance = (value: FitCallback): value is CallbackInstance =>
  typeof (value as Partial<CallbackInstance>).setModel === "function" &&
  typeof (value as Partial<CallbackInstance>).setParams === "function";

/**
 * Callbacks of an evaluation as a list.
 *
 * @internal
 */
export function testCallbacks(
  given: TestCallback | readonly TestCallback[] | undefined,
): readonly TestCallback[] {
  return listOf(given, "evaluate");
}

function listOf<T extends object>(given: T | readonly T[] | undefined, where: string): readonly T[] {
  const list = (given === undefined ? [] : [given].flat()) as readonly T[];
  for (const callback of list) {
    if (callback !== null && typeof callback === "object") continue;
    throw new ForgeError(
      "invalid-argument",
      `${where}: a callback must be an object with functions such as onEpochEnd, got ${describe(callback)}.`,
    );
  }
  return list;
}
