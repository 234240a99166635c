import { signatureOf } from "./tensors.ts";
import type { Graph, Operator, OperatorOf, Subgraph, Tensor } from "./types.ts";

/** A subgraph that an operator calls: which, and what goes in and comes out. */
interface CalledSubgraph {
  /** For messages. */
  readonly role: string;
  /** Its index in the graph. */
  readonly index: number;
  readonly inputs: readonly (Tensor | null)[];
  /** What it must give; a condition gives one boolean instead. */
  readonly outputs: readonly Tensor[] | "condition";
}

/** The subgraphs that an operator calls: two of WHILE and of IF, none of any other. */
export function calledSubgraphs(operator: Operator): readonly CalledSubgraph[] {
  if (operator.type === "WHILE") return loopSubgraphs(operator);
  return operator.type === "IF" ? branchSubgraphs(operator) : [];
}

function loopSubgraphs({ inputs, outputs, options }: OperatorOf<"WHILE">): readonly CalledSubgraph[] {
  return [
    { role: "condition", index: options.cond_subgraph_index, inputs, outputs: "condition" },
    { role: "body", index: options.body_subgraph_index, inputs, outputs },
  ];
}

function branchSubgraphs({ inputs, outputs, options }: OperatorOf<"IF">): readonly CalledSubgraph[] {
  const given = inputs.slice(1);
  return [
    { role: "first branch", index: options.then_subgraph_index, inputs: given, outputs },
    { role: "second branch", index: options.else_subgraph_index, inputs: given, outputs },
  ];
}

/**
 * What is wrong with the calls of other subgraphs in one of them, or null.
 * Sources: `Prepare` in `tflite/kernels/while.cc` and `if.cc`.
 */
export function controlFlowProblem(subgraph: Subgraph, graph: Graph): string | null {
  return firstOf(subgraph.operators, (operator) => {
    const problem = firstOf(calledSubgraphs(operator), (called) => callProblem(called, subgraph, graph));
    return problem === null ? null : `${operator.type} "${operator.outputs[0]?.name ?? ""}": ${problem}`;
  });
}

function callProblem(
  { role, index, inputs, outputs }: CalledSubgraph,
  caller: Subgraph,
  graph: Graph,
): string | null {
  const called = graph.subgraphs[index];
  if (called === undefined) return `its ${role} is subgraph ${index}, of ${graph.subgraphs.length}`;
  if (called === caller) return `its ${role} is the subgraph that it is in`;
  const problem = listProblem("input", called.inputs, inputs);
  if (problem !== null) return `its ${role} ${problem}`;
  if (outputs !== "condition") {
    const wrong = listProblem("output", called.outputs, outputs);
    return wrong === null ? null : `its ${role} ${wrong}`;
  }
  const [answer] = called.outputs;
  const isAnswer = called.outputs.length === 1 && answer?.type === "bool" && isSingle(answer);
  return isAnswer ? null : `its ${role} must give one boolean`;
}

function isSingle(tensor: Tensor): boolean {
  return signatureOf(tensor).every((size) => size === 1);
}

function listProblem(
  role: "input" | "output",
  declared: readonly Tensor[],
  given: readonly (Tensor | null)[],
): string | null {
  if (declared.length !== given.length) {
    return `has ${declared.length} ${role}s, and the operator ${given.length}`;
  }
  return firstOf(declared, (tensor, index) => {
    const other = given[index];
    if (other == null) return `takes no absent ${role} ${index}`;
    const text = ({ type, shape }: Tensor): string => `${type} of rank ${shape.length}`;
    return text(tensor) === text(other)
      ? null
      : `has ${text(tensor)} as ${role} ${index}, and the operator ${text(other)}`;
  });
}

/** The first answer that is not null. */
export function firstOf<T>(
  list: readonly T[],
  problemOf: (item: T, index: number) => string | null,
): string | null {
  for (const [index, item] of list.entries()) {
    const problem = problemOf(item, index);
    if (problem !== null) return problem;
  }
  return null;
}
