import { tidy } from "@tensorflow/tfjs-core";
import { isWritten } from "../../graph/operators/written.ts";
import { constant, isConstant, memoryOf } from "../../graph/tensors.ts";
import type { ConstantTensor, Operator, Subgraph, Tensor } from "../../graph/types.ts";
import { type Pass, type PassLog, substitute } from "./rewrite.ts";

/**
 * Computes operators of which every operand is constant now, rather than on the device. Few graphs have any
 * (tfjs has computed what it could while the model was traced), so that the evaluator is loaded on demand.
 */
export function foldConstants(): Pass {
  return { name: "fold constants", run: fold };
}

async function fold(subgraph: Subgraph, log: PassLog): Promise<Subgraph> {
  const folded = new Map<Tensor, Tensor>();
  const kept: Operator[] = [];
  for (const operator of subgraph.operators) {
    const inputs = operator.inputs.map((input) => (input === null ? null : (folded.get(input) ?? input)));
    const output = operator.outputs[0] as Tensor;
    const constants = inputs.every((input) => input === null || isConstant(input));
    if (!constants || operator.outputs.length !== 1 || !isWritten(operator.type)) {
      kept.push(operator);
      continue;
    }
    folded.set(output, await compute({ ...operator, inputs } as Operator));
    log.applied("fold constants", output.name);
  }
  return substitute({ ...subgraph, operators: kept }, folded);
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
