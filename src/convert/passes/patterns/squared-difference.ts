import { isConstant } from "../../../graph/tensors.ts";
import type { Tensor } from "../../../graph/types.ts";
import { hasActivation } from "../linear.ts";
import type { Rule } from "../rewrite.ts";
import { replacedBy } from "./pattern.ts";

/** `(a - b)²`. A constant that is taken off may go into weights instead: it stays. */
export const squaredDifference: Rule = {
  name: "SQUARED_DIFFERENCE",
  roots: ["SQUARE", "MUL"],
  apply(root, view) {
    const [difference, other] = root.inputs as [Tensor, Tensor?];
    const subtraction = view.producer(difference);
    if (root.type === "MUL" && (other !== difference || hasActivation(root))) return null;
    if (subtraction?.type !== "SUB" || hasActivation(subtraction)) return null;
    const operands = subtraction.inputs as readonly Tensor[];
    if (operands.some(isConstant)) return null;
    return replacedBy("SQUARED_DIFFERENCE", operands, {}, root, [subtraction], view);
  },
};
