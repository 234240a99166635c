/**
 * The operators that lowerings and passes write. Every table in this folder has a row for each of them, so
 * that a name added here is a chain of compile errors that ends when the operator works.
 */
export const WRITTEN_OPERATORS = [
  "ABS",
  "ADD",
  "AVERAGE_POOL_2D",
  "BATCH_MATMUL",
  "CAST",
  "CEIL",
  "CONCATENATION",
  "CONV_2D",
  "COS",
  "DEPTHWISE_CONV_2D",
  "DEPTH_TO_SPACE",
  "DIV",
  "ELU",
  "EQUAL",
  "EXP",
  "FLOOR",
  "FULLY_CONNECTED",
  "GREATER",
  "GREATER_EQUAL",
  "LEAKY_RELU",
  "LESS",
  "LESS_EQUAL",
  "LOG",
  "LOGICAL_AND",
  "LOGICAL_NOT",
  "LOGICAL_OR",
  "LOGISTIC",
  "MAXIMUM",
  "MAX_POOL_2D",
  "MEAN",
  "MINIMUM",
  "MIRROR_PAD",
  "MUL",
  "NEG",
  "NOT_EQUAL",
  "PAD",
  "PADV2",
  "POW",
  "PRELU",
  "REDUCE_MAX",
  "REDUCE_MIN",
  "RELU",
  "RELU6",
  "RELU_N1_TO_1",
  "RESHAPE",
  "RESIZE_BILINEAR",
  "RESIZE_NEAREST_NEIGHBOR",
  "REVERSE_V2",
  "ROUND",
  "RSQRT",
  "SELECT_V2",
  "SIN",
  "SLICE",
  "SOFTMAX",
  "SQRT",
  "SQUARE",
  "SQUARED_DIFFERENCE",
  "STRIDED_SLICE",
  "SUB",
  "SUM",
  "TANH",
  "TILE",
  "TRANSPOSE",
  "TRANSPOSE_CONV",
] as const;

/** The type of an operator that this package writes. */
export type WrittenOperator = (typeof WRITTEN_OPERATORS)[number];

const WRITTEN: ReadonlySet<string> = new Set(WRITTEN_OPERATORS);

/** True of an operator that the tables of this folder know; a file that others wrote may have more. */
export function isWritten(type: string): type is WrittenOperator {
  return WRITTEN.has(type);
}
