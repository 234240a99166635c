import type { Operator, TensorType } from "../types.ts";
import {
  concatenationOnTpu,
  evenDilation,
  free,
  meanOnTpu,
  oneRow,
  packOnTpu,
  padOnTpu,
  preluOnTpu,
  reductionOnTpu,
  softmaxOnTpu,
  splitOnTpu,
  squeezeOnTpu,
  stridedSliceOnTpu,
  tensorsOnTpu,
  withoutActivation,
} from "./availability/edge-tpu.ts";
import {
  anyVersion,
  broadcastsOnGpu,
  castOnGpu,
  gatherOnGpu,
  imageRank,
  mirrorPadOnGpu,
  oneComputed,
  oneHotOnGpu,
  padOnGpu,
  selectOnGpu,
  softmaxOnGpu,
  stridedSliceOnGpu,
  tensorsOnGpu,
  upTo,
} from "./availability/gpu.ts";
import { limitOnMicrocontrollers } from "./availability/microcontroller.ts";
import { type Limit, limits } from "./availability/rule.ts";
import { describeOperator } from "./shapes.ts";
import { SPECIFICATION } from "./specification.ts";
import { isWritten, type WrittenOperator } from "./written.ts";

/**
 * Where an operator runs apart from the CPU of a phone, and whether it may hold quantized values. Only targets,
 * quantization and the documentation ask: this table is loaded on demand.
 */
interface Availability {
  /**
   * Types of the main operand that TensorFlow Lite for Microcontrollers has, or null where it registers no such
   * operator. Sources: `micro_mutable_op_resolver.h` and `kernels/*.cc` of tensorflow/tflite-micro, revision 90b983c.
   */
  readonly microcontroller: readonly TensorType[] | "any" | null;
  /** Limits of the GPU delegate, or null where it does not take the operator. */
  readonly gpu: Limit | null;
  /** Limits of the Edge TPU's compiler, or null where it does not take the operator. */
  readonly edgeTpu: Limit | null;
  /** Activations that a quantizer may give the operator. */
  readonly quantized: Quantizable;
}

/**
 * Whether an operator may hold quantized activations. Sources:
 * `tflite/converter/tools/optimize/operator_property.cc`, and the kernels of those that it leaves out.
 */
export interface Quantizable {
  readonly int8: boolean;
  readonly int16: boolean;
}

const row = (
  microcontroller: Availability["microcontroller"],
  gpu: Limit | null,
  edgeTpu: Limit | null,
  quantized: Quantizable,
): Availability => ({ microcontroller, gpu, edgeTpu, quantized });

const FLOAT: readonly TensorType[] = ["float32"];
const FLOAT_8: readonly TensorType[] = ["float32", "int8"];
const FLOAT_8_16: readonly TensorType[] = ["float32", "int8", "int16"];
const NUMBERS: readonly TensorType[] = ["float32", "int8", "int16", "int32"];
const BOOL: readonly TensorType[] = ["bool"];
const ANY = "any";
const NOWHERE = null;

const NONE: Quantizable = { int8: false, int16: false };
const INT8: Quantizable = { int8: true, int16: false };
const BOTH: Quantizable = { int8: true, int16: true };

/** Microcontrollers (a CUSTOM operator is the application's own), GPU, Edge TPU, quantization. */
const AVAILABILITY: { readonly [T in WrittenOperator]: Availability } = {
  ABS: row(FLOAT_8_16, upTo(2), null, BOTH),
  ADD: row(NUMBERS, upTo(2, broadcastsOnGpu), free, BOTH),
  ARG_MAX: row(FLOAT_8, null, null, INT8),
  ARG_MIN: row(FLOAT_8, null, null, NONE),
  ATAN2: row(NOWHERE, null, null, NONE),
  AVERAGE_POOL_2D: row(FLOAT_8_16, upTo(2), withoutActivation, BOTH),
  BATCH_MATMUL: row(FLOAT_8_16, anyVersion(), null, BOTH),
  BATCH_TO_SPACE_ND: row(FLOAT_8, null, null, BOTH),
  BITWISE_XOR: row(NOWHERE, null, null, NONE),
  BROADCAST_ARGS: row(["int32", "int64"], null, null, NONE),
  BROADCAST_TO: row(ANY, null, null, BOTH),
  CAST: row([...NUMBERS, "bool", "uint32"], anyVersion(castOnGpu), null, NONE),
  CEIL: row(FLOAT, null, null, NONE),
  COMPLEX_ABS: row(NOWHERE, null, null, NONE),
  CONCATENATION: row([...NUMBERS, "bool", "int64"], upTo(2), concatenationOnTpu, BOTH),
  CONV_2D: row(FLOAT_8_16, upTo(6), evenDilation, BOTH),
  CONV_3D: row(NOWHERE, null, null, NONE),
  CONV_3D_TRANSPOSE: row(NOWHERE, null, null, NONE),
  COS: row(FLOAT, upTo(2), null, NONE),
  CUMSUM: row(FLOAT_8, upTo(1, oneComputed), null, NONE),
  CUSTOM: row(ANY, null, null, NONE),
  DEPTHWISE_CONV_2D: row(FLOAT_8_16, upTo(6), evenDilation, BOTH),
  DEPTH_TO_SPACE: row(FLOAT_8, anyVersion(oneComputed), null, INT8),
  DIV: row(["float32", "int8", "int32"], upTo(2), null, NONE),
  DYNAMIC_UPDATE_SLICE: row(NUMBERS, null, null, NONE),
  ELU: row(FLOAT_8, upTo(2), null, INT8),
  EMBEDDING_LOOKUP: row(FLOAT_8, null, null, NONE),
  EQUAL: row(["float32", "int8", "int32", "int64", "bool"], upTo(2), null, INT8),
  EXP: row(FLOAT, upTo(2), null, BOTH),
  EXPAND_DIMS: row(FLOAT_8_16, null, free, BOTH),
  FILL: row(["float32", "int8", "int32"], null, null, BOTH),
  FLOOR: row(FLOAT, upTo(2), null, NONE),
  FLOOR_DIV: row(FLOAT, upTo(2), null, NONE),
  FLOOR_MOD: row(FLOAT, upTo(2), null, NONE),
  FULLY_CONNECTED: row(FLOAT_8_16, upTo(9), oneRow, BOTH),
  GATHER: row(FLOAT_8, upTo(1, gatherOnGpu), null, BOTH),
  GATHER_ND: row(FLOAT_8, null, null, BOTH),
  GELU: row(NOWHERE, upTo(2), null, INT8),
  GREATER: row(["float32", "int8", "int32", "int64"], upTo(2), null, INT8),
  GREATER_EQUAL: row(["float32", "int8", "int32", "int64"], upTo(2), null, INT8),
  HARD_SWISH: row(FLOAT_8, anyVersion(oneComputed), null, INT8),
  IF: row(ANY, null, null, NONE),
  IMAG: row(NOWHERE, null, null, NONE),
  L2_NORMALIZATION: row(FLOAT_8, null, free, INT8),
  LEAKY_RELU: row(FLOAT_8_16, upTo(2), null, BOTH),
  LESS: row(["float32", "int8", "int32", "int64"], upTo(2), null, INT8),
  LESS_EQUAL: row(["float32", "int8", "int32", "int64"], upTo(2), null, INT8),
  LOCAL_RESPONSE_NORMALIZATION: row(NOWHERE, null, null, NONE),
  LOG: row(FLOAT, upTo(2), null, BOTH),
  LOGICAL_AND: row(BOOL, upTo(2), null, NONE),
  LOGICAL_NOT: row(BOOL, null, null, NONE),
  LOGICAL_OR: row(BOOL, null, null, NONE),
  LOGISTIC: row(FLOAT_8_16, upTo(2), free, BOTH),
  LOG_SOFTMAX: row(FLOAT_8, null, null, INT8),
  MATRIX_DIAG: row(NOWHERE, null, null, NONE),
  MAXIMUM: row([...NUMBERS, "int64"], upTo(2), free, BOTH),
  MAX_POOL_2D: row(FLOAT_8_16, upTo(2), withoutActivation, BOTH),
  MEAN: row(FLOAT_8_16, anyVersion(oneComputed), meanOnTpu, BOTH),
  MINIMUM: row([...NUMBERS, "int64"], upTo(2), free, BOTH),
  MIRROR_PAD: row(FLOAT_8, upTo(2, mirrorPadOnGpu), null, BOTH),
  MUL: row(NUMBERS, upTo(3, broadcastsOnGpu), free, BOTH),
  MULTINOMIAL: row(NOWHERE, null, null, NONE),
  NEG: row(FLOAT, upTo(2), null, NONE),
  NON_MAX_SUPPRESSION_V4: row(NOWHERE, null, null, NONE),
  NON_MAX_SUPPRESSION_V5: row(NOWHERE, null, null, NONE),
  NOT_EQUAL: row(["float32", "int8", "int32", "int64", "bool"], upTo(2), null, INT8),
  ONE_HOT: row(NOWHERE, upTo(1, oneHotOnGpu), null, NONE),
  PACK: row([...NUMBERS, "int64"], anyVersion(), packOnTpu, BOTH),
  PAD: row(NUMBERS, upTo(2, padOnGpu), padOnTpu, BOTH),
  PADV2: row(NUMBERS, upTo(2, padOnGpu), null, BOTH),
  POW: row(NOWHERE, upTo(2), null, NONE),
  PRELU: row(FLOAT_8_16, upTo(1), preluOnTpu, INT8),
  RANGE: row(NOWHERE, null, null, NONE),
  REAL: row(NOWHERE, null, null, NONE),
  REDUCE_ALL: row(BOOL, null, null, NONE),
  REDUCE_ANY: row(NOWHERE, null, null, NONE),
  REDUCE_MAX: row(FLOAT_8, anyVersion(oneComputed), reductionOnTpu, BOTH),
  REDUCE_MIN: row(FLOAT_8, anyVersion(oneComputed), reductionOnTpu, BOTH),
  REDUCE_PROD: row(NOWHERE, anyVersion(oneComputed), null, BOTH),
  RELU: row(FLOAT_8_16, upTo(2), free, BOTH),
  RELU6: row(FLOAT_8_16, upTo(2), free, BOTH),
  RELU_0_TO_1: row(NOWHERE, upTo(2), null, NONE),
  RELU_N1_TO_1: row(NOWHERE, upTo(2), free, INT8),
  RESHAPE: row(ANY, upTo(1, oneComputed), free, BOTH),
  RESIZE_BILINEAR: row(FLOAT_8, upTo(3, oneComputed), free, BOTH),
  RESIZE_NEAREST_NEIGHBOR: row(FLOAT_8_16, upTo(3, oneComputed), free, BOTH),
  REVERSE_V2: row([...NUMBERS, "bool", "int64"], null, null, BOTH),
  RFFT2D: row(NOWHERE, null, null, NONE),
  RIGHT_SHIFT: row(NOWHERE, null, null, NONE),
  ROUND: row(FLOAT, null, null, NONE),
  RSQRT: row(FLOAT_8, upTo(2), free, BOTH),
  SCATTER_ND: row(NOWHERE, null, null, INT8),
  SEGMENT_SUM: row(NOWHERE, null, null, NONE),
  SELECT: row(NOWHERE, upTo(1, selectOnGpu), null, BOTH),
  SELECT_V2: row(FLOAT_8_16, upTo(1, selectOnGpu), null, BOTH),
  SHAPE: row(ANY, null, null, BOTH),
  SIGN: row(NOWHERE, upTo(2), null, NONE),
  SIN: row(FLOAT, upTo(2), null, NONE),
  SLICE: row([...NUMBERS, "bool"], upTo(2, imageRank), free, BOTH),
  SOFTMAX: row(FLOAT_8_16, upTo(2, softmaxOnGpu), softmaxOnTpu, BOTH),
  SPACE_TO_BATCH_ND: row(FLOAT_8, null, null, BOTH),
  SPACE_TO_DEPTH: row(FLOAT_8, upTo(2, oneComputed), free, INT8),
  SPARSE_TO_DENSE: row(NOWHERE, null, null, NONE),
  SPLIT: row(NUMBERS, anyVersion(), splitOnTpu, BOTH),
  SPLIT_V: row(NUMBERS, anyVersion(), null, BOTH),
  SQRT: row(FLOAT, upTo(2), null, BOTH),
  SQUARE: row(FLOAT, upTo(2), null, NONE),
  SQUARED_DIFFERENCE: row(NUMBERS, upTo(2), free, INT8),
  SQUEEZE: row(ANY, null, squeezeOnTpu, BOTH),
  STRIDED_SLICE: row([...NUMBERS, "bool"], upTo(4, stridedSliceOnGpu), stridedSliceOnTpu, BOTH),
  SUB: row(NUMBERS, upTo(2), free, BOTH),
  SUM: row(FLOAT_8_16, anyVersion(oneComputed), reductionOnTpu, BOTH),
  TANH: row(FLOAT_8_16, upTo(2), free, BOTH),
  TILE: row(NOWHERE, anyVersion(oneComputed), null, INT8),
  TOPK_V2: row(NOWHERE, null, null, NONE),
  TRANSPOSE: row(FLOAT_8_16, upTo(4, oneComputed), free, BOTH),
  TRANSPOSE_CONV: row(FLOAT_8_16, upTo(3), free, BOTH),
  UNIDIRECTIONAL_SEQUENCE_LSTM: row(FLOAT_8_16, null, free, INT8),
  UNIQUE: row(NOWHERE, null, null, NONE),
  UNPACK: row(NUMBERS, anyVersion(), null, BOTH),
  UNSORTED_SEGMENT_SUM: row(NOWHERE, null, null, NONE),
  WHERE: row(NOWHERE, null, null, NONE),
  WHILE: row(ANY, null, null, NONE),
  ZEROS_LIKE: row(["float32", "int8", "int32", "int64"], null, null, NONE),
};

/** True where TensorFlow Lite for Microcontrollers registers an operator. */
export function microcontrollerHas(type: WrittenOperator): boolean {
  return AVAILABILITY[type].microcontroller !== null;
}

/** Why TensorFlow Lite for Microcontrollers cannot run an operator; null where it can. */
export function microcontrollerProblem(operator: Operator): string | null {
  if (!isWritten(operator.type)) return "is not known";
  const types = AVAILABILITY[operator.type].microcontroller;
  if (types === null) return "has no kernel";
  const type = operator.inputs[SPECIFICATION[operator.type].main]?.type;
  if (types !== "any" && type !== undefined && !types.includes(type)) {
    return `has no kernel for ${type}, only for ${types.join(", ")}`;
  }
  return limits(sizesProblem, limitOnMicrocontrollers)(operator);
}

/** Why the GPU delegate leaves an operator to the CPU; null where it takes it. */
export function gpuProblem(operator: Operator): string | null {
  const limit = isWritten(operator.type) ? AVAILABILITY[operator.type].gpu : null;
  return limit === null ? "is not taken" : limits(tensorsOnGpu, sizesProblem, limit)(operator);
}

/** Why the compiler for the Edge TPU leaves an operator to the CPU; null where it takes it. */
export function edgeTpuProblem(operator: Operator): string | null {
  const limit = isWritten(operator.type) ? AVAILABILITY[operator.type].edgeTpu : null;
  return limit === null ? "is not taken" : limits(tensorsOnTpu, sizesProblem, limit)(operator);
}

/** Whether an operator may hold quantized activations, of 8 and of 16 bits. */
export function quantizable(type: WrittenOperator): Quantizable {
  return AVAILABILITY[type].quantized;
}

/** Memory is planned before the first run. */
function sizesProblem(operator: Operator): string | null {
  if (!isWritten(operator.type)) return null;
  const outputs = describeOperator(operator as Parameters<typeof describeOperator>[0]);
  return outputs?.some(({ shape }) => shape === null) ? "makes sizes that only a run knows" : null;
}
