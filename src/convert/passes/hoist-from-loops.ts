import type { Pass } from "./rewrite.ts";

/**
 * Takes work out of loops that is the same in every turn, or can be done for all turns at once.
 *
 * A recurrent layer multiplies each step of its sequence by the same weights: `gather(x, t)·W = gather(x·W, t)`, and
 * one product of a long matrix takes less time than many of a short one. What a loop hands round and never changes
 * is known inside where it is constant, and is left out where nobody reads it.
 *
 * Few graphs have loops: how it is done is loaded for those.
 */
export function hoistFromLoops(): Pass {
  return {
    name: "hoist from loops",
    run: (subgraph) => subgraph,
    runGraph: async (graph, log) => {
      const hasLoops = graph.subgraphs.some(({ operators }) =>
        operators.some(({ type }) => type === "WHILE"),
      );
      return hasLoops ? (await import("./loop-products.ts")).hoist(graph, log) : graph;
    },
  };
}
