import type { OperatorName } from "../../graph/types.ts";
import { BOUND_RULES } from "./bounds.ts";
import { type Pass, rulesPass } from "./rewrite.ts";

const NAME = "recognise patterns";

/** Every pattern has one of these operators, and most graphs have none: the patterns are loaded where there is one. */
const SIGNS: ReadonlySet<OperatorName> = new Set([
  "ABS",
  "BATCH_TO_SPACE_ND",
  "LOG",
  "LOGICAL_AND",
  "RELU6",
  "RSQRT",
  "SQRT",
  "SUB",
  "TANH",
]);

/**
 * Writes one operator where tfjs has no kernel of that name and dispatches several, so that their numbers are the same
 * but for rounding. What the target does not have stays as it is.
 */
export function recognisePatterns(): Pass {
  // A RELU6 of two operators is a part of patterns.
  const bounds = rulesPass(NAME, BOUND_RULES);
  return {
    name: NAME,
    async run(subgraph, log) {
      const bounded = await bounds.run(subgraph, log);
      if (!bounded.operators.some(({ type }) => SIGNS.has(type))) return bounded;
      const { PATTERNS } = await import("./patterns/patterns.ts");
      return rulesPass(NAME, PATTERNS).run(bounded, log);
    },
  };
}
