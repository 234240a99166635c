import type { Operator, Tensor } from "../../../graph/types.ts";
import type { GraphView } from "../../../graph/view.ts";
import { added, isClose, productOf, scalarOf, sumOf } from "./pattern.ts";

/** Abramowitz and Stegun, formula 7.1.26, from the highest power on. */
const P = 0.3275911;
const COEFFICIENTS = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592];

/** A factor that takes any number but zero to 1 or beyond. */
const LARGE = 1e30;

/** An error function: of what, and the operators that compute it. */
export interface Erf {
  readonly x: Tensor;
  readonly operators: readonly Operator[];
}

/**
 * Knows the form in which the error function is lowered, for want of an operator:
 * `sign(x) (1 - polynomial(t) exp(-x²))` with `t = 1 / (1 + p |x|)`.
 */
export function erfOf(tensor: Tensor, view: GraphView): Erf | null {
  const outer = productOf(tensor, view);
  if (outer.factors.length !== 2 || outer.scale !== 1) return null;
  for (const [magnitude, factor] of [outer.factors, [...outer.factors].reverse()] as [Tensor, Tensor][]) {
    const sign = signOf(factor, view);
    const rest = sumOf(magnitude, view);
    const [term] = rest?.terms ?? [];
    if (sign === null || rest?.constant !== 1 || rest.terms.length !== 1 || term?.sign !== -1) continue;
    const decay = decayOf(term.tensor, sign.x, view);
    if (decay === null) continue;
    return { x: sign.x, operators: [...outer.operators, ...sign.operators, ...rest.operators, ...decay] };
  }
  return null;
}

/** SIGN, or what stands for it: the product with a number beyond all bounds, between -1 and 1. */
function signOf(tensor: Tensor, view: GraphView): Erf | null {
  const operator = view.producer(tensor);
  const x = operator?.inputs[0];
  if (operator === undefined || x == null) return null;
  if (operator.type === "SIGN") return { x, operators: [operator] };
  if (operator.type !== "RELU_N1_TO_1") return null;
  const { scale, factors, operators } = productOf(x, view);
  const [only, ...others] = factors as [Tensor, ...Tensor[]];
  return others.length === 0 && scale >= LARGE ? { x: only, operators: [operator, ...operators] } : null;
}

/** The operators of `polynomial(t) exp(-x²)`. */
function decayOf(tensor: Tensor, x: Tensor, view: GraphView): readonly Operator[] | null {
  const { scale, factors, operators } = productOf(tensor, view);
  const gauss = factors.find((factor) => view.producer(factor)?.type === "EXP");
  const exp = view.producer(gauss);
  if (exp === undefined || scale !== 1 || factors.length !== 3) return null;
  const square = productOf(exp.inputs[0] as Tensor, view);
  const isSquare = square.factors.length === 2 && square.factors.every((factor) => factor === x);
  if (!isSquare || square.scale !== -1) return null;
  for (const t of factors) {
    const reciprocal = reciprocalOf(t, x, view);
    const outer = factors.find((factor) => factor !== t && factor !== gauss);
    if (reciprocal === null || outer === undefined) continue;
    const polynomial = hornerOf(outer, t, COEFFICIENTS.length - 1, view);
    if (polynomial !== null) return [...operators, exp, ...square.operators, ...reciprocal, ...polynomial];
  }
  return null;
}

/** The operators of `1 / (1 + p |x|)`. */
function reciprocalOf(t: Tensor, x: Tensor, view: GraphView): readonly Operator[] | null {
  const division = view.producer(t);
  if (division?.type !== "DIV" || scalarOf(division.inputs[0]) !== 1) return null;
  const sum = added(division.inputs[1] as Tensor, 1, view);
  if (sum === null) return null;
  const { scale, factors, operators } = productOf(sum.tensor, view);
  const abs = factors.length === 1 ? view.producer(factors[0]) : undefined;
  if (abs?.type !== "ABS" || abs.inputs[0] !== x || !isClose(scale, P)) return null;
  return [division, ...sum.operators, ...operators, abs];
}

/** The operators of `c[last] + t (c[last - 1] + t (...))`. */
function hornerOf(tensor: Tensor, t: Tensor, last: number, view: GraphView): readonly Operator[] | null {
  const sum = added(tensor, COEFFICIENTS[last] as number, view);
  if (sum === null) return null;
  const { scale, factors, operators } = productOf(sum.tensor, view);
  const rest = factors.filter((factor) => factor !== t);
  const here = [...sum.operators, ...operators];
  if (last === 1) {
    const ends = rest.length === 0 && factors.length === 1 && isClose(scale, COEFFICIENTS[0] as number);
    return ends ? here : null;
  }
  const [inner] = rest;
  if (scale !== 1 || factors.length !== 2 || rest.length !== 1 || inner === undefined) return null;
  const deeper = hornerOf(inner, t, last - 1, view);
  return deeper && [...here, ...deeper];
}
