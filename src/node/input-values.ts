import { ForgeError } from "../errors.ts";
import { describe, didYouMean } from "../options.ts";
import type { ModelTensor } from "./model-file.ts";
import { type TfliteData, toTypedData } from "./tensor-data.ts";

/** A tensor of tfjs, recognised by its structure. */
export interface TensorLike {
  /** All sizes, with the batch. */
  readonly shape: readonly number[];
  /** Gives the values, from wherever the backend has them. */
  data(): Promise<Float32Array | Int32Array | Uint8Array | string[]>;
}

/** Values with a shape. */
export interface ShapedData {
  /** Row by row. */
  readonly data: TfliteData | readonly number[];
  /** All sizes, with the batch. */
  readonly shape: readonly number[];
}

/** One input of a run. */
export type TfliteInput =
  | TfliteData
  | Uint8ClampedArray
  | readonly number[]
  | readonly boolean[]
  | ShapedData
  | TensorLike;

/** An input that fits the file: all sizes known, data of the right type and length. */
export interface InputValue {
  readonly data: TfliteData;
  readonly shape: readonly number[];
}

/** What an input must be. */
export type InputTarget = Pick<ModelTensor, "name" | "shape" | "nominal" | "dtype">;

/**
 * Finds every input's values in what a caller gave.
 *
 * @param caller the function that was called, for error messages.
 * @throws ForgeError `invalid-argument`, naming the input.
 */
export async function collectInputs(
  tensors: readonly InputTarget[],
  given: unknown,
  caller: string,
): Promise<InputValue[]> {
  const values = byPosition(tensors, given, caller);
  const inputs: InputValue[] = [];
  for (const [index, tensor] of tensors.entries()) {
    inputs.push(await readInput(tensor, values[index], `${caller}: input "${tensor.name}"`));
  }
  checkOneBatch(tensors, inputs, caller);
  return inputs;
}

function byPosition(tensors: readonly InputTarget[], given: unknown, caller: string): unknown[] {
  const names = tensors.map((tensor) => tensor.name);
  if (isValue(given) && !isListOfValues(given)) return inOrder(names, [given], caller);
  if (Array.isArray(given)) return inOrder(names, given, caller);
  if (given === null || typeof given !== "object" || ArrayBuffer.isView(given)) {
    throw new ForgeError(
      "invalid-argument",
      `${caller}: inputs must be values, an array of them, or a record by name (${names.join(", ")}); got ${describe(given)}.`,
    );
  }
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    throw new ForgeError(
      "invalid-argument",
      `${caller}: there is no input "${name}"${didYouMean(name, names)}.`,
    );
  }
  return names.map((name) => {
    if (Object.hasOwn(given, name)) return (given as Record<string, unknown>)[name];
    throw new ForgeError("invalid-argument", `${caller}: input "${name}" is missing.`);
  });
}

function inOrder(names: readonly string[], values: readonly unknown[], caller: string): unknown[] {
  if (values.length === names.length) return [...values];
  throw new ForgeError(
    "invalid-argument",
    `${caller}: the model has ${names.length} inputs (${names.join(", ")}), got ${values.length}.`,
  );
}

/** One input's values, as opposed to a list or a record of inputs. */
function isValue(given: unknown): boolean {
  if (ArrayBuffer.isView(given) || Array.isArray(given)) return true;
  return isTensor(given) || isShaped(given);
}

/** Numbers are one input's values; anything else in an array is an input. */
function isListOfValues(given: unknown): boolean {
  return Array.isArray(given) && !given.every((v) => typeof v === "number" || typeof v === "boolean");
}

function isTensor(given: unknown): given is TensorLike {
  const tensor = given as Partial<TensorLike> | null;
  return typeof tensor === "object" && Array.isArray(tensor?.shape) && typeof tensor.data === "function";
}

function isShaped(given: unknown): given is ShapedData {
  const shaped = given as Partial<ShapedData> | null;
  return typeof shaped === "object" && Array.isArray(shaped?.shape) && typeof shaped.data === "object";
}

async function readInput(tensor: InputTarget, given: unknown, where: string): Promise<InputValue> {
  if (isTensor(given)) {
    checkShape(tensor, given.shape, where);
    return {
      data: toTypedData(await given.data(), tensor.dtype, where, true),
      shape: [...given.shape],
    };
  }
  if (!isShaped(given)) {
    const data = toTypedData(given, tensor.dtype, where);
    return { data, shape: shapeFor(tensor, data.length, where) };
  }
  checkShape(tensor, given.shape, where);
  const data = toTypedData(given.data, tensor.dtype, where);
  const expected = given.shape.reduce((a, b) => a * b, 1);
  if (data.length !== expected) {
    throw new ForgeError(
      "invalid-argument",
      `${where} of shape [${given.shape}] has ${expected} values, got ${data.length}.`,
    );
  }
  return { data, shape: [...given.shape] };
}

function checkShape({ shape }: InputTarget, given: readonly number[], where: string): void {
  const fits =
    given.length === shape.length &&
    given.every((size, axis) =>
      shape[axis] === -1 ? Number.isInteger(size) && size > 0 : size === shape[axis],
    );
  if (fits) return;
  throw new ForgeError(
    "invalid-argument",
    `${where} must have the shape [${shape}]${shape.includes(-1) ? " (-1: any size from 1)" : ""}, got [${given}].`,
  );
}

/** The shape of values that came without one: the one size that is not fixed follows from their number. */
function shapeFor({ shape, nominal }: InputTarget, length: number, where: string): readonly number[] {
  // With several dynamic sizes only the first, the batch, is taken to vary.
  const axis = shape.indexOf(-1);
  const rest = nominal.filter((_, index) => index !== axis).reduce((a, b) => a * b, 1);
  const size = length / rest;
  if (axis === -1 ? length === rest : Number.isInteger(size) && size > 0) {
    return nominal.map((fixed, index) => (index === axis ? size : fixed));
  }
  throw new ForgeError(
    "invalid-argument",
    `${where} of shape [${shape}] needs ${axis === -1 ? rest : `a multiple of ${rest}`} values, got ${length}.`,
  );
}

function checkOneBatch(tensors: readonly InputTarget[], inputs: readonly InputValue[], caller: string): void {
  const batches = inputs.flatMap(({ shape }, index) =>
    tensors[index]!.shape[0] === -1 ? [{ name: tensors[index]!.name, size: shape[0] }] : [],
  );
  if (batches.every(({ size }) => size === batches[0]!.size)) return;
  throw new ForgeError(
    "invalid-argument",
    `${caller}: the inputs must have the same batch, got ${batches.map(({ name, size }) => `"${name}": ${size}`).join(", ")}.`,
  );
}
