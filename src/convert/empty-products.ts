import { ForgeError } from "../errors.ts";
import { signatureOf } from "../graph/tensors.ts";
import type { Graph, OperatorName, Tensor } from "../graph/types.ts";

const PRODUCTS: ReadonlySet<OperatorName> = new Set(["BATCH_MATMUL", "FULLY_CONNECTED"]);

/**
 * Refuses products of tensors without elements: XNNPACK cannot prepare them, and other kernels leave in the result
 * what was in memory. (Those of fixed sizes are constants by now.)
 *
 * @throws ForgeError `unsupported-kernel` that names them all.
 */
export function refuseEmptyProducts(graph: Graph): void {
  const isEmpty = (tensor: Tensor | null): tensor is Tensor =>
    tensor !== null && signatureOf(tensor).includes(0);
  const found = graph.subgraphs.flatMap(({ operators }) =>
    operators
      .filter(({ type, inputs }) => PRODUCTS.has(type) && inputs.some(isEmpty))
      .map(({ type, inputs, outputs }) => {
        const operands = inputs.filter(isEmpty).map((tensor) => `[${signatureOf(tensor).join(",")}]`);
        return `  ${type} "${outputs[0]?.name}" of ${operands.join(" and ")}`;
      }),
  );
  if (found.length === 0) return;
  throw new ForgeError(
    "unsupported-kernel",
    `No runtime computes products of tensors without elements, which are zeros:\n${found.join("\n")}\n` +
      "Fix the sizes by the options { batch, inputs }, which makes constants of them, or leave them out of the model.",
  );
}
