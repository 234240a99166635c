import { sameSignature } from "../../../graph/tensors.ts";
import type { Tensor } from "../../../graph/types.ts";
import { hasActivation } from "../linear.ts";
import type { Rule } from "../rewrite.ts";
import { replacedBy, scalarOf } from "./pattern.ts";

/** `1 / √x`. */
export const reciprocalSquareRoot: Rule = {
  name: "RSQRT",
  roots: ["DIV"],
  apply(root, view) {
    const squareRoot = view.producer(root.inputs[1]);
    if (squareRoot?.type !== "SQRT" || scalarOf(root.inputs[0]) !== 1 || hasActivation(root)) return null;
    const x = squareRoot.inputs[0] as Tensor;
    // A 1 of a higher rank widens the result.
    if (!sameSignature(x, root.outputs[0] as Tensor)) return null;
    return replacedBy("RSQRT", [x], {}, root, [squareRoot], view);
  },
};
