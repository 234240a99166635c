import type { Operator, Subgraph, Tensor } from "../graph/types.ts";

/**
 * How many pieces a delegate takes, where it takes these operators. Rounds alternate between the delegate and
 * the runtime; in each, every operator of its kind runs whose inputs are there. A piece is a round of the
 * delegate. Source: `PartitionGraphIntoIndependentNodeSubsets` in `tflite/graph_info.cc` of
 * google-ai-edge/LiteRT, revision f677574.
 */
export function countPartitions(subgraph: Subgraph, taken: ReadonlySet<Operator>): number {
  const missing = new Set<Tensor>(subgraph.operators.flatMap(({ outputs }) => outputs));
  let waiting: readonly Operator[] = subgraph.operators;
  let partitions = 0;
  while (true) {
    const first = waiting.find((operator) => isReady(operator, missing));
    if (first === undefined) return partitions;
    const isTaken = taken.has(first);
    if (isTaken) partitions++;
    let before: number;
    do {
      before = waiting.length;
      waiting = waiting.filter((operator) => {
        if (taken.has(operator) !== isTaken || !isReady(operator, missing)) return true;
        for (const output of operator.outputs) missing.delete(output);
        return false;
      });
    } while (waiting.length < before);
  }
}

function isReady({ inputs }: Operator, missing: ReadonlySet<Tensor>): boolean {
  return inputs.every((input) => input === null || !missing.has(input));
}
