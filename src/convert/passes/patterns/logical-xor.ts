import type { Operator, Tensor } from "../../../graph/types.ts";
import type { GraphView } from "../../../graph/view.ts";
import type { Rule } from "../rewrite.ts";
import { replacedBy } from "./pattern.ts";

/** `(a or b) and not (a and b)`, which is how tfjs writes an exclusive or: two booleans that differ. */
export const logicalXor: Rule = {
  name: "NOT_EQUAL of an exclusive or",
  roots: ["LOGICAL_AND"],
  apply(root, view) {
    const either = made("LOGICAL_OR", root.inputs, view);
    const not = made("LOGICAL_NOT", root.inputs, view);
    const both = not && made("LOGICAL_AND", not.inputs, view);
    if (either === undefined || not === undefined || both === undefined) return null;
    const operands = either.inputs as readonly Tensor[];
    const same = operands.every((x) => both.inputs.includes(x));
    if (!same || !both.inputs.every((x) => either.inputs.includes(x))) return null;
    return replacedBy("NOT_EQUAL", operands, {}, root, [either, not, both], view);
  },
};

/** The operator of a type that makes one of these tensors. */
function made(
  type: Operator["type"],
  tensors: readonly (Tensor | null)[],
  view: GraphView,
): Operator | undefined {
  return tensors.map((tensor) => view.producer(tensor)).find((operator) => operator?.type === type);
}
