import { castOptions } from "../../graph/builder.ts";
import type { WrittenOperator } from "../../graph/operators/written.ts";
import {
  bytesOf,
  constant,
  elementCount,
  floatsOf,
  intsOf,
  isConstant,
  openSizes,
  sameSignature,
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

/** One operator on one operand of its own type. */
export function unaryOfAny(type: WrittenOperator): For<"x"> {
  return (call: Unary) => call.add(type, [call.input("x")]);
}

/** What the broadcasting kernels of most operators are limited to (`BroadcastBinaryFunction4DSlow`). */
const BROADCAST_RANK = 4;

/**
 * Operators whose kernels broadcast over more dimensions from a version on, in runtime 2.14 as well: tried there,
 * without a delegate, where more end the process. MUL is not among them.
 */
const WIDE_BROADCASTS: Partial<Record<WrittenOperator, { readonly rank: number; readonly version: number }>> =
  {
    ADD: { rank: 6, version: 5 },
    DIV: { rank: 5, version: 2 },
    MAXIMUM: { rank: 5, version: 3 },
    MINIMUM: { rank: 5, version: 3 },
    SUB: { rank: 5, version: 3 },
  };

function broadcastRank(call: Call<KernelName>, type: WrittenOperator): number {
  const wide = WIDE_BROADCASTS[type];
  return wide !== undefined && call.allows(type, wide.version) ? wide.rank : BROADCAST_RANK;
}

const COMMUTATIVE: ReadonlySet<WrittenOperator> = new Set(["ADD", "MUL", "MAXIMUM", "MINIMUM"]);

/** One operator on two operands that broadcast. */
export function binary(type: WrittenOperator): For<"a" | "b"> {
  return (call: Binary) => {
    const operands = [call.input("a"), call.input("b")] as const;
    if (operands[0].type === "bool" && !type.startsWith("LOGICAL_")) failOfBooleans(call);
    // Constants second, where the order does not matter: passes look for them there.
    const [a, b] = isConstant(operands[0]) && COMMUTATIVE.has(type) ? [operands[1], operands[0]] : operands;
    return broadcast(call, type, a, b);
  };
}

/**
 * Adds an operator on two operands that together have the shape of the call's output. Where they have more
 * dimensions than its kernel broadcasts over, those that go together are joined; where that is not enough, both
 * operands are repeated.
 */
export function broadcast(call: Call<KernelName>, type: WrittenOperator, a: Tensor, b: Tensor): Tensor {
  const rank = Math.max(a.shape.length, b.shape.length);
  const limit = broadcastRank(call, type);
  if (sameSignature(a, b) || rank <= limit) return call.add(type, [a, b]);
  const groups = joinedDimensions(a, b, rank);
  const joined = [a, b].map((operand) => joinedSizes(operand, groups, rank)) as [
    readonly number[],
    readonly number[],
  ];
  if (groups.length > limit || joined.some((sizes) => openSizes(sizes) > 1)) {
    const shape = broadcastShape(call, a, b);
    return call.add(type, [repeated(call, a, shape), repeated(call, b, shape)]);
  }
  const result = call.add(type, [joinDimensions(call, a, joined[0]), joinDimensions(call, b, joined[1])]);
  const whole = [a, b].find(
    (operand) => operand.shape.length === rank && elementCount(operand.shape) === elementCount(result.shape),
  );
  return call.reshape(result, { ...(whole ?? call.output), type: result.type });
}

/**
 * One operator on each element of an operand and a number. More dimensions than the kernel broadcasts over are
 * joined to one.
 */
export function withNumber(call: Call<KernelName>, type: WrittenOperator, x: Tensor, value: number): Tensor {
  return broadcast(call, type, x, x.type === "int32" ? call.integer(value) : call.scalar(value));
}

/** What is computed element by element, of one dimension where there are more than its kernels broadcast over. */
export function flattened(
  call: Call<KernelName>,
  x: Tensor,
  compute: (x: Tensor) => Tensor,
  rank: number = BROADCAST_RANK,
): Tensor {
  if (x.shape.length <= rank) return compute(x);
  const y = compute(call.reshapeTo(x, [-1]));
  return call.reshape(y, { ...x, type: y.type });
}

/** The operand repeated to the shape of the call's output. */
export function widened(call: Call<KernelName>, x: Tensor): Tensor {
  return repeated(call, x, () => call.shapeOf(call.output));
}

function repeated(call: Call<KernelName>, x: Tensor, shape: () => Tensor): Tensor {
  const like: Tensor = { ...call.output, type: x.type, name: call.name(call.kernel) };
  return sameSignature(x, like) ? x : call.addLike("BROADCAST_TO", [x, shape()], {}, like);
}

/** The shape of the call's output, computed where the trace knows it no more. */
function broadcastShape(call: Call<KernelName>, a: Tensor, b: Tensor): () => Tensor {
  const { output } = call;
  const known = !signatureOf(output).includes(-1) || call.probesOf(output) !== undefined;
  if (known) return () => call.shapeOf(output);
  const [first, second] = [a, b].map((operand) => call.add("SHAPE", [operand], { out_type: "INT32" }));
  const shape = call.add("BROADCAST_ARGS", [first as Tensor, second as Tensor]);
  return () => shape;
}

/** Neighbouring dimensions along which both operands run, or the same one of them is repeated. */
function joinedDimensions(a: Tensor, b: Tensor, rank: number): readonly (readonly number[])[] {
  const groups: number[][] = [];
  let last: string | null = null;
  for (let index = 0; index < rank; index++) {
    const runs = [a, b].map((operand) => sizeAt(operand, index, rank) !== 1);
    // A dimension of 1 goes with any other.
    const kind: string | null = runs.includes(true) ? runs.join() : last;
    if (groups.length > 0 && (last === null || kind === last)) groups.at(-1)?.push(index);
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

function joinedSizes(x: Tensor, groups: readonly (readonly number[])[], rank: number): readonly number[] {
  return groups.map((group) => {
    const parts = group.map((index) => sizeAt(x, index, rank));
    return parts.includes(-1) ? -1 : elementCount(parts);
  });
}

function joinDimensions(call: Call<KernelName>, x: Tensor, sizes: readonly number[]): Tensor {
  return isConstant(x) ? ({ ...x, shape: sizes } satisfies ConstantTensor) : call.reshapeTo(x, sizes);
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
  return call.add("CAST", [x], castOptions(x.type, type));
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

/**
 * As {@link keepingType}, for what may be infinite or NaN: tfjs stores 0 then, and a runtime's cast whatever it
 * likes. Beyond 2^31 tfjs's integers wrap; these are 0.
 */
export function keepingFiniteType(call: Call<KernelName>, x: Tensor, compute: (x: Tensor) => Tensor): Tensor {
  return keepingType(call, x, (floats) => {
    const y = compute(floats);
    return x.type === "int32" ? finiteOrZero(call, y) : y;
  });
}

/** The number where an integer can hold it, else 0. */
export function finiteOrZero(call: Call<KernelName>, x: Tensor): Tensor {
  const fits = call.add("LESS", [call.add("ABS", [x]), call.scalar(2 ** 31)]);
  return select(call, fits, x, call.scalar(0));
}

/** One or the other, element by element; before runtime 2.2 all must be of one shape. */
export function select(call: Call<KernelName>, condition: Tensor, t: Tensor, e: Tensor): Tensor {
  const plain = sameSignature(condition, t) && sameSignature(t, e) && !call.allows("SELECT_V2");
  return call.add(plain ? "SELECT" : "SELECT_V2", [condition, t, e]);
}

function numeric(call: Call<KernelName>, { type }: Tensor): "float32" | "int32" {
  if (type === "float32" || type === "int32") return type;
  return type === "bool" ? failOfBooleans(call) : call.fail(`it is of ${type}`);
}

/** Ends the lowering of a kernel that tfjs gives booleans no meaning in. */
export function failOfBooleans(call: Call<KernelName>): never {
  return call.fail('it is of booleans: cast them to "int32" or "float32" first');
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

/** The opposite, of floats and integers. */
function lowerNeg(call: Call<"Neg">): Tensor {
  const x = call.input("x");
  numeric(call, x);
  return call.add("NEG", [x]);
}

/** Halves to the even neighbour; integers and booleans are round. */
function lowerRound(call: Call<"Round">): Tensor {
  const x = call.input("x");
  return x.type === "float32" ? call.add("ROUND", [x]) : x;
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

/** Bounds that are an operator of their own are that operator; those that bound nothing are left out. */
function clip(call: Call<KernelName>, x: Tensor, low: number, high: number): Tensor {
  const isFloat = numeric(call, x) === "float32";
  if (isFloat && low === 0 && high === 6) return call.add("RELU6", [x]);
  if (isFloat && low === -1 && high === 1) return call.add("RELU_N1_TO_1", [x]);
  // tfjs stores a bound in the operand's type: of an integer without its fraction.
  const bound = (value: number): number => (isFloat ? value : Math.trunc(value));
  const [lowest, highest] = isFloat ? [-Infinity, Infinity] : [-(2 ** 31), 2 ** 31 - 1];
  const above =
    low <= lowest
      ? x
      : isFloat && low === 0
        ? call.add("RELU", [x])
        : withNumber(call, "MAXIMUM", x, bound(low));
  return high >= highest ? above : withNumber(call, "MINIMUM", above, bound(high));
}

/** `(x > 0) ? 1 : alpha`, and NaN of NaN. */
function lowerStep(call: Call<"Step">): Tensor {
  const { alpha = 0 } = call.attributes as { readonly alpha?: number };
  const input = call.input("x");
  return flattened(call, input, (x) =>
    keepingType(call, x, (floats) => {
      const positive = cast(call, call.add("GREATER", [floats, call.scalar(0)]), "float32");
      const above = alpha === 0 ? positive : call.add("MUL", [positive, call.scalar(1 - alpha)]);
      const step = alpha === 0 ? above : call.add("ADD", [above, call.scalar(alpha)]);
      return input.type === "int32" ? step : select(call, call.add("EQUAL", [floats, floats]), step, floats);
    }),
  );
}

/** Small constant powers are products and roots, which every runtime and delegate has. */
const POWERS: ReadonlyMap<number, (call: Call<KernelName>, x: Tensor) => Tensor> = new Map([
  [1, (_, x) => x],
  [2, (call, x) => call.add("MUL", [x, x])],
  [3, (call, x) => call.add("MUL", [call.add("MUL", [x, x]), x])],
  [0.5, (call, x) => call.add("SQRT", [x])],
  [-0.5, (call, x) => call.add("RSQRT", [x])],
  [-1, (call, x) => broadcast(call, "DIV", call.scalar(1), x)],
]);

/** Powers of floats; of integers see {@link integerPower}. */
function lowerPow(call: Call<"Pow">): Tensor {
  const [x, exponent] = [call.input("a"), call.input("b")];
  if (x.type === "int32") return integerPower(call, x, exponent);
  const isOne = isConstant(exponent) && elementCount(exponent.shape) === 1;
  const written = isOne && exponent.type === "float32" && exponent.shape.length <= x.shape.length;
  const power = written ? POWERS.get(floatsOf(exponent)[0] as number) : undefined;
  return power === undefined ? binary("POW")(call) : power(call, x);
}

/**
 * POW refuses negative exponents of integers (`pow.cc`). tfjs cuts the fraction off: 0, but for bases of 1 and -1
 * the power to the exponent's magnitude.
 */
function integerPower(call: Call<"Pow">, x: Tensor, exponent: Tensor): Tensor {
  if (isConstant(exponent) && intsOf(exponent).every((value) => value >= 0))
    return broadcast(call, "POW", x, exponent);
  const magnitude = (operand: Tensor): Tensor => call.add("MAXIMUM", [operand, call.add("NEG", [operand])]);
  const isWhole = broadcast(
    call,
    "LOGICAL_OR",
    withNumber(call, "EQUAL", magnitude(x), 1),
    withNumber(call, "GREATER_EQUAL", exponent, 0),
  );
  const power = broadcast(call, "POW", x, magnitude(exponent));
  return call.add("MUL", [power, cast(call, isWhole, "int32")]);
}

/** Of three operands of one shape, or with a condition that broadcasts. */
function lowerSelect(call: Call<"Select">): Tensor {
  // Integers and floats may be mixed: tfjs stores both as the wider type.
  const type = call.output.type as "float32";
  const [t, e] = [cast(call, call.input("t"), type), cast(call, call.input("e"), type)];
  const condition = call.input("condition");
  // tfjs broadcasts a vector condition along the first dimension, NumPy along the last.
  const leading = condition.shape.length === 1 && t.shape.length > 1;
  const aligned = leading ? call.reshapeTo(condition, [-1, ...t.shape.slice(1).map(() => 1)]) : condition;
  return select(call, aligned, t, e);
}

/** `1 / x`. */
function lowerReciprocal(call: Call<"Reciprocal">): Tensor {
  return flattened(call, call.input("x"), (x) =>
    keepingFiniteType(call, x, (floats) => call.add("DIV", [call.scalar(1), floats])),
  );
}

/** A sum of several operands of one shape, two at a time: ADD_N has no quantized kernel. */
function lowerAddN(call: Call<"AddN">): Tensor {
  const operands = call.list();
  for (const operand of operands) numeric(call, operand);
  return operands.reduce((sum, operand) => call.add("ADD", [sum, operand]));
}

/** SQUARE is of floats only (`elementwise.cc`). */
function lowerSquare(call: Call<"Square">): Tensor {
  const x = call.input("x");
  return numeric(call, x) === "float32" ? call.add("SQUARE", [x]) : call.add("MUL", [x, x]);
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
  Neg: lowerNeg,
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
