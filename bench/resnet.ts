/**
 * Measures the conversion of ResNet50V2 as `buildResNet` makes it: time, and how far the process's memory rises.
 *
 *     npx tsx bench/resnet.ts
 *     npx tsx bench/resnet.ts --variant resnet152 --rounds 5
 */
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs, promisify } from "node:util";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { buildResNet, convert, type ResNetVariant } from "../src/index.ts";
import { giveLiveWeights } from "../test/architectures/resnet-live-weights.ts";
import { BACKENDS, useBackend } from "./backends.ts";
import { collectGarbage } from "./collect-garbage.ts";
import { quantile, table } from "./print.ts";

const { values: options } = parseArgs({
  options: {
    variant: { type: "string", default: "resnet50v2" },
    rounds: { type: "string", default: "15" },
    /** In a process of its own, which the first one starts: print the bytes that a single conversion takes. */
    memory: { type: "string" },
  },
});
const build = (): LayersModel =>
  giveLiveWeights(buildResNet({ variant: options.variant as ResNetVariant, compile: false }));

if (options.memory === undefined) await measureAll();
else {
  await useBackend(options.memory);
  console.log(await measureMemory(build()));
}

async function measureAll(): Promise<void> {
  const rows = [];
  for (const backend of BACKENDS) {
    await useBackend(backend);
    const model = build();
    const seconds: number[] = [];
    let size = 0;
    for (let round = 0; round < Number(options.rounds); round++) {
      await collectGarbage();
      const start = performance.now();
      size = (await convert(model)).bytes.length;
      seconds.push((performance.now() - start) / 1000);
    }
    const extra = await memoryInProcesses(backend);
    rows.push({
      model: model.name,
      "weights on": backend,
      "file bytes": String(size),
      "fastest s": Math.min(...seconds).toFixed(3),
      "median s (at most 0.7)": quantile(seconds, 0.5).toFixed(3),
      "extra MB": (extra / 1e6).toFixed(1),
      "extra / weights (at most 2.5)": (extra / (4 * model.countParams())).toFixed(2),
    });
    model.dispose();
  }
  console.log(table(rows));
}

/** The median of three processes, each of which converts once. */
async function memoryInProcesses(backend: string): Promise<number> {
  const results: number[] = [];
  for (let round = 0; round < 3; round++) {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--import", "tsx", "bench/resnet.ts", "--memory", backend, "--variant", options.variant],
      // glibc would keep large blocks that building has freed, and the conversion would seem to take less.
      { env: { ...process.env, MALLOC_MMAP_THRESHOLD_: "65536", MALLOC_TRIM_THRESHOLD_: "65536" } },
    );
    results.push(Number(stdout.trim().split("\n").at(-1)));
  }
  return quantile(results, 0.5);
}

/** Peak of the resident memory (Linux) above what it was before the conversion. */
async function measureMemory(model: LayersModel): Promise<number> {
  // WebAssembly's memory never shrinks: what building left free in it is taken, so that the conversion's need shows.
  const taken = model.getWeights().map((weight) => weight.clone());
  await collectGarbage();
  writeFileSync("/proc/self/clear_refs", "5");
  const before = process.memoryUsage.rss();
  await convert(model);
  const peak = 1024 * Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
  for (const tensor of taken) tensor.dispose();
  return peak - before;
}
