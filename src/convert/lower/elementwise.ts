import type { WrittenOperator } from "../../graph/operators/written.ts";
import { elementCount, floatsOf, isConstant } from "../../graph/tensors.ts";
import type { Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";

type Unary = Call<"Abs">;
type Binary = Call<"Add">;
/** What the factories below give fits any kernel with operands of these names. */
// biome-ignore lint/suspicious/noExplicitAny: a lowering is contravariant in its kernel's call
type For<_Names> = (call: Call<any>) => Tensor;

/** One operator on one operand, of floats: integers are cast as tfjs's kernels do. */
export function unary(type: WrittenOperator): For<"x"> {
  return (call: Unary) => call.add(type, [toFloat(call, call.input("x"))]);
}

/** One operator on one operand, whatever its type. */
export function unaryOfAny(type: WrittenOperator): For<"x"> {
  return (call: Unary) => call.add(type, [call.input("x")]);
}

/** What the broadcasting kernels of most operators are limited to (`kernels/internal/reference`). */
const BROADCAST_RANK = 4;

const COMMUTATIVE: ReadonlySet<WrittenOperator> = new Set(["ADD", "MUL", "MAXIMUM", "MINIMUM"]);

/** One operator on two operands that broadcast. */
export function binary(type: WrittenOperator): For<"a" | "b"> {
  return (call: Binary) => {
    const operands = [call.input("a"), call.input("b")] as const;
    // Constants second, where the order does not matter: passes look for them there.
    const [a, b] = isConstant(operands[0]) && COMMUTATIVE.has(type) ? [operands[1], operands[0]] : operands;
    const broadcasts =
      a.shape.length !== b.shape.length || a.shape.some((size, index) => size !== b.shape[index]);
    if (broadcasts && call.output.shape.length > BROADCAST_RANK) {
      call.fail(
        `it broadcasts over ${call.output.shape.length} dimensions, and ${type} over at most ${BROADCAST_RANK}`,
      );
    }
    return call.add(type, [a, b]);
  };
}

/** As {@link binary}, with another operator where the operands are booleans. */
export function binaryOrLogical(type: WrittenOperator, logical: WrittenOperator): For<"a" | "b"> {
  const [numbers, booleans] = [binary(type), binary(logical)];
  return (call: Binary) => (call.input("a").type === "bool" ? booleans(call) : numbers(call));
}

/** As {@link binary} on numbers: comparisons of booleans compare them as integers. */
export function comparison(type: WrittenOperator): For<"a" | "b"> {
  return (call: Binary) => {
    const operands = [call.input("a"), call.input("b")].map((operand) =>
      operand.type === "bool" ? cast(call, operand, "int32") : operand,
    );
    return call.add(type, operands);
  };
}

/** A cast, where the type differs. */
export function cast(call: Call<KernelName>, x: Tensor, type: "float32" | "int32" | "bool"): Tensor {
  if (x.type === type) return x;
  const [from, to] = [x.type, type].map((name) => name.toUpperCase()) as ["INT32", "FLOAT32"];
  return call.add("CAST", [x], { in_data_type: from, out_data_type: to });
}

/** The operand as floats. */
export function toFloat(call: Call<KernelName>, x: Tensor): Tensor {
  return cast(call, x, "float32");
}

/** The rectifier; of integers a maximum, which is the operator that takes them. */
export function lowerRelu(call: Call<"Relu">): Tensor {
  const x = call.input("x");
  if (x.type !== "int32") return call.add("RELU", [toFloat(call, x)]);
  return call.add("MAXIMUM", [x, { ...call.integers([0], "zero"), shape: [] }]);
}

/** Bounds that are an operator of their own are that operator; infinite ones are left out. */
export function lowerClip(call: Call<"ClipByValue">): Tensor {
  const x = toFloat(call, call.input("x"));
  const { clipValueMin: low, clipValueMax: high } = call.attributes;
  if (low === 0 && high === 6) return call.add("RELU6", [x]);
  if (low === -1 && high === 1) return call.add("RELU_N1_TO_1", [x]);
  const above =
    low === 0 ? call.add("RELU", [x]) : low === -Infinity ? x : call.add("MAXIMUM", [x, call.scalar(low)]);
  return high === Infinity ? above : call.add("MINIMUM", [above, call.scalar(high)]);
}

/** `(x > 0) ? 1 : alpha`: what tfjs's kernel computes; NaN is not kept. */
export function lowerStep(call: Call<"Step">): Tensor {
  const { alpha = 0 } = call.attributes as { readonly alpha?: number };
  const x = toFloat(call, call.input("x"));
  const positive = cast(call, call.add("GREATER", [x, call.scalar(0)]), "float32");
  if (alpha === 0) return positive;
  return call.add("ADD", [call.add("MUL", [positive, call.scalar(1 - alpha)]), call.scalar(alpha)]);
}

/** Small constant powers are products and roots, which every runtime and delegate has. */
export function lowerPow(call: Call<"Pow">): Tensor {
  const [x, exponent] = [call.input("a"), call.input("b")];
  const power = isConstant(exponent) && exponent.type === "float32" && elementCount(exponent.shape) === 1;
  const sameRank = exponent.shape.length <= x.shape.length;
  switch (power && sameRank ? floatsOf(exponent)[0] : undefined) {
    case 1:
      return x;
    case 2:
      return call.add("MUL", [x, x]);
    case 3:
      return call.add("MUL", [call.add("MUL", [x, x]), x]);
    case 0.5:
      return call.add("SQRT", [x]);
    case -0.5:
      return call.add("RSQRT", [x]);
    default:
      return binary("POW")(call);
  }
}

/** Of three operands of one shape, or with a condition that broadcasts. */
export function lowerSelect(call: Call<"Select">): Tensor {
  const [condition, t, e] = [call.input("condition"), call.input("t"), call.input("e")];
  // tfjs broadcasts a vector condition along the first dimension, NumPy along the last.
  const leading = condition.shape.length === 1 && t.shape.length > 1;
  const aligned = leading ? call.reshapeTo(condition, [-1, ...t.shape.slice(1).map(() => 1)]) : condition;
  return call.add("SELECT_V2", [aligned, t, e]);
}

/** `1 / x`. */
export function lowerReciprocal(call: Call<"Reciprocal">): Tensor {
  const x = call.input("x");
  if (x.type !== "float32") call.fail("it is of integers");
  return call.add("DIV", [call.scalar(1), x]);
}

/** A sum of several operands of one shape, two at a time: ADD_N has no quantized kernel. */
export function lowerAddN(call: Call<"AddN">): Tensor {
  return call.list().reduce((sum, operand) => call.add("ADD", [sum, operand]));
}

/** SQUARE is of floats only (`elementwise.cc`). */
export function lowerSquare(call: Call<"Square">): Tensor {
  const x = call.input("x");
  return x.type === "float32" ? call.add("SQUARE", [x]) : call.add("MUL", [x, x]);
}
