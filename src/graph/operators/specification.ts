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
  /** The rank of the main operand, where there is but one. */
  readonly rank?: number;
  /** Inputs that must be constant for a delegate to take the operator and for its shape to be known. */
  readonly constants: readonly number[];
}

const FLOATS: readonly TensorType[] = ["float32"];
const NUMBERS: readonly TensorType[] = ["float32", "int32"];
const ANY: readonly TensorType[] = ["float32", "int32", "bool"];
const BOOLS: readonly TensorType[] = ["bool"];

const spec = (
  inputs: number | readonly [number, number],
  types: readonly TensorType[],
  rest: Partial<Pick<OperatorSpec, "main" | "rank" | "constants">> = {},
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
const image = { rank: 4 } as const;
const second = { constants: [1] } as const;

export const SPECIFICATION: { readonly [T in WrittenOperator]: OperatorSpec } = {
  ABS: spec(1, NUMBERS),
  ADD: binary,
  AVERAGE_POOL_2D: spec(1, FLOATS, image),
  BATCH_MATMUL: spec(2, FLOATS),
  CAST: spec(1, ANY),
  CEIL: unaryFloat,
  CONCATENATION: spec([1, Number.POSITIVE_INFINITY], ANY),
  CONV_2D: spec(3, FLOATS, image),
  COS: unaryFloat,
  DEPTHWISE_CONV_2D: spec(3, FLOATS, image),
  DEPTH_TO_SPACE: spec(1, NUMBERS, image),
  DIV: binary,
  ELU: unaryFloat,
  EQUAL: compare,
  EXP: unaryFloat,
  FLOOR: unaryFloat,
  FULLY_CONNECTED: spec(3, FLOATS),
  GREATER: binary,
  GREATER_EQUAL: binary,
  LEAKY_RELU: unaryFloat,
  LESS: binary,
  LESS_EQUAL: binary,
  LOG: unaryFloat,
  LOGICAL_AND: spec(2, BOOLS),
  LOGICAL_NOT: spec(1, BOOLS),
  LOGICAL_OR: spec(2, BOOLS),
  LOGISTIC: unaryFloat,
  MAXIMUM: binary,
  MAX_POOL_2D: spec(1, FLOATS, image),
  MEAN: spec(2, FLOATS, second),
  MINIMUM: binary,
  MIRROR_PAD: spec(2, NUMBERS, second),
  MUL: binary,
  NEG: spec(1, NUMBERS),
  NOT_EQUAL: compare,
  PAD: spec(2, NUMBERS, second),
  PADV2: spec(3, NUMBERS, { constants: [1, 2] }),
  POW: binary,
  PRELU: spec(2, FLOATS),
  REDUCE_MAX: spec(2, NUMBERS, second),
  REDUCE_MIN: spec(2, NUMBERS, second),
  RELU: unaryFloat,
  RELU6: unaryFloat,
  RELU_N1_TO_1: unaryFloat,
  RESHAPE: spec(2, ANY, second),
  RESIZE_BILINEAR: spec(2, FLOATS, { ...image, ...second }),
  RESIZE_NEAREST_NEIGHBOR: spec(2, NUMBERS, { ...image, ...second }),
  REVERSE_V2: spec(2, ANY, second),
  ROUND: unaryFloat,
  RSQRT: unaryFloat,
  SELECT_V2: spec(3, ANY, { main: 1 }),
  SIN: unaryFloat,
  SLICE: spec(3, ANY, { constants: [1, 2] }),
  SOFTMAX: unaryFloat,
  SQRT: unaryFloat,
  SQUARE: unaryFloat,
  SQUARED_DIFFERENCE: binary,
  STRIDED_SLICE: spec(4, ANY, { constants: [1, 2, 3] }),
  SUB: binary,
  SUM: spec(2, NUMBERS, second),
  TANH: unaryFloat,
  TILE: spec(2, ANY, second),
  TRANSPOSE: spec(2, ANY, second),
  TRANSPOSE_CONV: spec([3, 4], FLOATS, { ...image, main: 2, constants: [0] }),
};
