import type { DataType, Tensor } from "@tensorflow/tfjs-core";
import { ForgeError } from "../../../errors.ts";
import { didYouMean } from "../../../options.ts";
import type { GraphModelSource } from "../../source.ts";

/** A node as tfjs-converter keeps it: `Node` in `operations/types.ts` of tfjs-converter. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** The file of tfjs-converter that runs it; undefined where it does not know the operation. */
  readonly category?: string;
  /** `"node"`, `"node:1"`, or `"node:output:1"` in a function; those of control inputs come last, without mark. */
  readonly inputNames: readonly string[];
  readonly inputs: readonly GraphNode[];
  readonly children: readonly GraphNode[];
  readonly attrParams: Readonly<Record<string, { readonly value?: unknown }>>;
  /** Which inputs are tensors to it, and which ones it reads as numbers. */
  readonly inputParams: Readonly<
    Record<string, { readonly type: string; readonly inputIndexStart?: number }>
  >;
  readonly rawAttrs?: Readonly<Record<string, { readonly type?: unknown }>>;
  /** Of an output of a function: which of the node's. */
  readonly defaultOutput?: number;
}

/** A graph as tfjs-converter keeps it: the model's, or a function's. */
export interface Graph {
  readonly nodes: Readonly<Record<string, GraphNode>>;
  readonly inputs: readonly GraphNode[];
  readonly outputs: readonly GraphNode[];
  readonly signature?: {
    readonly outputs?: Readonly<Record<string, { readonly name: string }>>;
  };
}

/** What runs a graph in tfjs-converter, as far as it is read here. */
export interface GraphExecutor {
  readonly graph: Graph;
  readonly weightMap: Readonly<Record<string, readonly Tensor[]>>;
  readonly functionExecutorMap?: Readonly<Record<string, GraphExecutor>>;
  execute(inputs: Readonly<Record<string, Tensor>>, outputs: readonly string[]): Tensor[];
}

/** A node of TensorFlow's GraphDef, where control inputs have a mark: `"^node"`. */
interface NodeDef {
  readonly name: string;
  readonly input?: readonly string[];
}

/** What a loaded graph model holds beside what its type shows. */
export interface LoadedGraph extends GraphModelSource {
  /** Where it was loaded from: an address or a handler. */
  readonly modelUrl?: unknown;
  readonly executor: GraphExecutor;
  readonly artifacts?: {
    readonly modelTopology?: {
      readonly node?: readonly NodeDef[];
      readonly library?: { readonly function?: readonly { readonly nodeDef?: readonly NodeDef[] }[] };
    };
  };
}

/** One output of a node. */
export interface Port {
  readonly node: string;
  readonly index: number;
}

/** Reads `"node"`, `"node:1"` and `"node:output:1"`; 0 is what a name without a number means. */
export function portOf(name: string): Port {
  const parts = name.split(":");
  return { node: parts[0] ?? "", index: parts.length === 1 ? 0 : Number(parts.at(-1)) };
}

/** `x:0` is output 0 of a node, which is what a name without a number means. */
export function bare(name: string): string {
  return name.replace(/:0$/, "");
}

/**
 * The output of a node that an option names.
 *
 * @throws ForgeError `invalid-argument` where there is no such node.
 */
export function namedPort({ nodes }: Graph, name: unknown, option: string): Port {
  const port = typeof name === "string" ? portOf(name) : { node: "", index: Number.NaN };
  if (Object.hasOwn(nodes, port.node) && Number.isInteger(port.index) && port.index >= 0) return port;
  const names = Object.keys(nodes);
  // Thousands of names are no help: those of which one contains the other are.
  const near = names.filter((known) => known.includes(port.node) || port.node.includes(known));
  const known =
    names.length > 40 && near.length > 0 && port.node !== "" ? near.slice(0, 10) : names.slice(0, 40);
  throw new ForgeError(
    "invalid-argument",
    `${option}: the graph model has no node ${JSON.stringify(name)}${didYouMean(port.node, known)}.`,
  );
}

/** The data inputs of nodes: without control inputs, which only order what has effects. */
export class DataInputs {
  readonly #controls = new Map<string, number>();

  constructor({ artifacts }: LoadedGraph) {
    const { node = [], library } = artifacts?.modelTopology ?? {};
    const functions = library?.function?.flatMap(({ nodeDef = [] }) => nodeDef) ?? [];
    for (const { name, input = [] } of [...node, ...functions]) {
      const controls = input.filter((other) => other.startsWith("^")).length;
      if (controls > 0) this.#controls.set(name, controls);
    }
  }

  of({ name, inputNames }: GraphNode): readonly string[] {
    const controls = this.#controls.get(name) ?? 0;
    return controls === 0 ? inputNames : inputNames.slice(0, Math.max(0, inputNames.length - controls));
  }
}

/** Operations whose result is a truth value, whatever their type attribute says. */
const TRUTHS: ReadonlySet<string> = new Set([
  "Equal",
  "NotEqual",
  "Greater",
  "GreaterEqual",
  "Less",
  "LessEqual",
  "LogicalAnd",
  "LogicalOr",
  "LogicalNot",
  "IsNan",
  "IsInf",
  "IsFinite",
  "All",
  "Any",
]);

/** By the names of TensorFlow's `types.proto`, or their numbers, as JSON may have either. */
const TYPES: Readonly<Record<string, DataType>> = {
  DT_FLOAT: "float32",
  1: "float32",
  DT_INT32: "int32",
  3: "int32",
  DT_UINT8: "int32",
  4: "int32",
  DT_INT64: "int32",
  9: "int32",
  DT_BOOL: "bool",
  10: "bool",
};

/** The type of what a node gives, as far as its attributes say it; float32 otherwise. */
export function typeOf({ op, rawAttrs = {} }: GraphNode): DataType {
  if (TRUTHS.has(op)) return "bool";
  const { DstT, output_type: output, out_type: out, dtype, Tparams, T } = rawAttrs;
  const type = (DstT ?? output ?? out ?? dtype ?? Tparams ?? T)?.type;
  return TYPES[String(type)] ?? "float32";
}

/** Names of the nodes that outputs follow from, without what the inputs cut off. */
export function reachable(
  graph: Graph,
  outputs: readonly string[],
  cut: ReadonlySet<string>,
  data: DataInputs,
): ReadonlySet<string> {
  const found = new Set<string>();
  const pending = outputs.map((name) => portOf(name).node);
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const node = graph.nodes[name];
    if (found.has(name) || node === undefined) continue;
    found.add(name);
    if (!cut.has(name)) pending.push(...data.of(node).map((input) => portOf(input).node));
  }
  return found;
}
