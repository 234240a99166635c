import * as tf from "@tensorflow/tfjs-core";
import * as arrange from "./evaluation/arrangement.ts";
import { branch, impossible, loop } from "./evaluation/control-flow.ts";
import {
  activate,
  binary,
  type Evaluation,
  type Image,
  integers,
  reduce,
  spread,
  unary,
  value,
  type WithInputs,
} from "./evaluation/rule.ts";
import * as select from "./evaluation/selection.ts";
import { fourier, lstm } from "./evaluation/sequences.ts";
import * as windows from "./evaluation/windows.ts";
import type { WrittenOperator } from "./written.ts";

/** tfjs's type for what options call `"INT64"`. */
const tfjsType = (name: string): tf.DataType => {
  const type = name.toLowerCase();
  return type === "int64" ? "int32" : (type as tf.DataType);
};

const extremum =
  (operation: typeof tf.argMax) =>
  (values: readonly tf.Tensor[], _: unknown, operator: WithInputs): tf.Tensor =>
    operation(value(values, 0), integers(operator, values, 1)[0]);

/** `tf.floorDiv` gives integers of floats too. */
const floorDivision = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
  a.dtype === "int32" ? tf.floorDiv(a, b) : tf.floor(tf.div(a, b));

const gelu = (x: tf.Tensor): tf.Tensor => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));

/** Hendrycks and Gimpel's approximation (https://arxiv.org/abs/1606.08415). */
const geluByTanh = (x: tf.Tensor): tf.Tensor => {
  const cubic = tf.mul(tf.add(x, tf.mul(tf.pow(x, 3), 0.044715)), Math.sqrt(2 / Math.PI));
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(cubic), 1));
};

/** Exhaustive over the operators written: folds constants, judges passes, calibrates. */
export const EVALUATION: { readonly [T in WrittenOperator]: Evaluation<T> } = {
  ABS: unary(tf.abs),
  ADD: binary(tf.add),
  ARG_MAX: extremum(tf.argMax),
  ARG_MIN: extremum(tf.argMin),
  ATAN2: binary(tf.atan2),
  AVERAGE_POOL_2D: windows.pool(tf.avgPool),
  BATCH_MATMUL: (values, { adj_x, adj_y }) => tf.matMul(value(values, 0), value(values, 1), adj_x, adj_y),
  BATCH_TO_SPACE_ND: windows.blocks(tf.batchToSpaceND),
  BITWISE_XOR: select.bitwise((a, b) => a ^ b),
  BROADCAST_ARGS: arrange.broadcastArgs,
  BROADCAST_TO: (values, _, operator) => spread(value(values, 0), integers(operator, values, 1)),
  CAST: (values, { out_data_type }) => tf.cast(value(values, 0), tfjsType(out_data_type)),
  CEIL: unary(tf.ceil),
  COMPLEX_ABS: unary(tf.abs),
  CONCATENATION: (values, { axis }) => tf.concat([...values], axis),
  CONV_2D: windows.convolution,
  CONV_3D: windows.convolution3d,
  CONV_3D_TRANSPOSE: windows.transposedConvolution3d,
  COS: unary(tf.cos),
  CUMSUM: (values, { exclusive, reverse }, operator) =>
    tf.cumsum(value(values, 0), integers(operator, values, 1)[0], exclusive, reverse),
  CUSTOM: impossible,
  DEPTHWISE_CONV_2D: windows.depthwise,
  DEPTH_TO_SPACE: (values, { block_size }) => tf.depthToSpace(value(values, 0) as Image, block_size, "NHWC"),
  DIV: binary(tf.div),
  DYNAMIC_UPDATE_SLICE: arrange.dynamicUpdateSlice,
  ELU: unary(tf.elu),
  EMBEDDING_LOOKUP: (values) => tf.gather(value(values, 1), value(values, 0)),
  EQUAL: binary(tf.equal),
  EXP: unary(tf.exp),
  EXPAND_DIMS: (values, _, operator) => tf.expandDims(value(values, 0), integers(operator, values, 1)[0]),
  FILL: arrange.fill,
  FLOOR: unary(tf.floor),
  FLOOR_DIV: binary(floorDivision),
  FLOOR_MOD: binary(tf.mod),
  FULLY_CONNECTED: (values, { keep_num_dims, fused_activation_function }) => {
    const [x, weights, bias] = [value(values, 0), value(values, 1), values[2]];
    const [units, depth] = weights.shape as [number, number];
    const product = tf.matMul(tf.reshape(x, [-1, depth]), weights, false, true);
    const y = activate(bias === undefined ? product : tf.add(product, bias), fused_activation_function);
    return keep_num_dims ? tf.reshape(y, [...x.shape.slice(0, -1), units]) : y;
  },
  GATHER: (values, { axis, batch_dims }) => tf.gather(value(values, 0), value(values, 1), axis, batch_dims),
  GATHER_ND: (values) => tf.gatherND(value(values, 0), value(values, 1)),
  GELU: (values, { approximate }) => (approximate ? geluByTanh : gelu)(value(values, 0)),
  GREATER: binary(tf.greater),
  GREATER_EQUAL: binary(tf.greaterEqual),
  HARD_SWISH: unary((x) => tf.div(tf.mul(x, tf.relu6(tf.add(x, 3))), 6)),
  IF: branch,
  IMAG: unary(tf.imag),
  L2_NORMALIZATION: unary((x) => tf.div(x, tf.maximum(tf.norm(x, "euclidean", -1, true), 1e-6))),
  LEAKY_RELU: (values, { alpha }) => tf.leakyRelu(value(values, 0), alpha),
  LESS: binary(tf.less),
  LESS_EQUAL: binary(tf.lessEqual),
  LOCAL_RESPONSE_NORMALIZATION: (values, { radius, bias, alpha, beta }) =>
    tf.localResponseNormalization(value(values, 0) as Image, radius, bias, alpha, beta),
  LOG: unary(tf.log),
  LOGICAL_AND: binary(tf.logicalAnd),
  LOGICAL_NOT: unary(tf.logicalNot),
  LOGICAL_OR: binary(tf.logicalOr),
  LOGISTIC: unary(tf.sigmoid),
  LOG_SOFTMAX: unary((x) => tf.logSoftmax(x)),
  MATRIX_DIAG: arrange.matrixDiagonal,
  MAXIMUM: binary(tf.maximum),
  MAX_POOL_2D: windows.pool(tf.maxPool),
  MEAN: reduce(tf.mean),
  MINIMUM: binary(tf.minimum),
  MIRROR_PAD: arrange.mirrorPad,
  MUL: binary(tf.mul),
  MULTINOMIAL: impossible,
  NEG: unary(tf.neg),
  NON_MAX_SUPPRESSION_V4: select.suppression,
  NON_MAX_SUPPRESSION_V5: select.softSuppression,
  NOT_EQUAL: binary(tf.notEqual),
  ONE_HOT: arrange.oneHot,
  PACK: (values, { axis }) => tf.stack([...values], axis),
  PAD: arrange.pad,
  PADV2: arrange.padWith,
  POW: binary(tf.pow),
  PRELU: binary(tf.prelu),
  RANGE: select.range,
  REAL: unary(tf.real),
  REDUCE_ALL: reduce(tf.all),
  REDUCE_ANY: reduce(tf.any),
  REDUCE_MAX: reduce(tf.max),
  REDUCE_MIN: reduce(tf.min),
  REDUCE_PROD: reduce(tf.prod),
  RELU: unary(tf.relu),
  RELU6: unary(tf.relu6),
  RELU_0_TO_1: unary((x) => tf.clipByValue(x, 0, 1)),
  RELU_N1_TO_1: unary((x) => tf.clipByValue(x, -1, 1)),
  RESHAPE: arrange.reshape,
  RESIZE_BILINEAR: windows.resize(tf.image.resizeBilinear),
  RESIZE_NEAREST_NEIGHBOR: windows.resize(tf.image.resizeNearestNeighbor),
  REVERSE_V2: (values, _, operator) => tf.reverse(value(values, 0), integers(operator, values, 1)),
  RFFT2D: fourier,
  RIGHT_SHIFT: select.bitwise(select.shiftRight),
  ROUND: unary(tf.round),
  RSQRT: unary(tf.rsqrt),
  SCATTER_ND: select.scatter,
  SEGMENT_SUM: select.segmentSum,
  SELECT: arrange.select,
  SELECT_V2: (values) => tf.where(value(values, 0), value(values, 1), value(values, 2)),
  SHAPE: (values) => tf.tensor1d(value(values, 0).shape, "int32"),
  SIGN: unary(tf.sign),
  SIN: unary(tf.sin),
  SLICE: (values, _, operator) =>
    tf.slice(value(values, 0), integers(operator, values, 1), integers(operator, values, 2)),
  SOFTMAX: (values, { beta }) => tf.softmax(beta === 1 ? value(values, 0) : tf.mul(value(values, 0), beta)),
  SPACE_TO_BATCH_ND: windows.blocks(tf.spaceToBatchND),
  SPACE_TO_DEPTH: windows.spaceToDepth,
  SPARSE_TO_DENSE: select.sparseToDense,
  SPLIT: (values, { num_splits }, operator) =>
    tf.split(value(values, 1), num_splits, integers(operator, values, 0)[0]),
  SPLIT_V: (values, _, operator) =>
    tf.split(value(values, 0), integers(operator, values, 1), integers(operator, values, 2)[0]),
  SQRT: unary(tf.sqrt),
  SQUARE: unary(tf.square),
  SQUARED_DIFFERENCE: binary(tf.squaredDifference),
  SQUEEZE: arrange.squeeze,
  STRIDED_SLICE: arrange.stridedSlice,
  SUB: binary(tf.sub),
  SUM: reduce(tf.sum),
  TANH: unary(tf.tanh),
  TILE: (values, _, operator) => tf.tile(value(values, 0), integers(operator, values, 1)),
  TOPK_V2: select.topK,
  TRANSPOSE: (values, _, operator) => tf.transpose(value(values, 0), integers(operator, values, 1)),
  TRANSPOSE_CONV: windows.transposedConvolution,
  UNIDIRECTIONAL_SEQUENCE_LSTM: lstm,
  UNIQUE: select.unique,
  UNPACK: (values, { axis }) => tf.unstack(value(values, 0), axis),
  UNSORTED_SEGMENT_SUM: select.unsortedSegmentSum,
  WHERE: select.where,
  WHILE: loop,
  ZEROS_LIKE: unary((x) => tf.zerosLike(x)),
};
