import type { layers } from "@tensorflow/tfjs-layers";
import { ForgeError } from "../errors.ts";
import { describe } from "../options.ts";

/* What can be wrong with a class of a user's; `kind` is its name. */

/**
 * Weights were asked for before the shape of the inputs was known.
 *
 * @internal
 */
export const unknownShape = (kind: string): ForgeError =>
  new ForgeError(
    "unbuilt-model",
    `${kind}: the shape of the inputs is not known yet. Declare it, new ${kind}({ inputShape: [...] }) or ` +
      "super({ inputShape: [...] }), or call build([null, ...]), or give tensors or { data, shape } first.",
  );

/**
 * There is nothing to run.
 *
 * @internal
 */
export const withoutCall = (kind: string): ForgeError =>
  new ForgeError("invalid-source", `${kind}: the class has no call(inputs, { training }): write one.`);

/**
 * A class field has replaced what the base class needs.
 *
 * @internal
 */
export const hiddenField = (kind: string, field: string): ForgeError =>
  new ForgeError(
    "invalid-source",
    `${kind}: field "${field}" hides the model's own "${field}": give it another name.`,
  );

/**
 * `call` runs a layer that nobody would train or save.
 *
 * @internal
 */
export const unknownLayer = (kind: string, layer: layers.Layer): ForgeError =>
  new ForgeError(
    "invalid-source",
    `${kind}: call runs layer "${layer.name}" (${layer.getClassName()}), which no field of the model had when it was ` +
      "built, so that it would be neither trained nor saved. Declare it as a field (private, not #private), or track " +
      'it: #head = this.track("head", layer). A layer made in call would be a new one each time.',
  );

/**
 * `call` returns something else than tensors.
 *
 * @internal
 */
export function wrongResult(kind: string, result: unknown): ForgeError {
  const [got, cure] = isPromise(result)
    ? ["a promise", "call must be synchronous"]
    : [describe(result), "is a return missing?"];
  return new ForgeError(
    "invalid-source",
    `${kind}: call must return a tensor or a list of them, got ${got}: ${cure}`,
  );
}

/**
 * Whether a value is a promise, which is not left to be rejected with nobody listening.
 */
function isPromise(value: unknown): boolean {
  const { then } = (value ?? {}) as { readonly then?: unknown };
  if (typeof then !== "function") return false;
  (value as PromiseLike<unknown>).then(undefined, () => {});
  return true;
}

/**
 * `call` returns something that has no batch.
 *
 * @internal
 */
export const withoutBatchSize = (
  kind: string,
  shape: readonly (number | null)[],
  batch: number,
): ForgeError =>
  new ForgeError(
    "invalid-source",
    `${kind}: call gives the shape [${shape}] for a batch of ${batch}: its first dimension must be the batch.`,
  );

/**
 * `call` gives one thing in training and another one at inference.
 *
 * @internal
 */
export const unequalShapes = (kind: string, inTraining: string, atInference: string): ForgeError =>
  new ForgeError(
    "invalid-source",
    `${kind}: call gives ${inTraining} in training and ${atInference} at inference: both must be the same.`,
  );
