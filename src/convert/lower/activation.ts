import { sameSignature } from "../../graph/tensors.ts";
import type { Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";
import { broadcast, flattened, keepingType, toFloat, unary, withNumber } from "./elementwise.ts";
import type { Family } from "./table.ts";

/** The activation that tfjs's fused kernels name in their attributes. */
export interface FusedActivation {
  readonly activation?: string;
  readonly leakyreluAlpha?: number;
}

type AnyCall = Call<KernelName>;
type Apply = (call: AnyCall, x: Tensor, attributes: FusedActivation, alpha: Tensor | null) => Tensor;

const ACTIVATIONS: Readonly<Record<string, Apply>> = {
  linear: (_, x) => x,
  relu: (call, x) => call.add("RELU", [x]),
  relu6: (call, x) => call.add("RELU6", [x]),
  elu: (call, x) => call.add("ELU", [x]),
  sigmoid: (call, x) => call.add("LOGISTIC", [x]),
  leakyrelu: (call, x, { leakyreluAlpha = 0.2 }) => call.add("LEAKY_RELU", [x], { alpha: leakyreluAlpha }),
  prelu: (call, x, _, alpha) =>
    alpha === null ? call.fail("its prelu has no weights") : call.add("PRELU", [x, alpha]),
};

/** Applies the activation of a fused kernel. A later pass merges it into the operator where it can. */
export function applyActivation(
  call: AnyCall,
  x: Tensor,
  attributes: FusedActivation,
  alpha: Tensor | null,
): Tensor {
  const apply = ACTIVATIONS[attributes.activation ?? "linear"];
  if (apply === undefined) call.fail(`its activation "${attributes.activation}" is not known`);
  return apply(call, x, attributes, alpha);
}

/** `x >= 0 ? x : alpha * x`. */
function lowerLeakyRelu(call: Call<"LeakyRelu">): Tensor {
  return call.add("LEAKY_RELU", [toFloat(call, call.input("x"))], { alpha: call.attributes.alpha });
}

/** With one slope per channel or element. Slopes that widen the operand go into `max(x, 0) + alpha min(x, 0)`. */
function lowerPrelu(call: Call<"Prelu">): Tensor {
  const [x, alpha] = [toFloat(call, call.input("x")), toFloat(call, call.input("alpha"))];
  if (sameSignature(x, call.output)) return broadcast(call, "PRELU", x, alpha);
  const below = broadcast(call, "MUL", withNumber(call, "MINIMUM", x, 0), alpha);
  return broadcast(call, "ADD", below, call.add("RELU", [x]));
}

/** Computes on floats, of at most as many dimensions as kernels broadcast numbers over. */
function ofElements(call: AnyCall, compute: (x: Tensor) => Tensor): Tensor {
  const x = (call as Call<"Selu">).input("x");
  return flattened(call, x, (flat) => keepingType(call, flat, compute));
}

/** The constants of Klambauer et al., Self-Normalizing Neural Networks, as in tfjs (`selu_util.ts`). */
const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

/** `scale * x` above zero, `scale * alpha * (exp(x) - 1)` below: one part each, added. */
function lowerSelu(call: Call<"Selu">): Tensor {
  return ofElements(call, (x) => {
    const above = call.add("MUL", [call.add("RELU", [x]), call.scalar(SELU_SCALE)]);
    const below = call.add("ELU", [call.add("MINIMUM", [x, call.scalar(0)])]);
    return call.add("ADD", [above, call.add("MUL", [below, call.scalar(SELU_SCALE * SELU_ALPHA)])]);
  });
}

/**
 * `log(1 + exp(x))` as `max(x, 0) + log1p(exp(-|x|))`, which does not overflow. With `u = 1 + t` rounded,
 * `log1p(t) = log(u) + (t - (u - 1)) / u` to second order, so that small values keep their precision.
 */
function lowerSoftplus(call: Call<"Softplus">): Tensor {
  return ofElements(call, (x) => {
    const t = call.add("EXP", [call.add("NEG", [call.add("ABS", [x])])]);
    return call.add("ADD", [call.add("RELU", [x]), log1p(call, t)]);
  });
}

/** See {@link lowerSoftplus}. */
export function log1p(call: AnyCall, t: Tensor): Tensor {
  const u = call.add("ADD", [t, call.scalar(1)]);
  const lost = call.add("SUB", [t, call.add("SUB", [u, call.scalar(1)])]);
  return call.add("ADD", [call.add("LOG", [u]), call.add("DIV", [lost, u])]);
}

/** Abramowitz and Stegun, formula 7.1.26, which tfjs's own kernels use (`erf_util.ts`). */
const ERF_P = 0.3275911;
const ERF_COEFFICIENTS = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592];

/** A factor that takes every float but zero to 1 or beyond. */
const HUGE = 1e38;

/** `sign(x) * (1 - p(t) exp(-x²))` with `t = 1 / (1 + p|x|)`. */
function lowerErf(call: Call<"Erf">): Tensor {
  return ofElements(call, (x) => erf(call, x));
}

function erf(call: AnyCall, x: Tensor): Tensor {
  const magnitude = call.add("ABS", [x]);
  const denominator = call.add("ADD", [call.add("MUL", [magnitude, call.scalar(ERF_P)]), call.scalar(1)]);
  const t = call.add("DIV", [call.scalar(1), denominator]);
  const [first, ...rest] = ERF_COEFFICIENTS as [number, ...number[]];
  const polynomial = rest.reduce<Tensor>(
    (sum, coefficient) => call.add("MUL", [call.add("ADD", [sum, call.scalar(coefficient)]), t]),
    call.add("MUL", [t, call.scalar(first)]),
  );
  const gauss = call.add("EXP", [call.add("NEG", [call.add("MUL", [x, x])])]);
  const positive = call.add("SUB", [call.scalar(1), call.add("MUL", [polynomial, gauss])]);
  const sign = call.add("RELU_N1_TO_1", [call.add("MUL", [x, call.scalar(HUGE)])]);
  return call.add("MUL", [positive, sign]);
}

/** The lowerings of this file. */
export const lowerings: Family<"activation"> = {
  Elu: unary("ELU"),
  Erf: lowerErf,
  LeakyRelu: lowerLeakyRelu,
  Prelu: lowerPrelu,
  Selu: lowerSelu,
  Softplus: lowerSoftplus,
};
