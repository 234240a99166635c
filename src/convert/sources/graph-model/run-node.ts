import type { Tensor } from "@tensorflow/tfjs-core";
import type { GraphExecutor, GraphNode } from "./graph.ts";

/** Runs one node on tensors, as tfjs-converter does. */
export type RunNode = (
  node: GraphNode,
  inputs: readonly (Tensor | undefined)[],
) => readonly (Tensor | undefined)[];

type ExecutorClass = new (graph: object) => GraphExecutor;

interface SingleNode {
  readonly executor: GraphExecutor;
  readonly outputs: readonly string[];
}

/** Made once for a model, however often it is recorded. */
const RUNNERS = new WeakMap<GraphExecutor, RunNode>();

/**
 * How tfjs-converter runs single nodes of a model: a graph of one node, run by an executor of the model's own
 * class. So every operation is computed by the code that knows it, those that an application registered too, and
 * it is up to the caller which nodes run, in which order and how often.
 */
export function nodeRunner(executor: GraphExecutor): RunNode {
  const known = RUNNERS.get(executor);
  if (known !== undefined) return known;
  const singles = new Map<GraphNode, SingleNode>();
  const run: RunNode = (node, inputs) => {
    const made = singles.get(node) ?? singleNode(executor, node, inputs.length);
    singles.set(node, made);
    const named = Object.fromEntries(
      inputs.flatMap((tensor, index) => (tensor ? [[`in_${index}`, tensor]] : [])),
    );
    return made.executor.execute(named, made.outputs);
  };
  RUNNERS.set(executor, run);
  return run;
}

/** @param inputCount Without control inputs, of which tfjs-converter would count some as data. */
function singleNode(executor: GraphExecutor, node: GraphNode, inputCount: number): SingleNode {
  const placeholder = (name: string): GraphNode => ({
    name,
    op: "Placeholder",
    category: "graph",
    inputNames: [],
    inputs: [],
    children: [only],
    attrParams: {},
    inputParams: {},
  });
  const inputs: GraphNode[] = [];
  const inputNames = Array.from({ length: inputCount }, (_, index) => `in_${index}`);
  const only: GraphNode = { ...node, name: "node", inputNames, inputs, children: [] };
  inputs.push(...inputNames.map(placeholder));
  const nodes = Object.fromEntries([...inputs, only].map((each) => [each.name, each]));
  const graph = {
    nodes,
    inputs,
    placeholders: inputs,
    outputs: [only],
    weights: [],
    signature: {},
    functions: {},
    // What has no inputs is known to the executor as a node to begin with.
    ...(inputCount === 0 && { initNodes: [only] }),
  };
  return {
    executor: new (executor.constructor as ExecutorClass)(graph),
    outputs: Array.from({ length: outputCount(node) }, (_, index) => `node:${index}`),
  };
}

/** As many as others read: tfjs-converter does not say how many there are. */
function outputCount({ name, children }: GraphNode): number {
  const read = children.flatMap(({ inputNames }) =>
    inputNames.flatMap((input) => {
      const [from, ...rest] = input.split(":");
      return from === name ? [Number(rest.at(-1) ?? 0)] : [];
    }),
  );
  return Math.max(MANY, ...read) + 1;
}

/** An output of the model may be one that no node reads: no operation of tfjs-converter has more than a few. */
const MANY = 7;
