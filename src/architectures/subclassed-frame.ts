import type { Tensor } from "@tensorflow/tfjs-core";
import { layers } from "@tensorflow/tfjs-layers";

type Layer = layers.Layer;

/**
 * One run of a subclassed model's `call`.
 *
 * @internal
 */
export interface CallFrame {
  /** Handed to every layer that is not told otherwise. */
  readonly training: boolean;
  /** Throws for a layer that is not one of the model's. */
  readonly check: (layer: Layer) => void;
  /** Told what each of the model's layers gives. */
  readonly onOutput?: ((layer: Layer, output: Tensor | Tensor[]) => void) | undefined;
}

/** What is replaced while a `call` runs; `invokeCallHook` is what tfjs's layers run first in theirs. */
interface LayerMethods {
  apply: Layer["apply"];
  invokeCallHook(inputs: unknown, kwargs: unknown): void;
}

/** The calls that are running, the innermost last, each with the depth of layers within layers. */
const running: { readonly frame: CallFrame; depth: number }[] = [];

/** Watches nothing. */
const APART: CallFrame = { training: false, check: () => {} };

/**
 * Runs a `call` and watches the layers that it runs itself (not those within them). `Layer.prototype` is changed
 * for as long as the outermost call runs, which is synchronous: nothing else can see it.
 *
 * @internal
 */
export function runInFrame<T>(frame: CallFrame, run: () => T): T {
  const release = isWatching ? undefined : watchLayers();
  running.push({ frame, depth: 0 });
  try {
    return run();
  } finally {
    running.pop();
    release?.();
  }
}

/**
 * Runs what is not a `call`'s doing, though it may happen within one: a model that is built.
 *
 * @internal
 */
export function runApart<T>(run: () => T): T {
  running.push({ frame: APART, depth: 1 });
  try {
    return run();
  } finally {
    running.pop();
  }
}

/**
 * Checks a layer whose `call` is run directly, without `apply`.
 *
 * @internal
 */
export function checkInFrame(layer: Layer): void {
  const top = running.at(-1);
  if (top?.depth === 0) top.frame.check(layer);
}

let isWatching = false;

function watchLayers(): () => void {
  isWatching = true;
  const prototype = layers.Layer.prototype as unknown as LayerMethods;
  const { apply, invokeCallHook } = prototype;
  prototype.apply = function (this: Layer, inputs, kwargs) {
    const top = running.at(-1);
    if (top === undefined || top.depth > 0) return apply.call(this, inputs, kwargs);
    top.frame.check(this);
    top.depth++;
    try {
      const told = kwargs?.training === undefined ? { ...kwargs, training: top.frame.training } : kwargs;
      const output = apply.call(this, inputs, told);
      top.frame.onOutput?.(this, output as Tensor | Tensor[]);
      return output;
    } finally {
      top.depth--;
    }
  };
  prototype.invokeCallHook = function (this: Layer, inputs, kwargs) {
    checkInFrame(this);
    invokeCallHook.call(this, inputs, kwargs);
  };
  return () => {
    isWatching = false;
    prototype.apply = apply;
    prototype.invokeCallHook = invokeCallHook;
  };
}
