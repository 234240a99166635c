import { Tensor } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { ForgeError } from "../errors.ts";
import { describe, didYouMean } from "../options.ts";
import {
  isShapedArray,
  isTypedArray,
  type ShapedArray,
  sizeOf,
  type TypedArray,
} from "../preprocess/shaped-array.ts";
import { arrayRows, type Rows, tensorRows } from "./rows.ts";

/**
 * Samples for one input of a model: a tensor or `{ data, shape }` of shape `[count, ...input]`, or a typed
 * array of as many whole samples. Values are taken as they are: scale bytes with {@link normalize} before.
 */
export type Samples = Tensor | TypedArray | ShapedArray;

/** Samples for all inputs: one, or a list in the model's order, or an object by the inputs' names. */
export type Inputs = Samples | readonly Samples[] | { readonly [inputName: string]: Samples };

/**
 * One entry per input or output of the model, whichever way they were given.
 *
 * @internal
 */
export function perName<T>(
  given: T | readonly T[] | { readonly [name: string]: T },
  names: readonly string[],
  isOne: (value: unknown) => boolean,
  what: string,
): T[] {
  const fail = (reason: string): never => {
    throw new ForgeError(
      "invalid-labels",
      `${what}: the model has ${names.length} (${names.join(", ")}), ${reason}.`,
    );
  };
  if (isOne(given)) return names.length === 1 ? [given as T] : fail("but only one was given");
  if (Array.isArray(given)) {
    const list = given as readonly T[];
    return list.length === names.length ? [...list] : fail(`but ${list.length} were given`);
  }
  if (given === null || typeof given !== "object") return fail(`but got ${describe(given)}`);
  const byName = given as { readonly [name: string]: T };
  for (const name of Object.keys(byName)) {
    if (!names.includes(name)) fail(`none is called "${name}"${didYouMean(name, names)}`);
  }
  return names.map((name) => byName[name] ?? fail(`but "${name}" was not given`));
}

/**
 * Checks samples against a model's inputs and makes them ready for batches.
 *
 * @internal
 */
export function inputRows(model: LayersModel, x: Inputs): Rows[] {
  const given = perName<Samples>(x, model.inputNames, isSamples, "inputs");
  const rows = given.map((samples, i) => {
    const input = model.inputs[i]!;
    return samplesRows(
      samples,
      input.shape.slice(1),
      input.dtype === "int32" ? "int32" : "float32",
      model.inputNames[i]!,
    );
  });
  const count = rows[0]!.count;
  rows.forEach((row, i) => {
    if (row.count === count) return;
    const names = `"${model.inputNames[0]}" has ${count} samples, "${model.inputNames[i]}" has ${row.count}`;
    throw new ForgeError("invalid-labels", `inputs: all need the same number of samples, but ${names}.`);
  });
  if (count === 0) throw new ForgeError("invalid-labels", "inputs: there are no samples.");
  return rows;
}

const isSamples = (value: unknown): boolean =>
  value instanceof Tensor || isTypedArray(value) || isShapedArray(value);

function samplesRows(
  samples: Samples,
  wanted: readonly (number | null)[],
  dtype: "float32" | "int32",
  name: string,
): Rows {
  const shown = `[count,${wanted.map((d) => d ?? "any").join(",")}]`;
  if (isTypedArray(samples)) {
    if (wanted.includes(null)) {
      throw new ForgeError(
        "invalid-labels",
        `input "${name}": shape ${shown} is open: give a tensor or { data, shape }, not a typed array.`,
      );
    }
    const shape = wanted as readonly number[];
    const size = sizeOf(shape);
    if (samples.length % size !== 0) {
      throw new ForgeError(
        "invalid-labels",
        `input "${name}": ${samples.length} values are no whole number of samples ${shown} (${size} values each).`,
      );
    }
    return arrayRows(samples, samples.length / size, shape, dtype);
  }
  if (!isSamples(samples)) {
    throw new ForgeError(
      "invalid-labels",
      `input "${name}": expected a tensor, a typed array or { data, shape }, got ${describe(samples)}.`,
    );
  }
  const [count, ...sample] = samples.shape;
  const fits = sample.length === wanted.length && wanted.every((d, i) => d === null || d === sample[i]);
  if (count === undefined || !fits) {
    const lacksChannel = wanted.length === sample.length + 1 && wanted[wanted.length - 1] === 1;
    const cure = lacksChannel ? ": addChannel adds the last dimension" : "";
    throw new ForgeError(
      "invalid-labels",
      `input "${name}": expected shape ${shown}, got [${samples.shape.join(",")}]${cure}.`,
    );
  }
  if (samples instanceof Tensor) return tensorRows(samples, sample, dtype);
  if (samples.data.length !== sizeOf(samples.shape)) {
    throw new ForgeError(
      "invalid-labels",
      `input "${name}": shape [${samples.shape.join(",")}] does not fit ${samples.data.length} values.`,
    );
  }
  return arrayRows(samples.data, count, sample, dtype);
}
