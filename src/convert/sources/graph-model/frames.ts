import { ForgeError } from "../../../errors.ts";
import { type DataInputs, type GraphNode, portOf } from "./graph.ts";

/** A variable of a loop, and the nodes that it goes through. */
export interface FrameVariable {
  readonly enter: GraphNode;
  readonly merge: GraphNode;
  /** Absent of one that only the condition reads. */
  readonly switched: GraphNode | undefined;
  /** What is its value in the next turn. */
  readonly next: string;
  readonly exits: readonly GraphNode[];
  /** Each turn hands it on as it is. */
  readonly isKept: boolean;
}

/**
 * A loop of TensorFlow 1: variables come in by Enter, begin a turn at Merge, and Switch either sends them into the
 * body, which ends at NextIteration, or out by Exit.
 */
export interface LoopFrame {
  readonly variables: readonly FrameVariable[];
  /** What the loop reads and never changes. */
  readonly constants: readonly GraphNode[];
  readonly condition: string;
  /** How many nodes a turn runs. */
  readonly size: number;
}

/** True of the node where the turns of a loop begin, false of one that joins two sides of a branch. */
export function isLoopMerge({ op, inputs }: GraphNode): boolean {
  return op === "Merge" && inputs.some((input) => input.op === "NextIteration");
}

/**
 * The loop that a node leaves.
 *
 * @throws ForgeError `invalid-source` where the nodes make no loop.
 */
export function frameOf(exit: GraphNode, data: DataInputs): LoopFrame {
  const loop = exit.inputs[0]?.inputs[1];
  const condition = loop?.inputNames[0];
  if (loop?.op !== "LoopCond" || condition === undefined) throw broken(exit);
  const switches = [...new Set(loop.children)].filter(
    ({ op, inputs: [merge] }) => op === "Switch" && merge !== undefined && isLoopMerge(merge),
  );
  const carried = switches.map((switched) => variableOf(switched.inputs[0] as GraphNode, switched, exit));
  const starts = [condition, ...carried.map(({ next }) => next)];
  const frame = carried[0]?.enter.attrParams.frameName?.value;
  const merges = new Set(carried.map(({ merge }) => merge));
  const { constants, others, size } = contentOf(starts, exit, merges, frame, data);
  const read = others.map((merge) => variableOf(merge, undefined, exit));
  return { variables: [...carried, ...read], constants, condition, size };
}

function variableOf(merge: GraphNode, switched: GraphNode | undefined, exit: GraphNode): FrameVariable {
  const enter = merge.inputs.find(({ op }) => op === "Enter");
  const iteration = merge.inputs.find(({ op }) => op === "NextIteration");
  const next = iteration?.inputNames[0];
  if (enter === undefined || iteration === undefined || next === undefined) throw broken(exit);
  const exits = switched?.children.filter(({ op }) => op === "Exit") ?? [];
  return { enter, merge, switched, next, exits, isKept: handsOn(iteration, merge, switched) };
}

function handsOn(iteration: GraphNode, merge: GraphNode, switched: GraphNode | undefined): boolean {
  let node = iteration.inputs[0];
  while (node?.op === "Identity") node = node.inputs[0];
  return node !== undefined && (node === switched || node === merge);
}

/** What a loop computes, back from the ends of a turn to its variables and to what comes in. */
function contentOf(
  starts: readonly string[],
  exit: GraphNode,
  merges: ReadonlySet<GraphNode>,
  frame: unknown,
  data: DataInputs,
): {
  readonly constants: readonly GraphNode[];
  readonly others: readonly GraphNode[];
  readonly size: number;
} {
  const nodes = nodesBefore(exit);
  const [constants, others] = [new Set<GraphNode>(), new Set<GraphNode>()];
  const seen = new Set<GraphNode>();
  const pending = starts.flatMap((name) => nodes.get(portOf(name).node) ?? []);
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (seen.has(node) || merges.has(node)) continue;
    seen.add(node);
    if (node.op === "Enter" && node.attrParams.frameName?.value === frame) {
      constants.add(node);
      continue;
    }
    if (isLoopMerge(node) && node.inputs.some((input) => isEnterOf(input, frame))) {
      others.add(node);
      continue;
    }
    const count = data.of(node).length;
    pending.push(...node.inputs.slice(0, count));
  }
  const size = [...seen].filter(({ op }) => op !== "Const" && op !== "Enter").length;
  return { constants: [...constants], others: [...others], size };
}

function isEnterOf({ op, attrParams }: GraphNode, frame: unknown): boolean {
  return op === "Enter" && attrParams.frameName?.value === frame;
}

/** All nodes that one follows from, by name. */
function nodesBefore(last: GraphNode): ReadonlyMap<string, GraphNode> {
  const found = new Map<string, GraphNode>();
  const pending = [last];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (found.has(node.name)) continue;
    found.set(node.name, node);
    pending.push(...node.inputs);
  }
  return found;
}

function broken({ name }: GraphNode): ForgeError {
  return new ForgeError(
    "invalid-source",
    `The loop that node "${name}" leaves is not complete in the graph model.`,
  );
}
