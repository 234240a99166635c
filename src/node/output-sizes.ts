import { ForgeError } from "../errors.ts";
import { inferOutputs, type OutputSpec } from "../graph/operators/shapes.ts";
import { isWritten } from "../graph/operators/written.ts";
import { sameSignature, signatureOf } from "../graph/tensors.ts";
import type { Graph, Operator, OperatorOf, Subgraph, Tensor } from "../graph/types.ts";
import { sizeValues } from "./size-values.ts";

type Shape = readonly number[];
type Specs = readonly (OutputSpec | undefined)[];

/**
 * The shapes of a subgraph's outputs where its inputs have given ones, operator by operator as a runtime finds them.
 * Undefined of an output that no rule tells: behind an operator that this package does not write, or where values
 * decide.
 */
export function outputShapes(
  graph: Graph,
  subgraph: Subgraph,
  inputShapes: readonly Shape[],
): readonly (Shape | undefined)[] {
  const known = new Map<Tensor, Tensor>(
    subgraph.inputs.map((input, index) => [input, sized(input, inputShapes[index] ?? input.shape)]),
  );
  const made = new Set(subgraph.operators.flatMap(({ outputs }) => outputs));
  // What nobody makes is a constant, also one without bytes, or a variable.
  const lookUp = (tensor: Tensor | null): Tensor | null | undefined =>
    tensor === null ? null : (known.get(tensor) ?? (made.has(tensor) ? undefined : tensor));
  for (const operator of subgraph.operators) {
    const inputs = operator.inputs.map(lookUp).filter((input) => input !== undefined);
    if (inputs.length < operator.inputs.length) continue;
    const specs = specsOf(operator, inputs, graph);
    for (const [index, output] of operator.outputs.entries()) {
      const spec = specs[index] ?? (signatureOf(output).includes(-1) ? undefined : output);
      if (spec === undefined) continue;
      known.set(output, sizeValues(operator, inputs, spec) ?? sized(output, spec.shape));
    }
  }
  return subgraph.outputs.map((output) => lookUp(output)?.shape);
}

const sized = (tensor: Tensor, shape: Shape): Tensor => ({ ...tensor, shape, shapeSignature: undefined });

function specsOf(operator: Operator, inputs: readonly (Tensor | null)[], graph: Graph): Specs {
  if (operator.type === "IF") return specsOfBranch(operator, inputs, graph);
  const specs = specsOfRule(operator, inputs);
  return operator.type === "WHILE" ? specs.map((spec, index) => unlessChanged(operator, index, spec)) : specs;
}

/** Sizes that do not fit each other are the runtime's to refuse. */
function specsOfRule({ type, options }: Operator, inputs: readonly (Tensor | null)[]): Specs {
  if (!isWritten(type)) return [];
  try {
    return inferOutputs(type, inputs, options as never) ?? [];
  } catch (error) {
    if (error instanceof ForgeError) return [];
    throw error;
  }
}

/** A loop may leave a variable of another size than it was given. */
function unlessChanged(
  { inputs, outputs }: OperatorOf<"WHILE">,
  index: number,
  spec: OutputSpec | undefined,
): OutputSpec | undefined {
  const [before, after] = [inputs[index], outputs[index]];
  return before != null && after !== undefined && sameSignature(before, after) ? spec : undefined;
}

/** Both sides of an IF make outputs of the same shapes. */
function specsOfBranch(
  { options, outputs }: OperatorOf<"IF">,
  [, ...inputs]: readonly (Tensor | null)[],
  graph: Graph,
): Specs {
  const branch = graph.subgraphs[options.then_subgraph_index];
  if (branch === undefined) return [];
  const given = inputs.map((input) => input?.shape ?? []);
  const shapes = outputShapes(graph, branch, given);
  return outputs.map(({ type }, index) => {
    const shape = shapes[index];
    return shape && { type, shape };
  });
}
