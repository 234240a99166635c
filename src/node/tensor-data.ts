import { ForgeError } from "../errors.ts";
import { describe } from "../options.ts";

/** Values of a tensor in memory. A bool is one byte, a float16 its 16 bits. */
export type TfliteData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array;

/** Element types of inputs and outputs that can be run. */
export type TfliteDtype =
  | "float32"
  | "float16"
  | "float64"
  | "int8"
  | "uint8"
  | "int16"
  | "uint16"
  | "int32"
  | "uint32"
  | "int64"
  | "bool";

interface ArrayType {
  readonly name: string;
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer): TfliteData;
  new (length: number): TfliteData;
}

interface DtypeFacts {
  /** `TensorType` in schema.fbs. */
  readonly type: number;
  readonly array: ArrayType;
  /** Smallest and largest value of a whole-number type. */
  readonly range?: readonly [number, number];
}

const FACTS: Readonly<Record<TfliteDtype, DtypeFacts>> = {
  float32: { type: 0, array: Float32Array },
  float16: { type: 1, array: Uint16Array },
  int32: { type: 2, array: Int32Array, range: [-(2 ** 31), 2 ** 31 - 1] },
  uint8: { type: 3, array: Uint8Array, range: [0, 255] },
  int64: { type: 4, array: BigInt64Array, range: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER] },
  bool: { type: 6, array: Uint8Array, range: [0, 1] },
  int16: { type: 7, array: Int16Array, range: [-(2 ** 15), 2 ** 15 - 1] },
  int8: { type: 9, array: Int8Array, range: [-128, 127] },
  float64: { type: 10, array: Float64Array },
  uint32: { type: 15, array: Uint32Array, range: [0, 2 ** 32 - 1] },
  uint16: { type: 16, array: Uint16Array, range: [0, 2 ** 16 - 1] },
};

/** The dtype of a `TensorType` of schema.fbs, or `undefined` for one that cannot be an input or output here. */
export function dtypeOf(type: number): TfliteDtype | undefined {
  return (Object.keys(FACTS) as TfliteDtype[]).find((dtype) => FACTS[dtype].type === type);
}

/** Wraps bytes that are the caller's own (no copy is made). */
export function arrayOfBytes(dtype: TfliteDtype, bytes: Uint8Array<ArrayBuffer>): TfliteData {
  return new FACTS[dtype].array(bytes.buffer);
}

/** Smallest and largest value of a whole-number dtype; `undefined` for floating point. */
export function rangeOf(dtype: TfliteDtype): readonly [number, number] | undefined {
  return FACTS[dtype].range;
}

/**
 * Values as the typed array of a dtype. A typed array must already be the right one: a silent conversion
 * would hide that pixels were not normalized. Plain arrays (and `convert`, for values of tfjs tensors, which
 * know only float32, int32 and bool) are converted where each value fits.
 *
 * @throws ForgeError `invalid-argument` for another type, or a value out of range.
 */
export function toTypedData(values: unknown, dtype: TfliteDtype, where: string, convert = false): TfliteData {
  const { array, range } = FACTS[dtype];
  if (values instanceof array) return values;
  if (values instanceof Uint8ClampedArray && array === Uint8Array) {
    return new Uint8Array(values.buffer, values.byteOffset, values.length);
  }
  const plain = Array.isArray(values) && values.every((v) => typeof v === "number" || typeof v === "boolean");
  const numeric = ArrayBuffer.isView(values) && !(values instanceof DataView);
  if (!plain && !(convert && numeric)) {
    throw new ForgeError(
      "invalid-argument",
      `${where} is ${dtype}: expected a ${array.name}, a flat array of numbers or a tensor, got ${describe(values)}.`,
    );
  }
  const numbers = Array.from(values as ArrayLike<number | boolean | bigint>, Number);
  if (range !== undefined) {
    const wrong = numbers.findIndex((v) => !Number.isInteger(v) || v < range[0] || v > range[1]);
    if (wrong >= 0) {
      throw new ForgeError(
        "invalid-argument",
        `${where} is ${dtype}: expected whole numbers from ${range[0]} to ${range[1]}, got ${numbers[wrong]} at ${wrong}.`,
      );
    }
  }
  return fill(new array(numbers.length), numbers);
}

function fill(target: TfliteData, numbers: readonly number[]): TfliteData {
  if (target instanceof BigInt64Array) for (const [i, v] of numbers.entries()) target[i] = BigInt(v);
  else target.set(numbers);
  return target;
}
