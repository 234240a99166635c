import type { OperatorOf, Tensor } from "../../../graph/types.ts";
import { hasActivation } from "../linear.ts";
import type { Rule } from "../rewrite.ts";
import { isLastAxis, replacedBy } from "./pattern.ts";

/** `(x - max x) - log(sum(exp(x - max x)))` along the last axis: how tfjs and TensorFlow write it, and how the kernel computes. */
export const logSoftmax: Rule = {
  name: "LOG_SOFTMAX",
  roots: ["SUB"],
  apply(root, view) {
    const [shifted, logarithm] = root.inputs as [Tensor, Tensor];
    const log = view.producer(logarithm);
    const sum = view.producer(log?.inputs[0]);
    const exp = view.producer(sum?.inputs[0]);
    const shift = view.producer(shifted);
    if (log?.type !== "LOG" || sum?.type !== "SUM" || exp?.type !== "EXP" || shift?.type !== "SUB")
      return null;
    const largest = view.producer(shift.inputs[1]);
    const x = shift.inputs[0] as Tensor;
    if (exp.inputs[0] !== shifted || largest?.type !== "REDUCE_MAX" || largest.inputs[0] !== x) return null;
    if (hasActivation(root) || hasActivation(shift)) return null;
    const reductions = [sum, largest] as OperatorOf<"SUM" | "REDUCE_MAX">[];
    if (!reductions.every(({ options, inputs }) => options.keep_dims && isLastAxis(inputs[1], x)))
      return null;
    return replacedBy("LOG_SOFTMAX", [x], {}, root, [log, sum, exp, shift, largest], view);
  },
};
