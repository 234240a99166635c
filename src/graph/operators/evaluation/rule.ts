import * as tf from "@tensorflow/tfjs-core";
import { invariant } from "../../../errors.ts";
import { integersOf, isConstant } from "../../tensors.ts";
import type { OperatorOf, OperatorOptions, Tensor } from "../../types.ts";
import type { WrittenOperator } from "../written.ts";

/** Runs another subgraph of the graph, by its index: for WHILE and IF. */
export type CallSubgraph = (index: number, inputs: readonly tf.Tensor[]) => readonly tf.Tensor[];

/**
 * What an operator computes, in tfjs operations: one output, or all in order. Called within `tf.tidy`.
 * 64-bit integers are 32-bit ones here, since tfjs has no others.
 */
export type Evaluation<T extends WrittenOperator> = (
  values: readonly tf.Tensor[],
  options: OperatorOptions<T>,
  operator: OperatorOf<T>,
  call: CallSubgraph,
) => tf.Tensor | readonly tf.Tensor[];

/** An operator, for what needs no more than its operands. */
export interface WithInputs {
  readonly inputs: readonly (Tensor | null)[];
}

export type Image = tf.Tensor4D;
export type Volume = tf.Tensor5D;

type UnaryOperation = (x: tf.Tensor) => tf.Tensor;
type BinaryOperation = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

/** The value of an input that must be there. */
export function value(values: readonly tf.Tensor[], index: number): tf.Tensor {
  const tensor = values[index];
  invariant(tensor !== undefined, `an operator lacks the value of its input ${index}`);
  return tensor;
}

/** The numbers of an operand that decides a shape: read on the host, unless they are constant. */
export function integers(operator: WithInputs, values: readonly tf.Tensor[], index: number): number[] {
  const tensor = operator.inputs[index];
  return isConstant(tensor) ? [...integersOf(tensor)] : [...value(values, index).dataSync()];
}

/** The one number of an operand, read on the host. */
export function scalar(values: readonly tf.Tensor[], index: number): number {
  const [number] = value(values, index).dataSync();
  invariant(number !== undefined, `the input ${index} of an operator has no elements`);
  return number;
}

const ACTIVATIONS: Readonly<Record<string, UnaryOperation>> = {
  NONE: (x) => x,
  RELU: tf.relu,
  RELU6: tf.relu6,
  RELU_N1_TO_1: (x) => tf.clipByValue(x, -1, 1),
  TANH: tf.tanh,
};

/** The activation that an operator's options name. */
export function activate(x: tf.Tensor, name: string): tf.Tensor {
  const activation = ACTIVATIONS[name];
  invariant(activation !== undefined, `the activation ${name} has no evaluation`);
  return activation(x);
}

export const unary =
  (operation: UnaryOperation) =>
  (values: readonly tf.Tensor[]): tf.Tensor =>
    operation(value(values, 0));

export const binary =
  (operation: BinaryOperation) =>
  (values: readonly tf.Tensor[], options: { readonly fused_activation_function?: string }): tf.Tensor =>
    activate(operation(value(values, 0), value(values, 1)), options.fused_activation_function ?? "NONE");

export const reduce =
  (operation: (x: tf.Tensor, axes: number[], keepDims: boolean) => tf.Tensor) =>
  (
    values: readonly tf.Tensor[],
    { keep_dims }: { readonly keep_dims: boolean },
    operator: WithInputs,
  ): tf.Tensor =>
    operation(value(values, 0), integers(operator, values, 1), keep_dims);

/** `[a, b, c, d]` as `[[a, b], [c, d]]`: paddings and crops by dimension. */
export function pairs(flat: readonly number[]): [number, number][] {
  return Array.from({ length: flat.length / 2 }, (_, index) => [
    flat[2 * index] as number,
    flat[2 * index + 1] as number,
  ]);
}

/** One value, or a tensor of fewer dimensions, over a whole shape. */
export function spread(x: tf.Tensor, shape: readonly number[]): tf.Tensor {
  // tfjs broadcasts to no shape without elements.
  return shape.includes(0) ? tf.zeros([...shape], x.dtype) : tf.broadcastTo(x, [...shape]);
}
