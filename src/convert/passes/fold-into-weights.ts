import { operatorOf } from "../../graph/builder.ts";
import { elementCount, floatConstant, floatsOf } from "../../graph/tensors.ts";
import type { ConstantTensor, Operator, OperatorOf, Tensor } from "../../graph/types.ts";
import type { GraphView } from "../../graph/view.ts";
import {
  biasConstant,
  biasValues,
  type ChannelOperation,
  channelOperation,
  hasActivation,
  type Linear,
  linearOf,
  MOVERS,
  scaleAlong,
  withWeights,
} from "./linear.ts";
import { type Pass, type Rewrite, type Rule, rulesPass } from "./rewrite.ts";

/**
 * Folds multiplications and additions of constants into the weights and bias of the linear operator before
 * them, or after them: `(Wx + b)·f + s = (W·f)x + (b·f + s)` and `W(x·f + s) + b = (W·f)x + (W·s + b)`.
 * That is where a batch normalization, a rescaling and a bias go.
 */
export function foldIntoWeights(): Pass {
  return rulesPass("fold into weights", [foldBackward, moveBefore, foldForward]);
}

const OPERATIONS = ["ADD", "SUB", "MUL", "DIV"] as const;

/** Into the linear operator that made the operand. */
const foldBackward: Rule = {
  name: "fold into the weights before",
  roots: OPERATIONS,
  apply(root, view) {
    const operation = channelOperation(root);
    const linear = operation && linearOf(view.producer(operation.x));
    if (operation === null || linear === null) return null;
    if (hasActivation(linear.operator)) return "an activation stands between";
    if (!view.isPrivate(operation.x)) return `"${operation.x.name}" has other readers, or is an output`;
    const { factors, summands } = operation;
    const scales = factors.some((factor) => factor !== 1);
    const weights = scales
      ? scaleAlong(linear.weights, linear.layout.outputDimension, factors)
      : linear.weights;
    const bias = biasValues(linear).map(
      (value, i) => value * (factors[i] as number) + (summands[i] as number),
    );
    const folded = withWeights(linear, weights, biasConstant(linear, bias), root.outputs[0] as Tensor);
    return { remove: [root, linear.operator], insert: [folded] };
  },
};

/**
 * `reshape(y) + s` is `reshape(y + s)` where the last dimension stays, and so for the other operators that
 * move elements: so it gets to the linear operator before (a dense layer on sequences, a one-dimensional or a
 * transposed convolution).
 */
const moveBefore: Rule = {
  name: "move forward",
  roots: OPERATIONS,
  apply(root, view) {
    const operation = channelOperation(root);
    const mover = view.producer(operation?.x);
    if (operation === null || mover === undefined || !MOVERS.has(mover.type)) return null;
    const inner = mover.inputs[0] as Tensor;
    const producer = view.producer(inner);
    const linear = linearOf(producer);
    const reaches =
      linear !== null ? !hasActivation(linear.operator) : MOVERS.has(producer?.type ?? "CUSTOM");
    if (!reaches || !view.isPrivate(operation.x) || !view.isPrivate(inner)) return null;
    const repeats = (inner.shape.at(-1) as number) / (operation.x.shape.at(-1) as number);
    if (repeats !== channelRepeats(mover)) return null;
    const operand = root.inputs.find((input) => input !== operation.x) as ConstantTensor;
    const vector = repeated(operand, repeats);
    const inputs = root.inputs.map((input) => (input === operation.x ? inner : vector));
    const moved: Tensor = { ...inner, name: operation.x.name };
    return {
      remove: [root, mover],
      insert: [
        operatorOf(root.type, inputs, [moved], root.options as never) as Operator,
        { ...mover, inputs: [moved, ...mover.inputs.slice(1)], outputs: root.outputs } as Operator,
      ],
    };
  },
};

/** How often the channels of an operator's output lie side by side in its input. */
function channelRepeats(mover: Operator): number {
  return mover.type === "DEPTH_TO_SPACE" ? mover.options.block_size ** 2 : 1;
}

/** A constant for each channel (or for all) as a vector, several times over. */
function repeated(operand: ConstantTensor, times: number): ConstantTensor {
  const values = floatsOf(operand);
  if (values.length === 1) return { ...operand, shape: [] };
  const copies = Float32Array.from(
    { length: values.length * times },
    (_, i) => values[i % values.length] as number,
  );
  return floatConstant(operand.name, [copies.length], copies);
}

/** Into the linear operator that reads the result, through a flattening where there is one. */
const foldForward: Rule = {
  name: "fold into the weights after",
  roots: OPERATIONS,
  apply(root, view) {
    const operation = channelOperation(root);
    if (operation === null || linearOf(view.producer(operation.x)) !== null) return null;
    const y = root.outputs[0] as Tensor;
    if (!view.isPrivate(y)) return null;
    const [consumer] = view.consumers(y) as [Operator];
    if (consumer.type === "RESHAPE")
      return throughReshape(root, operation, consumer as OperatorOf<"RESHAPE">, view);
    const linear = linearOf(consumer);
    if (linear === null || linear.data !== y) return null;
    const why = blocked(linear, operation);
    if (why !== null) return why;
    return { remove: [root, consumer], insert: [foldInput(linear, operation, operation.x)] };
  },
};

/** Cells that SAME pads are zeros of the scaled image: only a factor may pass them. */
function blocked({ operator, layout }: Linear, { summands }: ChannelOperation): string | null {
  if (operator.type === "TRANSPOSE_CONV" || layout.inputDimension < 0)
    return "a transposed convolution spreads its input";
  const pads = "padding" in operator.options && operator.options.padding === "SAME";
  return pads && summands.some((summand) => summand !== 0)
    ? "SAME padding adds zeros after the summand, which the weights cannot tell from the image"
    : null;
}

function throughReshape(
  root: Operator,
  operation: ChannelOperation,
  reshape: OperatorOf<"RESHAPE">,
  view: GraphView,
): Rewrite | string | null {
  const flat = reshape.outputs[0] as Tensor;
  if (!view.isPrivate(flat)) return null;
  const [consumer] = view.consumers(flat) as [Operator];
  const linear = linearOf(consumer);
  if (linear?.operator.type !== "FULLY_CONNECTED" || linear.data !== flat) return null;
  const depth = linear.weights.shape[1] as number;
  const channels = operation.factors.length;
  if (flat.shape.at(-1) !== depth || depth % channels !== 0 || operation.x.shape.length < 2) return null;
  if (elementCount(operation.x.shape.slice(1)) !== depth) return null;
  const repeat = (values: Float32Array): Float32Array =>
    Float32Array.from({ length: depth }, (_, index) => values[index % channels] as number);
  const repeated = {
    x: operation.x,
    factors: repeat(operation.factors),
    summands: repeat(operation.summands),
  };
  const inner: Operator = { ...reshape, inputs: [operation.x, reshape.inputs[1] as Tensor] };
  return { remove: [root, reshape, consumer], insert: [inner, foldInput(linear, repeated, flat)] };
}

/** `W(x·f + s) + b` with the factors in the weights and `W·s` in the bias. */
function foldInput(linear: Linear, { factors, summands }: ChannelOperation, x: Tensor): Operator {
  const depthwise = linear.operator.type === "DEPTHWISE_CONV_2D";
  // A depthwise filter has `multiplier` channels of weights, side by side, for each channel of its input.
  const multiplier = depthwise ? linear.channels / factors.length : 1;
  const spread = (values: Float32Array): Float32Array =>
    multiplier === 1
      ? values
      : Float32Array.from(
          { length: linear.channels },
          (_, index) => values[Math.floor(index / multiplier)] as number,
        );
  const [scale, shift] = [spread(factors), spread(summands)];
  const bias = biasValues(linear).slice();
  if (shift.some((summand) => summand !== 0)) addProduct(linear, shift, bias);
  const weights = scaleAlong(linear.weights, linear.layout.inputDimension, scale);
  return withWeights(linear, weights, biasConstant(linear, bias), linear.operator.outputs[0] as Tensor, x);
}

/** Adds to the bias what the summands contribute to each output channel. */
function addProduct({ weights, operator, channels }: Linear, shift: Float32Array, bias: Float32Array): void {
  const values = floatsOf(weights);
  const depth = weights.shape.at(-1) as number;
  const sums = new Float64Array(channels);
  const rows = values.length / channels;
  for (let index = 0; index < values.length; index++) {
    const channel = operator.type === "DEPTHWISE_CONV_2D" ? index % channels : Math.floor(index / rows);
    sums[channel] = (sums[channel] as number) + (values[index] as number) * (shift[index % depth] as number);
  }
  for (let channel = 0; channel < channels; channel++)
    bias[channel] = (bias[channel] as number) + (sums[channel] as number);
}
