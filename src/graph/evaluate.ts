import * as tf from "@tensorflow/tfjs-core";
import { ForgeError, invariant } from "../errors.ts";
import type { CallSubgraph } from "./operators/evaluation/rule.ts";
import { EVALUATION } from "./operators/evaluation.ts";
import { isWritten } from "./operators/written.ts";
import { bytesOf, elementCount, floatsOf, integersOf, intsOf, isConstant } from "./tensors.ts";
import type { ConstantTensor, Graph, Operator, Subgraph, Tensor } from "./types.ts";

/**
 * Computes what a subgraph computes, with tfjs operations on the active backend. A variable is zero when it begins.
 *
 * @param inputs One tensor per input of the subgraph, in order; not disposed.
 * @param graph Where WHILE and IF find the subgraphs that they call.
 * @returns One tensor per output, in order, to be disposed by the caller.
 * @throws ForgeError `unsupported-kernel` for an operator that this package does not write, or that nobody can
 * compute beforehand: CUSTOM, MULTINOMIAL.
 */
export function evaluate(
  subgraph: Subgraph,
  inputs: readonly tf.Tensor[],
  graph?: Graph,
): readonly tf.Tensor[] {
  if (inputs.length !== subgraph.inputs.length) {
    throw new ForgeError(
      "invalid-argument",
      `evaluate: ${subgraph.inputs.length} inputs expected, got ${inputs.length}.`,
    );
  }
  return tf.tidy(() => {
    const values = new Map<Tensor, tf.Tensor>(
      subgraph.inputs.map((input, index) => [input, inputs[index] as tf.Tensor]),
    );
    for (const operator of subgraph.operators) {
      const results = evaluateOutputs(operator, (tensor) => lookUp(tensor, values), graph);
      for (const [index, output] of operator.outputs.entries()) {
        values.set(output, results[index] as tf.Tensor);
      }
    }
    return subgraph.outputs.map((output) => {
      const result = lookUp(output, values);
      // A tensor of the caller's, or one that two outputs share, is not ours to give away.
      return tf.clone(result);
    });
  });
}

/** Computes one operator with one output: within `tf.tidy`. */
export function evaluateOperator(operator: Operator, read: (tensor: Tensor) => tf.Tensor): tf.Tensor {
  return evaluateOutputs(operator, read)[0] as tf.Tensor;
}

/** Computes all outputs of one operator: within `tf.tidy`. */
export function evaluateOutputs(
  operator: Operator,
  read: (tensor: Tensor) => tf.Tensor,
  graph?: Graph,
): readonly tf.Tensor[] {
  if (!isWritten(operator.type)) {
    throw new ForgeError("unsupported-kernel", `The operator ${operator.type} cannot be evaluated.`);
  }
  const evaluation = EVALUATION[operator.type] as (
    values: readonly tf.Tensor[],
    options: unknown,
    self: Operator,
    call: CallSubgraph,
  ) => tf.Tensor | readonly tf.Tensor[];
  const values = operator.inputs.map((input) => (input === null ? undefined : read(input)) as tf.Tensor);
  const call: CallSubgraph = (index, inputs) => {
    const called = graph?.subgraphs[index];
    invariant(called !== undefined, `${operator.type} calls subgraph ${index}, which is not there`);
    return evaluate(called, inputs, graph);
  };
  const made = evaluation(values, operator.options, operator, call);
  return made instanceof tf.Tensor ? [made] : made;
}

function lookUp(tensor: Tensor, values: ReadonlyMap<Tensor, tf.Tensor>): tf.Tensor {
  const known = values.get(tensor);
  if (known !== undefined) return known;
  if (isConstant(tensor)) return constantValue(tensor);
  if (tensor.isVariable) return tf.zeros([...tensor.shape], "float32");
  // A file has no bytes for a constant without elements, such as the shape of a scalar.
  invariant(elementCount(tensor.shape) === 0, `"${tensor.name}" is read before it is made`);
  return constantValue({ ...tensor, data: new Uint8Array() });
}

/** A constant as a tfjs tensor. */
export function constantValue(tensor: ConstantTensor): tf.Tensor {
  const shape = [...tensor.shape];
  if (tensor.type === "int32") return tf.tensor(intsOf(tensor), shape, "int32");
  if (tensor.type === "int64") return tf.tensor(integersOf(tensor) as number[], shape, "int32");
  if (tensor.type === "bool") return tf.tensor(bytesOf(tensor), shape, "bool");
  if (tensor.type === "float32") {
    // A copy: backends keep the array that they are given.
    return tf.tensor(floatsOf(tensor).slice(), shape, "float32");
  }
  throw new ForgeError(
    "unsupported-kernel",
    `"${tensor.name}" is of type ${tensor.type}, which tfjs has not.`,
  );
}
