import type { OperatorOptionsInput, Tensor } from "../../graph/types.ts";
import { type Call, isComplex, type Value } from "./call.ts";
import type { Family } from "./table.ts";

/** A loop: its variables, and what its parts read from outside, go round. */
function lowerWhile(call: Call<"While">): readonly Value[] {
  const { condition, body } = call.bodies as { readonly condition: number; readonly body: number };
  return callSubgraphs(call, "WHILE", { cond_subgraph_index: condition, body_subgraph_index: body });
}

/** A branch: the condition, and what either side reads. */
function lowerIf(call: Call<"If">): readonly Value[] {
  const { onTrue, onFalse } = call.bodies as { readonly onTrue: number; readonly onFalse: number };
  return callSubgraphs(call, "IF", { then_subgraph_index: onTrue, else_subgraph_index: onFalse });
}

/** Values go in and come out by position; complex numbers as two tensors, as the subgraphs have them. */
function callSubgraphs<T extends "WHILE" | "IF">(
  call: Call<"While" | "If">,
  type: T,
  options: OperatorOptionsInput<T>,
): readonly Value[] {
  const parts = (values: Iterable<Value>): readonly Tensor[] =>
    [...values].flatMap((value) => (isComplex(value) ? [value.real, value.imaginary] : [value]));
  const { inputs, outputs } = call.parts;
  const made = call.addManyLike(type, parts(inputs.values()), options, parts(outputs));
  let taken = 0;
  const next = (): Tensor => made[taken++] as Tensor;
  return outputs.map((output) => (isComplex(output) ? { real: next(), imaginary: next() } : next()));
}

/** The lowerings of this file. */
export const lowerings: Family<"control"> = { While: lowerWhile, If: lowerIf };
