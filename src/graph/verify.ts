import { ForgeError } from "../errors.ts";
import { controlFlowProblem, firstOf } from "./control-flow.ts";
import type { OpenSpec } from "./operators/shapes/rule.ts";
import { describeOperator, type InferredOutput } from "./operators/shapes.ts";
import { SPECIFICATION } from "./operators/specification.ts";
import { isWritten, type WrittenOperator } from "./operators/written.ts";
import { isConstant, sameShape, signatureOf } from "./tensors.ts";
import type { Graph, Operator, OperatorOf, Subgraph, Tensor } from "./types.ts";

/**
 * Checks that a graph is one that a runtime accepts: operators in the order of their execution, each tensor
 * made once, operands and shapes as the specification says, the subgraphs of WHILE and IF as they are called.
 *
 * @param when For the message: `after the pass "fold into weights"`.
 * @throws ForgeError `internal` with the operator and what is wrong with it.
 */
export function verifyGraph(graph: Graph, when: string): void {
  for (const subgraph of graph.subgraphs) {
    const problem = firstProblem(subgraph) ?? controlFlowProblem(subgraph, graph);
    if (problem !== null) throw new ForgeError("internal", `internal: ${when}: ${problem}`);
  }
}

/** What is wrong with a subgraph, or null. Sources: `interpreter_builder.cc`, `subgraph.cc`, `verifier.cc`. */
export function firstProblem(subgraph: Subgraph): string | null {
  const known = new Set<Tensor>(subgraph.inputs);
  for (const operator of subgraph.operators) {
    const where = `${operator.type} "${operator.outputs[0]?.name ?? ""}"`;
    for (const input of operator.inputs) {
      if (input === null || isConstant(input) || input.isVariable || known.has(input)) continue;
      return `${where} reads "${input.name}" before it is made`;
    }
    for (const output of operator.outputs) {
      if (known.has(output)) return `${where} makes "${output.name}" a second time`;
      if (isConstant(output)) return `${where} writes the constant "${output.name}"`;
      known.add(output);
    }
    const problem = isWritten(operator.type)
      ? operatorProblem(operator as OperatorOf<WrittenOperator>)
      : null;
    if (problem !== null) return `${where} ${problem}`;
  }
  const lost = subgraph.outputs.find((output) => !known.has(output) && !isConstant(output));
  return lost === undefined ? null : `the output "${lost.name}" is never made`;
}

function operatorProblem(operator: OperatorOf<WrittenOperator>): string | null {
  const { inputs, types, main, ranks, constants } = SPECIFICATION[operator.type];
  const count = operator.inputs.length;
  if (count < inputs[0] || count > inputs[1]) return `has ${count} inputs`;
  const operand = operator.inputs[main];
  if (operand == null) return main < inputs[0] ? `lacks its input ${main}` : null;
  if (operand.quantization === undefined && !types.includes(operand.type)) return `is of ${operand.type}`;
  const rank = operand.shape.length;
  if (ranks !== undefined && (rank < ranks[0] || rank > ranks[1])) {
    return `is of rank ${rank}, not ${ranks[0] === ranks[1] ? ranks[0] : ranks.join(" to ")}`;
  }
  const computed = constants.find((index) => !isConstant(operator.inputs[index]));
  if (computed !== undefined) return `has an input ${computed} that is not constant`;
  return shapeProblem(operator);
}

function shapeProblem(operator: OperatorOf<WrittenOperator>): string | null {
  const expected = describeOperator(operator);
  if (expected === null) return null;
  const { outputs } = operator;
  if (expected.length !== outputs.length)
    return `makes ${expected.length} outputs, and has ${outputs.length}`;
  // A loop may change the sizes of its variables; that their ranks stay is checked with its subgraphs.
  const check = operator.type === "WHILE" ? typeProblem : outputProblem;
  return firstOf(outputs, (output, index) => check(expected[index] as Expected, output));
}

type Expected = InferredOutput | OpenSpec;

function typeProblem(expected: Pick<Expected, "type">, output: Tensor): string | null {
  return expected.type === output.type ? null : `makes ${expected.type}, and its output is ${output.type}`;
}

function outputProblem(expected: Expected, output: Tensor): string | null {
  const actual = output.shape;
  if (expected.shape === null) {
    if (expected.rank !== undefined && expected.rank !== actual.length) {
      return `makes ${expected.rank} dimensions, and its output has ${actual.length}`;
    }
    // A kernel believes sizes that are declared as fixed (`Prepare` of `slice.cc`).
    const isOpen = signatureOf(output).includes(-1) || output.unranked === true;
    return isOpen
      ? typeProblem(expected, output)
      : "makes sizes that only a run knows, and its output has none of -1";
  }
  const text = ({ type, shape }: Pick<Tensor, "type" | "shape">): string => `${type}[${shape.join(",")}]`;
  if (expected.type !== output.type || !sameShape(expected.shape, actual)) {
    return `makes ${text(expected)}, and its output is ${text(output)}`;
  }
  const signature = expected.shapeSignature ?? expected.shape;
  if (!sameShape(signature, signatureOf(output))) {
    return `makes [${signature.join(",")}], and its output is [${signatureOf(output).join(",")}]`;
  }
  return null;
}

/** The types of operators, counted: `{ CONV_2D: 3, SOFTMAX: 1 }`, in the order of their first use. */
export function countOperators(graph: Graph): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { type } of graph.subgraphs.flatMap<Operator>((subgraph) => subgraph.operators)) {
    counts[type] = (counts[type] ?? 0) + 1;
  }
  return counts;
}
