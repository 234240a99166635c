import { type Tensor as TfTensor, tidy } from "@tensorflow/tfjs-core";
import { constantValue, evaluateOperator } from "../../graph/evaluate.ts";
import { isWritten } from "../../graph/operators/written.ts";
import { constant, isConstant } from "../../graph/tensors.ts";
import type { Operator, Subgraph, Tensor } from "../../graph/types.ts";
import { type Pass, type PassLog, substitute } from "./rewrite.ts";

/** Computes operators of which every operand is constant now, rather than on the device. */
export function foldConstants(): Pass {
  return { name: "fold constants", run: fold };
}

async function fold(subgraph: Subgraph, log: PassLog): Promise<Subgraph> {
  const outputs = new Set(subgraph.outputs);
  const folded = new Map<Tensor, Tensor>();
  const kept: Operator[] = [];
  for (const operator of subgraph.operators) {
    const inputs = operator.inputs.map((input) => (input === null ? null : (folded.get(input) ?? input)));
    const output = operator.outputs[0] as Tensor;
    const constants = inputs.every((input) => input === null || isConstant(input));
    if (!constants || operator.outputs.length !== 1 || !isWritten(operator.type) || outputs.has(output)) {
      kept.push(operator);
      continue;
    }
    const result = tidy(() => evaluateOperator({ ...operator, inputs } as Operator, readConstant));
    try {
      const values = (await result.data()) as Float32Array | Int32Array | Uint8Array;
      folded.set(output, constant(output.name, output.type, output.shape, values));
    } finally {
      result.dispose();
    }
    log.applied("fold constants", output.name);
  }
  return substitute({ ...subgraph, operators: kept }, folded);
}

function readConstant(tensor: Tensor): TfTensor {
  return constantValue(tensor as Parameters<typeof constantValue>[0]);
}
