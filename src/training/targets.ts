import { reshape, slice, Tensor, tensor, tidy } from "@tensorflow/tfjs-core";
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
import { labelRuleOf } from "./losses/known-losses.ts";
import { type LabelRule, takesClasses, VALUE_CHECKS } from "./losses/label-rules.ts";
import { arrayRows, type Rows, tensorRows } from "./rows.ts";

/**
 * Labels for one output of a model, `[count, ..., classes]`: class numbers (`count` of them, or `[count]`,
 * `[count, 1]`; any dtype) or values in the output's own shape (one-hot rows, probabilities, regression
 * targets). Which of them they are is told by shape and length. Each loss gets the form that it needs, and labels
 * that do not suit it are refused:
 *
 * | loss | labels |
 * |---|---|
 * | sparse categorical cross-entropy | class numbers, or one-hot rows |
 * | categorical cross-entropy (also from logits), categorical hinge, Kullback-Leibler | rows from 0 to 1 that sum to 1, or class numbers |
 * | binary cross-entropy (also from logits) | values from 0 to 1, or class numbers |
 * | hinge, squared hinge | -1 and 1 |
 * | Poisson, mean squared logarithmic error | finite numbers of 0 or more |
 * | the other errors (mean squared, absolute, Huber, ...) | finite numbers |
 * | a function of your own | any |
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
        loss: lossOf(model, i),
        count,
      }),
    ),
  );
}

interface Output {
  readonly name: string;
  /** Of one sample. */
  readonly shape: readonly (number | null)[];
  readonly loss: Loss;
  /** How many samples there are. */
  readonly count: number;
}

interface Loss {
  /** For messages. */
  readonly name: string;
  /** What it needs of its labels; undefined for a function of the user's. */
  readonly labels: LabelRule | undefined;
}

function lossOf(model: LayersModel, index: number): Loss {
  const { loss } = model;
  const one =
    typeof loss === "string" || typeof loss === "function"
      ? loss
      : Array.isArray(loss)
        ? loss[index]
        : loss?.[model.outputNames[index]!];
  return { name: typeof one === "string" ? one : (one?.name ?? "the loss"), labels: labelRuleOf(one) };
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
  if (form === "values") return valueTargets(labels, known);
  const { name, labels: rule } = output.loss;
  if (rule !== undefined && !takesClasses(rule)) {
    throw fault(
      output,
      `${name} compares values with values and needs [${[output.count, ...shape].join(",")}] of them, got ` +
        `${shapeOf(labels)} class numbers (toCategorical makes rows of them; sparseCategoricalCrossentropy takes them)`,
    );
  }
  return classTargets(await valuesOf(labels), known);
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

const shapeOf = (labels: Labels): string =>
  `[${(labels instanceof Tensor || isShapedArray(labels) ? labels.shape : [labels.length]).join(",")}]`;

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
  if (output.loss.labels === "classes") return sparseTargets(numbers, output);
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
  const columns = shape[shape.length - 1] ?? 1;
  if (loss.labels !== undefined) await checkValues(labels, columns, loss.labels, output);
  if (loss.labels === "classes") return sparseTargets(largest(await valuesOf(labels), columns), output);
  const rows =
    labels instanceof Tensor
      ? tensorRows(labels, shape, "float32")
      : arrayRows(isShapedArray(labels) ? labels.data : labels, count, shape, "float32");
  return {
    ...rows,
    lossShape: shape.slice(0, -1),
    classes: async () => largest(await valuesOf(labels), columns),
  };
}

/** How many values of a tensor are read back at once. */
const BLOCK = 1 << 20;

async function checkValues(labels: Labels, columns: number, rule: LabelRule, output: Output): Promise<void> {
  const check = (values: ArrayLike<number>, start: number): void => {
    const reason = VALUE_CHECKS[rule]({ values, columns, start }, output.loss.name);
    if (reason !== undefined) throw fault(output, reason);
  };
  if (!(labels instanceof Tensor)) return check(isShapedArray(labels) ? labels.data : labels, 0);
  const step = Math.max(1, Math.floor(BLOCK / columns)) * columns;
  for (let start = 0; start < labels.size; start += step) {
    const size = Math.min(step, labels.size - start);
    const block = tidy(() => slice(reshape(labels, [labels.size]), start, size));
    try {
      check(await block.data(), start);
    } finally {
      block.dispose();
    }
  }
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
async function openTargets(labels: Labels, output: Output): Promise<TargetRows> {
  if (!(labels instanceof Tensor) && !isShapedArray(labels)) {
    throw fault(
      output,
      `the output's shape is open: give a tensor or { data, shape }, got ${describe(labels)}`,
    );
  }
  const [count, ...sample] = labels.shape;
  if (count !== output.count)
    throw fault(output, `there are ${output.count} samples but ${count ?? "no"} labels`);
  if (isShapedArray(labels) && labels.data.length !== sizeOf(labels.shape)) {
    throw fault(output, `shape [${labels.shape.join(",")}] does not fit ${labels.data.length} values`);
  }
  const classes = output.shape[output.shape.length - 1];
  const { labels: rule } = output.loss;
  if (rule === "classes") {
    // Class numbers, [count, ..., 1].
    checkClasses(await valuesOf(labels), classes ?? undefined, `labels of "${output.name}"`);
  } else if (rule !== undefined) {
    await checkValues(labels, sample[sample.length - 1] ?? 1, rule, output);
  }
  const rows =
    labels instanceof Tensor
      ? tensorRows(labels, sample, "float32")
      : arrayRows(labels.data, count, sample, "float32");
  return { ...rows, lossShape: sample.slice(0, -1), classes: async () => undefined };
}
