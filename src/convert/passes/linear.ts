import { operatorOf } from "../../graph/builder.ts";
import { constant, elementCount, floatsOf, isConstant, isDynamic, ownFloats } from "../../graph/tensors.ts";
import type { ConstantTensor, Operator, OperatorName, Recipe, Tensor } from "../../graph/types.ts";

/** Operators that multiply by constant weights and add a bias: one factor and summand per channel fold into them. */
export type LinearOperator = Extract<
  Operator,
  { readonly type: "CONV_2D" | "DEPTHWISE_CONV_2D" | "FULLY_CONNECTED" | "TRANSPOSE_CONV" }
>;

/** Where a linear operator has its data, weights and bias, and along which dimension weights hold channels. */
interface LinearLayout {
  readonly data: number;
  readonly weights: number;
  readonly bias: number;
  readonly outputDimension: number;
  readonly inputDimension: number;
}

const LAYOUTS: Readonly<Record<LinearOperator["type"], LinearLayout>> = {
  CONV_2D: { data: 0, weights: 1, bias: 2, outputDimension: 0, inputDimension: 3 },
  DEPTHWISE_CONV_2D: { data: 0, weights: 1, bias: 2, outputDimension: 3, inputDimension: 3 },
  FULLY_CONNECTED: { data: 0, weights: 1, bias: 2, outputDimension: 0, inputDimension: 1 },
  TRANSPOSE_CONV: { data: 2, weights: 1, bias: 3, outputDimension: 0, inputDimension: 3 },
};

/** A linear operator with constant float weights, taken apart. */
export interface Linear {
  readonly operator: LinearOperator;
  readonly layout: LinearLayout;
  readonly data: Tensor;
  readonly weights: ConstantTensor;
  /** Absent only of a transposed convolution. */
  readonly bias: ConstantTensor | null;
  /** Output channels. */
  readonly channels: number;
}

/** Takes a linear operator apart; null where it is none, or its weights or bias are computed at run time. */
export function linearOf(operator: Operator | undefined): Linear | null {
  if (operator === undefined || !(operator.type in LAYOUTS)) return null;
  const linear = operator as LinearOperator;
  const layout = LAYOUTS[linear.type];
  const [data, weights, bias] = [layout.data, layout.weights, layout.bias].map(
    (index) => linear.inputs[index] ?? null,
  );
  if (data == null || !isConstant(weights) || weights.type !== "float32") return null;
  if (bias != null && !isConstant(bias)) return null;
  const channels = weights.shape[layout.outputDimension] as number;
  return { operator: linear, layout, data, weights, bias: bias ?? null, channels };
}

/** Operators that move elements and change none. */
export const MOVERS: ReadonlySet<OperatorName> = new Set(["DEPTH_TO_SPACE", "RESHAPE", "SLICE"]);

/** True where an activation is already merged into an operator, so that nothing can be folded behind it. */
export function hasActivation(operator: Operator): boolean {
  const { fused_activation_function: activation = "NONE" } = operator.options as {
    readonly fused_activation_function?: string;
  };
  return activation !== "NONE";
}

/** The operator with other weights and bias, making the given output. */
export function withWeights(
  { operator, layout, data }: Linear,
  weights: ConstantTensor,
  bias: ConstantTensor,
  output: Tensor,
  newData: Tensor = data,
): Operator {
  const inputs = [...operator.inputs];
  inputs[layout.data] = newData;
  inputs[layout.weights] = weights;
  inputs[layout.bias] = bias;
  return operatorOf(operator.type, inputs, [output], operator.options as never) as Operator;
}

/** The bias, or zeros where there is none. */
export function biasValues({ bias, channels }: Linear): Float32Array {
  return bias === null ? new Float32Array(channels) : floatsOf(bias);
}

/** A vector of one value per channel as the bias of an operator. */
export function biasConstant(linear: Linear, values: Float32Array): ConstantTensor {
  const name = linear.bias?.name ?? linear.weights.name.replace(/[^/]*$/, "bias");
  return constant(name, "float32", [linear.channels], values);
}

/** Weights times one factor for each index along a dimension. */
export function scaleAlong(
  weights: ConstantTensor,
  dimension: number,
  factors: Float32Array,
): ConstantTensor {
  const { name, shape } = weights;
  const earlier: Pick<Recipe, "steps" | "sources"> = weights.recipe ?? {
    steps: "",
    sources: [floatsOf(weights)],
  };
  const recipe: Recipe = {
    steps: `${earlier.steps}; scale dimension ${dimension} of [${shape.join(",")}]`,
    sources: [...earlier.sources, factors],
    compute: () => scaled(ownFloats(weights), shape, dimension, factors),
  };
  return { name, type: "float32", shape, recipe };
}

/** Scales an array in place. */
function scaled(
  values: Float32Array,
  shape: readonly number[],
  dimension: number,
  factors: Float32Array,
): Float32Array {
  const inner = elementCount(shape.slice(dimension + 1));
  let index = 0;
  while (index < values.length) {
    for (let channel = 0; channel < (shape[dimension] as number); channel++) {
      const factor = factors[channel] as number;
      for (const end = index + inner; index < end; index++)
        values[index] = (values[index] as number) * factor;
    }
  }
  return values;
}

/**
 * A constant operand as one value per channel of a tensor's last dimension; null where it varies along
 * another dimension or widens the tensor.
 */
export function perChannel(operand: Tensor | null | undefined, channels: number): Float32Array | null {
  if (!isConstant(operand) || operand.type !== "float32") return null;
  const values = floatsOf(operand);
  if (values.length === 1) return new Float32Array(channels).fill(values[0] as number);
  return values.length === channels && operand.shape.at(-1) === channels ? values : null;
}

/** A binary operator taken apart into a tensor and a constant with one value per channel. */
export interface ChannelOperation {
  readonly x: Tensor;
  readonly factors: Float32Array;
  readonly summands: Float32Array;
}

/**
 * Reads ADD, SUB, MUL and DIV with a constant as `x * factors + summands`; null where it is something else,
 * changes the shape or has an activation.
 */
export function channelOperation(operator: Operator | undefined): ChannelOperation | null {
  if (operator === undefined || !(operator.type in OPERATIONS) || hasActivation(operator)) return null;
  const [a, b] = operator.inputs;
  const output = operator.outputs[0] as Tensor;
  const constantFirst = isConstant(a);
  const [x, operand] = constantFirst ? [b, a] : [a, b];
  if (x == null || x.type !== "float32" || x.shape.length !== output.shape.length) return null;
  if (x.shape.some((size, index) => size !== output.shape[index])) return null;
  const last = output.shape.length - 1;
  const channels = output.shape[last];
  // Of a dynamic last dimension the number of channels is not known.
  const values = channels === undefined || isDynamic(output, last) ? null : perChannel(operand, channels);
  if (values === null) return null;
  const parts = OPERATIONS[operator.type as keyof typeof OPERATIONS](values, constantFirst);
  return parts && { x, ...parts };
}

type Parts = Omit<ChannelOperation, "x">;
const filled = (like: Float32Array, value: number): Float32Array => new Float32Array(like.length).fill(value);

const OPERATIONS = {
  ADD: (values): Parts => ({ factors: filled(values, 1), summands: values }),
  SUB: (values, constantFirst): Parts =>
    constantFirst
      ? { factors: filled(values, -1), summands: values }
      : { factors: filled(values, 1), summands: values.map((value) => -value) },
  MUL: (values): Parts => ({ factors: values, summands: filled(values, 0) }),
  DIV: (values, constantFirst): Parts | null =>
    constantFirst ? null : { factors: values.map((value) => 1 / value), summands: filled(values, 0) },
} satisfies Record<string, (values: Float32Array, constantFirst: boolean) => Parts | null>;
