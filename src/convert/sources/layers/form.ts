import type { Tensor } from "@tensorflow/tfjs-core";
import type { LayerLike } from "../../source.ts";
import type { Target } from "../../target.ts";
import type { Recorder } from "../../trace/recorder.ts";

/** How recurrent layers are written: the option of that name. */
export type RecurrentForm = "while" | "unrolled" | "fused";

/** Where the states of a streaming layer come from and go to. */
export interface StatePorts {
  /** What the application hands in, as many as the layer has states; null where this layer is none that streams. */
  readonly initial: (layer: LayerLike) => readonly Tensor[] | null;
  /** Takes what the layer ends with. */
  readonly final: (layer: LayerLike, states: readonly Tensor[]) => void;
}

/** One call of a layer while a model is recorded. */
export interface LayerCall {
  readonly layer: LayerLike;
  readonly inputs: unknown;
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly recorder: Recorder;
  readonly recurrent: RecurrentForm | undefined;
  readonly target: Target | undefined;
  /** Whether all sizes but the batch are the same in every run. */
  readonly fixedSizes: boolean;
  readonly states: StatePorts;
  /** The layer's own code. */
  readonly run: (inputs: unknown, kwargs: unknown) => unknown;
}

/** Records a layer otherwise than by its own code: what its code does on the host, or once per step. */
export type LayerForm = (call: LayerCall) => unknown;

/** The tensors that a layer is called with. */
export function tensorsOf(inputs: unknown): readonly Tensor[] {
  return Array.isArray(inputs) ? (inputs as Tensor[]) : [inputs as Tensor];
}

/**
 * The class that a layer has its `call` from, such as `"LSTM"` for one of tfjs-layers and for a user's own that is
 * derived from it and leaves `call` as it is; `""` for a `call` of a user's own, which is recorded as it runs.
 */
export function callingClass(layer: LayerLike): string {
  for (let at: object | null = Object.getPrototypeOf(layer); at !== null; at = Object.getPrototypeOf(at)) {
    if (!Object.hasOwn(at, "call")) continue;
    // A class without a name of its own inherits that of the class above, of which this is no `call`.
    const owner = at.constructor as { readonly className?: string };
    return Object.hasOwn(owner, "className") ? (owner.className ?? "") : "";
  }
  return "";
}
