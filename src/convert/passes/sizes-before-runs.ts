import { signatureOf } from "../../graph/tensors.ts";
import type { Operator, Tensor } from "../../graph/types.ts";
import { copyOf } from "./copy-outputs.ts";
import { type Pass, type Rule, rulesPass } from "./rewrite.ts";

/**
 * Lets TOPK_V2 know the sizes of its outputs before a run. Where its input is declared with a dynamic size the kernel
 * waits for the run (`HasUnspecifiedDimension` in `topk_v2.cc`), and with it everything behind it: LiteRT's
 * CompiledModel, which makes buffers for the outputs before, cannot resize such a file. So it reads a copy that is
 * declared without a signature, of which the runtime knows the size as soon as the input is resized. (What is computed from SHAPE is known then as well.)
 */
export function sizesBeforeRuns(): Pass {
  return rulesPass("sizes known before a run", [byCopy]);
}

const byCopy: Rule = {
  name: "TOPK_V2 of a size known before a run",
  roots: ["TOPK_V2"],
  apply(root) {
    const [x, k] = root.inputs as [Tensor, Tensor];
    if (x.isUndeclared || !signatureOf(x).includes(-1)) return null;
    const copy: Tensor = { ...x, name: `${x.name}/sized`, isUndeclared: true };
    return { remove: [root], insert: [copyOf(x, copy), { ...root, inputs: [copy, k] } as Operator] };
  },
};
