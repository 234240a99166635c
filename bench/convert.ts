/**
 * Measures conversion: time, memory, size, operators, and what the converter adds to an application.
 *
 *     npm run bench
 *     npm run bench -- --rounds 25
 *     npm run bench -- --stages          where the time goes
 */
import { execFile } from "node:child_process";
import { parseArgs, promisify } from "node:util";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type ConversionReport, convert } from "../src/index.ts";
import { BACKENDS, useBackend } from "./backends.ts";
import { measureBundle } from "./bundle.ts";
import { collectGarbage } from "./collect-garbage.ts";
import type { MemoryResult } from "./memory.ts";
import { MODELS, type ModelName, weightBytes } from "./models.ts";
import { quantile, table } from "./print.ts";

/** Of the largest model. */
const TARGETS = { seconds: 0.7, memory: 2.5, bundle: 24_000 };
const LARGEST: ModelName = "ResNet50V2-like";
const MEMORY_ROUNDS = 3;

const { values: options } = parseArgs({
  options: { rounds: { type: "string", default: "15" }, stages: { type: "boolean", default: false } },
});

interface Measured {
  readonly name: ModelName;
  readonly model: LayersModel;
  readonly seconds: number[];
  /** Processor time of the whole process, garbage collection on other threads included. */
  readonly cpuSeconds: number[];
  /** Seconds of each round, by stage in order; what repeats has a number. */
  readonly stages: Map<string, number[]>;
  report?: ConversionReport;
}

/** Of each model's files, made by different processes from weights on different backends. */
const hashes = new Map<ModelName, Set<string>>();
const hashesOf = (name: ModelName): Set<string> => {
  const known = hashes.get(name) ?? new Set();
  hashes.set(name, known);
  return known;
};
const names = Object.keys(MODELS) as ModelName[];
for (const backend of BACKENDS) {
  await useBackend(backend);
  const measured = names.map(
    (name): Measured => ({ name, model: MODELS[name](), seconds: [], cpuSeconds: [], stages: new Map() }),
  );
  // Interleaved: what slows the machine for a while slows all of them.
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const one of measured) await measureTime(one);
  }
  const rows = [];
  for (const { name, model, seconds, cpuSeconds, report } of measured) {
    const memory = await measureMemory(name, backend);
    const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 1);
    const [low, median, high] = [0.25, 0.5, 0.75].map((share) => quantile(seconds, share).toFixed(4));
    rows.push({
      model: name,
      "weights MB": megabytes(weightBytes(model)),
      "file bytes": String(memory.size),
      operators: String(Object.values(report!.operators.after).reduce((sum, count) => sum + count, 0)),
      "fastest s": Math.min(...seconds).toFixed(4),
      "median s": median!,
      "quartiles s": `${low} to ${high}`,
      "cpu s": quantile(cpuSeconds, 0.5).toFixed(4),
      "first s": memory.seconds.toFixed(3),
      "extra MB": megabytes(memory.extra),
      "extra / weights": name === LARGEST ? (memory.extra / memory.weights).toFixed(2) : "",
    });
    model.dispose();
  }
  console.log(`\nConversion, weights on the ${backend} backend\n`);
  console.log(table(rows));
  if (options.stages) printStages(measured.find(({ name }) => name === LARGEST)!);
}
console.log(
  `\nTargets for ${LARGEST}: median at most ${TARGETS.seconds} s, extra memory at most ${TARGETS.memory} times the weights.`,
);
const differ = names.filter((name) => hashesOf(name).size > 1);
console.log(
  `Files that differ from process to process or backend to backend: ${differ.join(", ") || "none"}.`,
);

const bundle = await measureBundle();
console.log(
  `\nimport { toTflite }, without tfjs: ${bundle.gzipped} bytes gzipped (ceiling ${TARGETS.bundle}), ${bundle.minified} minified; ` +
    `${bundle.converting} gzipped once a CNN was converted.`,
);
console.log(
  `It imports ${bundle.imports.join(", ")}; bytes of tfjs-layers with tfjs bundled: ${bundle.layersBytes}.`,
);

async function measureTime(measured: Measured): Promise<void> {
  await collectGarbage();
  const marks: { readonly stage: string; readonly at: number }[] = [];
  const cpuStart = process.cpuUsage();
  const start = performance.now();
  const { report } = await convert(measured.model, {
    onProgress: ({ stage }) => void marks.push({ stage, at: performance.now() }),
  });
  measured.seconds.push((performance.now() - start) / 1000);
  const { user, system } = process.cpuUsage(cpuStart);
  measured.cpuSeconds.push((user + system) / 1e6);
  measured.report = report;
  for (const [index, { stage, at }] of marks.slice(0, -1).entries()) {
    const key = `${index + 1}. ${stage}`;
    const known = measured.stages.get(key) ?? [];
    measured.stages.set(key, [...known, (marks[index + 1]!.at - at) / 1000]);
  }
}

/** The median of a few processes, each of which converts once. */
async function measureMemory(name: ModelName, backend: string): Promise<MemoryResult> {
  const results: MemoryResult[] = [];
  for (let round = 0; round < MEMORY_ROUNDS; round++) {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--import", "tsx", "bench/memory.ts", name, backend],
      // glibc would keep large blocks that building has freed, and the conversion would seem to take less.
      { env: { ...process.env, MALLOC_MMAP_THRESHOLD_: "65536", MALLOC_TRIM_THRESHOLD_: "65536" } },
    );
    results.push(JSON.parse(stdout) as MemoryResult);
  }
  const middle = (pick: (result: MemoryResult) => number): number => quantile(results.map(pick), 0.5);
  for (const { hash } of results) hashesOf(name).add(hash);
  return {
    ...results[0]!,
    extra: middle(({ extra }) => extra),
    seconds: middle(({ seconds }) => seconds),
  };
}

function printStages({ name, stages }: Measured): void {
  console.log(`\nStages of ${name}, median ms\n`);
  const rows = [...stages].map(([stage, seconds]) => ({
    stage,
    ms: (1000 * quantile(seconds, 0.5)).toFixed(1),
  }));
  console.log(table(rows));
}
