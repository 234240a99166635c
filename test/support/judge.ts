import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { expect } from "vitest";
import {
  type ConvertOptions,
  type FunctionSource,
  type InputType,
  type LayersModelSource,
  type ModelSource,
  toTflite,
} from "../../src/convert/index.ts";
import { distinctNames } from "../../src/convert/sources/distinct-names.ts";
import { loadTflite } from "../../src/node/index.ts";
import { randomFrom } from "../../src/training/random.ts";

/** One input of a case, and which values it is given. */
export interface CaseInput {
  /** With `null` for a dynamic batch. */
  readonly shape: readonly (number | null)[];
  readonly dtype?: InputType;
  /** Random values come from this range; by default [-2, 2], and [-5, 5] for integers. */
  readonly range?: readonly [number, number];
  /** These values, over and over, instead of random ones. */
  readonly values?: readonly number[];
}

/** A model to convert and run in LiteRT, small enough that it says what is wrong where it fails. */
export interface OperatorCase {
  readonly name: string;
  readonly inputs: readonly CaseInput[];
  /** What is converted: made anew for each conversion, and freed behind it. */
  readonly source: () => ModelSource;
  /** The largest difference, relative to the largest value of the output; 0 asks for equal values. */
  readonly tolerance: number;
}

/** Values of tensors on the host. */
export interface Values {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data: ArrayLike<number>;
}

/** Float32 sums of a few hundred products differ by their order, not more. */
export const TOLERANCE = 1e-5;

/** One function of tensors as a case. */
export function fnCase(
  name: string,
  inputs: readonly (CaseInput | CaseInput["shape"])[],
  fn: FunctionSource["fn"],
  tolerance: number = TOLERANCE,
): OperatorCase {
  const described = inputs.map((input): CaseInput => ("shape" in input ? input : { shape: input }));
  const specs = described.map(({ shape, dtype = "float32" }, index) => ({
    name: `in_${index}`,
    shape,
    dtype,
  }));
  return { name, inputs: described, tolerance, source: () => ({ fn, inputs: specs }) };
}

/** A layers model with weights that depend on nothing but their place as a case. */
export function modelCase(
  name: string,
  model: () => LayersModel,
  inputs: readonly (CaseInput | CaseInput["shape"])[],
  tolerance: number = TOLERANCE,
): OperatorCase {
  const described = inputs.map((input): CaseInput => ("shape" in input ? input : { shape: input }));
  return {
    name,
    inputs: described,
    tolerance,
    source: () => {
      const made = model();
      randomizeWeights(made);
      return made;
    },
  };
}

/** Random weights in place of a model's own, of which many are zeros; variances are positive. */
export function randomizeWeights(model: LayersModel, seed = 5): void {
  const random = randomFrom(seed);
  tf.tidy(() => {
    model.setWeights(
      model.weights.map(({ name, shape }) => {
        const size = tf.util.sizeFromShape(shape as number[]);
        const low = /variance/.test(name) ? 0.2 : -0.8;
        return tf.tensor(
          Float32Array.from({ length: size }, () => low + random() * 1.6),
          shape as number[],
        );
      }),
    );
  });
}

/** A constant for the functions of cases: the same values for the same seed and shape. */
export function constant(
  shape: readonly number[],
  seed = 1,
  range: readonly [number, number] = [-1, 1],
): tf.Tensor {
  return tf.tensor(randomValues(tf.util.sizeFromShape([...shape]), seed, range), [...shape]);
}

function randomValues(length: number, seed: number, [low, high]: readonly [number, number]): Float32Array {
  const random = randomFrom(seed);
  return Float32Array.from({ length }, () => low + random() * (high - low));
}

/** The values of a case's inputs, with `batch` items where the batch is dynamic. */
export function inputValues({ inputs }: OperatorCase, batch: number): readonly Values[] {
  return inputs.map(({ shape, dtype = "float32", range, values }, index) => {
    const sizes = shape.map((size) => size ?? batch);
    const length = tf.util.sizeFromShape(sizes);
    if (values !== undefined) {
      const data = Array.from({ length }, (_, position) => values[position % values.length] as number);
      return { shape: sizes, dtype, data };
    }
    if (dtype === "float32")
      return { shape: sizes, dtype, data: randomValues(length, 11 + index, range ?? [-2, 2]) };
    const [low, high] = dtype === "bool" ? [0, 1] : (range ?? [-5, 5]);
    const data = Array.from(randomValues(length, 11 + index, [low, high + 1]), Math.floor);
    return { shape: sizes, dtype, data };
  });
}

/** What tfjs's plain JavaScript backend computes. */
export function expectedOf(source: ModelSource, inputs: readonly Values[]): Readonly<Record<string, Values>> {
  if (tf.getBackend() !== "cpu") throw new Error(`the judge is the cpu backend, not ${tf.getBackend()}`);
  return tf.tidy(() => {
    const tensors = inputs.map(({ data, shape, dtype }) =>
      tf.tensor(Array.from(data), [...shape], dtype as tf.DataType),
    );
    return Object.fromEntries(
      namedOutputs(source, tensors).map(([name, output]) => [
        name,
        { shape: output.shape, dtype: output.dtype, data: output.dataSync() },
      ]),
    );
  });
}

function namedOutputs(source: ModelSource, tensors: tf.Tensor[]): [string, tf.Tensor][] {
  const isFunction = "fn" in source;
  const result = (
    isFunction
      ? source.fn(...tensors)
      : (source as LayersModelSource).apply(tensors.length === 1 ? tensors[0] : tensors)
  ) as tf.Tensor | tf.Tensor[] | Record<string, tf.Tensor>;
  const names = isFunction ? [] : distinctNames((source as LayersModelSource).outputNames);
  if (result instanceof tf.Tensor) return [[names[0] ?? "output", result]];
  if (!Array.isArray(result)) return Object.entries(result);
  return result.map((output, index) => [names[index] ?? `output_${index}`, output]);
}

/** What LiteRT makes of a file. */
export async function runFile(
  bytes: Uint8Array,
  inputs: readonly Values[],
): Promise<Readonly<Record<string, Values>>> {
  const model = await loadTflite(bytes);
  try {
    const given = inputs.map(({ data, shape }) => ({ data: Array.from(data), shape }));
    const outputs = await model.run(given);
    return Object.fromEntries(
      Object.entries(outputs).map(([name, { data, shape, dtype }]) => [
        name,
        { shape, dtype, data: Array.from(data as ArrayLike<number>) },
      ]),
    );
  } finally {
    model.close();
  }
}

/** Frees a model's weights; a function has none. */
export function release(source: ModelSource): void {
  (source as { dispose?: () => void }).dispose?.();
}

/** Fails where outputs differ in name, order, shape, dtype or value. */
export function expectSameOutputs(
  actual: Readonly<Record<string, Values>>,
  expected: Readonly<Record<string, Values>>,
  tolerance: number,
  what: string,
): void {
  expect(Object.keys(actual), `${what}: names`).toEqual(Object.keys(expected));
  for (const [name, { shape, dtype, data }] of Object.entries(expected)) {
    const got = actual[name] as Values;
    expect([...got.shape], `${what}: shape of ${name}`).toEqual([...shape]);
    expect(got.dtype, `${what}: dtype of ${name}`).toBe(dtype);
    expectClose(got.data, data, tolerance, `${what}: ${name}`);
  }
}

/** Fails where values differ by more than `tolerance` times the largest finite value expected. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  expect(actual.length, `${what}: number of values`).toBe(expected.length);
  let scale = 0;
  for (const value of Array.from(expected))
    if (Number.isFinite(value)) scale = Math.max(scale, Math.abs(value));
  const wrong = Array.from(expected, (value, index) => ({
    index,
    expected: value,
    actual: Number(actual[index]),
  }))
    .filter(({ expected: a, actual: b }) => {
      if (Object.is(a, b) || a === b) return false;
      return !(Math.abs(a - b) <= tolerance * scale);
    })
    .slice(0, 4);
  expect(wrong, `${what}: ${tolerance} of ${scale}`).toEqual([]);
}

/** Converts a case, runs it in LiteRT and compares with tfjs. */
export async function judge(
  { source, tolerance }: OperatorCase,
  values: readonly Values[],
  options: ConvertOptions,
  what: string,
): Promise<void> {
  const made = source();
  try {
    const bytes = await toTflite(made, options);
    expectSameOutputs(await runFile(bytes, values), expectedOf(made, values), tolerance, what);
  } finally {
    release(made);
  }
}
