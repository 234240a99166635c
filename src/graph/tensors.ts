import { ForgeError, invariant } from "../errors.ts";
import type { ConstantTensor, Recipe, Tensor, TensorType } from "./types.ts";

/** Bits of one element; 0 where elements have no fixed size. */
export const BITS: Readonly<Record<TensorType, number>> = {
  float32: 32,
  float16: 16,
  int32: 32,
  uint8: 8,
  int64: 64,
  string: 0,
  bool: 8,
  int16: 16,
  complex64: 64,
  int8: 8,
  float64: 64,
  complex128: 128,
  uint64: 64,
  resource: 0,
  variant: 0,
  uint32: 32,
  uint16: 16,
  int4: 4,
  bfloat16: 16,
  int2: 2,
  uint4: 4,
  float8_e4m3fn: 8,
  float8_e5m2: 8,
};

/** The number of elements of a shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** The bytes that a constant of this type and shape takes. */
export function byteCount(type: TensorType, shape: readonly number[]): number {
  return Math.ceil((elementCount(shape) * BITS[type]) / 8);
}

/** True where the tensor's values are known. */
export function isConstant(tensor: Tensor | null | undefined): tensor is ConstantTensor {
  return tensor?.data !== undefined || tensor?.recipe !== undefined;
}

/** A tensor's sizes with -1 where they are dynamic. */
export function signatureOf(tensor: Tensor): readonly number[] {
  return tensor.shapeSignature ?? tensor.shape;
}

/** How many of a signature's sizes are dynamic. */
export function openSizes(signature: readonly number[]): number {
  return signature.filter((size) => size === -1).length;
}

/** True where dimension `index` has no fixed size. */
export function isDynamic(tensor: Tensor, index: number): boolean {
  return tensor.shapeSignature?.[index] === -1;
}

/** Equal rank and sizes. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, index) => size === b[index]);
}

/** Equal sizes, the dynamic ones included. */
export function sameSignature(a: Tensor, b: Tensor): boolean {
  return sameShape(a.shape, b.shape) && sameShape(signatureOf(a), signatureOf(b));
}

/** A constant whose bytes are there. */
export type DataTensor = Tensor & { readonly data: Uint8Array };

/** True of a constant whose bytes are there, as they are in every graph that was read. */
export function hasData(tensor: Tensor | null | undefined): tensor is DataTensor {
  return tensor?.data !== undefined;
}

/** A constant of 32-bit floats; the values are not copied. */
export function floatConstant(name: string, shape: readonly number[], values: Float32Array): DataTensor {
  return constant(name, "float32", shape, values);
}

/** A constant of 32-bit integers; the values are not copied. */
export function intConstant(name: string, shape: readonly number[], values: readonly number[]): DataTensor {
  return constant(name, "int32", shape, Int32Array.from(values));
}

/** A constant over the memory of a typed array. */
export function constant(
  name: string,
  type: TensorType,
  shape: readonly number[],
  values: ArrayBufferView,
): DataTensor {
  invariant(
    values.byteLength === byteCount(type, shape),
    `constant ${name}: ${values.byteLength} bytes for ${type}[${shape.join(",")}]`,
  );
  return { name, type, shape, data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}

/**
 * Numbers of tfjs in the memory of a type. tfjs may hold them otherwise: booleans as numbers beyond 1
 * (`true + true` is 2), floats as the integers that they were cast from, 64-bit integers as 32-bit ones.
 */
export function memoryOf(numbers: Float32Array | Int32Array | Uint8Array, type: TensorType): ArrayBufferView {
  if (type === "bool") return Uint8Array.from(numbers, (value) => (value === 0 ? 0 : 1));
  if (type === "int64") return BigInt64Array.from(numbers, BigInt);
  if (type === "int32") return numbers instanceof Int32Array ? numbers : Int32Array.from(numbers);
  return numbers instanceof Float32Array ? numbers : Float32Array.from(numbers);
}

/** The bytes of a constant, computed where they are not there. */
export function bytesOf(tensor: ConstantTensor): Uint8Array {
  if (tensor.data !== undefined) return tensor.data;
  const { buffer, byteOffset, byteLength } = floatsOf(tensor);
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The 32-bit floats of a constant in an array of one's own, to be changed at will. */
export function ownFloats(tensor: ConstantTensor): Float32Array {
  expectType(tensor, "float32");
  return tensor.recipe?.compute() ?? floatsOf(tensor).slice();
}

/** The 32-bit floats of a constant: a view where the bytes are there and aligned, else a new array. */
export function floatsOf(tensor: ConstantTensor): Float32Array {
  expectType(tensor, "float32");
  if (tensor.data === undefined) return (tensor.recipe as Recipe).compute();
  const { buffer, byteOffset, byteLength } = aligned(tensor.data, 4);
  return new Float32Array(buffer, byteOffset, byteLength / 4);
}

/** The 32-bit integers of a constant: a view where the bytes are aligned, else a copy. */
export function intsOf(tensor: ConstantTensor): Int32Array {
  expectType(tensor, "int32");
  const { buffer, byteOffset, byteLength } = aligned(bytesOf(tensor), 4);
  return new Int32Array(buffer, byteOffset, byteLength / 4);
}

/** The integers of a constant, 32-bit or 64-bit: shapes and axes. */
export function integersOf(tensor: ConstantTensor): readonly number[] {
  if (tensor.type !== "int64") return [...intsOf(tensor)];
  const { buffer, byteOffset, byteLength } = aligned(bytesOf(tensor), 8);
  return Array.from(new BigInt64Array(buffer, byteOffset, byteLength / 8), Number);
}

function expectType(tensor: Tensor, type: TensorType): void {
  if (tensor.type !== type) {
    throw new ForgeError("internal", `internal: ${tensor.name} is ${tensor.type}, expected ${type}`);
  }
}

function aligned(data: Uint8Array, bytes: number): Uint8Array {
  return data.byteOffset % bytes === 0 ? data : data.slice();
}

/** Every element equal to `value`: true of an empty constant. */
export function allEqual(tensor: ConstantTensor, value: number): boolean {
  return floatsOf(tensor).every((element) => element === value);
}
