import type { LayersModel } from "@tensorflow/tfjs-layers";
import { ForgeError } from "../errors.ts";
import { describe } from "../options.ts";

/** 0 prints nothing, 1 a progress bar, 2 a line an epoch: as in Keras. */
export type Verbosity = 0 | 1 | 2;

/**
 * Refuses what is no compiled layers model. By structure: `instanceof` fails across two copies of tfjs.
 *
 * @internal
 */
export function checkCompiled(model: LayersModel, where: string): void {
  const given = model as Partial<LayersModel> | null | undefined;
  if (
    typeof given !== "object" ||
    given === null ||
    !Array.isArray(given.inputs) ||
    typeof given.call !== "function"
  ) {
    throw new ForgeError("invalid-source", `${where}: expected a tfjs layers model, got ${describe(model)}.`);
  }
  // A Sequential becomes "built" when it is compiled; without layers it has no input or output either.
  if (given.inputs.length === 0 || !given.outputs?.length) {
    throw new ForgeError(
      "unbuilt-model",
      `${where}: the model has no weights yet: give its first layer an inputShape.`,
    );
  }
  if (given.optimizer === undefined || given.optimizer === null) {
    throw new ForgeError(
      "invalid-argument",
      `${where}: the model is not compiled: model.compile({ optimizer, loss, metrics }) first.`,
    );
  }
}

/**
 * Refuses a count that is no whole number of at least `least`.
 *
 * @internal
 */
export function checkCount(value: number, least: number, name: string, where: string): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new ForgeError(
    "invalid-argument",
    `${where}: ${name} must be a whole number of at least ${least}, got ${describe(value)}.`,
  );
}

/**
 * Refuses a `verbose` that is not 0, 1 or 2.
 *
 * @internal
 */
export function checkVerbosity(value: Verbosity, where: string): void {
  if (value === 0 || value === 1 || value === 2) return;
  throw new ForgeError("invalid-argument", `${where}: verbose must be 0, 1 or 2, got ${describe(value)}.`);
}
