import type { TensorType } from "../types.ts";
import type { WrittenOperator } from "./written.ts";

/**
 * What each operator takes, checked after every pass: the number of its inputs, the types its kernel has for
 * its main operand, and the ranks. Source: the `Prepare` functions in `tflite/kernels`.
 */
export interface OperatorSpec {
  /** Fewest and most inputs. */
  readonly inputs: readonly [number, number];
  /** Which input decides the type. */
  readonly main: number;
  readonly types: readonly TensorType[];
  /** The lowest and the highest rank of the main operand, where there are limits. */
  readonly ranks?: readonly [number, number];
  /**
   * Inputs that must be constant: axes, permutations. Kernels take computed shapes, begins, sizes and amounts;
   * what they make is then known only to a run.
   */
  readonly constants: readonly number[];
}

const FLOATS: readonly TensorType[] = ["float32"];
const NUMBERS: readonly TensorType[] = ["float32", "int32"];
const ANY: readonly TensorType[] = ["float32", "int32", "bool"];
const BOOLS: readonly TensorType[] = ["bool"];
/** Coordinates that WHERE gives are 64-bit integers. */
const INDICES: readonly TensorType[] = ["int32", "int64"];
const WIDE: readonly TensorType[] = ["float32", "int32", "int64"];
const EVERY: readonly TensorType[] = ["float32", "int32", "bool", "int64"];
const COMPLEX: readonly TensorType[] = ["complex64"];
/** Of operators that do not look at the elements. */
const ANYTHING: readonly TensorType[] = [...EVERY, "complex64"];

/** No limit. */
const MANY = Number.POSITIVE_INFINITY;

/** What the CAST of an input can come from (`tflite/kernels/cast.cc`). */
const CASTABLE: readonly TensorType[] = [...EVERY, "uint8", "int8", "int16", "float16"];

const spec = (
  inputs: number | readonly [number, number],
  types: readonly TensorType[],
  rest: Partial<Pick<OperatorSpec, "main" | "ranks" | "constants">> = {},
): OperatorSpec => ({
  inputs: typeof inputs === "number" ? [inputs, inputs] : inputs,
  types,
  main: 0,
  constants: [],
  ...rest,
});

const unaryFloat = spec(1, FLOATS);
const binary = spec(2, NUMBERS);
const compare = spec(2, ANY);
const image = { ranks: [4, 4] } as const;
const volume = { ranks: [5, 5] } as const;
const second = { constants: [1] } as const;

export const SPECIFICATION: { readonly [T in WrittenOperator]: OperatorSpec } = {
  ABS: spec(1, NUMBERS),
  ADD: binary,
  ARG_MAX: spec(2, ANY, second),
  ARG_MIN: spec(2, ANY, second),
  ATAN2: spec(2, FLOATS),
  AVERAGE_POOL_2D: spec(1, FLOATS, image),
  BATCH_MATMUL: spec(2, FLOATS),
  BATCH_TO_SPACE_ND: spec(3, WIDE, { ranks: [3, 4] }),
  BITWISE_XOR: spec(2, ["int32"]),
  BROADCAST_ARGS: spec(2, INDICES, { ranks: [1, 1] }),
  BROADCAST_TO: spec(2, EVERY),
  CAST: spec(1, CASTABLE),
  CEIL: unaryFloat,
  COMPLEX_ABS: spec(1, COMPLEX),
  CONCATENATION: spec([1, MANY], EVERY),
  CONV_2D: spec(3, FLOATS, image),
  CONV_3D: spec([2, 3], FLOATS, volume),
  CONV_3D_TRANSPOSE: spec([3, 4], FLOATS, { ...volume, main: 2 }),
  COS: unaryFloat,
  CUMSUM: spec(2, WIDE, second),
  CUSTOM: spec([0, MANY], ANYTHING),
  DEPTHWISE_CONV_2D: spec(3, FLOATS, image),
  DEPTH_TO_SPACE: spec(1, NUMBERS, image),
  DIV: binary,
  DYNAMIC_UPDATE_SLICE: spec(3, EVERY),
  ELU: unaryFloat,
  EMBEDDING_LOOKUP: spec(2, FLOATS, { main: 1, ranks: [2, MANY] }),
  EQUAL: compare,
  EXP: unaryFloat,
  EXPAND_DIMS: spec(2, ANYTHING, second),
  FILL: spec(2, EVERY, { main: 1, ranks: [0, 0] }),
  FLOOR: unaryFloat,
  FLOOR_DIV: binary,
  FLOOR_MOD: spec(2, WIDE),
  FULLY_CONNECTED: spec(3, FLOATS),
  GATHER: spec(2, EVERY),
  GATHER_ND: spec(2, EVERY),
  GELU: unaryFloat,
  GREATER: binary,
  GREATER_EQUAL: binary,
  HARD_SWISH: unaryFloat,
  IF: spec([1, MANY], BOOLS),
  IMAG: spec(1, COMPLEX),
  L2_NORMALIZATION: spec(1, FLOATS, { ranks: [1, MANY] }),
  LEAKY_RELU: unaryFloat,
  LESS: binary,
  LESS_EQUAL: binary,
  LOCAL_RESPONSE_NORMALIZATION: spec(1, FLOATS, image),
  LOG: unaryFloat,
  LOGICAL_AND: spec(2, BOOLS),
  LOGICAL_NOT: spec(1, BOOLS),
  LOGICAL_OR: spec(2, BOOLS),
  LOGISTIC: unaryFloat,
  LOG_SOFTMAX: unaryFloat,
  MATRIX_DIAG: spec(1, WIDE, { ranks: [1, MANY] }),
  MAXIMUM: binary,
  MAX_POOL_2D: spec(1, FLOATS, image),
  MEAN: spec(2, FLOATS, second),
  MINIMUM: binary,
  MIRROR_PAD: spec(2, NUMBERS),
  MUL: binary,
  MULTINOMIAL: spec(2, FLOATS, { ranks: [2, 2] }),
  NEG: spec(1, NUMBERS),
  NON_MAX_SUPPRESSION_V4: spec(5, FLOATS, { ranks: [2, 2] }),
  NON_MAX_SUPPRESSION_V5: spec(6, FLOATS, { ranks: [2, 2] }),
  NOT_EQUAL: compare,
  ONE_HOT: spec(4, EVERY, { main: 2 }),
  PACK: spec([1, MANY], WIDE),
  PAD: spec(2, NUMBERS),
  PADV2: spec(3, NUMBERS),
  POW: binary,
  PRELU: spec(2, FLOATS),
  RANGE: spec(3, WIDE, { ranks: [0, 0] }),
  REAL: spec(1, COMPLEX),
  REDUCE_ALL: spec(2, BOOLS, second),
  REDUCE_ANY: spec(2, BOOLS, second),
  REDUCE_MAX: spec(2, NUMBERS, second),
  REDUCE_MIN: spec(2, NUMBERS, second),
  REDUCE_PROD: spec(2, WIDE, second),
  RELU: unaryFloat,
  RELU6: unaryFloat,
  RELU_0_TO_1: unaryFloat,
  RELU_N1_TO_1: unaryFloat,
  RESHAPE: spec(2, ANYTHING),
  RESIZE_BILINEAR: spec(2, FLOATS, image),
  RESIZE_NEAREST_NEIGHBOR: spec(2, NUMBERS, image),
  REVERSE_V2: spec(2, ANY, second),
  RFFT2D: spec(2, FLOATS, { ranks: [2, MANY] }),
  RIGHT_SHIFT: spec(2, ["int32"]),
  ROUND: unaryFloat,
  RSQRT: unaryFloat,
  SCATTER_ND: spec(3, EVERY, { main: 1 }),
  SEGMENT_SUM: spec(2, NUMBERS, { ranks: [1, MANY] }),
  SELECT: spec(3, EVERY, { main: 1 }),
  SELECT_V2: spec(3, ANY, { main: 1 }),
  SHAPE: spec(1, ANYTHING),
  SIGN: spec(1, NUMBERS),
  SIN: unaryFloat,
  SLICE: spec(3, EVERY),
  SOFTMAX: unaryFloat,
  SPACE_TO_BATCH_ND: spec(3, WIDE, { ranks: [3, 4] }),
  SPACE_TO_DEPTH: spec(1, WIDE, image),
  SPARSE_TO_DENSE: spec(4, WIDE, { main: 2, ranks: [0, 1] }),
  SPLIT: spec(2, WIDE, { main: 1, constants: [0] }),
  SPLIT_V: spec(3, WIDE, { constants: [2] }),
  SQRT: unaryFloat,
  SQUARE: unaryFloat,
  SQUARED_DIFFERENCE: binary,
  SQUEEZE: spec(1, ANYTHING),
  STRIDED_SLICE: spec(4, EVERY),
  SUB: binary,
  SUM: spec(2, NUMBERS, second),
  TANH: unaryFloat,
  TILE: spec(2, EVERY),
  TOPK_V2: spec(2, WIDE, { ranks: [1, MANY] }),
  TRANSPOSE: spec(2, EVERY, second),
  TRANSPOSE_CONV: spec([3, 4], FLOATS, { ...image, main: 2 }),
  UNIDIRECTIONAL_SEQUENCE_LSTM: spec([20, 24], FLOATS, { ranks: [3, 3] }),
  UNIQUE: spec(1, WIDE, { ranks: [1, 1] }),
  UNPACK: spec(1, ANY, { ranks: [1, MANY] }),
  UNSORTED_SEGMENT_SUM: spec(3, NUMBERS, { ranks: [1, MANY] }),
  WHERE: spec(1, EVERY),
  WHILE: spec([1, MANY], ANYTHING),
  ZEROS_LIKE: spec(1, WIDE),
};
