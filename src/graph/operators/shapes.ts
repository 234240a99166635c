import { invariant } from "../../errors.ts";
import { elementCount } from "../tensors.ts";
import type { OperatorOf, OperatorOptions, Tensor } from "../types.ts";
import * as arrange from "./shapes/arrangement.ts";
import {
  type AnyRule,
  broadcast,
  broadcastShapes,
  input,
  like,
  type OpenSpec,
  type OutputSpec,
  open,
  type ShapeRule,
  type Spec,
  typeNamed,
  unary,
} from "./shapes/rule.ts";
import * as select from "./shapes/selection.ts";
import * as windows from "./shapes/windows.ts";
import type { WrittenOperator } from "./written.ts";

export { broadcastShapes, type OutputSpec } from "./shapes/rule.ts";
export { windowOutput } from "./shapes/windows.ts";

/** Of complex numbers, 32 bits each part. */
const realPart: AnyRule = (inputs) => ({ shape: input(inputs, 0).shape, type: "float32" });

const SHAPES: { readonly [T in WrittenOperator]: ShapeRule<T> } = {
  ABS: unary,
  ADD: broadcast(),
  ARG_MAX: select.extremum,
  ARG_MIN: select.extremum,
  ATAN2: unary,
  AVERAGE_POOL_2D: windows.pool,
  BATCH_MATMUL: (inputs, { adj_x, adj_y }) => {
    const [x, y] = [input(inputs, 0), input(inputs, 1)];
    const rows = x.shape.at(adj_x ? -1 : -2) as number;
    const columns = y.shape.at(adj_y ? -2 : -1) as number;
    const batch = broadcastShapes(x.shape.slice(0, -2), y.shape.slice(0, -2));
    return { shape: [...batch, rows, columns], type: x.type };
  },
  BATCH_TO_SPACE_ND: windows.batchToSpace,
  BITWISE_XOR: broadcast(),
  BROADCAST_ARGS: select.broadcastArgs,
  BROADCAST_TO: arrange.broadcastTo,
  CAST: (inputs, { out_data_type }) => ({ shape: input(inputs, 0).shape, type: typeNamed(out_data_type) }),
  CEIL: unary,
  COMPLEX_ABS: realPart,
  CONCATENATION: arrange.concatenation,
  CONV_2D: windows.convolution,
  CONV_3D: windows.convolution3d,
  CONV_3D_TRANSPOSE: windows.transposedConvolution,
  COS: unary,
  CUMSUM: unary,
  // Known to its author.
  CUSTOM: () => null,
  DEPTHWISE_CONV_2D: windows.depthwise,
  DEPTH_TO_SPACE: windows.depthToSpace,
  DIV: broadcast(),
  DYNAMIC_UPDATE_SLICE: unary,
  ELU: unary,
  EMBEDDING_LOOKUP: select.embeddingLookup,
  EQUAL: broadcast("bool"),
  EXP: unary,
  EXPAND_DIMS: arrange.expandDims,
  FILL: arrange.fill,
  FLOOR: unary,
  FLOOR_DIV: broadcast(),
  FLOOR_MOD: broadcast(),
  FULLY_CONNECTED: (inputs, { keep_num_dims }) => {
    const [x, weights] = [input(inputs, 0), input(inputs, 1)];
    const [units, depth] = weights.shape as [number, number];
    const leading = keep_num_dims ? x.shape.slice(0, -1) : [elementCount(x.shape) / depth];
    return { shape: [...leading, units], type: x.type };
  },
  GATHER: select.gather,
  GATHER_ND: select.gatherNd,
  GELU: unary,
  GREATER: broadcast("bool"),
  GREATER_EQUAL: broadcast("bool"),
  HARD_SWISH: unary,
  // What its branches make is known to the graph, not to the operator.
  IF: () => null,
  IMAG: realPart,
  L2_NORMALIZATION: unary,
  LEAKY_RELU: unary,
  LESS: broadcast("bool"),
  LESS_EQUAL: broadcast("bool"),
  LOCAL_RESPONSE_NORMALIZATION: unary,
  LOG: unary,
  LOGICAL_AND: broadcast("bool"),
  LOGICAL_NOT: unary,
  LOGICAL_OR: broadcast("bool"),
  LOGISTIC: unary,
  LOG_SOFTMAX: unary,
  MATRIX_DIAG: arrange.matrixDiagonal,
  MAXIMUM: broadcast(),
  MAX_POOL_2D: windows.pool,
  MEAN: select.reduce,
  MINIMUM: broadcast(),
  MIRROR_PAD: arrange.pad,
  MUL: broadcast(),
  MULTINOMIAL: select.multinomial,
  NEG: unary,
  NON_MAX_SUPPRESSION_V4: select.suppression("int32"),
  NON_MAX_SUPPRESSION_V5: select.suppression("int32", "float32"),
  NOT_EQUAL: broadcast("bool"),
  ONE_HOT: arrange.oneHot,
  PACK: arrange.pack,
  PAD: arrange.pad,
  PADV2: arrange.pad,
  POW: broadcast(),
  PRELU: broadcast(),
  RANGE: select.range,
  REAL: realPart,
  REDUCE_ALL: select.reduce,
  REDUCE_ANY: select.reduce,
  REDUCE_MAX: select.reduce,
  REDUCE_MIN: select.reduce,
  REDUCE_PROD: select.reduce,
  RELU: unary,
  RELU6: unary,
  RELU_0_TO_1: unary,
  RELU_N1_TO_1: unary,
  RESHAPE: arrange.reshape,
  RESIZE_BILINEAR: windows.resize,
  RESIZE_NEAREST_NEIGHBOR: windows.resize,
  REVERSE_V2: unary,
  RFFT2D: select.fourier,
  RIGHT_SHIFT: broadcast(),
  ROUND: unary,
  RSQRT: unary,
  SCATTER_ND: select.scatter(2, 1),
  SEGMENT_SUM: select.segmentSum,
  SELECT: like(1),
  SELECT_V2: broadcast(),
  SHAPE: (inputs, { out_type }) => ({ shape: [input(inputs, 0).shape.length], type: typeNamed(out_type) }),
  SIGN: unary,
  SIN: unary,
  SLICE: arrange.slice,
  SOFTMAX: unary,
  SPACE_TO_BATCH_ND: windows.spaceToBatch,
  SPACE_TO_DEPTH: windows.spaceToDepth,
  SPARSE_TO_DENSE: select.scatter(1, 2),
  SPLIT: arrange.split,
  SPLIT_V: arrange.splitV,
  SQRT: unary,
  SQUARE: unary,
  SQUARED_DIFFERENCE: broadcast(),
  SQUEEZE: arrange.squeeze,
  STRIDED_SLICE: arrange.stridedSlice,
  SUB: broadcast(),
  SUM: select.reduce,
  TANH: unary,
  TILE: arrange.tile,
  TOPK_V2: select.topK,
  TRANSPOSE: arrange.transpose,
  TRANSPOSE_CONV: windows.transposedConvolution,
  UNIDIRECTIONAL_SEQUENCE_LSTM: select.sequence,
  UNIQUE: select.unique,
  UNPACK: arrange.unpack,
  UNSORTED_SEGMENT_SUM: select.unsortedSegmentSum,
  // One row per true element.
  WHERE: () => open("int64", 2),
  // Loop variables, in the order of its inputs.
  WHILE: (inputs) =>
    inputs.map((_, index) => ({ shape: input(inputs, index).shape, type: input(inputs, index).type })),
  ZEROS_LIKE: unary,
};

/** An output that follows from the inputs, with -1 in its signature where a size is dynamic. */
export interface InferredOutput extends OutputSpec {
  readonly shapeSignature?: readonly number[] | undefined;
}

/** What is known of an operator's outputs before a run; null where nothing follows from the operator alone. */
export function describeOutputs<T extends WrittenOperator>(
  type: T,
  inputs: readonly (Tensor | null)[],
  options: OperatorOptions<T>,
): readonly (InferredOutput | OpenSpec)[] | null {
  const rule = SHAPES[type] as ShapeRule<T>;
  const nominal = listed(rule(inputs, options));
  if (nominal === null || inputs.every((tensor) => tensor?.shapeSignature === undefined)) return nominal;
  // A dimension of an output is dynamic where it follows when the dynamic ones of the inputs are doubled.
  const doubled = listed(rule(inputs.map(double), options));
  return nominal.map((spec, index) => {
    if (spec.shape === null) return spec;
    const other = doubled?.[index]?.shape;
    invariant(other != null, `${type} has a shape at one size only`);
    const shapeSignature = spec.shape.map((size, i) => (size === other[i] ? size : -1));
    return shapeSignature.includes(-1) ? { ...spec, shapeSignature } : spec;
  });
}

function listed(specs: Spec | readonly Spec[] | null): readonly Spec[] | null {
  return specs === null || isList(specs) ? specs : [specs];
}

function isList(specs: Spec | readonly Spec[]): specs is readonly Spec[] {
  return Array.isArray(specs);
}

function double(tensor: Tensor | null): Tensor | null {
  if (tensor?.shapeSignature === undefined) return tensor;
  return {
    ...tensor,
    shape: tensor.shape.map((size, i) => (tensor.shapeSignature?.[i] === -1 ? 2 * size : size)),
  };
}

/** What an operator makes, or null where only a run knows a size of it. */
export function inferOutputs<T extends WrittenOperator>(
  type: T,
  inputs: readonly (Tensor | null)[],
  options: OperatorOptions<T>,
): readonly InferredOutput[] | null {
  const described = describeOutputs(type, inputs, options);
  return described?.every((spec): spec is InferredOutput => spec.shape !== null) ? described : null;
}

/** As {@link inferOutputs}, of an operator with one output. */
export function inferOutput<T extends WrittenOperator>(
  type: T,
  inputs: readonly (Tensor | null)[],
  options: OperatorOptions<T>,
): InferredOutput | null {
  const outputs = inferOutputs(type, inputs, options);
  if (outputs === null) return null;
  const [output] = outputs;
  invariant(output !== undefined && outputs.length === 1, `${type} makes ${outputs.length} outputs, not one`);
  return output;
}

/** As {@link describeOutputs} of an operator that exists. */
export function describeOperator(operator: OperatorOf<WrittenOperator>): ReturnType<typeof describeOutputs> {
  return describeOutputs(operator.type, operator.inputs, operator.options as never);
}
