import { contentHash, contentOf, sameContent } from "../../graph/content.ts";
import { isConstant, sameShape } from "../../graph/tensors.ts";
import type { ConstantTensor, Subgraph, Tensor } from "../../graph/types.ts";
import { type Pass, substitute } from "./rewrite.ts";

/** Lets operators with equal constants read one tensor: axes, shapes, scalars and zero biases repeat themselves. */
export function shareConstants(): Pass {
  return {
    name: "share constants",
    run(subgraph) {
      const byHash = new Map<string, ConstantTensor[]>();
      const replaced = new Map<Tensor, Tensor>();
      for (const tensor of constantsOf(subgraph)) {
        const key = `${tensor.type}[${tensor.shape.join(",")}]${contentHash(contentOf(tensor))}`;
        const candidates = byHash.get(key) ?? [];
        const equal = candidates.find(
          (other) => sameShape(other.shape, tensor.shape) && sameContent(contentOf(other), contentOf(tensor)),
        );
        if (equal !== undefined) replaced.set(tensor, equal);
        else byHash.set(key, [...candidates, tensor]);
      }
      return substitute(subgraph, replaced);
    },
  };
}

function constantsOf(subgraph: Subgraph): ReadonlySet<ConstantTensor> {
  const inputs = subgraph.operators.flatMap((operator) => operator.inputs);
  return new Set(inputs.filter(isConstant).filter((tensor) => tensor.quantization === undefined));
}
