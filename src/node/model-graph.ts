import { invariant } from "../errors.ts";
import type { Graph, Subgraph } from "../graph/types.ts";
import { parseTflite } from "../tflite-reader/parse.ts";
import type { ModelFile } from "./model-file.ts";

/** What a file computes, for what its inputs and outputs do not say. */
export interface ModelGraph {
  readonly graph: Graph;
  /** The one that is run. */
  readonly subgraph: Subgraph;
  /** Of each input of the file its place in the subgraph's list. */
  readonly inputs: readonly number[];
  /** Of each output. */
  readonly outputs: readonly number[];
}

/** Reads what a file computes; constants stay where they are. */
export function readModelGraph(file: ModelFile): ModelGraph {
  const graph = parseTflite(file.bytes);
  const signature = graph.signatures[file.signatureIndex];
  const subgraph = graph.subgraphs[signature?.subgraph ?? 0];
  invariant(subgraph !== undefined, "a signature without a subgraph");
  const placesOf = (side: "inputs" | "outputs"): readonly number[] =>
    file[side].map(
      ({ name }, index) => signature?.[side].find((entry) => entry.name === name)?.position ?? index,
    );
  return { graph, subgraph, inputs: placesOf("inputs"), outputs: placesOf("outputs") };
}
