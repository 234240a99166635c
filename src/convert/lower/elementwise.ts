import type { WrittenOperator } from "../../graph/operators/written.ts";
import {
  bytesOf,
  constant,
  elementCount,
  floatsOf,
  intsOf,
  isConstant,
  sameShape,
  signatureOf,
} from "../../graph/tensors.ts";
import type { ConstantTensor, Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";
import type { Family } from "./table.ts";

type Unary = Call<"Abs">;
type Binary = Call<"Add">;
/** What the factories below give fits any kernel with operands of these names. */
// biome-ignore lint/suspicious/noExplicitAny: a lowering is contravariant in its kernel's call
type For<_Names> = (call: Call<any>) => Tensor;

/** One operator on one operand, of floats: integers are cast as tfjs's kernels do. */
export function unary(type: WrittenOperator): For<"x"> {
  return (call: Unary) => call.add(type, [toFloat(call, call.input("x"))]);
}

/** One operator on one operand, of numbers of either type. */
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
    if (operands[0].type === "bool" && !type.startsWith("LOGICAL_")) call.fail("it is of booleans");
    // Constants second, where the order does not matter: passes look for them there.
    const [a, b] = isConstant(operands[0]) && COMMUTATIVE.has(type) ? [operands[1], operands[0]] : operands;
    return broadcast(call, type, a, b);
  };
}

/** Adds an operator on two operands, with dimensions joined where they are more than its kernel broadcasts over. */
function broadcast(call: Call<KernelName>, type: WrittenOperator, a: Tensor, b: Tensor): Tensor {
  const rank = call.output.shape.length;
  if (sameShape(a.shape, b.shape) || rank <= BROADCAST_RANK) return call.add(type, [a, b]);
  const groups = joinedDimensions(a, b, rank);
  if (groups.length > BROADCAST_RANK) {
    call.fail(`it broadcasts over ${groups.length} dimensions, and ${type} over at most ${BROADCAST_RANK}`);
  }
  const [x, y] = [a, b].map((operand) => joinDimensions(call, operand, groups, rank)) as [Tensor, Tensor];
  return call.reshape(call.add(type, [x, y]), call.output);
}

/** Neighbouring dimensions along which both operands run, or the same one of them is repeated. */
function joinedDimensions(a: Tensor, b: Tensor, rank: number): readonly (readonly number[])[] {
  const groups: number[][] = [];
  let last: string | null = null;
  for (let index = 0; index < rank; index++) {
    const kind = [a, b].map((operand) => sizeAt(operand, index, rank) !== 1).join();
    if (kind === last) groups.at(-1)?.push(index);
    else groups.push([index]);
    last = kind;
  }
  return groups;
}

/** A size, or -1, counted as of a tensor of `rank` dimensions. */
function sizeAt(x: Tensor, index: number, rank: number): number {
  const sizes = signatureOf(x);
  return sizes[index - rank + sizes.length] ?? 1;
}

function joinDimensions(
  call: Call<KernelName>,
  x: Tensor,
  groups: readonly (readonly number[])[],
  rank: number,
): Tensor {
  const joined = groups.map((group) => {
    const parts = group.map((index) => sizeAt(x, index, rank));
    return parts.includes(-1) ? -1 : elementCount(parts);
  });
  return isConstant(x) ? ({ ...x, shape: joined } satisfies ConstantTensor) : call.reshapeTo(x, joined);
}

/** As {@link binary}, with another operator where the operands are booleans. */
export function binaryOrLogical(type: WrittenOperator, logical: WrittenOperator): For<"a" | "b"> {
  const [numbers, booleans] = [binary(type), binary(logical)];
  return (call: Binary) => (call.input("a").type === "bool" ? booleans(call) : numbers(call));
}

/** As {@link binary} on numbers: comparisons of booleans compare them as integers. */
export function comparison(type: WrittenOperator): For<"a" | "b"> {
  return (call: Binary) => {
    const [a, b] = [call.input("a"), call.input("b")].map((operand) =>
      operand.type === "bool" ? cast(call, operand, "int32") : operand,
    ) as [Tensor, Tensor];
    return broadcast(call, type, a, b);
  };
}

/** A cast, where the type differs. */
export function cast(call: Call<KernelName>, x: Tensor, type: "float32" | "int32" | "bool"): Tensor {
  if (x.type === type) return x;
  if (isConstant(x)) return castConstant(x, type);
  const [from, to] = [x.type, type].map((name) => name.toUpperCase()) as ["INT32", "FLOAT32"];
  return call.add("CAST", [x], { in_data_type: from, out_data_type: to });
}

function castConstant(x: ConstantTensor, type: "float32" | "int32" | "bool"): ConstantTensor {
  const values = x.type === "bool" ? bytesOf(x) : x.type === "int32" ? intsOf(x) : floatsOf(x);
  const made =
    type === "float32"
      ? Float32Array.from(values)
      : type === "int32"
        ? Int32Array.from(values)
        : Uint8Array.from(values, (value) => (value === 0 ? 0 : 1));
  return constant(x.name, type, x.shape, made);
}

/** The operand as floats. */
export function toFloat(call: Call<KernelName>, x: Tensor): Tensor {
  return cast(call, x, "float32");
}

/**
 * Computes on floats what gives the operand's type: of integers the fraction is cut off, which is how tfjs's
 * kernels store it.
 */
export function keepingType(call: Call<KernelName>, x: Tensor, compute: (x: Tensor) => Tensor): Tensor {
  const type = numeric(call, x);
  return cast(call, compute(toFloat(call, x)), type);
}

function numeric(call: Call<KernelName>, { type }: Tensor): "float32" | "int32" {
  return type === "float32" || type === "int32" ? type : call.fail(`it is of ${type}`);
}

/** Another element type; a cast of equal types is nothing. */
function lowerCast(call: Call<"Cast">): Tensor {
  const { dtype } = call.attributes;
  if (dtype !== "float32" && dtype !== "int32" && dtype !== "bool") call.fail(`it casts to ${dtype}`);
  return cast(call, call.input("x"), dtype);
}

/** The magnitude; of integers as a maximum, which older runtimes have as well. */
function lowerAbs(call: Call<"Abs">): Tensor {
  const x = call.input("x");
  if (numeric(call, x) === "float32") return call.add("ABS", [x]);
  return call.add("MAXIMUM", [x, call.add("NEG", [x])]);
}

/** Halves to the even neighbour; integers are round. */
function lowerRound(call: Call<"Round">): Tensor {
  const x = call.input("x");
  return numeric(call, x) === "int32" ? x : call.add("ROUND", [x]);
}

/** The rectifier. */
function lowerRelu(call: Call<"Relu">): Tensor {
  return clip(call, call.input("x"), 0, Infinity);
}

/** The rectifier that ends at 6. */
function lowerRelu6(call: Call<"Relu6">): Tensor {
  return clip(call, call.input("x"), 0, 6);
}

/** Between two bounds. */
function lowerClip(call: Call<"ClipByValue">): Tensor {
  return clip(call, call.input("x"), call.attributes.clipValueMin, call.attributes.clipValueMax);
}

/** Bounds that are an operator of their own are that operator; infinite ones are left out. */
function clip(call: Call<KernelName>, x: Tensor, low: number, high: number): Tensor {
  const isFloat = numeric(call, x) === "float32";
  if (isFloat && low === 0 && high === 6) return call.add("RELU6", [x]);
  if (isFloat && low === -1 && high === 1) return call.add("RELU_N1_TO_1", [x]);
  // tfjs stores a bound in the operand's type: of an integer without its fraction.
  const bound = (value: number): Tensor =>
    isFloat ? call.scalar(value) : { ...call.integers([Math.trunc(value)], "bound"), shape: [] };
  const above =
    low === -Infinity
      ? x
      : isFloat && low === 0
        ? call.add("RELU", [x])
        : call.add("MAXIMUM", [x, bound(low)]);
  return high === Infinity ? above : call.add("MINIMUM", [above, bound(high)]);
}

/** `(x > 0) ? 1 : alpha`: what tfjs's kernel computes; NaN is not kept. */
function lowerStep(call: Call<"Step">): Tensor {
  const { alpha = 0 } = call.attributes as { readonly alpha?: number };
  return keepingType(call, call.input("x"), (x) => {
    const positive = cast(call, call.add("GREATER", [x, call.scalar(0)]), "float32");
    if (alpha === 0) return positive;
    return call.add("ADD", [call.add("MUL", [positive, call.scalar(1 - alpha)]), call.scalar(alpha)]);
  });
}

/** Small constant powers are products and roots, which every runtime and delegate has. */
function lowerPow(call: Call<"Pow">): Tensor {
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
function lowerSelect(call: Call<"Select">): Tensor {
  const [condition, t, e] = [call.input("condition"), call.input("t"), call.input("e")];
  // tfjs broadcasts a vector condition along the first dimension, NumPy along the last.
  const leading = condition.shape.length === 1 && t.shape.length > 1;
  const aligned = leading ? call.reshapeTo(condition, [-1, ...t.shape.slice(1).map(() => 1)]) : condition;
  return call.add("SELECT_V2", [aligned, t, e]);
}

/** `1 / x`. */
function lowerReciprocal(call: Call<"Reciprocal">): Tensor {
  return keepingType(call, call.input("x"), (x) => call.add("DIV", [call.scalar(1), x]));
}

/** A sum of several operands of one shape, two at a time: ADD_N has no quantized kernel. */
function lowerAddN(call: Call<"AddN">): Tensor {
  return call.list().reduce((sum, operand) => call.add("ADD", [sum, operand]));
}

/** SQUARE is of floats only (`elementwise.cc`). */
function lowerSquare(call: Call<"Square">): Tensor {
  const x = call.input("x");
  return x.type === "float32" ? call.add("SQUARE", [x]) : call.add("MUL", [x, x]);
}

/** The lowerings of this file. */
export const lowerings: Family<"elementwise"> = {
  Abs: lowerAbs,
  Add: binaryOrLogical("ADD", "LOGICAL_OR"),
  AddN: lowerAddN,
  Cast: lowerCast,
  Ceil: unary("CEIL"),
  ClipByValue: lowerClip,
  Cos: unary("COS"),
  RealDiv: binary("DIV"),
  Equal: comparison("EQUAL"),
  Exp: unary("EXP"),
  Floor: unary("FLOOR"),
  Greater: comparison("GREATER"),
  GreaterEqual: comparison("GREATER_EQUAL"),
  Identity: (call) => call.input("x"),
  Less: comparison("LESS"),
  LessEqual: comparison("LESS_EQUAL"),
  Log: unary("LOG"),
  LogicalAnd: binary("LOGICAL_AND"),
  LogicalNot: unaryOfAny("LOGICAL_NOT"),
  LogicalOr: binary("LOGICAL_OR"),
  Maximum: binaryOrLogical("MAXIMUM", "LOGICAL_OR"),
  Minimum: binaryOrLogical("MINIMUM", "LOGICAL_AND"),
  Multiply: binaryOrLogical("MUL", "LOGICAL_AND"),
  Neg: unaryOfAny("NEG"),
  NotEqual: comparison("NOT_EQUAL"),
  Pow: lowerPow,
  Reciprocal: lowerReciprocal,
  Relu: lowerRelu,
  Relu6: lowerRelu6,
  Round: lowerRound,
  Rsqrt: unary("RSQRT"),
  Select: lowerSelect,
  Sin: unary("SIN"),
  Sigmoid: unary("LOGISTIC"),
  Sqrt: unary("SQRT"),
  SquaredDifference: binary("SQUARED_DIFFERENCE"),
  Square: lowerSquare,
  Sub: binary("SUB"),
  Tanh: unary("TANH"),
  Step: lowerStep,
};
