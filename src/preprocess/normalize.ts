import { cast, div, sub, Tensor, tensor1d, tidy } from "@tensorflow/tfjs-core";
import { ForgeError } from "../errors.ts";
import { checkOptions, describe } from "../options.ts";
import {
  checkShapedArray,
  isShapedArray,
  isTypedArray,
  type ShapedArray,
  type TypedArray,
} from "./shaped-array.ts";

/** One number for all values, or one for each channel: as many as the last dimension has. */
export type PerChannel = number | readonly number[];

/**
 * How {@link normalize} maps a value `v`; exactly one of the three.
 *
 * - `{ divideBy: 255 }`: `v / 255` (the default);
 * - `{ mean, std }`: `(v - mean) / std`;
 * - `{ min, max }`: `(v - min) / (max - min)`, so that `min` becomes 0 and `max` becomes 1.
 */
export type NormalizeOptions =
  | ({
      /** The divisor, not 0. Default 255. */
      readonly divideBy?: number;
    } & { readonly [Other in "mean" | "std" | "min" | "max"]?: never })
  | ({
      /** What becomes 0. */
      readonly mean: PerChannel;
      /** What becomes 1 above it; not 0. */
      readonly std: PerChannel;
    } & { readonly [Other in "divideBy" | "min" | "max"]?: never })
  | ({
      /** What becomes 0. */
      readonly min: PerChannel;
      /** What becomes 1; not `min`. */
      readonly max: PerChannel;
    } & { readonly [Other in "divideBy" | "mean" | "std"]?: never });

/**
 * Scales pixels or features to the range that a model learns well in: float32 whatever came in.
 *
 * A tensor gives a new tensor (yours is left alone, nothing else stays in memory), a `{ data, shape }`
 * gives one, a typed array gives a `Float32Array`; arrays need no tfjs backend.
 *
 * @example
 * ```ts
 * normalize(new Uint8Array([0, 51, 255]));                        // Float32Array [0, 0.2, 1]
 * normalize(images, { mean: 127.5, std: 127.5 });                 // -1 to 1
 * normalize(rgb, { mean: [123.7, 116.8, 103.9], std: [58.4, 57.1, 57.4] });
 * ```
 * @param x uint8, or anything numeric. A list per channel needs a last dimension of its length (for a
 *   plain typed array: a length that is a multiple of it).
 * @param options {@link NormalizeOptions}; by default division by 255.
 * @throws ForgeError `invalid-argument` for a divisor, `std` or `max - min` of 0, a number that is not
 *   finite, a list that does not fit the channels; `unknown-option`.
 */
export function normalize(x: Tensor, options?: NormalizeOptions): Tensor;
export function normalize(x: TypedArray, options?: NormalizeOptions): Float32Array;
export function normalize(x: ShapedArray, options?: NormalizeOptions): ShapedArray<Float32Array>;
export function normalize(
  x: Tensor | TypedArray | ShapedArray,
  options: NormalizeOptions = {},
): Tensor | Float32Array | ShapedArray<Float32Array> {
  const { offset, divisor } = affine(options);
  if (isTypedArray(x)) return normalizeArray(x, undefined, offset, divisor);
  if (isShapedArray(x)) {
    checkShapedArray(x, "normalize");
    return { data: normalizeArray(x.data, x.shape, offset, divisor), shape: x.shape };
  }
  if (x instanceof Tensor) {
    checkChannels(x.shape, offset, divisor);
    return tidy(() => {
      const values = x.dtype === "float32" ? x : cast(x, "float32");
      const shifted = isZero(offset) ? values : sub(values, operand(offset));
      return div(shifted, operand(divisor));
    });
  }
  throw new ForgeError(
    "invalid-argument",
    `normalize: expected a tensor, a typed array or { data, shape }, got ${describe(x)}.`,
  );
}

/** Every form is `(v - offset) / divisor`. */
interface Affine {
  readonly offset: readonly number[];
  readonly divisor: readonly number[];
}

function affine(options: NormalizeOptions): Affine {
  checkOptions(options, ["divideBy", "mean", "std", "min", "max"], "normalize");
  const { divideBy, mean, std, min, max } = options;
  const given = (["divideBy", "mean", "std", "min", "max"] as const).filter(
    (name) => options[name] !== undefined,
  );
  switch (given.join()) {
    case "":
      return checked([0], [255], "divideBy");
    case "divideBy":
      return checked([0], list(divideBy, "divideBy"), "divideBy");
    case "mean,std":
      return checked(list(mean, "mean"), list(std, "std"), "std");
    case "min,max": {
      const low = list(min, "min");
      const high = list(max, "max");
      const channels = Math.max(low.length, high.length);
      const range = Array.from({ length: channels }, (_, c) => at(high, c) - at(low, c));
      return checked(low, range, "max - min");
    }
    default:
      throw new ForgeError(
        "invalid-argument",
        `normalize: give divideBy, or mean and std, or min and max; got ${given.join(" and ")}.`,
      );
  }
}

function list(value: PerChannel | undefined, name: string): readonly number[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (values.length === 0 || !values.every((v) => Number.isFinite(v))) {
    throw new ForgeError(
      "invalid-argument",
      `normalize: options.${name} must be a finite number or a list of them, got ${describe(value)}.`,
    );
  }
  return values as readonly number[];
}

function checked(offset: readonly number[], divisor: readonly number[], name: string): Affine {
  if (divisor.includes(0)) {
    throw new ForgeError("invalid-argument", `normalize: ${name} must not be 0, got ${describe(divisor)}.`);
  }
  if (offset.length > 1 && divisor.length > 1 && offset.length !== divisor.length) {
    throw new ForgeError(
      "invalid-argument",
      `normalize: lists of ${offset.length} and ${divisor.length} channels do not fit each other.`,
    );
  }
  return { offset, divisor };
}

function checkChannels(shape: readonly number[] | undefined, ...lists: readonly (readonly number[])[]): void {
  const channels = Math.max(...lists.map((l) => l.length));
  if (channels === 1 || shape === undefined || shape[shape.length - 1] === channels) return;
  throw new ForgeError(
    "invalid-argument",
    `normalize: ${channels} values per channel need a last dimension of ${channels}, got shape [${shape.join(",")}].`,
  );
}

function normalizeArray(
  data: TypedArray,
  shape: readonly number[] | undefined,
  offset: readonly number[],
  divisor: readonly number[],
): Float32Array {
  checkChannels(shape, offset, divisor);
  const channels = Math.max(offset.length, divisor.length);
  if (data.length % channels !== 0) {
    throw new ForgeError(
      "invalid-argument",
      `normalize: ${data.length} values are no whole number of ${channels} channels.`,
    );
  }
  const result = new Float32Array(data.length);
  for (let c = 0; c < channels; c++) {
    const low = at(offset, c);
    const by = at(divisor, c);
    for (let i = c; i < data.length; i += channels) result[i] = (data[i]! - low) / by;
  }
  return result;
}

const at = (values: readonly number[], channel: number): number => values[values.length === 1 ? 0 : channel]!;
const isZero = (values: readonly number[]): boolean => values.every((v) => v === 0);
const operand = (values: readonly number[]): number | Tensor =>
  values.length === 1 ? values[0]! : tensor1d([...values], "float32");
