import type { Operator, Subgraph, Tensor } from "../../src/graph/types.ts";
import { parseTflite } from "../../src/tflite-reader/parse.ts";
import { writeTflite } from "../../src/tflite-writer/write.ts";
import type { Values } from "./judge.ts";

/**
 * The file as a runtime has it that was told these sizes. LiteRT's WebAssembly build cannot resize an input: its
 * sizes and those of the outputs are written into the file, and the runtime finds the ones between.
 */
export function withSizes(
  bytes: Uint8Array,
  inputs: readonly Values[],
  outputs: readonly Values[],
): Uint8Array {
  const graph = parseTflite(bytes);
  const [main, ...bodies] = graph.subgraphs as [Subgraph, ...Subgraph[]];
  const shapes = new Map<Tensor, readonly number[]>([
    ...main.inputs.map((tensor, index) => [tensor, (inputs[index] as Values).shape] as const),
    ...main.outputs.map((tensor, index) => [tensor, (outputs[index] as Values).shape] as const),
  ]);
  const made = new Map<Tensor, Tensor>();
  const replaced = <T extends Tensor | null>(tensor: T): T => {
    if (tensor === null || tensor.data !== undefined) return tensor;
    const known = made.get(tensor) ?? {
      ...tensor,
      shape: shapes.get(tensor) ?? tensor.shape,
      shapeSignature: undefined,
    };
    made.set(tensor, known);
    return known as T;
  };
  const subgraph: Subgraph = {
    ...main,
    inputs: main.inputs.map(replaced),
    outputs: main.outputs.map(replaced),
    operators: main.operators.map(
      (operator) =>
        ({
          ...operator,
          inputs: operator.inputs.map(replaced),
          outputs: operator.outputs.map(replaced),
        }) as Operator,
    ),
  };
  return writeTflite({ ...graph, subgraphs: [subgraph, ...bodies] });
}
