import type { Shape } from "@tensorflow/tfjs-layers";
import { ForgeError } from "../errors.ts";
import { describe } from "../options.ts";
import { isCount } from "./options.ts";

/**
 * Shapes of samples, one per input of a model.
 *
 * @internal
 */
export type SampleShapes = readonly (readonly number[])[];

/**
 * Checks an `inputShape`: one shape without the batch, or a list of them.
 *
 * @internal
 */
export function checkInputShape(given: unknown, where: string): SampleShapes {
  const list = Array.isArray(given) && Array.isArray(given[0]) ? (given as unknown[]) : [given];
  const isShape = (shape: unknown): boolean => Array.isArray(shape) && shape.every((size) => isCount(size));
  if (list.every(isShape)) return list as number[][];
  throw new ForgeError(
    "invalid-argument",
    `${where}: inputShape must be positive whole numbers, such as [28,28,1], or a list of such shapes, got ` +
      `${describe(given)}.`,
  );
}

/**
 * Shapes of samples, of shapes with a batch.
 *
 * @throws ForgeError `unbuilt-model` where another size is open too.
 * @internal
 */
export function withoutBatch(given: Shape | Shape[], where: string): SampleShapes {
  const shapes = Array.isArray(given[0]) ? (given as Shape[]) : [given as Shape];
  return shapes.map((shape) => {
    const sample = shape.slice(1);
    if (sample.every((size) => isCount(size))) return sample as number[];
    throw new ForgeError(
      "unbuilt-model",
      `${where}: all sizes but the batch must be known to build it, got ${describe(shape)}.`,
    );
  });
}

/**
 * `[batch,28,28]`
 *
 * @internal
 */
export const shownShape = (shape: Shape): string => `[${shape.map((size) => size ?? "batch").join(",")}]`;

/**
 * One thing, or a list of several, as tfjs has it for inputs and outputs.
 *
 * @internal
 */
export const oneOrMany = <T>(values: readonly T[]): T | T[] =>
  values.length === 1 ? values[0]! : [...values];

/**
 * The batch of trial runs: not 1, which some operations take away.
 *
 * @internal
 */
export const TRIAL_BATCH = 2;
