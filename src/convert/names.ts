import type { Graph, Operator, Signature, Subgraph, Tensor } from "../graph/types.ts";

/**
 * Names tensors for people: inputs and outputs as the model calls them, what a layer gives after the layer,
 * all else after the layer and the kernel, and no two alike.
 */
export function nameTensors(graph: Graph): Graph {
  const subgraphs = graph.subgraphs.map((subgraph, index) =>
    renamed(
      subgraph,
      graph.signatures.find((signature) => signature.subgraph === index),
    ),
  );
  return { ...graph, subgraphs };
}

function renamed(subgraph: Subgraph, signature: Signature | undefined): Subgraph {
  const names = new Map<Tensor, string>();
  for (const { name, position } of signature?.inputs ?? [])
    names.set(subgraph.inputs[position] as Tensor, name);
  for (const { name, position } of signature?.outputs ?? [])
    names.set(subgraph.outputs[position] as Tensor, name);
  for (const [layer, tensor] of lastOfLayers(subgraph)) if (!names.has(tensor)) names.set(tensor, layer);
  const taken = new Set<string>();
  const replaced = new Map<Tensor, Tensor>();
  const rename = (tensor: Tensor): Tensor => {
    let result = replaced.get(tensor);
    if (result === undefined) {
      result = { ...tensor, name: unique(names.get(tensor) ?? tensor.name, taken) };
      replaced.set(tensor, result);
    }
    return result;
  };
  // Inputs and outputs first: they get their names before anything else can take them.
  const inputs = subgraph.inputs.map(rename);
  const outputs = subgraph.outputs.map(rename);
  const operators = subgraph.operators.map(
    (operator) =>
      ({
        ...operator,
        inputs: operator.inputs.map((input) => input && rename(input)),
        outputs: operator.outputs.map(rename),
      }) as Operator,
  );
  return { ...subgraph, inputs, outputs, operators };
}

/** The last tensor that each layer makes: `block/conv` for a tensor called `block/conv/FusedConv2D`. */
function lastOfLayers(subgraph: Subgraph): ReadonlyMap<string, Tensor> {
  const last = new Map<string, Tensor>();
  for (const output of subgraph.operators.flatMap((operator) => operator.outputs)) {
    const layer = output.name.slice(0, Math.max(0, output.name.lastIndexOf("/")));
    if (layer !== "") last.set(layer, output);
  }
  return last;
}

function unique(name: string, taken: Set<string>): string {
  let candidate = name;
  for (let count = 1; taken.has(candidate); count++) candidate = `${name}_${count}`;
  taken.add(candidate);
  return candidate;
}
