import { ForgeError } from "../errors.ts";
import { inferOperator } from "./operators/shapes.ts";
import { SPECIFICATION } from "./operators/specification.ts";
import { isWritten, type WrittenOperator } from "./operators/written.ts";
import { isConstant, sameShape, signatureOf } from "./tensors.ts";
import type { Graph, Operator, OperatorOf, Subgraph, Tensor } from "./types.ts";

/**
 * Checks that a graph is one that a runtime accepts: operators in the order of their execution, each tensor
 * made once, operands and shapes as the specification says.
 *
 * @param when For the message: `after the pass "fold into weights"`.
 * @throws ForgeError `internal` with the operator and what is wrong with it.
 */
export function verifyGraph(graph: Graph, when: string): void {
  for (const subgraph of graph.subgraphs) {
    const problem = firstProblem(subgraph);
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
  const { inputs, types, main, rank, constants } = SPECIFICATION[operator.type];
  const count = operator.inputs.length;
  if (count < inputs[0] || count > inputs[1]) return `has ${count} inputs`;
  const operand = operator.inputs[main];
  if (operand == null) return `lacks its input ${main}`;
  if (operand.quantization === undefined && !types.includes(operand.type)) return `is of ${operand.type}`;
  if (rank !== undefined && operand.shape.length !== rank)
    return `is of rank ${operand.shape.length}, not ${rank}`;
  const computed = constants.find((index) => !isConstant(operator.inputs[index]));
  if (computed !== undefined) return `has an input ${computed} that is not constant`;
  return shapeProblem(operator);
}

function shapeProblem(operator: OperatorOf<WrittenOperator>): string | null {
  const expected = inferOperator(operator);
  const output = operator.outputs[0] as Tensor;
  if (expected === null) return null;
  const text = ({ type, shape }: Pick<Tensor, "type" | "shape">): string => `${type}[${shape.join(",")}]`;
  if (expected.type !== output.type || !sameShape(expected.shape, output.shape)) {
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
