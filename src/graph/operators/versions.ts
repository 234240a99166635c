import { sameShape } from "../tensors.ts";
import type { Graph, Operator, OperatorOf, TensorType } from "../types.ts";
import { isWritten, type WrittenOperator } from "./written.ts";

/**
 * What a runtime must know of an operator: the version its options and types need, and the runtime that
 * first had each version. Sources: `tflite/converter/tools/versioning/op_version.cc` and
 * `runtime_version.cc` of google-ai-edge/LiteRT, revision f677574.
 */
interface VersionRow<T extends WrittenOperator> {
  readonly version: (operator: OperatorOf<T>) => number;
  /** Runtimes by version, from version 1 on. */
  readonly runtimes: readonly string[];
}

const row = <T extends WrittenOperator>(
  runtimes: string,
  version: (operator: OperatorOf<T>) => number = () => 1,
): VersionRow<T> => ({ version, runtimes: runtimes.split(" ") });

type AnyOperator = OperatorOf<WrittenOperator>;
type ByType = Partial<Record<TensorType, number>>;

const inputType = (operator: AnyOperator, index = 0): TensorType => operator.inputs[index]?.type ?? "float32";
const rank = (operator: AnyOperator): number => operator.inputs[0]?.shape.length ?? 0;

/** The version by the type of one input, mostly the first; 1 for any other type. */
const byType =
  (versions: ByType, index = 0) =>
  (operator: AnyOperator): number =>
    versions[inputType(operator, index)] ?? 1;

/** As {@link byType}, unless two inputs of different shapes have more than four dimensions. */
const byBroadcast =
  (wide: number, versions: ByType = {}) =>
  (operator: AnyOperator): number => {
    const typed = byType(versions)(operator);
    const [a, b] = operator.inputs;
    if (a == null || b == null || sameShape(a.shape, b.shape)) return typed;
    return Math.max(a.shape.length, b.shape.length) > 4 ? Math.max(typed, wide) : typed;
  };

const INT8_16 = byType({ int8: 2, int16: 3 });

/** What version of CAST a type needs, in or out. */
const CAST_VERSIONS: ByType = { uint32: 2, int8: 3, uint16: 4, float16: 5, float64: 5, bfloat16: 7 };

const VERSIONS: { readonly [T in WrittenOperator]: VersionRow<T> } = {
  ABS: row("1.13.0 2.4.0 2.5.0 2.6.0 2.12.0", byType({ int8: 2, int16: 3, int32: 5 })),
  ADD: row("1.5.0 1.14.0 2.4.0 2.6.0 2.13.0 2.23.0", byType({ int8: 2, int16: 3, int64: 4 })),
  ARG_MAX: row("1.9.0 1.14.0 2.9.0", byType({ int8: 2, bool: 3 })),
  ARG_MIN: row("1.9.0 1.14.0 2.9.0", byType({ int8: 2, bool: 3 })),
  ATAN2: row("2.10.0"),
  AVERAGE_POOL_2D: row("1.5.0 1.14.0 2.3.0", INT8_16),
  BATCH_MATMUL: row("2.3.0 2.3.0 2.4.0 2.5.0", INT8_16),
  BATCH_TO_SPACE_ND: row("1.6.0 1.14.0 2.3.0 2.12.0", blockVersion),
  BITWISE_XOR: row("2.13.0"),
  BROADCAST_ARGS: row("2.6.0"),
  // Version 1 was rolled back, and never had a runtime.
  BROADCAST_TO: row("2.5.0 2.5.0 2.5.0 2.23.0", (operator) =>
    byType({ int8: 3, int16: 3 })(operator) === 3 ? 3 : 2,
  ),
  CAST: row("1.5.0 2.7.0 2.8.0 2.9.0 2.12.0 2.15.0 2.17.0 2.21.0 2.23.0", ({ inputs, outputs }) => {
    const types = [inputs[0]?.type, outputs[0]?.type];
    return Math.max(...types.map((type) => CAST_VERSIONS[type ?? "float32"] ?? 1));
  }),
  CEIL: row("1.14.0"),
  COMPLEX_ABS: row("2.5.0"),
  CONCATENATION: row("1.5.0 1.14.0 2.3.0 2.14.0 2.21.0 2.23.0 2.23.0", INT8_16),
  CONV_2D: row("1.5.0 1.14.0 1.14.0 2.3.0 2.4.0 2.9.0 2.11.0 2.15.0", byType({ int8: 3, int16: 4 })),
  CONV_3D: row("2.5.0"),
  CONV_3D_TRANSPOSE: row("2.6.0"),
  COS: row("1.14.0 2.23.0"),
  CUMSUM: row("2.4.0"),
  CUSTOM: row("1.5.0"),
  DEPTHWISE_CONV_2D: row("1.5.0 1.12.0 1.14.0 2.2.0 2.3.0 2.3.0 2.11.0", (operator) => {
    const { dilation_w_factor, dilation_h_factor } = operator.options;
    const dilated = dilation_w_factor !== 1 || dilation_h_factor !== 1;
    return byType({ int8: 3, int16: 5 })(operator) === 1
      ? dilated
        ? 2
        : 1
      : byType({ int8: 3, int16: 5 })(operator);
  }),
  DEPTH_TO_SPACE: row("2.1.0 2.5.0", byType({ int8: 2 })),
  DIV: row("1.6.0 2.3.0", byBroadcast(2)),
  DYNAMIC_UPDATE_SLICE: row("2.9.0 2.17.0 2.19.0 2.20.0 2.21.0 2.22.0", (operator) =>
    inputType(operator) === "int16" ? 4 : inputType(operator, 2) === "int64" ? 2 : 1,
  ),
  ELU: row("1.14.0"),
  EMBEDDING_LOOKUP: row("1.13.0 1.14.0 1.14.0 2.18.0 2.21.0"),
  EQUAL: row("1.14.0 1.14.0 2.3.0 2.13.0 2.21.0", byType({ int8: 2 })),
  EXP: row("1.7.0 2.12.0", byType({ int8: 2, int16: 2 })),
  EXPAND_DIMS: row("1.10.0"),
  FILL: row("1.13.0 2.3.0 2.5.0 2.12.0 2.23.0", byType({ bool: 2, int8: 3, int16: 3 }, 1)),
  FLOOR: row("1.9.0"),
  FLOOR_DIV: row("1.14.0 1.14.0 2.13.0", byType({ float32: 2, int8: 3, int16: 3 })),
  FLOOR_MOD: row("1.13.0 2.13.0", byType({ int8: 2, int16: 2 })),
  FULLY_CONNECTED: row(
    "1.5.0 1.10.0 1.14.0 1.14.0 2.0.0 2.1.0 2.3.0 2.3.0 2.3.0 2.11.0 2.15.0 2.17.0 2.18.0 2.21.0",
    (operator) => {
      if (inputType(operator) === "int16") return 7;
      if (operator.inputs.length === 2) return 6;
      if (operator.options.keep_num_dims) return 5;
      return inputType(operator) === "int8" ? 4 : 1;
    },
  ),
  GATHER: row("1.6.0 1.14.0 1.15.0 2.4.0 2.5.0 2.13.0 2.15.0 2.23.0", (operator) =>
    operator.options.batch_dims !== 0 ? 5 : byType({ int8: 2, bool: 3, int16: 4 })(operator),
  ),
  GATHER_ND: row("1.14.0 2.3.0 2.5.0 2.13.0 2.16.0 2.23.0", byType({ int16: 3, bool: 5 })),
  GELU: row("2.9.0 2.9.0 2.23.0", byType({ int8: 2 })),
  GREATER: row("1.14.0 1.14.0", byType({ int8: 2 })),
  GREATER_EQUAL: row("1.14.0 1.14.0 2.13.0", byType({ int8: 2 })),
  HARD_SWISH: row("1.15.0"),
  IF: row("1.15.0"),
  IMAG: row("2.5.0"),
  L2_NORMALIZATION: row("1.5.0 1.14.0", byType({ int8: 2 })),
  LEAKY_RELU: row("1.13.1 2.3.0", byType({ int16: 2 })),
  LESS: row("1.14.0 1.14.0 2.13.0", byType({ int8: 2 })),
  LESS_EQUAL: row("1.14.0 1.14.0", byType({ int8: 2 })),
  LOCAL_RESPONSE_NORMALIZATION: row("1.5.0"),
  LOG: row("1.14.0 2.15.0", byType({ int8: 2, int16: 2 })),
  LOGICAL_AND: row("1.11.0"),
  LOGICAL_NOT: row("1.11.0"),
  LOGICAL_OR: row("1.11.0"),
  LOGISTIC: row("1.14.0 1.14.0 2.3.0", INT8_16),
  LOG_SOFTMAX: row("1.14.0 1.14.0", byType({ int8: 2 })),
  MATRIX_DIAG: row("1.14.0"),
  MAXIMUM: row("1.14.0 1.14.0 2.3.0 2.3.0", byBroadcast(3, { int8: 2, int16: 4 })),
  MAX_POOL_2D: row("1.5.0 1.14.0 2.3.0", INT8_16),
  MEAN: row("1.6.0 1.14.0 2.4.0", INT8_16),
  MINIMUM: row("1.14.0 1.14.0 2.3.0 2.3.0", byBroadcast(3, { int8: 2, int16: 4 })),
  MIRROR_PAD: row("1.13.1 2.3.0 2.12.0", INT8_16),
  MUL: row("1.5.0 1.14.0 1.15.0 2.3.0 2.6.0 2.11.0 2.13.0 2.23.0", byType({ int8: 2, int16: 4, int64: 5 })),
  MULTINOMIAL: row("2.8.0"),
  NEG: row("1.9.0"),
  NON_MAX_SUPPRESSION_V4: row("2.1.0"),
  NON_MAX_SUPPRESSION_V5: row("2.1.0"),
  NOT_EQUAL: row("1.14.0 1.14.0 2.3.0 2.21.0", byType({ int8: 2 })),
  ONE_HOT: row("1.11.0"),
  PACK: row("1.11.0 1.14.0 2.3.0 2.13.0 2.23.0", INT8_16),
  PAD: row("1.5.0 1.14.0 2.4.0 2.6.0 2.20.0 2.23.0", paddingVersion),
  PADV2: row("1.9.0 1.14.0 2.4.0 2.6.0 2.20.0 2.23.0", paddingVersion),
  POW: row("1.10.0"),
  PRELU: row("1.8.0"),
  RANGE: row("1.13.0 2.14.0", byType({ int64: 2 })),
  REAL: row("2.5.0"),
  REDUCE_ALL: row("2.6.0"),
  REDUCE_ANY: row("1.11.0"),
  REDUCE_MAX: row("1.11.0 1.14.0 2.5.0", INT8_16),
  REDUCE_MIN: row("1.11.0 1.14.0 2.5.0", INT8_16),
  REDUCE_PROD: row("1.11.0 2.6.0", byType({ int8: 2, int16: 2 })),
  RELU: row("1.5.0 2.1.0 2.5.0", INT8_16),
  RELU6: row("1.5.0 1.14.0 2.5.0", INT8_16),
  RELU_0_TO_1: row("2.10.0"),
  RELU_N1_TO_1: row("1.5.0"),
  RESHAPE: row("1.5.0"),
  RESIZE_BILINEAR: row("1.7.0 1.14.0 2.2.0 2.5.0", (operator) =>
    inputType(operator) === "int16"
      ? 4
      : operator.options.half_pixel_centers
        ? 3
        : inputType(operator) === "int8"
          ? 2
          : 1,
  ),
  RESIZE_NEAREST_NEIGHBOR: row("1.13.1 1.14.0 2.3.0 2.4.0", (operator) =>
    inputType(operator) === "int16"
      ? 4
      : operator.options.half_pixel_centers || operator.options.align_corners
        ? 3
        : inputType(operator) === "int8"
          ? 2
          : 1,
  ),
  REVERSE_V2: row("1.14.0 2.2.0 2.5.0 2.23.0", byType({ bool: 2, int8: 3 })),
  RFFT2D: row("2.5.0"),
  RIGHT_SHIFT: row("2.13.0"),
  ROUND: row("1.14.0"),
  RSQRT: row("1.10.0 2.5.0 2.15.0", INT8_16),
  SCATTER_ND: row("2.1.0"),
  SEGMENT_SUM: row("2.2.0"),
  SELECT: row("1.14.0 1.14.0 2.12.0 2.12.0", ({ inputs }) =>
    inputs.some((operand) => operand?.shape.length === 5) ? 3 : 1,
  ),
  SELECT_V2: row("2.2.0 2.12.0"),
  SHAPE: row("1.10.0"),
  SIGN: row("2.11.0 2.12.0", byType({ int32: 2 })),
  SIN: row("1.9.0 2.23.0"),
  SLICE: row("1.14.0 1.14.0 1.14.0 2.4.0 2.5.0 2.14.0 2.21.0 2.23.0", (operator) =>
    rank(operator) > 4 ? 5 : byType({ int8: 2, int16: 4 })(operator),
  ),
  SOFTMAX: row("1.5.0 1.14.0 2.3.0 2.23.0", INT8_16),
  SPACE_TO_BATCH_ND: row("1.6.0 1.14.0 2.3.0 2.12.0", blockVersion),
  SPACE_TO_DEPTH: row("1.5.0 1.14.0", byType({ int8: 2 })),
  SPARSE_TO_DENSE: row("1.9.0 1.14.0 1.15.0", byType({ int64: 2, int8: 3 }, 2)),
  SPLIT: row("1.5.0 1.14.0 1.14.0 2.3.0 2.23.0", byType({ int8: 2, int32: 3, int16: 4 }, 1)),
  SPLIT_V: row("1.13.1 2.3.0 2.23.0", byType({ int8: 2 })),
  SQRT: row("1.10.0 2.21.0", byType({ int8: 2, int16: 2 })),
  SQUARE: row("1.12.0"),
  SQUARED_DIFFERENCE: row("1.13.1 2.5.0", byType({ int8: 2 })),
  SQUEEZE: row("1.6.0 2.5.0"),
  STRIDED_SLICE: row("1.6.0 1.14.0 2.1.0 2.2.0 2.5.0 2.6.0 2.14.0 2.14.0", (operator) => {
    const { ellipsis_mask, new_axis_mask } = operator.options;
    if (ellipsis_mask !== 0 || new_axis_mask !== 0) return 6;
    return rank(operator) > 4 ? 4 : byType({ int8: 2, bool: 3 })(operator);
  }),
  SUB: row("1.6.0 1.14.0 2.3.0 2.4.0 2.4.0", byBroadcast(3, { int8: 2, int16: 5, int64: 4 })),
  SUM: row("1.10.0 1.15.0", byType({ int8: 2 })),
  TANH: row("1.14.0 1.14.0 2.3.0", INT8_16),
  TILE: row("1.10.1 2.2.0 2.8.0", byType({ string: 2, int8: 3 })),
  TOPK_V2: row("1.7.0 1.14.0 2.13.0", byType({ int8: 2, int16: 3 })),
  TRANSPOSE: row("1.6.0 1.14.0 1.15.0 2.3.0 2.4.0 2.12.0 2.14.4 2.22.0 2.23.0", (operator) => {
    if (rank(operator) > 5) return 6;
    return rank(operator) > 4 ? 4 : byType({ int8: 2, bool: 3, int16: 5 })(operator);
  }),
  TRANSPOSE_CONV: row("1.9.0 2.2.0 2.3.0 2.13.0 2.15.0", (operator) => {
    if (operator.options.fused_activation_function !== "NONE") return 4;
    if (operator.inputs.length === 4) return 3;
    return inputType(operator, 2) === "int8" ? 2 : 1;
  }),
  UNIDIRECTIONAL_SEQUENCE_LSTM: row("1.13.1 1.14.0 2.3.0 2.12.0", ({ options }) =>
    options.diagonal_recurrent_tensors ? 4 : 1,
  ),
  UNIQUE: row("1.14.0"),
  UNPACK: row("1.11.0 1.14.0 2.2.0 2.3.0 2.22.0 2.23.0", byType({ int8: 2, bool: 3, int16: 4 })),
  UNSORTED_SEGMENT_SUM: row("2.10.0"),
  WHERE: row("1.14.0 2.8.0", (operator) => (inputType(operator) === "bool" ? 1 : 2)),
  WHILE: row("1.15.0"),
  ZEROS_LIKE: row("1.12.0"),
};

function paddingVersion(operator: AnyOperator): number {
  if (inputType(operator) === "bool") return 5;
  return rank(operator) > 4 ? 4 : byType({ int8: 2, int16: 3 })(operator);
}

/** SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND. */
function blockVersion(operator: AnyOperator): number {
  if (inputType(operator) === "int16") return 4;
  return rank(operator) !== 4 ? 3 : byType({ int8: 2 })(operator);
}

/** The version that a runtime must know to run this operator as it is. */
export function versionOf(operator: Operator): number {
  if (operator.version !== undefined) return operator.version;
  if (!isWritten(operator.type)) return 1;
  return (VERSIONS[operator.type] as VersionRow<WrittenOperator>).version(operator as AnyOperator);
}

/** The first runtime that runs this operator, such as `"2.3.0"`; undefined where it is not one of ours. */
export function runtimeOf(operator: Operator): string | undefined {
  if (!isWritten(operator.type)) return undefined;
  return VERSIONS[operator.type].runtimes[versionOf(operator) - 1];
}

/** The newest version of an operator that a runtime has, such as `"2.4"`; 0 where it has none. */
export function maximumVersion(type: WrittenOperator, runtime: string): number {
  return VERSIONS[type].runtimes.findLastIndex((first) => compareVersions(first, runtime) <= 0) + 1;
}

/** The first runtime that runs every operator of a graph. */
export function minimumRuntime(graph: Graph): string {
  return graph.subgraphs
    .flatMap((subgraph) => subgraph.operators)
    .map((operator) => runtimeOf(operator) ?? "")
    .reduce((highest, version) => (compareVersions(version, highest) > 0 ? version : highest), "1.5.0");
}

/** Orders dotted version numbers: negative where `a` is older, 0 for `"2.4"` and `"2.4.0"`. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [a.split(".").map(Number), b.split(".").map(Number)];
  for (let index = 0; index < Math.max(x.length, y.length); index++) {
    const difference = (x[index] ?? 0) - (y[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
