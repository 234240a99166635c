import type { Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";
import {
  cast,
  flattened,
  keepingFiniteType,
  keepingType,
  select,
  toFloat,
  widened,
  withNumber,
} from "./elementwise.ts";
import type { Family } from "./table.ts";

/*
 * TensorFlow Lite has none of these functions but ATAN2. The forms hold over all floats, and take account of
 * what XNNPACK's kernels are like: LOG has an absolute error of 1.2e-7 near 1 and gives 88.8 of NaN, EXP
 * overflows a little early, SIN and COS have an absolute error of 1e-7 where they cross zero.
 */

type AnyCall = Call<KernelName>;
type OfOne = (call: AnyCall, x: Tensor) => Tensor;

// biome-ignore lint/suspicious/noExplicitAny: a lowering is contravariant in its kernel's call
type For<_Names> = (call: Call<any>) => Tensor;

/** A function of floats; of integers, as tfjs stores it: without the fraction, and 0 where it is not finite. */
const ofFloats =
  (compute: OfOne): For<"x"> =>
  (call: Call<"Acos">) =>
    flattened(call, call.input("x"), (x) => keepingFiniteType(call, x, (floats) => compute(call, floats)));

const add = (call: AnyCall, a: Tensor, b: Tensor | number): Tensor =>
  call.add("ADD", [a, typeof b === "number" ? call.scalar(b) : b]);
const mul = (call: AnyCall, a: Tensor, b: Tensor | number): Tensor =>
  call.add("MUL", [a, typeof b === "number" ? call.scalar(b) : b]);
const div = (call: AnyCall, a: Tensor, b: Tensor): Tensor => call.add("DIV", [a, b]);
const from = (call: AnyCall, value: number, x: Tensor): Tensor => call.add("SUB", [call.scalar(value), x]);

/** `c0 + x (c1 + x (c2 + ...))`. */
function polynomial(call: AnyCall, x: Tensor, coefficients: readonly number[]): Tensor {
  const [last, ...rest] = coefficients.toReversed() as [number, ...number[]];
  const [next, ...others] = rest as [number, ...number[]];
  const first = add(call, mul(call, x, last), next);
  return others.reduce((sum, coefficient) => add(call, mul(call, sum, x), coefficient), first);
}

/** The Taylor series of `atanh` up to `s^9`: exact to half a digit of a float for |s| <= 1/4. */
const AREA_TANGENT = [1, 1 / 3, 1 / 5, 1 / 7, 1 / 9];

function areaTangentSeries(call: AnyCall, s: Tensor): Tensor {
  return mul(call, s, polynomial(call, mul(call, s, s), AREA_TANGENT));
}

/** Below it `log(1 + x)` is `2 atanh(x / (2 + x))`, with an argument of 1/4 at most. */
const SMALL = 0.4;

/** Beyond what finite arguments lead to. */
const BEYOND = 3e38;

/**
 * The logarithm of what may be infinite: XNNPACK's LOG gives 88.4 of it. (The other kernels of ADD, SUB, MUL and
 * DIV end at the largest finite float; the result is then as large.)
 */
function logarithm(call: AnyCall, x: Tensor): Tensor {
  const infinite = call.add("RELU", [add(call, x, -BEYOND)]);
  return add(call, call.add("LOG", [x]), infinite);
}

/** `log(1 + x)` by x and a quarter of it, which does not overflow where `x` does. NaN goes the way of small values. */
function logOfOnePlus(call: AnyCall, x: Tensor, quarter: Tensor): Tensor {
  const series = mul(call, areaTangentSeries(call, div(call, x, add(call, x, 2))), 2);
  const log = add(call, logarithm(call, add(call, quarter, 0.25)), 2 * Math.LN2);
  const isLarge = call.add("GREATER_EQUAL", [call.add("ABS", [x]), call.scalar(SMALL)]);
  return select(call, isLarge, log, series);
}

const log1p: OfOne = (call, x) => logOfOnePlus(call, x, mul(call, x, 0.25));

/**
 * `log1p(a + a h)` with `h = a / (1 + sqrt(1 + a²))`: for `a >= 0`, without cancellation. From 1e18 on `h` is 1 in
 * any case; the bound keeps the square finite.
 */
function areaSine(call: AnyCall, a: Tensor): Tensor {
  const bounded = call.add("MINIMUM", [a, call.scalar(1e18)]);
  const root = call.add("SQRT", [add(call, mul(call, bounded, bounded), 1)]);
  const h = div(call, bounded, add(call, root, 1));
  const x = add(call, a, mul(call, a, h));
  return logOfOnePlus(call, x, mul(call, a, add(call, mul(call, h, 0.25), 0.25)));
}

const isNegative: OfOne = (call, x) => call.add("LESS", [x, call.scalar(0)]);

/** The magnitude with the sign of x. */
const signed = (call: AnyCall, x: Tensor, magnitude: Tensor): Tensor =>
  select(call, isNegative(call, x), call.add("NEG", [magnitude]), magnitude);

const asinh: OfOne = (call, x) => signed(call, x, areaSine(call, call.add("ABS", [x])));

/** `2 asinh(sqrt((x - 1) / 2))`: exact near 1, finite for all floats. */
const acosh: OfOne = (call, x) => {
  const half = mul(call, add(call, x, -1), 0.5);
  return mul(call, areaSine(call, call.add("SQRT", [half])), 2);
};

/** The series near zero, else `log(2 / (1 - |x|) - 1) / 2`; NaN goes the way of small values. */
const atanh: OfOne = (call, x) => {
  const magnitude = call.add("ABS", [x]);
  const quotient = call.add("DIV", [call.scalar(2), from(call, 1, magnitude)]);
  const log = mul(call, logarithm(call, add(call, quotient, -1)), 0.5);
  const isLarge = call.add("GREATER_EQUAL", [magnitude, call.scalar(0.25)]);
  return select(call, isLarge, signed(call, x, log), areaTangentSeries(call, x));
};

/** `e²/2 + 1 / (2 e²)` with `e = exp(x / 2)`, which does not overflow before the result does. */
const cosh: OfOne = (call, x) => {
  const e = call.add("EXP", [mul(call, x, 0.5)]);
  const decay = div(call, call.add("DIV", [call.scalar(0.5), e]), e);
  return add(call, mul(call, mul(call, e, 0.5), e), decay);
};

/** `tanh(x) cosh(x)`: no difference of near values. */
const sinh: OfOne = (call, x) => mul(call, call.add("TANH", [x]), cosh(call, x));

/** `tanh(x / 2) (exp(x) + 1)`: no difference of near values. */
const expm1: OfOne = (call, x) =>
  mul(call, call.add("TANH", [mul(call, x, 0.5)]), add(call, call.add("EXP", [x]), 1));

/** π/2 in three parts of few digits (Cephes, `tanf.c`): products with an integer below 2^13 are exact. */
const HALF_PI = [1.5703125, 4.837512969970703e-4, 7.54978995489188e-8];

/** Sine by cosine of what is left of `x` after multiples `k` of π/2; for odd `k` it is `-cos / sin`. */
const tan: OfOne = (call, x) => {
  const k = call.add("ROUND", [mul(call, x, 2 / Math.PI)]);
  const rest = HALF_PI.reduce((left, part) => call.add("SUB", [left, mul(call, k, part)]), x);
  const [sine, cosine] = [call.add("SIN", [rest]), call.add("COS", [rest])];
  const half = mul(call, k, 0.5);
  const isOdd = call.add("NOT_EQUAL", [call.add("FLOOR", [half]), half]);
  const numerator = select(call, isOdd, call.add("NEG", [cosine]), sine);
  return div(call, numerator, select(call, isOdd, sine, cosine));
};

/** `sqrt(1 - x²)` without cancellation. */
const cathetus: OfOne = (call, x) => call.add("SQRT", [mul(call, from(call, 1, x), add(call, x, 1))]);

const acos: OfOne = (call, x) => call.add("ATAN2", [cathetus(call, x), x]);
const asin: OfOne = (call, x) => call.add("ATAN2", [x, cathetus(call, x)]);

/** ATAN2 does not broadcast: a one for each element, and whatever for NaN. */
const atan: OfOne = (call, x) => call.add("ATAN2", [x, cast(call, call.add("EQUAL", [x, x]), "float32")]);

/** Two operands that broadcast. */
function lowerAtan2(call: Call<"Atan2">): Tensor {
  const [y, x] = [call.input("a"), call.input("b")].map((operand) =>
    widened(call, toFloat(call, operand)),
  ) as [Tensor, Tensor];
  return keepingType(call, call.input("a"), () => call.add("ATAN2", [y, x]));
}

/** 1 above zero less 1 below it: SIGN gives NaN of NaN, where tfjs gives 0. Booleans are their own sign. */
function lowerSign(call: Call<"Sign">): Tensor {
  const x = call.input("x");
  if (x.type === "bool") return x;
  return flattened(call, x, (numbers) => {
    const [above, below] = (["GREATER", "LESS"] as const).map((comparison) =>
      cast(call, withNumber(call, comparison, numbers, 0), x.type === "int32" ? "int32" : "float32"),
    ) as [Tensor, Tensor];
    return call.add("SUB", [above, below]);
  });
}

/** The largest finite float. */
const LARGEST = 3.4028234663852886e38;

/** Of floats by a comparison of magnitudes, which is false of NaN; integers and booleans are finite. */
const ofMagnitude =
  (ofFloat: "LESS_EQUAL" | "GREATER", ofOthers: "EQUAL" | "NOT_EQUAL"): For<"x"> =>
  (call: Call<"IsInf">) => {
    const x = call.input("x");
    if (x.type !== "float32") return call.add(ofOthers, [x, x]);
    return withNumber(call, ofFloat, call.add("ABS", [x]), LARGEST);
  };

/** The lowerings of this file. */
export const lowerings: Family<"elementary"> = {
  Acos: ofFloats(acos),
  Acosh: ofFloats(acosh),
  Asin: ofFloats(asin),
  Asinh: ofFloats(asinh),
  Atan: ofFloats(atan),
  Atanh: ofFloats(atanh),
  Atan2: lowerAtan2,
  Cosh: ofFloats(cosh),
  Expm1: ofFloats(expm1),
  IsFinite: ofMagnitude("LESS_EQUAL", "EQUAL"),
  IsInf: ofMagnitude("GREATER", "NOT_EQUAL"),
  IsNan: (call) => call.add("NOT_EQUAL", [call.input("x"), call.input("x")]),
  Log1p: ofFloats(log1p),
  Sinh: ofFloats(sinh),
  Sign: lowerSign,
  Tan: ofFloats(tan),
};
