import { BOUND_RULES } from "./bounds.ts";
import { dilatedConvolution } from "./patterns/dilated-convolution.ts";
import { gelu } from "./patterns/gelu.ts";
import { hardSwish } from "./patterns/hard-swish.ts";
import { l2Normalization } from "./patterns/l2-normalization.ts";
import { logSoftmax } from "./patterns/log-softmax.ts";
import { logicalXor } from "./patterns/logical-xor.ts";
import { reciprocalSquareRoot } from "./patterns/reciprocal-square-root.ts";
import { squaredDifference } from "./patterns/squared-difference.ts";
import { type Pass, type Rule, rulesPass } from "./rewrite.ts";

/** The more operators a pattern has, the earlier it is asked: parts of it may be patterns as well. */
const PATTERNS: readonly Rule[] = [
  gelu,
  hardSwish,
  logSoftmax,
  l2Normalization,
  logicalXor,
  dilatedConvolution,
  reciprocalSquareRoot,
  squaredDifference,
];

/**
 * Writes one operator where tfjs has no kernel of that name and dispatches several, so that their numbers are the same
 * but for rounding. What the target does not have stays as it is.
 */
export function recognisePatterns(): Pass {
  return rulesPass("recognise patterns", [...BOUND_RULES, ...PATTERNS]);
}
