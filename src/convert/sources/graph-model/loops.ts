import { notEqual, reshape, Tensor, tidy } from "@tensorflow/tfjs-core";
import { ForgeError } from "../../../errors.ts";
import type { Recorder } from "../../trace/recorder.ts";
import type { GraphNode } from "./graph.ts";
import { type Machine, NeedsInputs } from "./machine.ts";
import { packed, unpacked } from "./packing.ts";
import { knownElementShape, stacked, TensorListValue, type Value } from "./values.ts";

/** One turn of a loop; what it gives is computed when it is asked for. */
export interface Turn {
  condition(): Value;
  /** The n-th variable of the next turn. */
  next(index: number): Value;
}

/** A loop of either kind: a While with functions, or a frame of Enter, Merge, Switch and NextIteration. */
export interface LoopPlan {
  readonly initial: readonly Value[];
  /** Variables that each turn hands on as they are. */
  readonly keeps: readonly boolean[];
  /** How many nodes a turn runs. */
  readonly size: number;
  turn(variables: readonly Value[]): Turn;
}

/** Nodes that a loop may become when its turns are written one after the other: a subgraph is no smaller. */
const UNROLLED_NODES = 64;

/** Turns that are counted before a loop is taken for one that values end. */
const COUNTED_TURNS = 10_000;

/** Turns after which a loop on values is taken for one without end. */
const MOST_TURNS = 10_000_000;

/** The variables of a loop behind its last turn. */
export function runLoop(machine: Machine, node: GraphNode, plan: LoopPlan): readonly Value[] {
  const { recorder } = machine;
  if (recorder === undefined || !machine.isRecording) return runTurns(machine, node, plan, MOST_TURNS);
  const turns = tidy(() => machine.withoutInputs(() => countTurns(machine, node, plan)));
  if (turns !== undefined && (turns <= 1 || turns * plan.size <= UNROLLED_NODES)) {
    return runTurns(machine, node, plan, turns);
  }
  const after = afterOneTurn(machine, plan);
  const changes = after.some(
    (list, index) => list !== undefined && list.length !== lengthOf(plan.initial[index]),
  );
  if (!changes) return recordLoop(machine, recorder, node, withElementShapes(plan, after));
  if (turns !== undefined) return runTurns(machine, node, plan, turns);
  throw new ForgeError(
    "unsupported-kernel",
    `Cannot convert the loop at node "${node.name}": a list of tensors becomes longer or shorter in it, and values ` +
      "decide how often. Give the list its length before the loop (TensorListReserve).",
  );
}

/** Runs a loop turn by turn, as long as its condition holds. */
function runTurns(machine: Machine, node: GraphNode, plan: LoopPlan, most: number): readonly Value[] {
  let variables = plan.initial;
  for (let turn = 0; turn < most || most === MOST_TURNS; turn++) {
    const { condition, next } = plan.turn(variables);
    if (most === MOST_TURNS && !truthOf(machine, condition())) return variables;
    if (turn >= MOST_TURNS) throw endless(node);
    variables = variables.map((_, index) => next(index));
  }
  return variables;
}

/**
 * How often a loop turns, if that is known whatever the model's inputs are: only what the condition follows from
 * is computed.
 */
function countTurns(machine: Machine, node: GraphNode, plan: LoopPlan): number | undefined {
  const read = new Set<number>();
  let variables = plan.initial;
  try {
    for (let turns = 0; turns <= COUNTED_TURNS; turns++) {
      const watched = watch(variables, read);
      const { condition } = plan.turn(watched);
      if (!truthOf(machine, condition())) return turns;
      const next = nextOf(plan, variables, read);
      const moves = [...read].some((index) => !sameValues(machine, variables[index], next[index]));
      if (!moves) throw endless(node);
      variables = next;
    }
    return undefined;
  } catch (error) {
    if (error instanceof NeedsInputs) return undefined;
    throw error;
  }
}

/** The next values of the variables that are read, and of those that these are computed from. */
function nextOf(plan: LoopPlan, variables: readonly Value[], read: Set<number>): readonly Value[] {
  const { next } = plan.turn(watch(variables, read));
  const values = [...variables];
  // A set gives what is added to it while it is gone through.
  for (const index of read) values[index] = next(index);
  return values;
}

/** The same values, and a note of which ones are read. */
function watch(variables: readonly Value[], read: Set<number>): readonly Value[] {
  return new Proxy(variables, {
    get(target, key) {
      if (typeof key === "string" && /^\d+$/.test(key)) read.add(Number(key));
      return Reflect.get(target, key);
    },
  });
}

function truthOf(machine: Machine, value: Value): boolean {
  if (!(value instanceof Tensor) || machine.isSymbolic(value)) throw new NeedsInputs("condition");
  return value.dataSync()[0] !== 0;
}

function sameValues(machine: Machine, a: Value | undefined, b: Value | undefined): boolean {
  if (a === b) return true;
  if (!(a instanceof Tensor) || !(b instanceof Tensor)) return false;
  if (machine.isSymbolic(a) || machine.isSymbolic(b) || a.shape.join() !== b.shape.join()) return false;
  const [x, y] = [a.dataSync(), b.dataSync()];
  return x.every((value, index) => Object.is(value, y[index]));
}

function endless({ name }: GraphNode): ForgeError {
  return new ForgeError(
    "invalid-source",
    `The loop at node "${name}" never ends: its condition holds, and no turn changes what it follows from.`,
  );
}

/** The lists that a turn makes, computed on zeros: for the number and the shape of their elements. */
function afterOneTurn(machine: Machine, plan: LoopPlan): readonly (TensorListValue | undefined)[] {
  if (!plan.initial.some((value, index) => value instanceof TensorListValue && !plan.keeps[index])) return [];
  return machine.onZeros(() => {
    const { next } = plan.turn(plan.initial);
    return plan.initial.map((value, index) => {
      if (!(value instanceof TensorListValue) || plan.keeps[index]) return undefined;
      return next(index) as TensorListValue;
    });
  });
}

function lengthOf(value: Value | undefined): number | undefined {
  return value instanceof TensorListValue ? value.length : undefined;
}

/** Lists in which nothing is written yet have elements of the shape that the first turn writes. */
function withElementShapes(plan: LoopPlan, after: readonly (TensorListValue | undefined)[]): LoopPlan {
  const initial = plan.initial.map((value, index) => {
    const made = after[index];
    if (!(value instanceof TensorListValue) || made === undefined || knownElementShape(value) !== null)
      return value;
    return new TensorListValue(value.dtype, knownElementShape(made) ?? value.elementShape, value.content);
  });
  return { ...plan, initial, turn: (variables) => plan.turn(variables) };
}

/** Makes a loop of the file. Lists go round as one tensor each, and what turns only hand on stays outside. */
function recordLoop(machine: Machine, recorder: Recorder, node: GraphNode, plan: LoopPlan): readonly Value[] {
  const { initial, keeps } = plan;
  const outside = initial.map((value) => outsideOf(value, node));
  const changing = [...initial.keys()].filter((index) => !keeps[index]);
  const variables = changing.map((index) => packed(initial[index] as Value, node.name));
  const whole = (tensors: readonly Tensor[]): readonly Value[] =>
    outside.map((value, index) => {
      const position = changing.indexOf(index);
      if (position < 0) return value;
      const [tensor, from] = [tensors[position] as Tensor, variables[position] as Tensor];
      if (machine.sizes.isDependent(from)) machine.sizes.depends(tensor);
      return unpacked(tensor, initial[index] as Value);
    });
  const results = recorder.loop({
    variables,
    condition: (tensors) => {
      const value = plan.turn(whole(tensors)).condition();
      const tensor = packed(value, node.name);
      return reshape(tensor.dtype === "bool" ? tensor : notEqual(tensor, 0), []);
    },
    body: (tensors) => {
      const { next } = plan.turn(whole(tensors));
      return changing.map((index) => packed(next(index), node.name));
    },
  });
  return whole(results);
}

/** A list that is only read is one tensor too: made before the loop, and not in each turn. */
function outsideOf(value: Value, { name }: GraphNode): Value {
  if (!(value instanceof TensorListValue) || knownElementShape(value) === null) return value;
  return value.with(stacked(value, name));
}
