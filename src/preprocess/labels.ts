import { Tensor, tensor } from "@tensorflow/tfjs-core";
import { ForgeError } from "../errors.ts";
import { describe } from "../options.ts";
import { checkClasses } from "./check-classes.ts";
import {
  checkShapedArray,
  isShapedArray,
  isTypedArray,
  type ShapedArray,
  type TypedArray,
} from "./shaped-array.ts";

/**
 * Turns class numbers into one-hot rows: class 2 of 4 becomes `[0, 0, 1, 0]`, float32.
 *
 * A tensor `[...]` gives a tensor `[..., classes]` (its values are read: `dataSync`), a `{ data, shape }`
 * gives one, a typed array or a list gives a `Float32Array` of `length * classes`.
 *
 * @example
 * ```ts
 * toCategorical(new Uint8Array([0, 2]), 3);   // Float32Array [1, 0, 0,  0, 0, 1]
 * toCategorical(tf.tensor1d([0, 2], "int32")).shape;   // [2, 3]
 * ```
 * @param labels Whole numbers from 0; integer or float dtype.
 * @param classes How many classes there are; by default the largest label and one.
 * @throws ForgeError `invalid-labels` for a negative, fractional or too large label, by value and index;
 *   `invalid-argument` for a wrong `classes` or something that is no labels.
 */
export function toCategorical(labels: Tensor, classes?: number): Tensor;
export function toCategorical(labels: TypedArray | readonly number[], classes?: number): Float32Array;
export function toCategorical(labels: ShapedArray, classes?: number): ShapedArray<Float32Array>;
export function toCategorical(
  labels: Tensor | TypedArray | readonly number[] | ShapedArray,
  classes?: number,
): Tensor | Float32Array | ShapedArray<Float32Array> {
  if (classes !== undefined && !(Number.isSafeInteger(classes) && classes > 0)) {
    throw new ForgeError(
      "invalid-argument",
      `toCategorical: classes must be a positive whole number, got ${describe(classes)}.`,
    );
  }
  if (labels instanceof Tensor) {
    const rows = oneHotRows(labels.dataSync(), classes);
    return tensor(rows.data, [...labels.shape, rows.classes], "float32");
  }
  if (isShapedArray(labels)) {
    checkShapedArray(labels, "toCategorical");
    const rows = oneHotRows(labels.data, classes);
    return { data: rows.data, shape: [...labels.shape, rows.classes] };
  }
  if (isTypedArray(labels) || Array.isArray(labels)) return oneHotRows(labels, classes).data;
  throw new ForgeError(
    "invalid-argument",
    `toCategorical: expected a tensor, a typed array, a list or { data, shape }, got ${describe(labels)}.`,
  );
}

function oneHotRows(
  labels: ArrayLike<number>,
  given: number | undefined,
): { data: Float32Array; classes: number } {
  checkClasses(labels, given, "toCategorical");
  let classes = given ?? 0;
  if (given === undefined)
    for (let i = 0; i < labels.length; i++) classes = Math.max(classes, labels[i]! + 1);
  const data = new Float32Array(labels.length * classes);
  for (let i = 0; i < labels.length; i++) data[i * classes + labels[i]!] = 1;
  return { data, classes };
}
