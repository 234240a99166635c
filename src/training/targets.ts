import { cast, max, min, stack, Tensor, tensor, tidy } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { ForgeError } from "../errors.ts";
import { describe } from "../options.ts";
import { checkClasses } from "../preprocess/check-classes.ts";
import {
  isShapedArray,
  isTypedArray,
  type ShapedArray,
  sizeOf,
  type TypedArray,
} from "../preprocess/shaped-array.ts";
import { perName } from "./inputs.ts";
import { arrayRows, type Rows, tensorRows } from "./rows.ts";

/**
 * Labels for one output of a model, `[count, ..., classes]`: class numbers (`count` of them, or `[count]`,
 * `[count, 1]`; any dtype) or values in the output's own shape (one-hot rows, probabilities, regression
 * targets). Which of them they are is told by shape and length; each loss gets the form that it needs.
 */
export type Labels = Tensor | TypedArray | readonly number[] | ShapedArray;

/** Labels for all outputs: one, or a list in the model's order, or an object by the outputs' names. */
export type Targets = Labels | readonly Labels[] | { readonly [outputName: string]: Labels };

/**
 * Targets of one output, and the classes that they stand for where they do.
 *
 * @internal
 */
export interface TargetRows extends Rows {
  /** Classes of a sample's positions, for class weights; `undefined` where targets are no classes. */
  classes(): Promise<Int32Array | undefined>;
  /** The shape of a sample's loss: the output's, without its last dimension. */
  readonly lossShape: readonly number[];
}

/**
 * Checks labels against a model's outputs and losses and makes them ready for batches.
 *
 * @internal
 */
export async function targetRows(model: LayersModel, y: Targets, count: number): Promise<TargetRows[]> {
  const given = perName<Labels>(y, model.outputNames, isLabels, "labels");
  return Promise.all(
    given.map((labels, i) =>
      outputTargets(labels, {
        name: model.outputNames[i]!,
        shape: model.outputs[i]!.shape.slice(1),
        loss: lossName(model, i),
        count,
      }),
    ),
  );
}

interface Output {
  readonly name: string;
  /** Of one sample. */
  readonly shape: readonly (number | null)[];
  /** Undefined for a function. */
  readonly loss: string | undefined;
  /** How many samples there are. */
  readonly count: number;
}

const SPARSE = "sparseCategoricalCrossentropy";
const PROBABILITIES: readonly (string | undefined)[] = [
  SPARSE,
  "categoricalCrossentropy",
  "binaryCrossentropy",
];

function lossName(model: LayersModel, index: number): string | undefined {
  const { loss } = model;
  const one =
    typeof loss === "string" || typeof loss === "function"
      ? loss
      : Array.isArray(loss)
        ? loss[index]
        : loss?.[model.outputNames[index]!];
  return typeof one === "string" ? one : undefined;
}

const isNumberList = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && (value.length === 0 || typeof value[0] === "number");

const isLabels = (value: unknown): boolean =>
  value instanceof Tensor || isTypedArray(value) || isShapedArray(value) || isNumberList(value);

async function outputTargets(labels: Labels, output: Output): Promise<TargetRows> {
  if (!isLabels(labels) || (labels instanceof Tensor && labels.dtype === "string")) {
    throw fault(
      output,
      `expected a tensor, a typed array, a list of numbers or { data, shape }, got ${describe(labels)}`,
    );
  }
  if (output.shape.includes(null)) return openTargets(labels, output);
  const shape = output.shape as readonly number[];
  const form = formOf(labels, shape, output);
  const known: Known = { ...output, shape };
  return form === "classes" ? classTargets(await valuesOf(labels), known) : valueTargets(labels, known);
}

interface Known extends Output {
  readonly shape: readonly number[];
}

const fault = (output: Output, reason: string): ForgeError =>
  new ForgeError("invalid-labels", `labels of "${output.name}": ${reason}.`);

/** Class numbers or values in the output's shape, told by shape where there is one, else by length. */
function formOf(labels: Labels, shape: readonly number[], output: Output): "classes" | "values" {
  const positions = shape.slice(0, -1);
  const classes = shape[shape.length - 1] ?? 1;
  const expected = `[${[output.count, ...positions].join(",")}] class numbers or [${[output.count, ...shape].join(",")}]`;
  if (labels instanceof Tensor || isShapedArray(labels)) {
    const [count, ...sample] = labels.shape;
    if (count !== output.count) {
      throw fault(
        output,
        `there are ${output.count} samples but ${count ?? "no"} labels (shape [${labels.shape.join(",")}])`,
      );
    }
    if (isShapedArray(labels) && labels.data.length !== sizeOf(labels.shape)) {
      throw fault(output, `shape [${labels.shape.join(",")}] does not fit ${labels.data.length} values`);
    }
    if (same(sample, shape) || (classes === 1 && same(sample, positions))) return "values";
    if (same(sample, positions) || same(sample, [...positions, 1])) return "classes";
    throw fault(output, `expected ${expected}, got shape [${labels.shape.join(",")}]`);
  }
  if (labels.length === output.count * sizeOf(shape)) return "values";
  if (labels.length === output.count * sizeOf(positions)) return "classes";
  throw fault(output, `there are ${output.count} samples but ${labels.length} labels: expected ${expected}`);
}

const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((d, i) => d === b[i]);

async function valuesOf(labels: Labels): Promise<TypedArray | readonly number[]> {
  if (labels instanceof Tensor) return labels.data();
  return isShapedArray(labels) ? labels.data : labels;
}

/** Class numbers: kept as 32-bit integers, turned into what the loss needs a batch at a time. */
function classTargets(values: TypedArray | readonly number[], output: Known): TargetRows {
  const classes = output.shape[output.shape.length - 1]!;
  checkClasses(values, classes, `labels of "${output.name}"`);
  const numbers = values instanceof Int32Array ? values : Int32Array.from(values);
  const lossShape = output.shape.slice(0, -1);
  if (output.loss === SPARSE) return sparseTargets(numbers, output);
  const size = sizeOf(lossShape);
  return {
    count: output.count,
    lossShape,
    classes: async () => numbers,
    take: (rows) => {
      const hot = new Float32Array(rows.length * size * classes);
      rows.forEach((row, i) => {
        for (let k = 0; k < size; k++) hot[(i * size + k) * classes + numbers[row * size + k]!] = 1;
      });
      return tensor(hot, [rows.length, ...output.shape], "float32");
    },
  };
}

/** tfjs's sparse loss wants `[..., 1]`, and float32: it applies `floor`, which has no int32 form. */
function sparseTargets(numbers: Int32Array, output: Known): TargetRows {
  const lossShape = output.shape.slice(0, -1);
  return {
    ...arrayRows(numbers, output.count, [...lossShape, 1], "float32"),
    lossShape,
    classes: async () => numbers,
  };
}

async function valueTargets(labels: Labels, output: Known): Promise<TargetRows> {
  const { shape, count, loss } = output;
  if (PROBABILITIES.includes(loss)) await checkProbabilities(labels, output);
  if (loss === SPARSE) return sparseTargets(hottest(await valuesOf(labels), output), output);
  const rows =
    labels instanceof Tensor
      ? tensorRows(labels, shape, "float32")
      : arrayRows(isShapedArray(labels) ? labels.data : labels, count, shape, "float32");
  return {
    ...rows,
    lossShape: shape.slice(0, -1),
    classes: async () => largest(await valuesOf(labels), shape[shape.length - 1]!),
  };
}

/** Two numbers are read back from a tensor, not all of it. */
async function checkProbabilities(labels: Labels, output: Output): Promise<void> {
  let low = 0;
  let high = 0;
  if (labels instanceof Tensor) {
    const ends = tidy(() => {
      const values = cast(labels, "float32");
      return stack([min(values), max(values)]);
    });
    try {
      [low, high] = (await ends.data()) as unknown as [number, number];
    } finally {
      ends.dispose();
    }
  } else {
    const values = isShapedArray(labels) ? labels.data : labels;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      // A NaN fails this comparison too.
      if (value >= 0 && value <= 1) continue;
      throw fault(
        output,
        `value ${describe(value)} at index ${i} is no probability: ${output.loss} needs 0 to 1`,
      );
    }
  }
  if (low >= 0 && high <= 1) return;
  throw fault(output, `values from ${low} to ${high} are no probabilities: ${output.loss} needs 0 to 1`);
}

/** One-hot rows as class numbers, for the sparse loss. */
function hottest(values: ArrayLike<number>, output: Known): Int32Array {
  const classes = output.shape[output.shape.length - 1]!;
  const result = largest(values, classes);
  for (let row = 0; row < result.length; row++) {
    for (let c = 0; c < classes; c++) {
      if (values[row * classes + c] === (c === result[row] ? 1 : 0)) continue;
      throw fault(
        output,
        `row ${row} is not one-hot: ${SPARSE} needs a 1 and zeros (categoricalCrossentropy takes any)`,
      );
    }
  }
  return result;
}

/** The index of each row's largest value; for one column, the value rounded. */
function largest(values: ArrayLike<number>, classes: number): Int32Array {
  const result = new Int32Array(values.length / classes);
  for (let row = 0; row < result.length; row++) {
    if (classes === 1) {
      result[row] = Math.round(values[row]!);
      continue;
    }
    let best = 0;
    for (let c = 1; c < classes; c++) {
      if (values[row * classes + c]! > values[row * classes + best]!) best = c;
    }
    result[row] = best;
  }
  return result;
}

/** An output with an open dimension: a tensor or `{ data, shape }` in the output's rank, taken as it is. */
function openTargets(labels: Labels, output: Output): TargetRows {
  if (!(labels instanceof Tensor) && !isShapedArray(labels)) {
    throw fault(
      output,
      `the output's shape is open: give a tensor or { data, shape }, got ${describe(labels)}`,
    );
  }
  const [count, ...sample] = labels.shape;
  if (count !== output.count)
    throw fault(output, `there are ${output.count} samples but ${count ?? "no"} labels`);
  const rows =
    labels instanceof Tensor
      ? tensorRows(labels, sample, "float32")
      : arrayRows(labels.data, count, sample, "float32");
  return { ...rows, lossShape: sample.slice(0, -1), classes: async () => undefined };
}
