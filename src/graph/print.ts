import { elementCount, floatsOf, intsOf, isConstant, signatureOf } from "./tensors.ts";
import type { Graph, Operator, Subgraph, Tensor } from "./types.ts";

/**
 * A graph as text, one line an operator, for people and for tests:
 *
 * ```text
 * main(x: float32[-1,4]) -> y
 *   h: float32[-1,8] = FULLY_CONNECTED(x, w: float32[8,4], b: float32[8]) { fused_activation_function: RELU }
 * ```
 *
 * Options at the value most files have (NONE, false, a dilation of 1) are left out.
 */
export function printGraph(graph: Graph): string {
  return graph.subgraphs.map(printSubgraph).join("\n\n");
}

function printSubgraph(subgraph: Subgraph): string {
  const inputs = subgraph.inputs.map(declaration).join(", ");
  const outputs = subgraph.outputs.map(({ name }) => name).join(", ");
  return [`${subgraph.name}(${inputs}) -> ${outputs}`, ...subgraph.operators.map(printOperator)].join("\n");
}

function printOperator(operator: Operator): string {
  const inputs = operator.inputs.map((input) => (input === null ? "-" : operand(input))).join(", ");
  const options = Object.entries(operator.options)
    .filter(([name, value]) => !isUsual(name, value))
    .map(([name, value]) => `${name}: ${Array.isArray(value) ? `[${value.join(",")}]` : String(value)}`);
  const tail = options.length === 0 ? "" : ` { ${options.join(", ")} }`;
  return `  ${operator.outputs.map(declaration).join(", ")} = ${operator.customCode ?? operator.type}(${inputs})${tail}`;
}

function isUsual(name: string, value: unknown): boolean {
  if (name.startsWith("dilation_")) return value === 1;
  // The constant that is the operator's second input says the same.
  if (name === "new_shape") return true;
  return (
    ["NONE", "DEFAULT", false, 0].includes(value as string) ||
    /^(pot_scale_int16|quantized_bias_type)$/.test(name)
  );
}

function declaration(tensor: Tensor): string {
  return `${tensor.name}: ${tensor.type}[${signatureOf(tensor).join(",")}]`;
}

/** Small integers are worth seeing: axes, shapes, paddings. */
function operand(tensor: Tensor): string {
  if (!isConstant(tensor)) return tensor.name;
  if (tensor.type === "int32" && elementCount(tensor.shape) <= 16) {
    return `[${[...intsOf(tensor)].join(",")}]`;
  }
  if (tensor.type === "float32" && elementCount(tensor.shape) === 1) {
    return String(floatsOf(tensor)[0]);
  }
  return declaration(tensor);
}
