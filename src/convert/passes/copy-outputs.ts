import { operatorOf } from "../../graph/builder.ts";
import { intConstant, isConstant, signatureOf } from "../../graph/tensors.ts";
import type { Operator, Subgraph, Tensor } from "../../graph/types.ts";
import type { Pass } from "./rewrite.ts";

/**
 * Gives every output a tensor of its own: where an input or a constant is an output, or one tensor is two
 * outputs, LiteRT's CompiledModel gives zeros or garbage, so that such an output becomes a copy.
 */
export function copyOutputs(): Pass {
  return {
    name: "copy outputs",
    run: (subgraph) => copyShared(subgraph),
    runGraph: (graph) => {
      const bodies = new Set(
        graph.subgraphs.flatMap(({ operators }) =>
          operators.map((operator) =>
            operator.type === "WHILE" ? operator.options.body_subgraph_index : -1,
          ),
        ),
      );
      const copied = graph.subgraphs.map((subgraph, index) => copyShared(subgraph, bodies.has(index)));
      return { ...graph, subgraphs: copied };
    },
  };
}

/**
 * @param isTurn Of the body of a loop: a variable that a turn leaves as it is, in its place, stays no copy. WHILE
 * hands it round without copying it (`Prepare_impl` of `while.cc`).
 */
function copyShared(subgraph: Subgraph, isTurn = false): Subgraph {
  const taken = new Set<Tensor>(subgraph.inputs);
  const copies: Operator[] = [];
  const outputs = subgraph.outputs.map((output, index) => {
    if (isTurn && output === subgraph.inputs[index]) return output;
    if (!taken.has(output) && !isConstant(output)) {
      taken.add(output);
      return output;
    }
    const { data: _, ...rest } = output;
    const copy: Tensor = { ...rest, name: `${output.name}/copy` };
    const sizes = signatureOf(output);
    const shape = intConstant(`${output.name}/shape`, [sizes.length], sizes);
    copies.push(operatorOf("RESHAPE", [output, shape], [copy], { new_shape: sizes }) as Operator);
    return copy;
  });
  return copies.length === 0
    ? subgraph
    : { ...subgraph, outputs, operators: [...subgraph.operators, ...copies] };
}
