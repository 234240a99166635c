import { isDynamic, signatureOf } from "../../../graph/tensors.ts";
import type { OperatorName, OperatorOf, Tensor } from "../../../graph/types.ts";
import { type OlderForm, operand, reshapes } from "./form.ts";

/** A matrix product on the last dimension, without the option to keep the others (version 5). */
const fullyConnected: OlderForm = (operator, build) => {
  const { options, inputs } = operator as OperatorOf<"FULLY_CONNECTED">;
  const [x, weights] = [operand(operator, 0), operand(operator, 1)];
  const output = operator.outputs[0] as Tensor;
  if (!reshapes(output) || (!options.keep_num_dims && inputs.length === 3)) return null;
  const units = weights.shape[0] as number;
  const bias = inputs[2] ?? build.numbers("float32", [units], Array(units).fill(0));
  const rows = build.reshape(x, [-1, weights.shape[1] as number]);
  const { fused_activation_function } = options;
  const product = build.add("FULLY_CONNECTED", [rows, weights, bias], { fused_activation_function });
  return build.reshapeLike(product, output);
};

/** A transposed convolution, its bias and its activation each as an operator. */
const transposedConvolution: OlderForm = (operator, build) => {
  const { options, inputs } = operator as OperatorOf<"TRANSPOSE_CONV">;
  const [shape, weights, x, bias] = inputs as readonly Tensor[];
  const { fused_activation_function, ...others } = options;
  if (shape === undefined || weights === undefined || x === undefined) return null;
  const sums = build.add("TRANSPOSE_CONV", [shape, weights, x], others);
  if (bias === undefined && fused_activation_function === "NONE") return null;
  const zero = build.scalar(0);
  return build.add("ADD", [sums, bias ?? zero], { fused_activation_function });
};

/** Blocks of channels to pixels: rows of a block move between columns. */
const depthToSpace: OlderForm = (operator, build) => {
  const { options } = operator as OperatorOf<"DEPTH_TO_SPACE">;
  const [x, output] = [operand(operator, 0), operator.outputs[0] as Tensor];
  const block = options.block_size;
  const [, , width, channels] = x.shape as [number, number, number, number];
  if (isDynamic(x, 2) || !reshapes(output)) return null;
  // [N, H, W, b * b * C] is [N * H, W, b, b * C], and the result is [N * H, b, W, b * C].
  const rows = build.reshape(x, [-1, width, block, channels / block]);
  return build.reshape(build.transpose(rows, [0, 2, 1, 3]), signatureOf(output));
};

/** A new dimension of size 1. */
const reshaped: OlderForm = (operator, build) => {
  const output = operator.outputs[0] as Tensor;
  return reshapes(output) ? build.reshapeLike(operand(operator, 0), output) : null;
};

export const STRUCTURE_FORMS: Readonly<Partial<Record<OperatorName, OlderForm>>> = {
  DEPTH_TO_SPACE: depthToSpace,
  EXPAND_DIMS: reshaped,
  FULLY_CONNECTED: fullyConnected,
  SQUEEZE: reshaped,
  TRANSPOSE_CONV: transposedConvolution,
};
