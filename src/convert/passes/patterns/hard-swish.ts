import { sameSignature } from "../../../graph/tensors.ts";
import type { Tensor } from "../../../graph/types.ts";
import type { Rule } from "../rewrite.ts";
import { added, isClose, productOf, replacedBy } from "./pattern.ts";

/** `x * relu6(x + 3) / 6` (Howard et al., Searching for MobileNetV3; `HardSwish` in `tflite/kernels/activations.cc`). */
export const hardSwish: Rule = {
  name: "HARD_SWISH",
  roots: ["MUL", "DIV"],
  apply(root, view) {
    const y = root.outputs[0] as Tensor;
    const { scale, factors, operators } = productOf(y, view);
    if (factors.length !== 2 || !isClose(scale, 1 / 6)) return null;
    const gate = factors.find((factor) => view.producer(factor)?.type === "RELU6");
    const x = factors.find((factor) => factor !== gate);
    const relu6 = view.producer(gate);
    if (relu6 === undefined || x === undefined || !sameSignature(x, y)) return null;
    const shifted = added(relu6.inputs[0] as Tensor, 3, view);
    if (shifted?.tensor !== x) return null;
    return replacedBy("HARD_SWISH", [x], {}, root, [...operators, relu6, ...shifted.operators], view);
  },
};
