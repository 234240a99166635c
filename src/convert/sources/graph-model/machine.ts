import { Tensor, zeros } from "@tensorflow/tfjs-core";
import { ForgeError } from "../../../errors.ts";
import type { Recorder } from "../../trace/recorder.ts";
import { NodeCall, type Operation } from "./call.ts";
import {
  DataInputs,
  type Graph,
  type GraphExecutor,
  type GraphNode,
  type LoadedGraph,
  reachable,
} from "./graph.ts";
import { nodeRunner, type RunNode } from "./run-node.ts";
import { TENSOR_ARRAYS } from "./tensor-arrays.ts";
import { TENSOR_LISTS } from "./tensor-lists.ts";
import { LINEAR, UnknownSizes } from "./unknown-sizes.ts";
import { VALUE_DEPENDENT } from "./value-dependent.ts";
import { TensorArrayHandle, type Value } from "./values.ts";

/** Operations that hand on what comes in, whatever it is. */
const PASSING: Readonly<Record<string, Operation>> = Object.fromEntries(
  [
    "Identity",
    "IdentityN",
    "StopGradient",
    "Snapshot",
    "FakeQuantWithMinMaxVars",
    "Enter",
    "Exit",
    "NextIteration",
  ].map((op) => [op, ({ inputs }: NodeCall) => (op.startsWith("FakeQuant") ? inputs.slice(0, 1) : inputs)]),
);

const OPERATIONS: Readonly<Record<string, Operation>> = {
  ...PASSING,
  ...VALUE_DEPENDENT,
  ...TENSOR_LISTS,
  ...TENSOR_ARRAYS,
};

/** What stops a computation that was to do without the model's inputs. */
export class NeedsInputs extends Error {}

/** How nodes are run: recorded, on values, or to find something out about them. */
type Mode = "plain" | "without inputs" | "on zeros";

/** Runs single nodes of one model, and knows which one it is at. */
export class Machine {
  readonly executor: GraphExecutor;
  readonly recorder: Recorder | undefined;
  readonly data: DataInputs;
  readonly sizes = new UnknownSizes();
  readonly #runNode: RunNode;
  readonly #needed = new Map<Graph, ReadonlySet<string>>();
  #mode: Mode = "plain";
  #current = "";

  constructor(model: LoadedGraph, recorder: Recorder | undefined) {
    this.executor = model.executor;
    this.recorder = recorder;
    this.data = new DataInputs(model);
    this.#runNode = nodeRunner(model.executor);
  }

  /** The node that runs just now. */
  get current(): string {
    return this.#current;
  }

  /** False while something is computed that is not to be recorded. */
  get isRecording(): boolean {
    return this.recorder !== undefined && this.#mode === "plain";
  }

  /** The nodes that the results of a function follow from. */
  neededIn(graph: Graph): ReadonlySet<string> {
    let needed = this.#needed.get(graph);
    if (needed === undefined) {
      const outputs = graph.outputs.map(({ name }) => name);
      needed = reachable(graph, outputs, new Set(), this.data);
      this.#needed.set(graph, needed);
    }
    return needed;
  }

  /** True of a tensor without values. */
  isSymbolic(value: Value | undefined): boolean {
    return value instanceof Tensor && this.recorder?.isSymbolic(value) === true;
  }

  /** Names the node that is at work, which is none that runs by itself: a loop, a branch. */
  at<T>(node: GraphNode, work: () => T): T {
    const before = this.#current;
    this.#current = node.name;
    try {
      return work();
    } finally {
      this.#current = before;
    }
  }

  /**
   * Computes something without recording anything.
   *
   * @throws NeedsInputs where it follows from the model's inputs.
   */
  withoutInputs<T>(work: () => T): T {
    return this.#as("without inputs", work);
  }

  /** Computes something with zeros in place of all that follows from the model's inputs: for its shape. */
  onZeros<T>(work: () => T): T {
    return this.#as("on zeros", work);
  }

  /** The outputs of a node. */
  run(node: GraphNode, given: readonly Value[]): readonly (Value | undefined)[] {
    this.#current = node.name;
    const inputs = given.map((value) => this.#inMode(value));
    const recorder = this.#mode === "plain" ? this.recorder : undefined;
    try {
      const call = new NodeCall(node, inputs, recorder, this.sizes);
      return OPERATIONS[node.op]?.(call) ?? this.#runTensors(call);
    } catch (error) {
      throw failureOf(error, node);
    }
  }

  #as<T>(mode: Mode, work: () => T): T {
    const before = this.#mode;
    this.#mode = mode;
    try {
      return work();
    } finally {
      this.#mode = before;
    }
  }

  #inMode(value: Value): Value {
    if (this.#mode === "plain" || value instanceof TensorArrayHandle) return value;
    if (value instanceof Tensor) return this.#known(value);
    const { content } = value;
    if (content instanceof Tensor) return value.with(this.#known(content));
    return value.with(content.map((element) => element && this.#known(element)));
  }

  #known(tensor: Tensor): Tensor {
    if (!this.isSymbolic(tensor)) return tensor;
    if (this.#mode === "without inputs") throw new NeedsInputs(this.#current);
    return zeros(tensor.shape, tensor.dtype);
  }

  #runTensors(call: NodeCall): readonly (Tensor | undefined)[] {
    const { node } = call;
    checkNumbers(call);
    const inputs = call.inputs.map((_, index) => call.tensor(index));
    const outputs = this.#runNode(node, inputs);
    if (call.recorder === undefined) return outputs;
    const samples = this.#samples(node, inputs);
    const depends = inputs.some((input) => this.sizes.isDependent(input));
    for (const [index, output] of outputs.entries()) {
      if (output === undefined || !this.isSymbolic(output)) continue;
      if (depends) this.sizes.depends(output);
      this.sizes.sample(output, samples?.[index]);
    }
    return outputs;
  }

  /** What stands for the values of a node's outputs, where all of its inputs have such values or are known. */
  #samples(node: GraphNode, inputs: readonly Tensor[]): readonly (Tensor | undefined)[] | undefined {
    const samples = inputs.map((input) => (this.isSymbolic(input) ? this.sizes.sampleOf(input) : input));
    const isSampled = samples.some((sample, index) => sample !== inputs[index]);
    if (!isSampled || samples.includes(undefined) || !LINEAR.has(node.op)) return undefined;
    return this.#runNode(node, samples);
  }
}

/** Refuses numbers that tfjs-converter would read and that follow from the model's inputs. */
function checkNumbers(call: NodeCall): void {
  for (const [name, { type, inputIndexStart: start }] of Object.entries(call.node.inputParams)) {
    if (type === "tensor" || type === "tensors" || start === undefined) continue;
    const index = start < 0 ? call.inputs.length + start : start;
    if (index < call.inputs.length) call.numbers(index, `"${name}"`);
  }
}

/** What tfjs-converter throws says what it cannot do, and not where. */
function failureOf(error: unknown, { name }: GraphNode): unknown {
  if (error instanceof ForgeError || error instanceof NeedsInputs || !(error instanceof Error)) return error;
  const { message } = error;
  return new ForgeError("invalid-source", `Node "${name}" cannot be run: ${message}`, { cause: error });
}

/**
 * Refuses, all at once, the nodes that cannot be converted whatever comes in.
 *
 * @throws ForgeError `unsupported-kernel` that lists them.
 */
export function checkNodes(
  { executor }: LoadedGraph,
  outputs: readonly string[],
  cut: ReadonlySet<string>,
  data: DataInputs,
): void {
  const graphs = [
    { graph: executor.graph, needed: reachable(executor.graph, outputs, cut, data) },
    ...functionsOf(executor, outputs, cut, data),
  ];
  const problems = graphs.flatMap(({ graph, needed }) =>
    [...needed].flatMap((name) => {
      const node = graph.nodes[name] as GraphNode;
      const reason = cut.has(name) ? undefined : reasonAgainst(node, executor);
      return reason === undefined ? [] : [{ name, op: node.op, reason }];
    }),
  );
  const [first] = problems;
  if (first === undefined) return;
  const cure = "End the model before them with the option { outputs }, or begin behind them with { inputs }.";
  throw new ForgeError(
    "unsupported-kernel",
    problems.length === 1
      ? `Node "${first.name}" cannot be run: ${first.reason}. ${cure.replace("before them", "before it").replace("behind them", "behind it")}`
      : `${problems.length} nodes cannot be converted:\n${problems
          .map(({ name, reason }) => `- "${name}": ${reason}`)
          .join("\n")}\n${cure}`,
  );
}

/** The bodies of loops and branches that are needed, at any depth. */
function functionsOf(
  executor: GraphExecutor,
  outputs: readonly string[],
  cut: ReadonlySet<string>,
  data: DataInputs,
): readonly { readonly graph: GraphExecutor["graph"]; readonly needed: ReadonlySet<string> }[] {
  const found = new Map<string, { graph: GraphExecutor["graph"]; needed: ReadonlySet<string> }>();
  const visit = (graph: GraphExecutor["graph"], needed: ReadonlySet<string>): void => {
    for (const name of needed) {
      for (const called of calledBy(graph.nodes[name] as GraphNode)) {
        const inner = executor.functionExecutorMap?.[called]?.graph;
        if (inner === undefined || found.has(called)) continue;
        const names = inner.outputs.map((output) => output.name);
        const reached = reachable(inner, names, new Set(), data);
        found.set(called, { graph: inner, needed: reached });
        visit(inner, reached);
      }
    }
  };
  visit(executor.graph, reachable(executor.graph, outputs, cut, data));
  return [...found.values()];
}

function calledBy({ attrParams }: GraphNode): readonly string[] {
  return ["cond", "body", "thenBranch", "elseBranch"].flatMap((name) => {
    const value = attrParams[name]?.value;
    return typeof value === "string" ? [value] : [];
  });
}

const REFUSED: Readonly<Record<string, string>> = {
  hash_table: "tables are not part of a TensorFlow Lite file",
  string: "texts cannot be computed with in a TensorFlow Lite file",
};

function reasonAgainst({ name, op, category }: GraphNode, { weightMap }: GraphExecutor): string | undefined {
  if (op === "Const" && weightMap[name] === undefined) return "its weights are missing from the model";
  if (op === "Const" && weightMap[name]?.[0]?.dtype === "string") return "its values are texts";
  const refused = category === undefined ? undefined : REFUSED[category];
  if (refused !== undefined) return `${op}: ${refused}`;
  if (category !== undefined || op in OPERATIONS) return undefined;
  return `Unknown op '${op}': tfjs-converter does not know it (register it with tf.registerOp)`;
}
