import { operatorOf } from "../../graph/builder.ts";
import { intConstant, isConstant, openSizes, signatureOf } from "../../graph/tensors.ts";
import type { Operator, Subgraph, Tensor } from "../../graph/types.ts";
import type { Pass } from "./rewrite.ts";

/**
 * Gives every output a tensor of its own: where an input or a constant is an output, or one tensor is two
 * outputs, LiteRT's CompiledModel gives zeros or garbage, so that such an output becomes a copy. So does an output
 * that depends on constants and shapes alone, and what MULTINOMIAL makes.
 */
export function copyOutputs(): Pass {
  return {
    name: "copy outputs",
    run: (subgraph) => copyShared(subgraph, keepsNone),
    runGraph: (graph) => {
      const kept = new Map<number, Keeps>();
      for (const { type, options } of graph.subgraphs.flatMap(({ operators }) => operators)) {
        if (type === "WHILE") kept.set(options.body_subgraph_index, keepsInPlace);
        if (type !== "IF") continue;
        kept.set(options.then_subgraph_index, keepsGiven);
        kept.set(options.else_subgraph_index, keepsGiven);
      }
      const copied = graph.subgraphs.map((subgraph, index) =>
        copyShared(subgraph, kept.get(index) ?? keepsNone),
      );
      return { ...graph, subgraphs: copied };
    },
  };
}

/** Whether who calls a subgraph copies an output itself. */
type Keeps = (output: Tensor, index: number, subgraph: Subgraph) => boolean;

const keepsNone: Keeps = () => false;

/** WHILE hands round what a turn leaves as it is, in its place, without copying it (`Prepare_impl` of `while.cc`). */
const keepsInPlace: Keeps = (output, index, { inputs }) => output === inputs[index];

/** IF copies inputs and constants of its sides to its outputs (`Eval_static` of `if.cc`). */
const keepsGiven: Keeps = (output, _, { inputs }) => inputs.includes(output) || isConstant(output);

function copyShared(subgraph: Subgraph, keeps: Keeps): Subgraph {
  const drawn = subgraph.operators.filter(({ type }) => type === "MULTINOMIAL");
  const taken = new Set<Tensor>([...subgraph.inputs, ...drawn.flatMap(({ outputs }) => outputs)]);
  const settled = settledBeforeRuns(subgraph);
  const copies: Operator[] = [];
  const outputs = subgraph.outputs.map((output, index) => {
    if (keeps(output, index, subgraph)) return output;
    const isSettled = isConstant(output) || settled.has(output);
    if (!taken.has(output) && !isSettled) {
      taken.add(output);
      return output;
    }
    const { data: _, recipe: __, ...rest } = output;
    const copy: Tensor = { ...rest, name: `${output.name}/copy` };
    copies.push(isSettled ? madeAtRuns(output, copy) : copyOf(output, copy));
    return copy;
  });
  return copies.length === 0
    ? subgraph
    : { ...subgraph, outputs, operators: [...subgraph.operators, ...copies] };
}

/**
 * What depends on constants and shapes alone: a runtime may compute it once, when it allocates its memory
 * (`SetTensorToPersistentRo` in RESHAPE, SHAPE, RANGE, MUL, GATHER and others of `tflite/kernels`), and CompiledModel then
 * gives buffers to outputs that nobody fills.
 */
function settledBeforeRuns({ operators }: Subgraph): ReadonlySet<Tensor> {
  const settled = new Set<Tensor>();
  for (const { type, inputs, outputs } of operators) {
    if (
      type === "SHAPE" ||
      inputs.every((input) => input === null || isConstant(input) || settled.has(input))
    ) {
      for (const output of outputs) settled.add(output);
    }
  }
  return settled;
}

/** A copy by an operator that is computed in every run, also of constants: the larger of a tensor and itself. */
function madeAtRuns(from: Tensor, to: Tensor): Operator {
  return operatorOf(from.type === "bool" ? "LOGICAL_OR" : "MAXIMUM", [from, from], [to], {}) as Operator;
}

/** A RESHAPE, which finds out one size; where more are dynamic the larger of a tensor and itself. */
export function copyOf(from: Tensor, to: Tensor): Operator {
  const sizes = signatureOf(from);
  if (openSizes(sizes) > 1) return madeAtRuns(from, to);
  const shape = intConstant(`${from.name}/shape`, [sizes.length], sizes);
  return operatorOf("RESHAPE", [from, shape], [to], { new_shape: sizes }) as Operator;
}
