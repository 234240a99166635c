import { minimumRuntime } from "../graph/operators/versions.ts";
import { byteCount, isConstant } from "../graph/tensors.ts";
import type { Graph } from "../graph/types.ts";
import { countOperators } from "../graph/verify.ts";
import { writeTflite } from "../tflite-writer/write.ts";
import { refuseEmptyProducts } from "./empty-products.ts";
import { extendedLowerings } from "./extension.ts";
import { lower, type NamedTrace } from "./lower/lower.ts";
import { nameTensors } from "./names.ts";
import { PASSES, passesFor, runPasses } from "./pipeline.ts";
import type { AppliedRule, Conversion, ConvertOptions, SkippedRule } from "./report.ts";
import { checkAgainstTarget, targetRules } from "./target-rules.ts";
import { warningsOf } from "./warnings.ts";

/** From traces to a file: lowers them, runs the passes and writes the graph. */
export async function compile(traces: readonly NamedTrace[], options: ConvertOptions): Promise<Conversion> {
  const { signal, onProgress, extensions = [] } = options;
  const target = await targetRules(options.target);
  const passes = extensions.reduce(
    (list, extension) => extension.passes?.(list) ?? list,
    options.target === undefined ? PASSES : await passesFor(target),
  );
  // Trace, lower, passes, write: counted, since a pass may run twice under one name.
  const stages = passes.length + 3;
  let entered = 1;
  const enter = (stage: string): void => {
    signal?.throwIfAborted();
    onProgress?.({ stage, fraction: entered++ / stages });
  };
  enter("lower");
  const lowered = await lower(traces, { target, extensions: extendedLowerings(extensions) });
  const fused: AppliedRule[] = [];
  const notFused: SkippedRule[] = [];
  const log = {
    applied: (rule: string, at: string) => void fused.push({ rule, at }),
    skipped: (rule: string, at: string, reason: string) => void notFused.push({ rule, at, reason }),
    refuses: target.problem,
  };
  const graph = nameTensors(await runPasses(lowered, passes, log, enter));
  refuseEmptyProducts(graph);
  const refusals = checkAgainstTarget(graph, target);
  enter("write");
  const bytes = writeTflite(graph);
  onProgress?.({ stage: "done", fraction: 1 });
  return {
    bytes,
    report: {
      name: traces.map(({ trace }) => trace.name).join(", "),
      operators: { before: countOperators(lowered), after: countOperators(graph) },
      fused,
      notFused,
      sizes: { file: bytes.length, constants: constantBytes(graph) },
      minimumRuntime: minimumRuntime(graph),
      refusals,
      warnings: warningsOf(graph),
    },
  };
}

function constantBytes(graph: Graph): number {
  const inputs = graph.subgraphs.flatMap(({ operators }) => operators.flatMap((operator) => operator.inputs));
  return [...new Set(inputs.filter(isConstant))].reduce(
    (sum, { type, shape }) => sum + byteCount(type, shape),
    0,
  );
}
