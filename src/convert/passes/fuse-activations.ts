import { operatorOf } from "../../graph/builder.ts";
import type { Operator, OperatorName, Tensor } from "../../graph/types.ts";
import { ACTIVATIONS, BOUND_RULES } from "./bounds.ts";
import { hasActivation, MOVERS } from "./linear.ts";
import { type Pass, type Rule, rulesPass } from "./rewrite.ts";

/**
 * Merges RELU, RELU6 and RELU_N1_TO_1 into the operator before them, as its fused activation, and writes
 * bounds that mean one of them as that one.
 */
export function fuseActivations(): Pass {
  return rulesPass("fuse activations", [...BOUND_RULES, moveBefore, fuse]);
}

/** Operators whose kernels apply an activation themselves (`fused_activation_function` in their options). */
const FUSING: ReadonlySet<OperatorName> = new Set([
  "ADD",
  "AVERAGE_POOL_2D",
  "CONV_2D",
  "DEPTHWISE_CONV_2D",
  "DIV",
  "FULLY_CONNECTED",
  "MAX_POOL_2D",
  "MUL",
  "SUB",
  "TRANSPOSE_CONV",
]);

/**
 * `relu(reshape(y))` is `reshape(relu(y))`, and so for every operator that only moves elements: so the
 * activation gets to the operator before.
 */
const moveBefore: Rule = {
  name: "move an activation forward",
  roots: ACTIVATIONS,
  apply(root, view) {
    const x = root.inputs[0] as Tensor;
    const mover = view.producer(x);
    if (mover === undefined || !MOVERS.has(mover.type) || !view.isPrivate(x)) return null;
    const inner = mover.inputs[0] as Tensor;
    const producer = view.producer(inner);
    const fuses = producer !== undefined && FUSING.has(producer.type) && !hasActivation(producer);
    if (producer === undefined || !(fuses || MOVERS.has(producer.type)) || !view.isPrivate(inner))
      return null;
    const activated: Tensor = { ...inner, name: x.name };
    return {
      remove: [root, mover],
      insert: [
        operatorOf(root.type, [inner], [activated], {}) as Operator,
        { ...mover, inputs: [activated, ...mover.inputs.slice(1)], outputs: root.outputs } as Operator,
      ],
    };
  },
};

const fuse: Rule = {
  name: "fuse an activation",
  roots: ACTIVATIONS,
  apply(root, view) {
    const x = root.inputs[0] as Tensor;
    const producer = view.producer(x);
    if (producer === undefined || !FUSING.has(producer.type)) return null;
    if (hasActivation(producer)) return "the operator before has an activation already";
    if (x.type !== "float32") return "only operators on floats are fused";
    if (!view.isPrivate(x)) return `"${x.name}" has other readers, or is an output`;
    const options = { ...producer.options, fused_activation_function: root.type };
    return {
      remove: [root, producer],
      insert: [{ ...producer, options, outputs: root.outputs } as Operator],
    };
  },
};
