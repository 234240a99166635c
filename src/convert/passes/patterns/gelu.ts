import { sameSignature } from "../../../graph/tensors.ts";
import type { Operator, Tensor } from "../../../graph/types.ts";
import type { GraphView } from "../../../graph/view.ts";
import type { Rule } from "../rewrite.ts";
import { erfOf } from "./erf.ts";
import { added, isClose, productOf, replacedBy, sumOf } from "./pattern.ts";

/**
 * `0.5 x (1 + erf(x / √2))`, and its approximation by the hyperbolic tangent (Hendrycks and Gimpel, Gaussian error
 * linear units; `tflite/kernels/internal/reference/gelu.h`).
 */
export const gelu: Rule = {
  name: "GELU",
  roots: ["MUL", "DIV"],
  apply(root, view) {
    const y = root.outputs[0] as Tensor;
    const { scale, factors, operators } = productOf(y, view);
    if (factors.length !== 2 || !isClose(scale, 0.5)) return null;
    for (const [x, gate] of [factors, [...factors].reverse()] as [Tensor, Tensor][]) {
      const shifted = sameSignature(x, y) ? added(gate, 1, view) : null;
      if (shifted === null) continue;
      for (const approximate of [false, true]) {
        const inner = approximate ? tanhOf(shifted.tensor, x, view) : erfOfX(shifted.tensor, x, view);
        if (inner === null) continue;
        const all = [...operators, ...shifted.operators, ...inner];
        return replacedBy("GELU", [x], { approximate }, root, all, view);
      }
    }
    return null;
  },
};

/** The operators of `erf(x / √2)`. */
function erfOfX(tensor: Tensor, x: Tensor, view: GraphView): readonly Operator[] | null {
  const erf = erfOf(tensor, view);
  if (erf === null) return null;
  const { scale, factors, operators } = productOf(erf.x, view);
  return factors.length === 1 && factors[0] === x && isClose(scale, Math.SQRT1_2)
    ? [...erf.operators, ...operators]
    : null;
}

/** The operators of `tanh(√(2/π) (x + 0.044715 x³))`. */
function tanhOf(tensor: Tensor, x: Tensor, view: GraphView): readonly Operator[] | null {
  const tanh = view.producer(tensor);
  if (tanh?.type !== "TANH") return null;
  const outer = productOf(tanh.inputs[0] as Tensor, view);
  const [polynomial, ...others] = outer.factors as [Tensor, ...Tensor[]];
  const sum = sumOf(polynomial, view);
  if (others.length > 0 || !isClose(outer.scale, Math.sqrt(2 / Math.PI)) || sum === null) return null;
  if (sum.constant !== 0 || sum.terms.some(({ sign }) => sign !== 1)) return null;
  const cubic = sum.terms.find((term) => term.tensor !== x)?.tensor;
  if (cubic === undefined || !sum.terms.some((term) => term.tensor === x)) return null;
  const power = productOf(cubic, view);
  const isCube = power.factors.length === 3 && power.factors.every((factor) => factor === x);
  if (!isCube || !isClose(power.scale, 0.044715)) return null;
  return [tanh, ...outer.operators, ...sum.operators, ...power.operators];
}
