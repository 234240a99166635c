import { notEqual, reshape, Tensor } from "@tensorflow/tfjs-core";
import { ForgeError, invariant } from "../../../errors.ts";
import { type ConditionalPlan, chooseFrom, planOf, predicateOf } from "./conditionals.ts";
import { frameOf, isLoopMerge, type LoopFrame } from "./frames.ts";
import { type Graph, type GraphNode, type Port, portOf } from "./graph.ts";
import { runLoop } from "./loops.ts";
import type { Machine } from "./machine.ts";
import { packed, unpacked } from "./packing.ts";
import type { Value } from "./values.ts";

type Outputs = readonly (Value | undefined)[];

/**
 * Values of a graph's nodes, computed when they are asked for. A turn of a loop, or a side of a branch, has an
 * environment of its own inside of another.
 */
export class Environment {
  readonly machine: Machine;
  readonly graph: Graph;
  /** Nodes that what is asked for follows from. */
  readonly needed: ReadonlySet<string>;
  readonly #parent: Environment | null;
  readonly #values = new Map<string, Outputs>();
  readonly #later = new Map<string, () => Outputs>();
  /** Predicates whose value is taken for granted here. */
  readonly #assumed = new Map<string, boolean>();

  constructor(
    machine: Machine,
    graph: Graph,
    needed: ReadonlySet<string>,
    parent: Environment | null = null,
  ) {
    this.machine = machine;
    this.graph = graph;
    this.needed = needed;
    this.#parent = parent;
  }

  inside(): Environment {
    return new Environment(this.machine, this.graph, this.needed, this);
  }

  bind(node: string, outputs: Outputs): void {
    this.#values.set(node, outputs);
  }

  /** As {@link Environment.bind}, with outputs that are asked for when they are read. */
  bindLater(node: string, outputs: () => Outputs): void {
    this.#later.set(node, outputs);
  }

  assume(predicate: string, value: boolean): void {
    this.#assumed.set(predicate, value);
  }

  assumed(predicate: string): boolean | undefined {
    return this.#assumed.get(predicate) ?? this.#parent?.assumed(predicate);
  }

  /** The value of `"node"` or `"node:1"`. */
  get(name: string): Value {
    const port = portOf(name);
    this.#compute(port.node);
    return this.#at(port);
  }

  tensor(name: string): Tensor {
    const value = this.get(name);
    if (value instanceof Tensor) return value;
    throw new ForgeError("invalid-source", `"${name}" of the graph model is no tensor.`);
  }

  #at({ node, index }: Port): Value {
    const value = this.#lookup(node)?.[index];
    if (value !== undefined) return value;
    throw new ForgeError("invalid-source", `Node "${node}" of the graph model has no output ${index}.`);
  }

  #lookup(node: string): Outputs | undefined {
    const own = this.#values.get(node) ?? this.#later.get(node)?.() ?? this.machine.executor.weightMap[node];
    return own ?? (this.#parent === null ? undefined : this.#parent.#lookup(node));
  }

  /** Depth first, without recursion: a graph may be thousands of nodes deep. */
  #compute(wanted: string): void {
    const stack = [wanted];
    const entered = new Set<string>();
    for (let name = stack.at(-1); name !== undefined; name = stack.at(-1)) {
      if (this.#lookup(name) !== undefined) {
        stack.pop();
        continue;
      }
      const node = this.#node(name);
      const missing = this.#needs(node)
        .map((input) => portOf(input).node)
        .filter((input) => this.#lookup(input) === undefined);
      if (missing.length === 0) {
        this.#values.set(name, this.#outputs(node));
        continue;
      }
      if (entered.has(name)) {
        throw new ForgeError("invalid-source", `Node "${name}" of the graph model follows from itself.`);
      }
      entered.add(name);
      stack.push(...missing.reverse());
    }
  }

  #node(name: string): GraphNode {
    const node = this.graph.nodes[name];
    if (node === undefined) throw new ForgeError("invalid-source", `The graph model has no node "${name}".`);
    if (node.op !== "Placeholder") return node;
    throw new ForgeError(
      "invalid-source",
      `Node "${name}" is an input that has no value: name it in the option { inputs }, or end the model before it ` +
        "is needed with { outputs }.",
    );
  }

  /** What must be there before a node can be computed; control flow looks after itself. */
  #needs(node: GraphNode): readonly string[] {
    return CONTROL[node.op] === undefined ? this.machine.data.of(node) : [];
  }

  #outputs(node: GraphNode): Outputs {
    const control = CONTROL[node.op];
    if (control !== undefined) return this.machine.at(node, () => control(this, node));
    const inputs = this.machine.data.of(node).map((input) => this.#at(portOf(input)));
    return this.machine.run(node, inputs);
  }
}

/** Runs a function of the model; each of its outputs is computed when it is asked for. */
export function functionCall(
  machine: Machine,
  name: string,
  values: readonly (Value | undefined)[],
): FunctionCall {
  const graph = machine.executor.functionExecutorMap?.[name]?.graph;
  if (graph === undefined) {
    throw new ForgeError("invalid-source", `The graph model has no function "${name}".`);
  }
  const environment = new Environment(machine, graph, machine.neededIn(graph));
  for (const [index, input] of graph.inputs.entries())
    environment.bindLater(input.name, () => [values[index]]);
  return {
    graph,
    output: (index) => {
      const node = graph.outputs[index];
      invariant(node !== undefined, `function "${name}" has no output ${index}`);
      return environment.get(`${node.name}:${node.defaultOutput ?? 0}`);
    },
  };
}

/** A function of the model with arguments. */
export interface FunctionCall {
  readonly graph: Graph;
  output(index: number): Value;
}

/** How control flow is computed. */
type Control = (environment: Environment, node: GraphNode) => Outputs;

const CONTROL: Readonly<Record<string, Control>> = {
  While: functionLoop,
  StatelessWhile: functionLoop,
  If: functionBranch,
  StatelessIf: functionBranch,
  Exit: (environment, node) => frameLoop(environment, node),
  Merge: (environment, node) => {
    if (!isLoopMerge(node)) return [merged(environment, node)];
    throw new ForgeError("invalid-source", `Node "${node.name}" of the graph model is outside of its loop.`);
  },
  Switch: (environment, node) => {
    const predicate = predicateOf(node);
    const value = environment.get(node.inputNames[0] as string);
    const known = environment.assumed(predicate) ?? knownTruth(environment, predicate);
    if (known !== undefined) return [value, value];
    throw new ForgeError(
      "unsupported-kernel",
      `Node "${node.name}" (Switch) depends on values, and nothing joins its two sides again (Merge).`,
    );
  },
};

function knownTruth(environment: Environment, predicate: string): boolean | undefined {
  const value = environment.tensor(predicate);
  return environment.machine.isSymbolic(value) ? undefined : value.dataSync()[0] !== 0;
}

function functionLoop(environment: Environment, node: GraphNode): Outputs {
  const { machine } = environment;
  const values = machine.data.of(node).map((input) => environment.get(input));
  const [condition, body] = [functionOf(node, "cond"), functionOf(node, "body")];
  const { graph } = functionCall(machine, body, []);
  return runLoop(machine, node, {
    initial: values,
    size: Object.values(graph.nodes).filter(({ op }) => op !== "Const").length,
    keeps: values.map((_, index) => passesOn(graph, index)),
    turn: (variables) => {
      const [test, next] = [
        functionCall(machine, condition, variables),
        functionCall(machine, body, variables),
      ];
      return { condition: () => test.output(0), next: (index) => next.output(index) };
    },
  });
}

/** True where a function gives its n-th input again as its n-th output. */
function passesOn({ inputs, outputs }: Graph, index: number): boolean {
  let node = outputs[index];
  while (node !== undefined && node.op === "Identity") node = node.inputs[0];
  return node !== undefined && node === inputs[index];
}

function functionOf({ name, attrParams }: GraphNode, attribute: string): string {
  const value = attrParams[attribute]?.value;
  if (typeof value === "string") return value;
  throw new ForgeError(
    "invalid-source",
    `Node "${name}" of the graph model names no function as its "${attribute}".`,
  );
}

function functionBranch(environment: Environment, node: GraphNode): Outputs {
  const { machine } = environment;
  const [predicate, ...inputs] = machine.data.of(node) as [string, ...string[]];
  const values = inputs.map((input) => environment.get(input));
  const sides = [functionOf(node, "thenBranch"), functionOf(node, "elseBranch")] as const;
  const side = (name: string) => (): readonly Value[] => {
    const call = functionCall(machine, name, values);
    return call.graph.outputs.map((_, index) => call.output(index));
  };
  return choose(environment, environment.tensor(predicate), side(sides[0]), side(sides[1]));
}

/** One of two sides: now where the condition is known, else by a branch of the file. */
function choose(
  { machine }: Environment,
  condition: Tensor,
  onTrue: () => readonly Value[],
  onFalse: () => readonly Value[],
): readonly Value[] {
  const { recorder } = machine;
  if (recorder === undefined || !recorder.isSymbolic(condition)) {
    return condition.dataSync()[0] ? onTrue() : onFalse();
  }
  let model: readonly Value[] = [];
  const side = (values: () => readonly Value[]) => (): readonly Tensor[] => {
    model = values();
    return model.map((value) => packed(value, machine.current));
  };
  const truth = condition.dtype === "bool" ? condition : notEqual(condition, 0);
  const request = { condition: reshape(truth, []), onTrue: side(onTrue), onFalse: side(onFalse) };
  const results = recorder.branch(request);
  return results.map((tensor, index) => unpacked(tensor, model[index] as Value));
}

function frameLoop(environment: Environment, exit: GraphNode): Outputs {
  const { machine } = environment;
  const frame = frameOf(exit, machine.data);
  const constants = frame.constants.map((enter) => ({
    enter,
    value: environment.get(enter.inputNames[0] as string),
  }));
  const initial = frame.variables.map(({ enter }) => environment.get(enter.inputNames[0] as string));
  const inTurn = (variables: readonly (Value | undefined)[]): Environment => {
    const inner = environment.inside();
    for (const { enter, value } of constants) inner.bind(enter.name, [value]);
    for (const [index, { merge, switched }] of frame.variables.entries()) {
      inner.bindLater(merge.name, () => [variables[index]]);
      if (switched !== undefined) inner.bindLater(switched.name, () => [variables[index], variables[index]]);
    }
    return inner;
  };
  const results = runLoop(machine, exit, {
    initial,
    size: frame.size,
    keeps: frame.variables.map(({ isKept }) => isKept),
    turn: (variables) => {
      const [test, next] = [inTurn(variables), inTurn(variables)];
      return {
        condition: () => test.get(frame.condition),
        next: (index) => next.get((frame.variables[index] as LoopFrame["variables"][number]).next),
      };
    },
  });
  for (const [index, { exits }] of frame.variables.entries()) {
    for (const other of exits) environment.bind(other.name, [results[index]]);
  }
  const at = frame.variables.findIndex(({ exits }) => exits.includes(exit));
  return [results[at]];
}

function merged(environment: Environment, merge: GraphNode): Value {
  const plan: ConditionalPlan = planOf(
    merge,
    environment.graph,
    environment.needed,
    environment.machine.data,
  );
  const known = environment.assumed(plan.predicate) ?? knownTruth(environment, plan.predicate);
  if (known !== undefined) return sideOf(environment, plan, known).get(chooseFrom(plan, merge, known));
  // What the sides read from around them is computed before, where both can see it.
  for (const name of plan.reads) environment.get(name);
  const side = (value: boolean) => (): readonly Value[] => {
    const inner = sideOf(environment, plan, value);
    return plan.merges.map((each) => inner.get(chooseFrom(plan, each, value)));
  };
  const results = choose(environment, environment.tensor(plan.predicate), side(true), side(false));
  for (const [index, each] of plan.merges.entries()) environment.bind(each.name, [results[index]]);
  return results[plan.merges.indexOf(merge)] as Value;
}

function sideOf(environment: Environment, { predicate }: ConditionalPlan, value: boolean): Environment {
  const inner = environment.inside();
  inner.assume(predicate, value);
  return inner;
}
