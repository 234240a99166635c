import { ForgeError, invariant } from "../../../errors.ts";
import { integersOf, isConstant } from "../../tensors.ts";
import type { OperatorOptions, Tensor, TensorType } from "../../types.ts";
import type { WrittenOperator } from "../written.ts";

/** Shape and type of an output. */
export interface OutputSpec {
  readonly shape: readonly number[];
  readonly type: TensorType;
}

/** What is known of an output whose sizes only a run knows. */
export interface OpenSpec {
  readonly shape: null;
  readonly type: TensorType;
  /** The number of its dimensions, where at least that is known. */
  readonly rank?: number | undefined;
}

/** What is known of an output before a run. */
export type Spec = OutputSpec | OpenSpec;

/** An operator's inputs. */
export type Operands = readonly (Tensor | null)[];

/**
 * What an operator makes of its inputs' shapes: one output, several, or null where nothing follows from the
 * operator alone. Source: the `Prepare` function of each kernel in `tflite/kernels`.
 */
export type ShapeRule<T extends WrittenOperator> = (
  inputs: Operands,
  options: OperatorOptions<T>,
) => Spec | readonly Spec[] | null;

/** A rule without options. */
export type AnyRule = (inputs: Operands) => Spec | readonly Spec[];

/** An input that must be there. */
export function input(inputs: Operands, index: number): Tensor {
  const tensor = inputs[index];
  invariant(tensor != null, `an operator lacks its input ${index}`);
  return tensor;
}

/** The values of an operand that decides a shape, or null where it is computed at run time. */
export function integers(inputs: Operands, index: number): readonly number[] | null {
  const tensor = input(inputs, index);
  if (isConstant(tensor)) return integersOf(tensor);
  // A file has no bytes for a constant without elements, such as the shape of a scalar; nothing computes one.
  return tensor.shape.includes(0) ? [] : null;
}

/** The values of an operand that must be constant, such as an axis. */
export function constants(inputs: Operands, index: number): readonly number[] {
  const values = integers(inputs, index);
  invariant(values !== null, `the input ${index} of an operator must be constant`);
  return values;
}

/** An output whose sizes only a run knows. */
export function open(type: TensorType, rank?: number): OpenSpec {
  return { shape: null, type, rank };
}

/** A dimension that may be counted from the end. */
export function dimension(axis: number, rank: number): number {
  const index = axis < 0 ? axis + rank : axis;
  invariant(index >= 0 && index < rank, `the axis ${axis} is outside of ${rank} dimensions`);
  return index;
}

/** A type as options spell it: `"INT64"`. */
export function typeNamed(name: string): TensorType {
  return name.toLowerCase() as TensorType;
}

/** One output like an input. */
export const like =
  (index: number): AnyRule =>
  (inputs) => ({ shape: input(inputs, index).shape, type: input(inputs, index).type });

/** One output like the first input. */
export const unary: AnyRule = like(0);

/** NumPy's broadcasting of all inputs. */
export const broadcast =
  (type?: TensorType): AnyRule =>
  (inputs) => ({
    shape: inputs.map((_, index) => input(inputs, index).shape).reduce(broadcastShapes),
    type: type ?? input(inputs, inputs.length - 1).type,
  });

/** The shape of two operands together. */
export function broadcastShapes(a: readonly number[], b: readonly number[]): readonly number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, index) => {
    const x = a[index - rank + a.length] ?? 1;
    const y = b[index - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new ForgeError("internal", `internal: [${a.join(",")}] and [${b.join(",")}] do not broadcast`);
    }
    return x === 1 ? y : x;
  });
}
