import { sameSignature } from "../../../graph/tensors.ts";
import type { Operator, OperatorOf, Tensor } from "../../../graph/types.ts";
import type { GraphView } from "../../../graph/view.ts";
import { hasActivation } from "../linear.ts";
import type { Rule } from "../rewrite.ts";
import { isClose, isLastAxis, productOf, replacedBy, scalarOf } from "./pattern.ts";

/** The least norm that the kernel divides by (`tflite/kernels/l2norm.cc`). */
const LEAST = 1e-6;

/**
 * `x / max(√Σx², 1e-6)` along the last axis, or `x * rsqrt(max(Σx², 1e-12))`, which is TensorFlow's
 * `l2_normalize`. With another bound the kernel would give other numbers for short vectors.
 */
export const l2Normalization: Rule = {
  name: "L2_NORMALIZATION",
  roots: ["DIV", "MUL"],
  apply(root, view) {
    if (hasActivation(root)) return null;
    const y = root.outputs[0] as Tensor;
    const [a, b] = root.inputs as [Tensor, Tensor];
    for (const [x, divisor] of root.type === "MUL"
      ? ([
          [a, b],
          [b, a],
        ] as const)
      : ([[a, b]] as const)) {
      const norm = normOf(divisor, x, root.type === "MUL" ? "RSQRT" : "SQRT", view);
      if (norm === null || !sameSignature(x, y)) continue;
      if (norm.bound === null || !isClose(norm.bound, LEAST))
        return `the operator divides by at least ${LEAST}, this by at least ${norm.bound ?? 0}`;
      return replacedBy("L2_NORMALIZATION", [x], {}, root, norm.operators, view);
    }
    return null;
  },
};

interface Norm {
  /** The least value of the norm; null where there is none. */
  readonly bound: number | null;
  readonly operators: readonly Operator[];
}

/** The length of vectors, or one by it: a root, a bound before or behind it, and reshapes to keep the rank. */
function normOf(tensor: Tensor, x: Tensor, root: "SQRT" | "RSQRT", view: GraphView): Norm | null {
  const operators: Operator[] = [];
  let [bound, hasRoot, current]: [number | null, boolean, Tensor] = [null, false, tensor];
  for (;;) {
    const operator = view.producer(current);
    if (operator === undefined) return null;
    operators.push(operator);
    const next = operator.inputs[0] as Tensor;
    if (operator.type === "SUM") {
      const { options, inputs } = operator;
      const square = squareOf(next, x, view);
      const keepsRank = options.keep_dims || operators.some(({ type }) => type === "RESHAPE");
      if (!hasRoot || square === null || !keepsRank || !isLastAxis(inputs[1], x)) return null;
      return { bound, operators: [...operators, ...square] };
    }
    if (operator.type === "MAXIMUM") {
      const value = scalarOf(operator.inputs[1]);
      if (value === null || bound !== null) return null;
      bound = hasRoot ? Math.sqrt(value) : value;
      // Of a reciprocal a maximum would be a bound on the other side.
      if (root === "RSQRT" && !hasRoot) return null;
    } else if (operator.type === root && !hasRoot) hasRoot = true;
    else if (operator.type !== "RESHAPE" || !isColumn(operator, x)) return null;
    current = next;
  }
}

/** True of a reshape whose result has the vectors' rank and one element for each. */
function isColumn({ outputs }: OperatorOf<"RESHAPE">, x: Tensor): boolean {
  const { shape } = outputs[0] as Tensor;
  return (
    shape.length === x.shape.length &&
    shape.every((size, i) => size === (i === x.shape.length - 1 ? 1 : x.shape[i]))
  );
}

/** The operators of x², which tfjs's norm takes of |x|. */
function squareOf(tensor: Tensor, x: Tensor, view: GraphView): readonly Operator[] | null {
  const square = view.producer(tensor);
  const { scale, factors } =
    square?.type === "SQUARE"
      ? { scale: 1, factors: [square.inputs[0], square.inputs[0]] as Tensor[] }
      : productOf(tensor, view);
  const [factor, other] = factors as [Tensor, Tensor?];
  if (square === undefined || factors.length !== 2 || factor !== other || scale !== 1) return null;
  const abs = view.producer(factor);
  if (factor === x) return [square];
  return abs?.type === "ABS" && abs.inputs[0] === x ? [square, abs] : null;
}
