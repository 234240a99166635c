import { ForgeError } from "../../../errors.ts";
import { isLoopMerge } from "./frames.ts";
import { type DataInputs, type Graph, type GraphNode, portOf } from "./graph.ts";

/**
 * A branch of TensorFlow 1: Switch sends a value to one of two sides, and Merge takes what comes out of either. The
 * graph does not say which Switch belongs to which Merge; it follows from what each side has come through.
 */
export interface ConditionalPlan {
  /** The node that decides, as its name. */
  readonly predicate: string;
  /** Those that are decided together: the one asked for, and others that do not follow from it or lead to it. */
  readonly merges: readonly GraphNode[];
  /** What the sides read from around them. */
  readonly reads: readonly string[];
  readonly sides: ReadonlyMap<GraphNode, Sides>;
}

/** What a Merge takes where the predicate is true, and where it is false. */
interface Sides {
  readonly yes: string;
  readonly no: string;
}

/** Which output of a Switch a value has come through, by predicate: outermost first. */
type Guards = ReadonlyMap<string, number>;

/** What a Merge takes where the predicate has a value. */
export function chooseFrom({ sides }: ConditionalPlan, merge: GraphNode, value: boolean): string {
  const { yes, no } = sides.get(merge) as Sides;
  return value ? yes : no;
}

/** The predicate of a Switch, by the name of the node that computes it. */
export function predicateOf(switched: GraphNode): string {
  let [node, name] = [switched.inputs[1], switched.inputNames[1] ?? ""];
  while (node?.op === "Identity") [name, node] = [node.inputNames[0] ?? "", node.inputs[0]];
  const port = portOf(name);
  return `${port.node}:${port.index}`;
}

/** @param needed Nodes that the outputs of the model follow from. */
export function planOf(
  merge: GraphNode,
  graph: Graph,
  needed: ReadonlySet<string>,
  data: DataInputs,
): ConditionalPlan {
  const guards = new GuardFinder();
  const own = decisionOf(merge, guards);
  const all = Object.values(graph.nodes).filter(
    (node) => node.op === "Merge" && !isLoopMerge(node) && needed.has(node.name),
  );
  const before = new Map(all.map((node) => [node, ancestorsOf(node)]));
  const merges = [merge];
  const sides = new Map([[merge, own.sides]]);
  for (const other of all) {
    const isApart = merges.every(
      (chosen) => chosen !== other && !before.get(chosen)?.has(other) && !before.get(other)?.has(chosen),
    );
    if (!isApart || !sameGuards(guards.of(other), guards.of(merge))) continue;
    const decision = decisionOf(other, guards);
    if (decision.predicate !== own.predicate) continue;
    merges.push(other);
    sides.set(other, decision.sides);
  }
  return { predicate: own.predicate, merges, sides, reads: readsOf(merges, own.predicate, data) };
}

function decisionOf(
  merge: GraphNode,
  guards: GuardFinder,
): { readonly predicate: string; readonly sides: Sides } {
  const [a, b] = merge.inputNames as readonly [string, string];
  const [left, right] = merge.inputs
    .slice(0, 2)
    .map((input, index) => guards.at(input, merge.inputNames[index] as string));
  const predicate = decider(left ?? new Map(), right ?? new Map());
  if (predicate === undefined || b === undefined) {
    throw new ForgeError(
      "invalid-source",
      `Node "${merge.name}" (Merge) joins sides that no Switch has parted: the graph model is not complete.`,
    );
  }
  const isYes = left?.has(predicate) ? left.get(predicate) === 1 : right?.get(predicate) === 0;
  return { predicate, sides: isYes ? { yes: a, no: b } : { yes: b, no: a } };
}

/** What two sides have come through differently; of a side that is a constant only the other tells. */
function decider(left: Guards, right: Guards): string | undefined {
  const keys = [...left.keys()];
  const opposed = keys.findLast((key) => right.has(key) && right.get(key) !== left.get(key));
  const lone = keys.findLast((key) => !right.has(key)) ?? [...right.keys()].findLast((key) => !left.has(key));
  return opposed ?? lone;
}

function sameGuards(a: Guards, b: Guards): boolean {
  return a.size === b.size && [...a].every(([key, side]) => b.get(key) === side);
}

/** Finds what the values of nodes have come through. */
class GuardFinder {
  readonly #known = new Map<GraphNode, Guards>();

  /** Of one output of a node. */
  at(node: GraphNode, name: string): Guards {
    const guards = this.of(node);
    if (node.op !== "Switch" || isLoopSwitch(node)) return guards;
    return new Map([...guards, [predicateOf(node), portOf(name).index]]);
  }

  of(wanted: GraphNode): Guards {
    const stack = [wanted];
    for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
      const missing = sourcesOf(node).filter(({ node: input }) => !this.#known.has(input));
      if (this.#known.has(node) || missing.length === 0) {
        if (!this.#known.has(node)) this.#known.set(node, this.#join(node));
        stack.pop();
      } else {
        stack.push(...missing.map(({ node: input }) => input));
      }
    }
    return this.#known.get(wanted) as Guards;
  }

  #join(node: GraphNode): Guards {
    const inputs = sourcesOf(node).map(({ node: input, name }) => this.at(input, name));
    const joined = new Map(inputs.flatMap((guards) => [...guards]));
    if (node.op === "Merge" && !isLoopMerge(node)) {
      const predicate = decider(inputs[0] ?? new Map(), inputs[1] ?? new Map());
      if (predicate !== undefined) joined.delete(predicate);
    }
    return joined;
  }
}

function isLoopSwitch({ inputs: [, predicate] }: GraphNode): boolean {
  return predicate?.op === "LoopCond";
}

/** What a node follows from; the turns of a loop are no way back. */
function sourcesOf(node: GraphNode): readonly { readonly node: GraphNode; readonly name: string }[] {
  const all = node.inputs.map((input, index) => ({ node: input, name: node.inputNames[index] as string }));
  return isLoopMerge(node) ? all.filter(({ node: input }) => input.op !== "NextIteration") : all;
}

function ancestorsOf(last: GraphNode): ReadonlySet<GraphNode> {
  const found = new Set<GraphNode>();
  const pending = [...last.inputs];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    pending.push(...node.inputs);
  }
  return found;
}

/** Data that the Switches of a predicate send to the sides of some Merges. */
function readsOf(merges: readonly GraphNode[], predicate: string, data: DataInputs): readonly string[] {
  const reads = new Set<string>();
  const seen = new Set<GraphNode>();
  const pending = merges.flatMap(({ inputs }) => inputs.slice(0, 2));
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (node.op === "Switch" && !isLoopSwitch(node) && predicateOf(node) === predicate) {
      reads.add(node.inputNames[0] as string);
      continue;
    }
    pending.push(...node.inputs.slice(0, data.of(node).length));
  }
  return [...reads];
}
