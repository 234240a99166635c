import { Tensor, reshape as tfReshape } from "@tensorflow/tfjs-core";
import { ForgeError } from "../errors.ts";
import { describe } from "../options.ts";
import {
  checkShapedArray,
  isShapedArray,
  isTypedArray,
  type ShapedArray,
  sizeOf,
  type TypedArray,
} from "./shaped-array.ts";

/**
 * Gives the same values another shape.
 *
 * A tensor gives a new tensor that shares its memory (dispose both); a typed array or a `{ data, shape }`
 * gives a `{ data, shape }` over the same data, uncopied.
 *
 * @example
 * ```ts
 * reshape(tensor, [-1, 28, 28, 1]);
 * reshape(new Uint8Array(1568), [-1, 28, 28]).shape;   // [2, 28, 28]
 * ```
 * @param shape Whole numbers; at most one `-1`, which is worked out from the rest.
 * @throws ForgeError `invalid-argument` when the element counts differ; it names the shape that came.
 */
export function reshape(x: Tensor, shape: readonly number[]): Tensor;
export function reshape<T extends TypedArray>(
  x: T | ShapedArray<T>,
  shape: readonly number[],
): ShapedArray<T>;
export function reshape(
  x: Tensor | TypedArray | ShapedArray,
  shape: readonly number[],
): Tensor | ShapedArray {
  if (isTypedArray(x)) return { data: x, shape: resolve([x.length], shape) };
  if (isShapedArray(x)) {
    checkShapedArray(x, "reshape");
    return { data: x.data, shape: resolve(x.shape, shape) };
  }
  if (x instanceof Tensor) return tfReshape(x, resolve(x.shape, shape));
  throw new ForgeError(
    "invalid-argument",
    `reshape: expected a tensor, a typed array or { data, shape }, got ${describe(x)}.`,
  );
}

/**
 * Adds a channel dimension of 1 at the end: `[n, 28, 28]` becomes `[n, 28, 28, 1]`, which is what a
 * convolution wants of grey images.
 *
 * @example
 * ```ts
 * addChannel(tensor2d).shape;                                            // [28, 28, 1]
 * addChannel({ data: new Uint8Array(784), shape: [1, 28, 28] }).shape;   // [1, 28, 28, 1]
 * ```
 * @param x A tensor or `{ data, shape }` (see {@link reshape} to give a typed array its shape).
 * @throws ForgeError `invalid-argument` for a plain typed array, whose shape is not known, or a scalar.
 */
export function addChannel(x: Tensor): Tensor;
export function addChannel<T extends TypedArray>(x: ShapedArray<T>): ShapedArray<T>;
export function addChannel(x: Tensor | ShapedArray): Tensor | ShapedArray {
  if (!(x instanceof Tensor) && !isShapedArray(x)) {
    const cure = isTypedArray(x) ? ": give it a shape first, as in reshape(data, [-1, 28, 28])" : "";
    throw new ForgeError(
      "invalid-argument",
      `addChannel: expected a tensor or { data, shape }, got ${describe(x)}${cure}.`,
    );
  }
  if (x.shape.length === 0) {
    throw new ForgeError("invalid-argument", "addChannel: a scalar (shape []) is no image.");
  }
  return x instanceof Tensor ? reshape(x, [...x.shape, 1]) : reshape(x, [...x.shape, 1]);
}

function resolve(from: readonly number[], to: readonly number[]): number[] {
  const count = sizeOf(from);
  const wrong = (reason: string): ForgeError =>
    new ForgeError(
      "invalid-argument",
      `reshape: shape [${from.join(",")}] cannot become ${describe(to)}: ${reason}.`,
    );
  if (!Array.isArray(to) || !to.every((d) => Number.isInteger(d) && d >= -1)) {
    throw wrong("a shape is a list of whole numbers, with -1 for one of them");
  }
  const free = to.indexOf(-1);
  if (free === -1) {
    if (sizeOf(to) !== count) throw wrong(`${count} elements, not ${sizeOf(to)}`);
    return [...to];
  }
  if (to.lastIndexOf(-1) !== free) throw wrong("only one dimension may be -1");
  const rest = sizeOf(to.filter((_, i) => i !== free));
  if (rest === 0 || count % rest !== 0) throw wrong(`${count} elements are no multiple of ${rest}`);
  return to.map((d, i) => (i === free ? count / rest : d));
}
