/**
 * Converts one model once and prints, as JSON, how far the process's memory rose meanwhile: `memory.ts MODEL BACKEND`,
 * in a process of its own that `convert.ts` starts.
 */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { clone } from "@tensorflow/tfjs-core";
import { convert } from "../src/index.ts";
import { useBackend } from "./backends.ts";
import { collectGarbage } from "./collect-garbage.ts";
import { MODELS, type ModelName, weightBytes } from "./models.ts";

/** What this process prints. */
export interface MemoryResult {
  /** Bytes of the model's weights. */
  readonly weights: number;
  /** Peak of the resident memory above what it was before the conversion. */
  readonly extra: number;
  /** Of this first conversion, with code that is not yet compiled. */
  readonly seconds: number;
  /** Bytes of the file. */
  readonly size: number;
  /** Of the file's bytes. */
  readonly hash: string;
}

const [name, backend] = process.argv.slice(2) as [ModelName, string];
await useBackend(backend);
const model = MODELS[name]();
// WebAssembly's memory never shrinks: what building left free in it is taken, so that the conversion's need shows.
const taken = model.getWeights().map((weight) => clone(weight));
// What building left behind must not count as the conversion's room.
await collectGarbage();
resetPeak();
const before = process.memoryUsage.rss();
const start = performance.now();
const { bytes } = await convert(model);
const seconds = (performance.now() - start) / 1000;
const extra = peak() - before;
for (const tensor of taken) tensor.dispose();
const hash = createHash("sha256").update(bytes).digest("hex");
const result: MemoryResult = { weights: weightBytes(model), extra, seconds, size: bytes.length, hash };
console.log(JSON.stringify(result));

/** Linux alone can forget the peak of what came before; elsewhere the figure is too low where building took more. */
function resetPeak(): void {
  if (process.platform === "linux") writeFileSync("/proc/self/clear_refs", "5");
}

function peak(): number {
  if (process.platform !== "linux") return 1024 * process.resourceUsage().maxRSS;
  return 1024 * Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
}
