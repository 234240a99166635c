import { intsOf, isConstant } from "../graph/tensors.ts";
import type { Operator, OperatorName, OperatorOf, Subgraph, Tensor, TensorType } from "../graph/types.ts";

/**
 * Which operators XNNPACK takes, the delegate that TensorFlow Lite runs on CPUs by default. Each row holds what
 * the delegate checks of that operator; an operator without a row stays with the runtime. The runtime also
 * decides by what it alone knows (how it was built, its flags, sizes at run time): so this is what to expect, and
 * no promise.
 *
 * Source: `Subgraph::VisitNode` and the functions that it calls in `tflite/delegates/xnnpack/xnnpack_delegate.cc`
 * of google-ai-edge/LiteRT, revision f677574, with the quantized operators that its builds switch on.
 */
export const XNNPACK_SOURCE =
  "tflite/delegates/xnnpack/xnnpack_delegate.cc of google-ai-edge/LiteRT, revision f677574";

/** `XNN_MAX_TENSOR_DIMS`. */
const MAX_RANK = 6;

/** What a check may ask of an operator's surroundings. */
interface Surroundings {
  /** Known when the delegate is prepared: a constant, or one that DEQUANTIZE or DENSIFY unpacks. */
  readonly isStatic: (tensor: Tensor | null | undefined) => boolean;
}

/** A reason why the delegate leaves the operator, or null where it takes it. */
type Check<T extends OperatorName = OperatorName> = (
  operator: OperatorOf<T>,
  surroundings: Surroundings,
) => string | null;

const FLOATS: readonly TensorType[] = ["float32", "float16"];
const QUANTIZED: readonly TensorType[] = ["int8", "uint8"];

/** The first reason of several checks. */
function all<T extends OperatorName>(...checks: readonly Check<T>[]): Check<T> {
  return (operator, surroundings) => {
    for (const check of checks) {
      const reason = check(operator, surroundings);
      if (reason !== null) return reason;
    }
    return null;
  };
}

/** Its values (the inputs at these places, and all outputs) have one of these types. */
function typed(types: readonly TensorType[], places: readonly number[] = [0]): Check {
  return ({ inputs, outputs }) => {
    const values = [...places.map((place) => inputs[place]), ...outputs];
    const other = values.find((tensor) => tensor != null && !types.includes(tensor.type));
    if (other != null) return `of ${other.type}`;
    const large = values.find((tensor) => tensor != null && tensor.shape.length > MAX_RANK);
    return large == null ? null : `of rank ${large.shape.length}`;
  };
}

const float = typed(FLOATS);
const quantizable = typed([...FLOATS, ...QUANTIZED]);

/** All operands have one type. */
const sameType: Check = ({ inputs, outputs }) =>
  new Set([...inputs, ...outputs].map((tensor) => tensor?.type)).size === 1 ? null : "of mixed types";

/** The inputs at these places are in the file. */
function constant(...places: readonly number[]): Check {
  return ({ inputs }) => {
    const open = places.find((place) => inputs[place] != null && !isConstant(inputs[place]));
    return open === undefined ? null : `its input ${open} is computed`;
  };
}

/** Weights and biases may be unpacked too. */
function fixed(...places: readonly number[]): Check {
  return ({ inputs }, { isStatic }) => {
    const open = places.find((place) => inputs[place] != null && !isStatic(inputs[place]));
    return open === undefined ? null : `its input ${open} is computed`;
  };
}

function count(least: number, most: number, what: "inputs" | "outputs" = "inputs"): Check {
  return (operator) => {
    const { length } = operator[what];
    return length >= least && length <= most ? null : `with ${length} ${what}`;
  };
}

/** `ConvertActivationToOutputRange`: ranges can be fused, other functions cannot. */
const activation: Check = ({ options }) => {
  const { fused_activation_function: fused = "NONE" } = options as { fused_activation_function?: string };
  return ["NONE", "RELU", "RELU_N1_TO_1", "RELU6"].includes(fused) ? null : `with ${fused} fused`;
};

/** `CheckPoolingParams`. */
const pooling: Check<"MAX_POOL_2D" | "AVERAGE_POOL_2D"> = ({ options }) => {
  const { stride_h, stride_w, filter_height, filter_width } = options;
  const window = `a ${filter_height}x${filter_width} window with strides of ${stride_h}x${stride_w}`;
  return stride_h > filter_height || stride_w > filter_width ? window : null;
};

const biased: Check = ({ inputs }) => (inputs[2] == null ? "without bias" : null);

/** A float convolution with int8 weights quantizes its input on the fly; a depthwise one cannot. */
const weightsOfTheSameType: Check = ({ inputs }) =>
  inputs[0]?.type === inputs[1]?.type ? null : `of ${inputs[0]?.type} with weights of ${inputs[1]?.type}`;
const weights: Check = (operator, surroundings) =>
  operator.inputs[0]?.type === "float32" && operator.inputs[1]?.type === "int8"
    ? null
    : weightsOfTheSameType(operator, surroundings);

const blocks: Check<"SPACE_TO_DEPTH" | "DEPTH_TO_SPACE"> = ({ options }) =>
  options.block_size > 1 ? null : `with a block size of ${options.block_size}`;

/** The integers of a small constant. */
function ints(tensor: Tensor | null | undefined): readonly number[] {
  return isConstant(tensor) && tensor.type === "int32" ? [...intsOf(tensor)] : [];
}

const unary = all(count(1, 1), float);
const binary = all(count(2, 2), typed(FLOATS, [0, 1]), activation);
const arithmetic = all(count(2, 2), typed([...FLOATS, ...QUANTIZED], [0, 1]), sameType, activation);
const reduction = all(count(2, 2), quantizable, constant(1));

type Table = { readonly [T in OperatorName]?: Check<T> };

const TAKEN: Table = {
  ABS: unary,
  ADD: arithmetic,
  AVERAGE_POOL_2D: all<"AVERAGE_POOL_2D">(unary, pooling, activation),
  BATCH_MATMUL: all(typed([...FLOATS, ...QUANTIZED], [0, 1]), weights),
  CEIL: unary,
  CONCATENATION: all(count(2, 5), typed([...FLOATS, ...QUANTIZED], [0, 1, 2, 3, 4])),
  CONV_2D: all(biased, quantizable, weights, fixed(1, 2), activation),
  COS: unary,
  DEPTHWISE_CONV_2D: all(biased, quantizable, weightsOfTheSameType, fixed(1, 2), activation),
  DEPTH_TO_SPACE: all<"DEPTH_TO_SPACE">(quantizable, blocks),
  DEQUANTIZE: ({ inputs }) =>
    QUANTIZED.includes(inputs[0]?.type as TensorType) ? null : `of ${inputs[0]?.type}`,
  DIV: binary,
  ELU: all(count(1, 1), typed([...FLOATS, "int8"])),
  EXP: unary,
  EXPAND_DIMS: all(quantizable, constant(1)),
  FLOOR: unary,
  FULLY_CONNECTED: all<"FULLY_CONNECTED">(
    quantizable,
    ({ version }) => (version === 8 ? "of sparse weights" : null),
    ({ options }) =>
      options.weights_format === "DEFAULT" ? null : `with weights in ${options.weights_format}`,
    ({ inputs }) =>
      inputs[1]?.shape.length === 2 ? null : `with weights of rank ${inputs[1]?.shape.length}`,
    // Weights of float may be computed (TFLITE_XNNPACK_DELEGATE_FLAG_DYNAMIC_FULLY_CONNECTED).
    (operator, surroundings) =>
      operator.inputs[1]?.type === "float32" ? null : fixed(1)(operator, surroundings),
    ({ inputs }) => (inputs[0]?.type === "uint8" && inputs[1]?.type !== "uint8" ? "of mixed types" : null),
    activation,
  ),
  GELU: unary,
  HARD_SWISH: unary,
  LEAKY_RELU: all<"LEAKY_RELU">(quantizable, ({ options }) =>
    options.alpha === 0 ? "with a slope of 0" : null,
  ),
  LOG: unary,
  LOGISTIC: all(count(1, 1), quantizable),
  MAXIMUM: binary,
  MAX_POOL_2D: all<"MAX_POOL_2D">(quantizable, pooling, activation),
  MEAN: reduction,
  MINIMUM: binary,
  MUL: arithmetic,
  NEG: unary,
  PAD: all(quantizable, constant(1), ({ inputs }) =>
    ints(inputs[1]).some((size) => size < 0) ? "with a negative padding" : null,
  ),
  PRELU: all(binary, fixed(1)),
  QUANTIZE: ({ inputs, outputs }) => {
    const [from, to] = [inputs[0]?.type as TensorType, outputs[0]?.type as TensorType];
    return QUANTIZED.includes(to) && (FLOATS.includes(from) || from === to) ? null : `from ${from} to ${to}`;
  },
  REDUCE_MAX: reduction,
  REDUCE_MIN: reduction,
  RELU: unary,
  RELU6: unary,
  RELU_N1_TO_1: unary,
  RESHAPE: all(count(1, 2), quantizable, constant(1)),
  RESIZE_BILINEAR: all(count(2, 2), quantizable, constant(1)),
  ROUND: unary,
  RSQRT: unary,
  SIN: unary,
  SLICE: all(quantizable, constant(1, 2), ({ inputs }) =>
    ints(inputs[2]).some((size) => size <= 0) ? "to the end of a dimension (a size of -1)" : null,
  ),
  SOFTMAX: all<"SOFTMAX">(unary, ({ options }) => (options.beta === 1 ? null : `with beta ${options.beta}`)),
  SPACE_TO_DEPTH: all<"SPACE_TO_DEPTH">(quantizable, blocks),
  SPLIT: all(count(2, 4, "outputs"), typed([...FLOATS, ...QUANTIZED], [1]), constant(0)),
  SQRT: unary,
  SQUARE: unary,
  SQUARED_DIFFERENCE: binary,
  STRIDED_SLICE: all<"STRIDED_SLICE">(
    quantizable,
    constant(1, 2, 3),
    ({ options }) =>
      options.ellipsis_mask === 0 && options.new_axis_mask === 0 && options.shrink_axis_mask === 0
        ? null
        : "that changes the rank",
    ({ inputs }) => (ints(inputs[3]).every((stride) => stride === 1) ? null : "with strides"),
  ),
  SUB: arithmetic,
  SUM: reduction,
  TANH: all(count(1, 1), quantizable),
  TRANSPOSE: all(quantizable, constant(1)),
  TRANSPOSE_CONV: all(
    count(3, 4),
    typed([...FLOATS, ...QUANTIZED], [2]),
    constant(0),
    fixed(1, 3),
    activation,
  ),
};

/** An operator that the delegate is expected to leave to the runtime. */
export interface LeftOperator {
  readonly operator: Operator;
  /** Such as `"a 1x1 window with strides of 2x2"`. */
  readonly reason: string;
}

/** What the delegate is expected to take of a subgraph, and what it leaves. */
export function expectXnnpack(subgraph: Subgraph): {
  readonly taken: ReadonlySet<Operator>;
  readonly left: readonly LeftOperator[];
} {
  const unpacked = new Map<Tensor, Operator>();
  const isStatic = (tensor: Tensor | null | undefined): boolean =>
    tensor != null && (isConstant(tensor) || unpacked.has(tensor));
  for (const operator of subgraph.operators) {
    if (unpacks(operator) && isStatic(operator.inputs[0]))
      unpacked.set(operator.outputs[0] as Tensor, operator);
  }
  const left: LeftOperator[] = [];
  // What it unpacks goes along with the delegate, unless an operator outside reads it.
  const taken = new Set<Operator>(unpacked.values());
  for (const operator of subgraph.operators) {
    if (taken.has(operator)) continue;
    const check = TAKEN[operator.type] as Check | undefined;
    const reason = check === undefined ? "no such operator in XNNPACK" : check(operator, { isStatic });
    if (reason === null) taken.add(operator);
    else left.push({ operator, reason });
  }
  for (const { operator } of [...left]) {
    for (const input of operator.inputs) {
      const unpacker = input === null ? undefined : unpacked.get(input);
      if (unpacker !== undefined && taken.delete(unpacker)) {
        left.push({ operator: unpacker, reason: "unpacks for an operator outside" });
      }
    }
  }
  return { taken, left };
}

function unpacks({ type, inputs, outputs }: Operator): boolean {
  if (inputs.length !== 1 || outputs.length !== 1) return false;
  const from = inputs[0]?.type;
  if (type === "DENSIFY") return true;
  return type === "DEQUANTIZE" && outputs[0]?.type === "float32" && (from === "float16" || from === "int8");
}
