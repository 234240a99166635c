import type { Tensor } from "../../graph/types.ts";
import type { Call } from "./call.ts";
import type { Family } from "./table.ts";

/** A loop: its variables, and what its parts read from outside, go round. */
function lowerWhile(call: Call<"While">): readonly Tensor[] {
  const { condition, body } = call.bodies as { readonly condition: number; readonly body: number };
  const options = { cond_subgraph_index: condition, body_subgraph_index: body };
  return call.addManyLike("WHILE", call.list(), options, call.outputs);
}

/** A branch: the condition, and what either side reads. */
function lowerIf(call: Call<"If">): readonly Tensor[] {
  const { onTrue, onFalse } = call.bodies as { readonly onTrue: number; readonly onFalse: number };
  const options = { then_subgraph_index: onTrue, else_subgraph_index: onFalse };
  return call.addManyLike("IF", call.list(), options, call.outputs);
}

/** The lowerings of this file. */
export const lowerings: Family<"control"> = { While: lowerWhile, If: lowerIf };
