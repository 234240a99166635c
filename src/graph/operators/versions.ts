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

/** The version by the type of the first input; 1 for any other. */
const byType =
  (versions: ByType) =>
  (operator: AnyOperator): number =>
    versions[inputType(operator)] ?? 1;

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

const VERSIONS: { readonly [T in WrittenOperator]: VersionRow<T> } = {
  ABS: row("1.13.0 2.4.0 2.5.0 2.6.0 2.12.0", byType({ int8: 2, int16: 3, int32: 5 })),
  ADD: row("1.5.0 1.14.0 2.4.0 2.6.0", byType({ int8: 2, int16: 3, int64: 4 })),
  AVERAGE_POOL_2D: row("1.5.0 1.14.0 2.3.0", INT8_16),
  BATCH_MATMUL: row("2.3.0 2.3.0 2.4.0 2.5.0", INT8_16),
  CAST: row("1.5.0"),
  CEIL: row("1.14.0"),
  CONCATENATION: row("1.5.0 1.14.0 2.3.0", INT8_16),
  CONV_2D: row("1.5.0 1.14.0 1.14.0 2.3.0", byType({ int8: 3, int16: 4 })),
  COS: row("1.14.0"),
  DEPTHWISE_CONV_2D: row("1.5.0 1.12.0 1.14.0 2.2.0 2.3.0", (operator) => {
    const { dilation_w_factor, dilation_h_factor } = operator.options;
    const dilated = dilation_w_factor !== 1 || dilation_h_factor !== 1;
    return byType({ int8: 3, int16: 5 })(operator) === 1
      ? dilated
        ? 2
        : 1
      : byType({ int8: 3, int16: 5 })(operator);
  }),
  DEPTH_TO_SPACE: row("2.1.0"),
  DIV: row("1.6.0 2.3.0", byBroadcast(2)),
  ELU: row("1.14.0"),
  EQUAL: row("1.14.0 1.14.0", byType({ int8: 2 })),
  EXP: row("1.7.0 2.12.0", byType({ int8: 2, int16: 2 })),
  FLOOR: row("1.9.0"),
  FULLY_CONNECTED: row("1.5.0 1.10.0 1.14.0 1.14.0 2.0.0 2.1.0 2.3.0", (operator) => {
    if (inputType(operator) === "int16") return 7;
    if (operator.inputs.length === 2) return 6;
    if (operator.options.keep_num_dims) return 5;
    return inputType(operator) === "int8" ? 4 : 1;
  }),
  GREATER: row("1.14.0 1.14.0", byType({ int8: 2 })),
  GREATER_EQUAL: row("1.14.0 1.14.0", byType({ int8: 2 })),
  LEAKY_RELU: row("1.13.1 2.3.0", byType({ int16: 2 })),
  LESS: row("1.14.0 1.14.0", byType({ int8: 2 })),
  LESS_EQUAL: row("1.14.0 1.14.0", byType({ int8: 2 })),
  LOG: row("1.14.0 2.15.0", byType({ int8: 2, int16: 2 })),
  LOGICAL_AND: row("1.11.0"),
  LOGICAL_NOT: row("1.11.0"),
  LOGICAL_OR: row("1.11.0"),
  LOGISTIC: row("1.14.0 1.14.0 2.3.0", INT8_16),
  MAXIMUM: row("1.14.0 1.14.0 2.3.0 2.3.0", byBroadcast(3, { int8: 2, int16: 4 })),
  MAX_POOL_2D: row("1.5.0 1.14.0 2.3.0", INT8_16),
  MEAN: row("1.6.0 1.14.0 2.4.0", INT8_16),
  MINIMUM: row("1.14.0 1.14.0 2.3.0 2.3.0", byBroadcast(3, { int8: 2, int16: 4 })),
  MIRROR_PAD: row("1.13.1 2.3.0 2.12.0", INT8_16),
  MUL: row("1.5.0 1.14.0 1.15.0 2.3.0 2.6.0", byType({ int8: 2, int16: 4, int64: 5 })),
  NEG: row("1.9.0"),
  NOT_EQUAL: row("1.14.0 1.14.0", byType({ int8: 2 })),
  PAD: row("1.5.0 1.14.0 2.4.0 2.6.0 2.20.0", paddingVersion),
  PADV2: row("1.9.0 1.14.0 2.4.0 2.6.0 2.20.0", paddingVersion),
  POW: row("1.10.0"),
  PRELU: row("1.8.0"),
  REDUCE_MAX: row("1.11.0 1.14.0 2.5.0", INT8_16),
  REDUCE_MIN: row("1.11.0 1.14.0 2.5.0", INT8_16),
  RELU: row("1.5.0 2.1.0 2.5.0", INT8_16),
  RELU6: row("1.5.0 1.14.0 2.5.0", INT8_16),
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
  REVERSE_V2: row("1.14.0 2.2.0 2.5.0", byType({ bool: 2, int8: 3 })),
  ROUND: row("1.14.0"),
  RSQRT: row("1.10.0 2.5.0 2.15.0", INT8_16),
  SELECT_V2: row("2.2.0 2.12.0"),
  SIN: row("1.9.0"),
  SLICE: row("1.14.0 1.14.0 1.14.0 2.4.0 2.5.0", (operator) =>
    rank(operator) > 4 ? 5 : byType({ int8: 2, int16: 4 })(operator),
  ),
  SOFTMAX: row("1.5.0 1.14.0 2.3.0", INT8_16),
  SQRT: row("1.10.0"),
  SQUARE: row("1.12.0"),
  SQUARED_DIFFERENCE: row("1.13.1 2.5.0", byType({ int8: 2 })),
  STRIDED_SLICE: row("1.6.0 1.14.0 2.1.0 2.2.0 2.5.0 2.6.0", (operator) => {
    const { ellipsis_mask, new_axis_mask } = operator.options;
    if (ellipsis_mask !== 0 || new_axis_mask !== 0) return 6;
    return rank(operator) > 4 ? 4 : byType({ int8: 2, bool: 3 })(operator);
  }),
  SUB: row("1.6.0 1.14.0 2.3.0 2.4.0 2.4.0", byBroadcast(3, { int8: 2, int16: 5, int64: 4 })),
  SUM: row("1.10.0 1.15.0", byType({ int8: 2 })),
  TANH: row("1.14.0 1.14.0 2.3.0", INT8_16),
  TILE: row("1.10.1 2.2.0 2.8.0", byType({ string: 2, int8: 3 })),
  TRANSPOSE: row("1.6.0 1.14.0 1.15.0 2.3.0 2.4.0 2.12.0", (operator) => {
    if (rank(operator) > 5) return 6;
    return rank(operator) > 4 ? 4 : byType({ int8: 2, bool: 3, int16: 5 })(operator);
  }),
  TRANSPOSE_CONV: row("1.9.0 2.2.0 2.3.0 2.13.0", (operator) => {
    if (operator.options.fused_activation_function !== "NONE") return 4;
    if (operator.inputs.length === 4) return 3;
    return inputType(operator, 2) === "int8" ? 2 : 1;
  }),
};

function paddingVersion(operator: AnyOperator): number {
  if (inputType(operator) === "bool") return 5;
  return rank(operator) > 4 ? 4 : byType({ int8: 2, int16: 3 })(operator);
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

/** The first runtime that runs every operator of a graph. */
export function minimumRuntime(graph: Graph): string {
  return graph.subgraphs
    .flatMap((subgraph) => subgraph.operators)
    .map((operator) => runtimeOf(operator) ?? "")
    .reduce((highest, version) => (compareVersions(version, highest) > 0 ? version : highest), "1.5.0");
}

/** Orders dotted version numbers: negative where `a` is older. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [a.split(".").map(Number), b.split(".").map(Number)];
  for (let index = 0; index < Math.max(x.length, y.length); index++) {
    const difference = (x[index] ?? 0) - (y[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
