import { elementCount, floatsOf, isConstant, signatureOf } from "../graph/tensors.ts";
import type { ConstantTensor, Graph, Subgraph, Tensor } from "../graph/types.ts";
import { valueSized } from "../graph/value-sized.ts";

/** What a report warns of, in sentences. */
export function warningsOf(graph: Graph): readonly string[] {
  return [
    ...brokenWeights(graph),
    ...manyDimensions(graph),
    ...graph.signatures.flatMap(({ subgraph: index, outputs }) => {
      const subgraph = graph.subgraphs[index] as Subgraph;
      const named = outputs.map(({ name, position }) => ({
        name: `"${name}"`,
        tensor: subgraph.outputs[position] as Tensor,
      }));
      return [...emptyOutputs(named), ...lateOutputs(subgraph, named)];
    }),
  ];
}

interface Output {
  readonly name: string;
  readonly tensor: Tensor;
}

const sentence = <T>(found: readonly T[], text: (found: readonly T[]) => string): readonly string[] =>
  found.length === 0 ? [] : [text(found)];

const listed = (outputs: readonly Output[]): string =>
  outputs.map(({ name, tensor }) => `${name} [${signatureOf(tensor).join(",")}]`).join(", ");

/** `LITERT_TENSOR_MAX_RANK` of `litert_layout.h`, which holds of every tensor of a file. */
const MAX_RANK = 8;

function manyDimensions(graph: Graph): readonly string[] {
  const tensors = graph.subgraphs.flatMap(({ inputs, operators }) => [
    ...inputs,
    ...operators.flatMap(({ outputs }) => outputs),
  ]);
  return sentence(
    [...new Set(tensors)].filter(({ shape }) => shape.length > MAX_RANK),
    (found) =>
      `LiteRT's CompiledModel loads no file with tensors of more than ${MAX_RANK} dimensions, and XNNPACK fails at some ` +
      `operators: ${found.map(({ name, shape }) => `"${name}" has ${shape.length}`).join(", ")}. Join dimensions of ` +
      "them by a reshape in the model.",
  );
}

/** CompiledModel makes no buffer of no bytes (`litert_tensor_buffer.h`). */
function emptyOutputs(outputs: readonly Output[]): readonly string[] {
  return sentence(
    outputs.filter(({ tensor }) => elementCount(tensor.shape) === 0),
    (found) =>
      `Outputs have no elements: ${listed(found)}. LiteRT's CompiledModel cannot run such a file; leave them out of what ` +
      "the model gives, or of the option { outputs }.",
  );
}

/**
 * Outputs whose size a runtime knows only when it has run: those that values decide, and those of dynamic size that
 * are made behind an operator that waits for the run, since no operator behind it is prepared (`PrepareOpsAndTensors`
 * in `subgraph.cc`). MULTINOMIAL always waits (`PrepareMultinomial` in `random_ops.cc`).
 */
function lateOutputs(subgraph: Subgraph, outputs: readonly Output[]): readonly string[] {
  const decided = valueSized(subgraph);
  const isOpen = (tensor: Tensor): boolean => signatureOf(tensor).includes(-1);
  const first = subgraph.operators.findIndex(({ type, outputs: made }) =>
    made.some((tensor) => decided.has(tensor) || (type === "MULTINOMIAL" && isOpen(tensor))),
  );
  if (first === -1) return [];
  const late = new Set(subgraph.operators.slice(first).flatMap(({ outputs: made }) => made));
  const [waiting] = subgraph.operators[first]?.outputs ?? [];
  return [
    ...sentence(
      outputs.filter(({ tensor }) => decided.has(tensor)),
      (found) =>
        `Values decide how large outputs are: ${listed(found)}. The Interpreter runs the file; LiteRT's CompiledModel, ` +
        "LiteRT.js and loadTflite give outputs of a size that is fixed before. Give a padded output and a count (a " +
        "padded NonMaxSuppression), or end the file before them by the option { outputs }.",
    ),
    ...sentence(
      outputs.filter(({ tensor }) => late.has(tensor) && isOpen(tensor) && !decided.has(tensor)),
      (found) =>
        `LiteRT's CompiledModel runs the file at its nominal sizes alone: outputs ${listed(found)} come behind ` +
        `${subgraph.operators[first]?.type} "${waiting?.name}", of which it knows the size only when it has run. Fix the ` +
        "sizes by the options { batch, inputs }; the Interpreter takes any.",
    ),
  ];
}

function brokenWeights(graph: Graph): readonly string[] {
  const inputs = graph.subgraphs.flatMap(({ operators }) => operators.flatMap((operator) => operator.inputs));
  // Single numbers are of operators that compare with infinity, or leave a bound open.
  const floats = [...new Set(inputs)]
    .filter(isConstant)
    .filter(({ type, shape }) => type === "float32" && elementCount(shape) > 1);
  return sentence(
    floats.filter(hasNonFinite),
    (found) =>
      `Weights hold NaN or infinity: ${found
        .slice(0, 5)
        .map(({ name }) => name)
        .join(", ")}.`,
  );
}

/** `value * 0` is 0 for every number, and NaN for NaN and the infinities: one test for all values. */
function hasNonFinite(tensor: ConstantTensor): boolean {
  // Rearranged and scaled weights are finite where what they come from is.
  for (const values of tensor.recipe?.sources ?? [floatsOf(tensor)]) {
    let sum = 0;
    for (let index = 0; index < values.length; index++) sum += (values[index] as number) * 0;
    if (Number.isNaN(sum)) return true;
  }
  return false;
}
