import { dispose, type Tensor, tensor } from "@tensorflow/tfjs-core";
import type { ClassWeight, LayersModel } from "@tensorflow/tfjs-layers";
import { ForgeError } from "../errors.ts";
import { describe } from "../options.ts";
import { sizeOf } from "../preprocess/shaped-array.ts";
import { type Inputs, inputRows } from "./inputs.ts";
import { type TargetRows, type Targets, targetRows } from "./targets.ts";

/**
 * One step's data, in the model's order of inputs and outputs.
 *
 * @internal
 */
export interface Batch {
  readonly size: number;
  readonly inputs: readonly Tensor[];
  readonly targets: readonly Tensor[];
  /** A factor for each value of an output's loss, where there are class weights. */
  readonly weights: readonly (Tensor | undefined)[];
}

/**
 * Checked samples and labels, ready for batches.
 *
 * @internal
 */
export interface Dataset {
  readonly count: number;
  /** A batch of these rows: {@link disposeBatch} it. */
  take(rows: Int32Array): Batch;
}

/** A weight per class, or one such object per output, in order or by name: as in tfjs. */
export type ClassWeights =
  | ClassWeight
  | readonly ClassWeight[]
  | { readonly [outputName: string]: ClassWeight };

/**
 * Checks samples and labels against the model and each other.
 *
 * @internal
 */
export async function datasetOf(
  model: LayersModel,
  x: Inputs,
  y: Targets,
  classWeight?: ClassWeights,
): Promise<Dataset> {
  const inputs = inputRows(model, x);
  const count = inputs[0]!.count;
  const targets = await targetRows(model, y, count);
  const weights = await Promise.all(
    targets.map((target, i) =>
      lossWeights(target, weightsOfOutput(classWeight, model.outputNames, i), model.outputNames[i]!),
    ),
  );
  return {
    count,
    take: (rows) => {
      const made: Tensor[] = [];
      const keep = <T extends Tensor>(value: T): T => {
        made.push(value);
        return value;
      };
      try {
        return {
          size: rows.length,
          inputs: inputs.map((input) => keep(input.take(rows))),
          targets: targets.map((target) => keep(target.take(rows))),
          weights: weights.map((take) => (take === undefined ? undefined : keep(take(rows)))),
        };
      } catch (error) {
        dispose(made);
        throw error;
      }
    },
  };
}

/**
 * Gives a batch's memory back.
 *
 * @internal
 */
export function disposeBatch(batch: Batch): void {
  dispose([...batch.inputs, ...batch.targets, ...batch.weights.filter((w) => w !== undefined)]);
}

function weightsOfOutput(
  given: ClassWeights | undefined,
  names: readonly string[],
  index: number,
): ClassWeight | undefined {
  if (given === undefined) return undefined;
  if (given === null || typeof given !== "object") {
    throw new ForgeError("invalid-argument", `classWeight must be an object, got ${describe(given)}.`);
  }
  if (Array.isArray(given)) return (given as readonly ClassWeight[])[index];
  const byName = given as { readonly [outputName: string]: ClassWeight };
  if (names.some((name) => typeof byName[name] === "object")) return byName[names[index]!];
  if (names.length === 1) return given as ClassWeight;
  throw new ForgeError(
    "invalid-argument",
    `classWeight: the model has ${names.length} outputs: give weights by their names (${names.join(", ")}).`,
  );
}

async function lossWeights(
  target: TargetRows,
  weights: ClassWeight | undefined,
  name: string,
): Promise<((rows: Int32Array) => Tensor) | undefined> {
  if (weights === undefined) return undefined;
  const classes = await target.classes();
  if (classes === undefined) {
    throw new ForgeError("invalid-argument", `classWeight: the labels of "${name}" are no classes.`);
  }
  for (const known of new Set(classes)) {
    const weight = weights[known];
    if (Number.isFinite(weight) && weight! >= 0) continue;
    throw new ForgeError(
      "invalid-argument",
      `classWeight: class ${known} of "${name}" needs a weight of 0 or more, got ${describe(weight)}.`,
    );
  }
  const size = sizeOf(target.lossShape);
  return (rows) => {
    const values = new Float32Array(rows.length * size);
    rows.forEach((row, i) => {
      for (let k = 0; k < size; k++) values[i * size + k] = weights[classes[row * size + k]!]!;
    });
    return tensor(values, [rows.length, ...target.lossShape], "float32");
  };
}
