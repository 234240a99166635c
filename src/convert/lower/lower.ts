import { ForgeError, invariant } from "../../errors.ts";
import { SPECIFICATION } from "../../graph/operators/specification.ts";
import { isWritten } from "../../graph/operators/written.ts";
import { constant, memoryOf, sameShape, sameSignature } from "../../graph/tensors.ts";
import type { Graph, Operator, Tensor, TensorType } from "../../graph/types.ts";
import { inLayer } from "../trace/record.ts";
import type { Trace, TraceNode, TraceTensor } from "../trace/types.ts";
import { Call, type Lowering, LoweringError, type NotLowered } from "./call.ts";
import { LOWERINGS } from "./table.ts";

/**
 * Writes a trace as a graph of TensorFlow Lite operators, kernel by kernel.
 *
 * @throws ForgeError `unsupported-kernel` with every kernel that has no such form, each with its layers.
 */
export function lower(trace: Trace): Graph {
  const tensors = new Map<TraceTensor, Tensor>();
  for (const { name, tensor } of trace.inputs) tensors.set(tensor, tensorOf(tensor, name));
  const operators: Operator[] = [];
  const problems: Problem[] = [];
  for (const node of trace.nodes) {
    const made = lowerNode(node, tensors, operators);
    if (made !== null) problems.push(made);
  }
  if (problems.length > 0) throw unsupported(trace.name, problems);
  const outputs = trace.outputs.map(({ name, tensor }) => tensors.get(tensor) ?? constantOf(tensor, name));
  const inputs = trace.inputs.map(({ tensor }) => tensors.get(tensor) as Tensor);
  const names = (entries: Trace["inputs"]) => entries.map(({ name }, position) => ({ name, position }));
  return {
    subgraphs: [{ name: "main", inputs, outputs, operators }],
    signatures: [
      { key: "serving_default", subgraph: 0, inputs: names(trace.inputs), outputs: names(trace.outputs) },
    ],
    metadata: [],
  };
}

/** A size that follows the batch in the trace and is a constant in the operators. */
const BATCH_DEPENDENT =
  "the shape of its output depends on the batch size in a way that it has no operator for: fix the batch with " +
  "the option { batch: 1 }";

interface Problem {
  readonly kernel: string;
  readonly layer: string;
  readonly why: string;
}

/** Lowers one call; what it makes is put with the tensors. A call that cannot be lowered is a problem. */
function lowerNode(
  node: TraceNode,
  tensors: Map<TraceTensor, Tensor>,
  operators: Operator[],
): Problem | null {
  const name = node.layer === "" ? node.kernel : `${node.layer}/${node.kernel}`;
  const outputs = node.outputs.map((output) => tensorOf(output, name));
  const problem = (why: string): Problem => {
    // What comes after is lowered as if this call had worked, so that all problems are found at once.
    for (const [index, output] of node.outputs.entries()) tensors.set(output, outputs[index] as Tensor);
    return { kernel: node.kernel, layer: node.layer, why };
  };
  const row = (LOWERINGS as Readonly<Record<string, Lowering<never> | NotLowered>>)[node.kernel];
  if (row === undefined) return problem("it is not a kernel of tfjs-core");
  if (typeof row !== "function") return problem(row.why);
  const inputs = new Map(
    Object.entries(node.inputs).map(([role, tensor]) => [
      role,
      tensors.get(tensor) ?? constantOf(tensor, weightName(node, role)),
    ]),
  );
  const call = new Call({ ...node, inputs, outputs });
  try {
    const made = (row as Lowering<never>)(call as never) as Tensor | readonly Tensor[];
    const results = Array.isArray(made) ? (made as readonly Tensor[]) : [made as Tensor];
    for (const [index, output] of node.outputs.entries()) {
      const result = results[index] as Tensor;
      const expected = outputs[index] as Tensor;
      invariant(
        sameShape(result.shape, expected.shape) && result.type === expected.type,
        `kernel ${node.kernel}${inLayer(node.layer)} became ${result.type}[${result.shape.join(",")}], ` +
          `expected ${expected.type}[${expected.shape.join(",")}]`,
      );
      if (!sameSignature(result, expected)) return problem(BATCH_DEPENDENT);
      const untyped = call.operators.operators.map(typeProblem).find((why) => why !== null);
      if (untyped != null) return problem(untyped);
      tensors.set(output, result);
    }
    operators.push(...call.operators.operators);
    return null;
  } catch (error) {
    if (error instanceof LoweringError) return problem(error.message);
    throw error;
  }
}

/** What an operator has no kernel for: found here, it has the name of a layer. */
function typeProblem({ type, inputs }: Operator): string | null {
  if (!isWritten(type)) return null;
  const { main, types } = SPECIFICATION[type];
  const operand = inputs[main];
  return operand == null || types.includes(operand.type) ? null : `${type} takes no ${operand.type}`;
}

/** What tfjs calls a kernel's operands, in the words of its layers. */
const ROLES: Readonly<Record<string, string>> = { filter: "kernel", b: "kernel" };

function weightName(node: TraceNode, role: string): string {
  const name = ROLES[role] ?? role;
  return node.layer === "" ? name : `${node.layer}/${name}`;
}

const TYPES: Readonly<Record<string, TensorType>> = { float32: "float32", int32: "int32", bool: "bool" };

function typeOf(tensor: TraceTensor, name: string): TensorType {
  const type = TYPES[tensor.dtype];
  if (type !== undefined) return type;
  throw new ForgeError(
    "unsupported-kernel",
    `"${name}" is a tensor of type ${tensor.dtype}; float32, int32 and bool can be converted so far.`,
  );
}

function tensorOf(tensor: TraceTensor, name: string): Tensor {
  const { shape, shapeSignature } = tensor;
  return { name, type: typeOf(tensor, name), shape, ...(shapeSignature && { shapeSignature }) };
}

function constantOf(tensor: TraceTensor, name: string): Tensor {
  const { values } = tensor;
  invariant(values !== undefined, `"${name}" is used before it is made`);
  const type = typeOf(tensor, name);
  return constant(name, type, tensor.shape, memoryOf(values as Float32Array | Int32Array | Uint8Array, type));
}

function unsupported(name: string, problems: readonly Problem[]): ForgeError {
  const byCause = new Map<string, Set<string>>();
  for (const { kernel, why, layer } of problems) {
    const cause = `${kernel}: ${why}`;
    byCause.set(cause, (byCause.get(cause) ?? new Set()).add(layer));
  }
  const lines = [...byCause].map(([cause, layers]) => {
    const named = [...layers].filter((layer) => layer !== "");
    return `  ${cause}${named.length === 0 ? "" : ` (layers: ${named.join(", ")})`}`;
  });
  return new ForgeError(
    "unsupported-kernel",
    `"${name}" cannot be converted: ${lines.length === 1 ? "a kernel has" : `${lines.length} kernels have`} ` +
      `no form in TensorFlow Lite.\n${lines.join("\n")}`,
  );
}
