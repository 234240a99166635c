import { type NamedTensorMap, Tensor } from "@tensorflow/tfjs-core";
import { ForgeError } from "../../errors.ts";
import type { GraphModelSource, InputType } from "../source.ts";
import type { Recorder } from "../trace/recorder.ts";
import type { FrontEnd, FrontEndOptions, SourceInput } from "./front-end.ts";
import { Environment } from "./graph-model/environment.ts";
import {
  bare,
  DataInputs,
  type Graph,
  type LoadedGraph,
  namedPort,
  portOf,
  reachable,
  typeOf,
} from "./graph-model/graph.ts";
import { checkNodes, Machine } from "./graph-model/machine.ts";
import type { Value } from "./graph-model/values.ts";

type Options = FrontEndOptions & { readonly inputs?: object };

/** What goes in or out: its name in the file, and the node's output that it is. */
interface End {
  readonly name: string;
  readonly port: string;
}

/** A model of tfjs-converter (`loadGraphModel`): TensorFlow Hub's, or a converted saved model. */
export const graphModelFrontEnd: FrontEnd<GraphModelSource> = {
  name: (source) => {
    const { modelUrl } = source as LoadedGraph;
    return typeof modelUrl === "string" ? fileName(modelUrl) : "graph-model";
  },
  inputs: (source, options) => sectionOf(source as LoadedGraph, options).inputs,
  batchFirst: true,
  nodes: (source) => Object.keys((source as LoadedGraph).executor.graph.nodes),
  open: (source, options) => {
    const model = source as LoadedGraph;
    const { inputs, outputs } = sectionOf(model, options);
    let machine: Machine | undefined;
    return {
      run: (tensors, recorder) => {
        if (recorder === undefined && isWhole(options)) {
          const values = valuesOf(model, tensors, outputs);
          if (values !== undefined) return values;
        }
        machine = new Machine(model, recorder);
        const fed = new Map(inputs.map(({ name }, index) => [name, tensors[index] as Tensor]));
        return runGraph(model, machine, fed, outputs, recorder);
      },
      where: () => machine?.current ?? "",
      outputNames: outputs.map(({ name }) => name),
      close: () => {
        machine = undefined;
      },
    };
  },
};

const TYPES: readonly string[] = ["float32", "int32", "bool"] satisfies InputType[];

function inputOf(name: string, shape: readonly (number | null)[], dtype: string): SourceInput {
  if (!TYPES.includes(dtype)) {
    throw new ForgeError(
      "invalid-source",
      `Input "${name}" is of ${dtype}: float32, int32 and bool can be converted.`,
    );
  }
  // tfjs-converter writes -1 for an open size.
  const sizes = shape.map((size) => (size === null || size < 0 ? null : size));
  return { name, shape: sizes, dtype: dtype as InputType };
}

/** A part of a model: between the nodes that the options name, or all of it. */
interface Section {
  readonly inputs: readonly SourceInput[];
  readonly outputs: readonly End[];
}

/**
 * The part of a model that is converted.
 *
 * @throws ForgeError `invalid-argument` for names of nodes that do not exist.
 */
function sectionOf(model: LoadedGraph, options: Options): Section {
  const { graph } = model.executor;
  const outputs = options.outputs?.map((name) => givenOutput(graph, name)) ?? ownOutputs(graph);
  const declared = model.inputs.map(({ name, shape = [], dtype }) => ({ name: bare(name), shape, dtype }));
  const given = Object.entries(options.inputs ?? {}).filter(
    ([name]) => !declared.some((input) => input.name === bare(name)) && isNode(graph, name, declared),
  );
  const inner = given.map(([name, shape]) => {
    const port = namedPort(graph, name, "options.inputs");
    const node = graph.nodes[port.node];
    const sizes = Array.isArray(shape) ? shape.map(() => null) : [];
    return inputOf(name, sizes, node === undefined ? "float32" : typeOf(node));
  });
  if (isWhole(options) || (inner.length === 0 && options.outputs === undefined)) {
    return { inputs: declared.map(({ name, shape, dtype }) => inputOf(name, shape, dtype)), outputs };
  }
  const cut = new Set(inner.map(({ name }) => portOf(name).node));
  const needed = reachable(
    graph,
    outputs.map(({ port }) => port),
    cut,
    new DataInputs(model),
  );
  const left = declared.filter(({ name }) => needed.has(portOf(name).node));
  return {
    inputs: [...left.map(({ name, shape, dtype }) => inputOf(name, shape, dtype)), ...inner],
    outputs,
  };
}

function isWhole({ inputs, outputs }: Options): boolean {
  return inputs === undefined && outputs === undefined;
}

/** Of several models in one file, an option may name the input of another: what is near to nothing here is. */
function isNode(graph: Graph, name: string, declared: readonly { readonly name: string }[]): boolean {
  return Object.hasOwn(graph.nodes, portOf(name).node) || declared.length === 0;
}

function givenOutput(graph: Graph, name: unknown): End {
  const { signature } = graph;
  const known = typeof name === "string" ? signature?.outputs?.[name]?.name : undefined;
  if (known !== undefined) return { name: bare(name as string), port: known };
  const { node, index } = namedPort(graph, name, "options.outputs");
  return { name: bare(name as string), port: `${node}:${index}` };
}

/** As the signature names them; without one, the nodes that no other reads. */
function ownOutputs({ nodes, outputs, signature }: Graph): readonly End[] {
  const named = Object.entries(signature?.outputs ?? {}).filter(([, { name }]) => portOf(name).node in nodes);
  if (named.length > 0) return named.map(([key, { name }]) => ({ name: bare(key), port: name }));
  return outputs.map(({ name }) => ({ name, port: name }));
}

function runGraph(
  model: LoadedGraph,
  machine: Machine,
  fed: ReadonlyMap<string, Tensor>,
  outputs: readonly End[],
  recorder: Recorder | undefined,
): readonly Tensor[] {
  const { graph } = model.executor;
  const ports = outputs.map(({ port }) => port);
  const cut = new Set([...fed.keys()].map((name) => portOf(name).node));
  if (recorder !== undefined) checkNodes(model, ports, cut, machine.data);
  const environment = new Environment(machine, graph, reachable(graph, ports, cut, machine.data));
  for (const name of cut) environment.bind(name, fedOutputs(name, fed));
  return ports.map((port) => environment.tensor(port));
}

/** What is fed of a node: its one output, or some of several. */
function fedOutputs(node: string, fed: ReadonlyMap<string, Tensor>): readonly (Value | undefined)[] {
  const outputs: (Value | undefined)[] = [];
  for (const [name, tensor] of fed) {
    const port = portOf(name);
    if (port.node === node) outputs[port.index] = tensor;
  }
  return outputs;
}

/**
 * What tfjs-converter itself makes of a model on values, which is what a file is judged by. It cannot do without
 * waiting where values decide what runs; then nodes run one by one here as well.
 */
function valuesOf(
  model: LoadedGraph,
  tensors: readonly Tensor[],
  outputs: readonly End[],
): readonly Tensor[] | undefined {
  const inputs: NamedTensorMap = Object.fromEntries(
    model.inputs.map(({ name }, index) => [name, tensors[index] as Tensor]),
  );
  try {
    const values = model.execute(
      inputs,
      outputs.map(({ port }) => port),
    );
    return values instanceof Tensor ? [values] : (values as readonly Tensor[]);
  } catch (error) {
    if (error instanceof Error && error.message.includes("executeAsync")) return undefined;
    throw error;
  }
}

/** The folder of a model.json, which is what people call such a model by. */
function fileName(url: string): string {
  const parts =
    url
      .split(/[?#]/)[0]
      ?.split("/")
      .filter((part) => part !== "" && !part.endsWith(".json")) ?? [];
  return parts.at(-1) ?? "graph-model";
}
