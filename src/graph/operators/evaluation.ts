import * as tf from "@tensorflow/tfjs-core";
import { invariant } from "../../errors.ts";
import { floatsOf, intsOf, isConstant, signatureOf } from "../tensors.ts";
import type { OperatorOf, OperatorOptions, Tensor } from "../types.ts";
import type { WrittenOperator } from "./written.ts";

/** What an operator computes, in tfjs operations: called within `tf.tidy`. */
type Evaluation<T extends WrittenOperator> = (
  values: readonly tf.Tensor[],
  options: OperatorOptions<T>,
  operator: OperatorOf<T>,
) => tf.Tensor;

type UnaryOperation = (x: tf.Tensor) => tf.Tensor;
type BinaryOperation = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

const value = (values: readonly tf.Tensor[], index: number): tf.Tensor => {
  const tensor = values[index];
  invariant(tensor !== undefined, `an operator lacks the value of its input ${index}`);
  return tensor;
};

const integers = (operator: { readonly inputs: readonly (Tensor | null)[] }, index: number): number[] => {
  const tensor = operator.inputs[index];
  invariant(isConstant(tensor), "an operand that an evaluation needs in advance is not constant");
  return [...intsOf(tensor)];
};

const ACTIVATIONS: Readonly<Record<string, UnaryOperation>> = {
  NONE: (x) => x,
  RELU: tf.relu,
  RELU6: tf.relu6,
  RELU_N1_TO_1: (x) => tf.clipByValue(x, -1, 1),
  TANH: tf.tanh,
};

const activate = (x: tf.Tensor, name: string): tf.Tensor => {
  const activation = ACTIVATIONS[name];
  invariant(activation !== undefined, `the activation ${name} has no evaluation`);
  return activation(x);
};

const unary =
  (operation: UnaryOperation) =>
  (values: readonly tf.Tensor[]): tf.Tensor =>
    operation(value(values, 0));

const binary =
  (operation: BinaryOperation) =>
  (values: readonly tf.Tensor[], options: { readonly fused_activation_function?: string }): tf.Tensor =>
    activate(operation(value(values, 0), value(values, 1)), options.fused_activation_function ?? "NONE");

const reduce =
  (operation: (x: tf.Tensor, axes: number[], keepDims: boolean) => tf.Tensor) =>
  (
    values: readonly tf.Tensor[],
    { keep_dims }: { readonly keep_dims: boolean },
    operator: { readonly inputs: readonly (Tensor | null)[] },
  ): tf.Tensor =>
    operation(value(values, 0), integers(operator, 1), keep_dims);

const paddingOf = (padding: "SAME" | "VALID"): "same" | "valid" => (padding === "SAME" ? "same" : "valid");

const pairs = (flat: readonly number[]): [number, number][] =>
  Array.from({ length: flat.length / 2 }, (_, index) => [
    flat[2 * index] as number,
    flat[2 * index + 1] as number,
  ]);

const padCells: Evaluation<"PAD"> = (values, _, operator) =>
  tf.pad(value(values, 0), pairs(integers(operator, 1)));

type Image = tf.Tensor4D;

/** Exhaustive over the operators written: folds constants, judges passes, calibrates. */
export const EVALUATION: { readonly [T in WrittenOperator]: Evaluation<T> } = {
  ABS: unary(tf.abs),
  ADD: binary(tf.add),
  AVERAGE_POOL_2D: (values, { filter_height, filter_width, stride_h, stride_w, padding, ...options }) =>
    activate(
      tf.avgPool(
        value(values, 0) as Image,
        [filter_height, filter_width],
        [stride_h, stride_w],
        paddingOf(padding),
      ),
      options.fused_activation_function,
    ),
  BATCH_MATMUL: (values, { adj_x, adj_y }) => tf.matMul(value(values, 0), value(values, 1), adj_x, adj_y),
  CAST: (values, { out_data_type }) => tf.cast(value(values, 0), out_data_type.toLowerCase() as tf.DataType),
  CEIL: unary(tf.ceil),
  CONCATENATION: (values, { axis }) => tf.concat([...values], axis),
  CONV_2D: (values, { stride_h, stride_w, padding, dilation_h_factor, dilation_w_factor, ...options }) => {
    const filter = tf.transpose(value(values, 1), [1, 2, 3, 0]) as Image;
    const dilations: [number, number] = [dilation_h_factor, dilation_w_factor];
    const y = tf.conv2d(
      value(values, 0) as Image,
      filter,
      [stride_h, stride_w],
      paddingOf(padding),
      "NHWC",
      dilations,
    );
    return activate(tf.add(y, value(values, 2)), options.fused_activation_function);
  },
  COS: unary(tf.cos),
  DEPTHWISE_CONV_2D: (values, options) => {
    const { stride_h, stride_w, padding, dilation_h_factor, dilation_w_factor, depth_multiplier } = options;
    const [, height, width, channels] = value(values, 1).shape as [number, number, number, number];
    const shape: [number, number, number, number] = [
      height,
      width,
      channels / depth_multiplier,
      depth_multiplier,
    ];
    const y = tf.depthwiseConv2d(
      value(values, 0) as Image,
      tf.reshape(value(values, 1), shape) as Image,
      [stride_h, stride_w],
      paddingOf(padding),
      "NHWC",
      [dilation_h_factor, dilation_w_factor],
    );
    return activate(tf.add(y, value(values, 2)), options.fused_activation_function);
  },
  DEPTH_TO_SPACE: (values, { block_size }) => tf.depthToSpace(value(values, 0) as Image, block_size, "NHWC"),
  DIV: binary(tf.div),
  ELU: unary(tf.elu),
  EQUAL: binary(tf.equal),
  EXP: unary(tf.exp),
  FLOOR: unary(tf.floor),
  FULLY_CONNECTED: (values, { keep_num_dims, fused_activation_function }) => {
    const [x, weights] = [value(values, 0), value(values, 1)];
    const [units, depth] = weights.shape as [number, number];
    const product = tf.matMul(tf.reshape(x, [-1, depth]), weights, false, true);
    const y = activate(tf.add(product, value(values, 2)), fused_activation_function);
    return keep_num_dims ? tf.reshape(y, [...x.shape.slice(0, -1), units]) : y;
  },
  GREATER: binary(tf.greater),
  GREATER_EQUAL: binary(tf.greaterEqual),
  LEAKY_RELU: (values, { alpha }) => tf.leakyRelu(value(values, 0), alpha),
  LESS: binary(tf.less),
  LESS_EQUAL: binary(tf.lessEqual),
  LOG: unary(tf.log),
  LOGICAL_AND: binary(tf.logicalAnd),
  LOGICAL_NOT: unary(tf.logicalNot),
  LOGICAL_OR: binary(tf.logicalOr),
  LOGISTIC: unary(tf.sigmoid),
  MAXIMUM: binary(tf.maximum),
  MAX_POOL_2D: (values, { filter_height, filter_width, stride_h, stride_w, padding, ...options }) =>
    activate(
      tf.maxPool(
        value(values, 0) as Image,
        [filter_height, filter_width],
        [stride_h, stride_w],
        paddingOf(padding),
      ),
      options.fused_activation_function,
    ),
  MEAN: reduce(tf.mean),
  MINIMUM: binary(tf.minimum),
  MIRROR_PAD: (values, { mode }, operator) =>
    tf.mirrorPad(
      value(values, 0),
      pairs(integers(operator, 1)),
      mode === "REFLECT" ? "reflect" : "symmetric",
    ),
  MUL: binary(tf.mul),
  NEG: unary(tf.neg),
  NOT_EQUAL: binary(tf.notEqual),
  PAD: padCells,
  PADV2: (values, _, operator) => {
    const fill = operator.inputs[2];
    invariant(isConstant(fill), "the value that PADV2 pads with is not constant");
    const [constantValue] = fill.type === "int32" ? intsOf(fill) : floatsOf(fill);
    return tf.pad(value(values, 0), pairs(integers(operator, 1)), constantValue);
  },
  POW: binary(tf.pow),
  PRELU: (values) => tf.prelu(value(values, 0), value(values, 1)),
  REDUCE_MAX: reduce(tf.max),
  REDUCE_MIN: reduce(tf.min),
  RELU: unary(tf.relu),
  RELU6: unary(tf.relu6),
  RELU_N1_TO_1: unary((x) => tf.clipByValue(x, -1, 1)),
  RESHAPE: (values, _, operator) => {
    // The constant shape has -1 where the batch is; an output that is static says all.
    const target = signatureOf(operator.outputs[0] as Tensor);
    const dynamic = target.filter((size) => size === -1).length;
    return tf.reshape(value(values, 0), dynamic > 1 ? integers(operator, 1) : [...target]);
  },
  RESIZE_BILINEAR: (values, { align_corners, half_pixel_centers }, operator) =>
    tf.image.resizeBilinear(
      value(values, 0) as Image,
      integers(operator, 1) as [number, number],
      align_corners,
      half_pixel_centers,
    ),
  RESIZE_NEAREST_NEIGHBOR: (values, { align_corners, half_pixel_centers }, operator) =>
    tf.image.resizeNearestNeighbor(
      value(values, 0) as Image,
      integers(operator, 1) as [number, number],
      align_corners,
      half_pixel_centers,
    ),
  REVERSE_V2: (values, _, operator) => tf.reverse(value(values, 0), integers(operator, 1)),
  ROUND: unary(tf.round),
  RSQRT: unary(tf.rsqrt),
  SELECT_V2: (values) => tf.where(value(values, 0), value(values, 1), value(values, 2)),
  SIN: unary(tf.sin),
  SLICE: (values, _, operator) => tf.slice(value(values, 0), integers(operator, 1), integers(operator, 2)),
  SOFTMAX: (values, { beta }) => tf.softmax(beta === 1 ? value(values, 0) : tf.mul(value(values, 0), beta)),
  SQRT: unary(tf.sqrt),
  SQUARE: unary(tf.square),
  SQUARED_DIFFERENCE: binary(tf.squaredDifference),
  STRIDED_SLICE: (values, options, operator) =>
    tf.stridedSlice(
      value(values, 0),
      integers(operator, 1),
      integers(operator, 2),
      integers(operator, 3),
      options.begin_mask,
      options.end_mask,
      options.ellipsis_mask,
      options.new_axis_mask,
      options.shrink_axis_mask,
    ),
  SUB: binary(tf.sub),
  SUM: reduce(tf.sum),
  TANH: unary(tf.tanh),
  TILE: (values, _, operator) => tf.tile(value(values, 0), integers(operator, 1)),
  TRANSPOSE: (values, _, operator) => tf.transpose(value(values, 0), integers(operator, 1)),
  TRANSPOSE_CONV: (values, { stride_h, stride_w, padding, fused_activation_function }, operator) => {
    const [weights, dy, bias] = [value(values, 1), value(values, 2), values[3]];
    const y = tf.conv2dTranspose(
      dy as Image,
      tf.transpose(weights, [1, 2, 0, 3]) as Image,
      integers(operator, 0) as [number, number, number, number],
      [stride_h, stride_w],
      paddingOf(padding),
    );
    return activate(bias === undefined ? y : tf.add(y, bias), fused_activation_function);
  },
};
