import { ForgeError } from "../errors.ts";
import { signatureOf } from "../graph/tensors.ts";
import type { Graph } from "../graph/types.ts";

/**
 * Refuses tensors of dynamic size that have no elements at any size, such as `[-1, 0]`: XNNPACK takes an empty slice for
 * a whole one, and the file would give wrong numbers. (Of fixed sizes they are constants by now.)
 *
 * @throws ForgeError `unsupported-kernel` that names them all.
 */
export function checkElements(graph: Graph): void {
  const found = graph.subgraphs.flatMap(({ operators }) =>
    operators.flatMap(({ type, outputs }) =>
      outputs
        .map(signatureOf)
        .filter((sizes) => sizes.includes(0) && sizes.includes(-1))
        .map((sizes) => `  ${type} "${outputs[0]?.name}" makes [${sizes.join(",")}]`),
    ),
  );
  if (found.length === 0) return;
  throw new ForgeError(
    "unsupported-kernel",
    `Tensors of dynamic size have no elements, which LiteRT computes wrongly:\n${found.join("\n")}\n` +
      "Fix the sizes by the options { batch, inputs }, or take these tensors out of the model.",
  );
}
