import type { Graph, Subgraph } from "../graph/types.ts";
import { verifyGraph } from "../graph/verify.ts";
import { biasOfSums } from "./passes/bias-of-sums.ts";
import { copyOutputs } from "./passes/copy-outputs.ts";
import { depthwiseScale } from "./passes/depthwise-scale.ts";
import { dropBroadcasts } from "./passes/drop-broadcasts.ts";
import { foldConstants } from "./passes/fold-constants.ts";
import { foldIntoWeights } from "./passes/fold-into-weights.ts";
import { fuseActivations } from "./passes/fuse-activations.ts";
import { hoistFromLoops } from "./passes/hoist-from-loops.ts";
import { joinedSizes } from "./passes/joined-loop-sizes.ts";
import { openSlices } from "./passes/open-slices.ts";
import { padToSame } from "./passes/pad-to-same.ts";
import { recognisePatterns } from "./passes/recognise-patterns.ts";
import { removeIdentities } from "./passes/remove-identities.ts";
import type { Pass, PassLog } from "./passes/rewrite.ts";
import { shareConstants } from "./passes/share-constants.ts";
import { sizesBeforeRuns } from "./passes/sizes-before-runs.ts";
import type { TargetRules } from "./target-rules.ts";

/** The optimizations, in the order they need. */
export const PASSES: readonly Pass[] = [
  // A number of turns that was one size among others.
  joinedSizes(),
  // What is constant is known before anything looks for constants.
  foldConstants(),
  // Reshapes that only carry a rank to a kernel and back stand between operators that belong together.
  removeIdentities(),
  // Patterns and factors have their operands at their own size.
  dropBroadcasts(),
  // Before their parts go into weights, or get activations of their own.
  recognisePatterns(),
  // Factors and summands go into weights while activations are still operators of their own.
  biasOfSums(),
  foldIntoWeights(),
  // Products with all that was folded into them.
  hoistFromLoops(),
  // What is left of batch normalizations, before their activation is fused into an ADD.
  depthwiseScale(),
  fuseActivations(),
  padToSame(),
  // Again, for reshapes that met when what stood between them moved.
  removeIdentities(),
  // Where no pass looks for slices any more.
  openSlices(),
  // A copy, as below: after the removal of identities.
  sizesBeforeRuns(),
  // Outputs that would be lost get a copy: after the removal of identities, which a copy is.
  copyOutputs(),
  // Last, since passes that change a constant leave equal ones behind.
  shareConstants(),
];

/** As {@link PASSES}, for a target that may lack operators: what it has no operator for is written otherwise first. */
export async function passesFor(target: TargetRules): Promise<readonly Pass[]> {
  const { olderForms } = await import("./passes/older-forms.ts");
  return [olderForms(target), ...PASSES];
}

/** Runs passes over every subgraph. A graph that a pass leaves invalid is a fault that names the pass. */
export async function runPasses(
  lowered: Graph,
  passes: readonly Pass[],
  log: PassLog,
  onPass?: (name: string) => void,
): Promise<Graph> {
  let graph = lowered;
  verifyGraph(graph, "after lowering");
  for (const pass of passes) {
    onPass?.(pass.name);
    if (pass.runGraph !== undefined) {
      graph = await pass.runGraph(graph, log);
    } else {
      const subgraphs: Subgraph[] = [];
      for (const subgraph of graph.subgraphs) subgraphs.push(await pass.run(subgraph, log));
      graph = { ...graph, subgraphs };
    }
    verifyGraph(graph, `after the pass "${pass.name}"`);
  }
  return graph;
}
