import { operatorOf } from "../../graph/builder.ts";
import { elementCount, floatsOf, isConstant, sameShape } from "../../graph/tensors.ts";
import type { Operator, OperatorName, Tensor } from "../../graph/types.ts";
import type { Rule } from "./rewrite.ts";

/** Between which two numbers each activation keeps its operand; that is all that it does. */
const BOUNDS = {
  RELU: [0, Infinity],
  RELU6: [0, 6],
  RELU_N1_TO_1: [-1, 1],
} as const satisfies Partial<Record<OperatorName, Bounds>>;

type Bounds = readonly [low: number, high: number];

/** Activations that keep their operand between two numbers, and do nothing else. */
export const ACTIVATIONS = Object.keys(BOUNDS) as (keyof typeof BOUNDS)[];

/**
 * `min(relu(x), 6)` is RELU6, and so is `relu6(relu(x))`: how tfjs-layers and Keras write it. Seen from the first
 * of the two, before that is fused itself.
 */
const joinBounds: Rule = {
  name: "two bounds as one activation",
  roots: [...ACTIVATIONS, "MAXIMUM", "MINIMUM"],
  apply(root, view) {
    const first = boundsOf(root);
    const y = root.outputs[0] as Tensor;
    const [next] = view.consumers(y);
    const second = next && view.isPrivate(y) ? boundsOf(next) : null;
    if (first === null || second === null || next === undefined) return null;
    const [low, high] = first.bounds.map((bound) => within(bound, second.bounds));
    const type = ACTIVATIONS.find((name) => BOUNDS[name][0] === low && BOUNDS[name][1] === high);
    if (type === undefined) return null;
    return { remove: [root, next], insert: [operatorOf(type, [first.x], next.outputs, {}) as Operator] };
  },
};

/** `max(x, 0)` is RELU. */
const reluOfMaximum: Rule = {
  name: "RELU of MAXIMUM",
  roots: ["MAXIMUM"],
  apply(root) {
    const bounded = boundsOf(root);
    if (bounded === null || bounded.bounds[0] !== 0) return null;
    return { remove: [root], insert: [operatorOf("RELU", [bounded.x], root.outputs, {}) as Operator] };
  },
};

function within(value: number, [low, high]: Bounds): number {
  return Math.min(Math.max(value, low), high);
}

/** An activation, or a maximum or minimum with one number, as the bounds that it keeps its operand in. */
function boundsOf(operator: Operator): { readonly x: Tensor; readonly bounds: Bounds } | null {
  const { type, inputs } = operator;
  if (type in BOUNDS) return { x: inputs[0] as Tensor, bounds: BOUNDS[type as keyof typeof BOUNDS] };
  if (type !== "MAXIMUM" && type !== "MINIMUM") return null;
  const bound = inputs.find(isConstant);
  const x = inputs.find((input) => input !== bound);
  const y = operator.outputs[0] as Tensor;
  if (bound?.type !== "float32" || elementCount(bound.shape) !== 1 || x == null) return null;
  if (!sameShape(x.shape, y.shape)) return null;
  const value = floatsOf(bound)[0] as number;
  return { x, bounds: type === "MAXIMUM" ? [value, Infinity] : [-Infinity, value] };
}

/** Write bounds that mean one activation as that activation. */
export const BOUND_RULES: readonly Rule[] = [joinBounds, reluOfMaximum];
