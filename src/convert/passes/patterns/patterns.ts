import type { Rule } from "../rewrite.ts";
import { dilatedConvolution } from "./dilated-convolution.ts";
import { gelu } from "./gelu.ts";
import { hardSwish } from "./hard-swish.ts";
import { l2Normalization } from "./l2-normalization.ts";
import { logSoftmax } from "./log-softmax.ts";
import { logicalXor } from "./logical-xor.ts";
import { reciprocalSquareRoot } from "./reciprocal-square-root.ts";
import { squaredDifference } from "./squared-difference.ts";

/** The more operators a pattern has, the earlier it is asked: parts of it may be patterns as well. */
export const PATTERNS: readonly Rule[] = [
  gelu,
  hardSwish,
  logSoftmax,
  l2Normalization,
  logicalXor,
  dilatedConvolution,
  reciprocalSquareRoot,
  squaredDifference,
];
