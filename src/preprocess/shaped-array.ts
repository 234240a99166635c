import { ForgeError } from "../errors.ts";
import { describe } from "../options.ts";

/** The typed arrays that hold pixels, features or labels. */
export type TypedArray =
  | Uint8Array
  | Uint8ClampedArray
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/**
 * Values with their shape, without tfjs: what {@link readIdx} returns, what preprocessing takes and
 * returns beside tensors, and what {@link fit} and {@link evaluate} take as images.
 *
 * @example
 * ```ts
 * const images: ShapedArray<Uint8Array> = { data: new Uint8Array(2 * 28 * 28), shape: [2, 28, 28] };
 * ```
 */
export interface ShapedArray<T extends TypedArray = TypedArray> {
  /** Row-major: the last dimension changes fastest. */
  readonly data: T;
  /** Dimensions; their product is `data.length`. */
  readonly shape: readonly number[];
}

/**
 * Whether a value is a typed array of numbers (no `DataView`, no `BigInt64Array`).
 *
 * @internal
 */
export function isTypedArray(value: unknown): value is TypedArray {
  return (
    ArrayBuffer.isView(value) &&
    !(value instanceof DataView) &&
    !(value instanceof BigInt64Array) &&
    !(value instanceof BigUint64Array)
  );
}

/**
 * Whether a value is `{ data, shape }`.
 *
 * @internal
 */
export function isShapedArray(value: unknown): value is ShapedArray {
  if (value === null || typeof value !== "object") return false;
  const { data, shape } = value as { data?: unknown; shape?: unknown };
  return isTypedArray(data) && Array.isArray(shape);
}

/**
 * The number of elements of a shape.
 *
 * @internal
 */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

/**
 * Refuses a `{ data, shape }` whose two halves disagree.
 *
 * @internal
 */
export function checkShapedArray(value: ShapedArray, where: string): void {
  const { data, shape } = value;
  if (!shape.every((d) => Number.isInteger(d) && d >= 0)) {
    throw new ForgeError(
      "invalid-argument",
      `${where}: shape must be of whole numbers, got ${describe(shape)}.`,
    );
  }
  if (sizeOf(shape) !== data.length) {
    throw new ForgeError(
      "invalid-argument",
      `${where}: shape [${shape.join(",")}] has ${sizeOf(shape)} elements, but data has ${data.length}.`,
    );
  }
}
