import { tidy } from "@tensorflow/tfjs-core";
import { describeOperator } from "../../graph/operators/shapes.ts";
import { isWritten, type WrittenOperator } from "../../graph/operators/written.ts";
import { constant, elementCount, isConstant, memoryOf, signatureOf } from "../../graph/tensors.ts";
import type { ConstantTensor, Operator, OperatorOf, Subgraph, Tensor } from "../../graph/types.ts";
import { type Pass, type PassLog, substitute } from "./rewrite.ts";

/**
 * Computes operators of which every operand is constant now, rather than on the device. Few graphs have any
 * (tfjs has computed what it could while the model was traced), so that the evaluator is loaded on demand. What has no
 * elements is constant whatever it is made of: XNNPACK cannot prepare all operators on such tensors.
 */
export function foldConstants(): Pass {
  return { name: "fold constants", run: fold };
}

async function fold(subgraph: Subgraph, log: PassLog): Promise<Subgraph> {
  const folded = new Map<Tensor, Tensor>();
  const kept: Operator[] = [];
  for (const operator of subgraph.operators) {
    const inputs = operator.inputs.map((input) => (input === null ? null : (folded.get(input) ?? input)));
    if (operator.type !== "CUSTOM" && operator.outputs.every(isEmpty)) {
      for (const made of operator.outputs) folded.set(made, empty(made));
      continue;
    }
    const output = operator.outputs[0] as Tensor;
    const constants = inputs.every((input) => input === null || isConstant(input));
    if (!constants || operator.outputs.length !== 1 || !isWritten(operator.type)) {
      const read = operator.inputs.some((input) => input !== null && folded.has(input));
      kept.push(read ? withKnownSizes({ ...operator, inputs } as Operator, folded) : operator);
      continue;
    }
    folded.set(output, await compute({ ...operator, inputs } as Operator));
    log.applied("fold constants", output.name);
  }
  return substitute({ ...subgraph, operators: kept }, folded);
}

/** True of fixed sizes with a 0 among them. */
function isEmpty(tensor: Tensor): boolean {
  return elementCount(tensor.shape) === 0 && !signatureOf(tensor).includes(-1);
}

function empty({ name, type, shape }: Tensor): ConstantTensor {
  return constant(name, type, shape, new Uint8Array(0));
}

/** An operator that read its sizes, where these are constant now: what it makes has fixed ones. */
function withKnownSizes(operator: Operator, replaced: Map<Tensor, Tensor>): Operator {
  const [output] = operator.outputs as [Tensor];
  if (output.shapeSignature === undefined || !isWritten(operator.type)) return operator;
  const [known, ...more] = describeOperator(operator as OperatorOf<WrittenOperator>) ?? [];
  if (known?.shape == null || more.length > 0) return operator;
  if ("shapeSignature" in known && known.shapeSignature !== undefined) return operator;
  const { shapeSignature: _, ...fixed } = output;
  const made: Tensor = { ...fixed, shape: known.shape };
  replaced.set(output, made);
  return { ...operator, outputs: [made] };
}

async function compute(operator: Operator): Promise<ConstantTensor> {
  const { constantValue, evaluateOperator } = await import("../../graph/evaluate.ts");
  const result = tidy(() => evaluateOperator(operator, (tensor) => constantValue(tensor as ConstantTensor)));
  try {
    const { name, type, shape } = operator.outputs[0] as Tensor;
    const values = (await result.data()) as Float32Array | Int32Array | Uint8Array;
    return constant(name, type, shape, memoryOf(values, type));
  } finally {
    result.dispose();
  }
}
