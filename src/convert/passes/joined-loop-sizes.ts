import { operatorOf } from "../../graph/builder.ts";
import { constant, intConstant, intsOf, isConstant } from "../../graph/tensors.ts";
import type { Operator, Tensor } from "../../graph/types.ts";
import { type Pass, type Rewrite, type Rule, rulesPass } from "./rewrite.ts";

/**
 * Sizes that were joined to a shape and are taken out of it again, such as the number of turns of a loop: a part of
 * `concat(a, b)` that lies in `b` is a part of `b`. So a loop over a sequence of fixed length has a constant number
 * of turns where the batch is dynamic.
 */
export function joinedSizes(): Pass {
  return rulesPass("sizes of shapes", [sliceOfJoined]);
}

const sliceOfJoined: Rule = {
  name: "take a size from what was joined",
  roots: ["SLICE"],
  apply(root, view): Rewrite | null {
    const [joined, begin, size] = root.inputs as readonly [Tensor, Tensor, Tensor];
    const join = view.producer(joined);
    if (join?.type !== "CONCATENATION" || joined.shape.length !== 1) return null;
    if (!isConstant(begin) || !isConstant(size)) return null;
    let [from] = intsOf(begin) as unknown as readonly [number];
    const [length] = intsOf(size) as unknown as readonly [number];
    for (const part of join.inputs as readonly Tensor[]) {
      const has = part.shape[0] as number;
      if (from >= has) {
        from -= has;
        continue;
      }
      if (length < 1 || from + length > has) return null;
      return { remove: [root], ...partOf(part, from, length, root) };
    }
    return null;
  },
};

function partOf(
  part: Tensor,
  from: number,
  length: number,
  root: Operator,
): Pick<Rewrite, "insert" | "replace"> {
  const output = root.outputs[0] as Tensor;
  if (length === part.shape[0]) return { insert: [], replace: new Map([[output, part]]) };
  if (isConstant(part)) {
    const values = intsOf(part).slice(from, from + length);
    return { insert: [], replace: new Map([[output, constant(output.name, "int32", [length], values)]]) };
  }
  const operands = [part, intConstant("begin", [1], [from]), intConstant("size", [1], [length])];
  return { insert: [operatorOf("SLICE", operands, [output], {}) as Operator] };
}
