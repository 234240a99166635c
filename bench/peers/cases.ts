/**
 * Every case of the tests in the runtimes that only Python has: today's LiteRT (Interpreter and CompiledModel),
 * `tflite-runtime` 2.14 and TensorFlow Lite for Microcontrollers.
 *
 *     npx tsx bench/peers/cases.ts --litert VENV --old VENV --micro VENV
 *
 * Each file has a dynamic batch and is run resized to three items; for microcontrollers the batch is one.
 */
import "@tensorflow/tfjs-backend-cpu";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import * as tf from "@tensorflow/tfjs-core";
import { type ConvertOptions, ForgeError, toTflite } from "../../src/index.ts";
import { ALL_CASES } from "../../test/support/cases/all.ts";
import {
  expectedOf,
  inputValues,
  type OperatorCase,
  release,
  type Values,
} from "../../test/support/judge.ts";

const run = promisify(execFile);

/** One file with what goes in and what should come out. */
interface ManifestCase {
  readonly name: string;
  readonly file: string;
  readonly tolerance: number;
  readonly inputs: readonly Values[];
  readonly outputs: Readonly<Record<string, Values>>;
  /** The sums of the magnitudes of what is summed up, where an output is a sum and little else. */
  readonly magnitudes?: Readonly<Record<string, Values>>;
}

/** What a runtime says: of each case nothing, or what is wrong. */
interface Verdict {
  readonly runtime: string;
  readonly passed: number;
  readonly failed: readonly { readonly name: string; readonly why: string }[];
}

const { values: options } = parseArgs({
  options: {
    litert: { type: "string" },
    old: { type: "string" },
    micro: { type: "string" },
    only: { type: "string", default: "" },
    keep: { type: "string" },
  },
});

const RUNTIMES = [
  { venv: options.litert, ways: ["interpreter", "compiled"], folder: "phone" },
  { venv: options.old, ways: ["interpreter"], folder: "phone" },
  { venv: options.micro, ways: ["micro"], folder: "micro" },
] as const;

const SETS = {
  phone: { batch: 3, convert: {} },
  micro: { batch: 1, convert: { target: "microcontroller" } },
} as const satisfies Record<string, { readonly batch: number; readonly convert: ConvertOptions }>;

/** Cases that only add up: of the magnitudes of their inputs they give the magnitude of the summands. */
const SUMS = /^(sum|mean) (over|of float32|of int32)|^einsum .* of float32$/;

await tf.setBackend("cpu");
const folder = options.keep ?? (await mkdtemp(join(tmpdir(), "tflite-forge-cases-")));
try {
  for (const set of ["phone", "micro"] as const) {
    if (!RUNTIMES.some(({ venv, folder: wanted }) => venv !== undefined && wanted === set)) continue;
    const { written, refused } = await writeSet(join(folder, set), SETS[set]);
    console.log(`${set}: ${written} files, ${refused.length} cases that the target refuses`);
    for (const [reason, count] of counted(refused.flat())) console.log(`  ${count} ${reason}`);
  }
  for (const { venv, ways, folder: set } of RUNTIMES) {
    if (venv === undefined) continue;
    for (const way of ways) {
      const python = join(venv, "bin", "python");
      const script = join(import.meta.dirname, "cases.py");
      const { stdout } = await run(python, [script, way, join(folder, set)], { maxBuffer: 1 << 28 });
      print(JSON.parse(stdout) as Verdict);
    }
  }
} finally {
  if (options.keep === undefined) await rm(folder, { recursive: true });
}

async function writeSet(
  to: string,
  { batch, convert }: { readonly batch: number; readonly convert: ConvertOptions },
): Promise<{ readonly written: number; readonly refused: readonly (readonly string[])[] }> {
  await mkdir(to, { recursive: true });
  const cases: ManifestCase[] = [];
  const refused: (readonly string[])[] = [];
  for (const operatorCase of ALL_CASES.filter(({ name }) => name.includes(options.only))) {
    const made = await writeCase(operatorCase, `${cases.length}.tflite`, to, batch, convert);
    if (Array.isArray(made)) refused.push(made as readonly string[]);
    else if (made !== null) cases.push(made as ManifestCase);
  }
  await writeFile(join(to, "cases.json"), JSON.stringify(cases, stringify));
  return { written: cases.length, refused };
}

async function writeCase(
  operatorCase: OperatorCase,
  file: string,
  to: string,
  batch: number,
  convert: ConvertOptions,
): Promise<ManifestCase | readonly string[] | null> {
  const source = operatorCase.source();
  try {
    const inputs = inputValues(operatorCase, batch);
    const bytes = await toTflite(source, convert);
    await writeFile(join(to, file), bytes);
    const { name, tolerance } = operatorCase;
    const outputs = expectedOf(source, inputs);
    // What cancels leaves the rounding of its summands: the error of a sum in any order is relative to theirs.
    const magnitudes = SUMS.test(name) ? { magnitudes: expectedOf(source, inputs.map(magnitude)) } : {};
    return { name, file, tolerance, inputs, outputs, ...magnitudes };
  } catch (error) {
    if (error instanceof ForgeError && error.code === "unsupported-target") return reasonsOf(error);
    console.log(`  "${operatorCase.name}" cannot be converted: ${(error as Error).message.split("\n")[0]}`);
    return null;
  } finally {
    release(source);
  }
}

/** What the target refuses of a case, without the names of tensors. */
function reasonsOf({ message }: ForgeError): readonly string[] {
  const lines = message.split("\n").filter((line) => line.startsWith("  "));
  return [...new Set(lines.map((line) => line.trim().replace(/ ?\(?"[^"]*"\)?/g, "")))];
}

/** Texts with how often they are there, the most frequent first. */
function counted(texts: readonly string[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}

function magnitude({ data, ...rest }: Values): Values {
  return { ...rest, data: Array.from(data, Math.abs) };
}

/** Lists of numbers, of which JSON has no NaN, no infinity and no negative zero. */
function stringify(_: string, value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return Array.from(value as Float32Array);
  if (Object.is(value, -0)) return "-0";
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

function print({ runtime, passed, failed }: Verdict): void {
  console.log(`\n${runtime}: ${passed} passed, ${failed.length} failed`);
  for (const { name, why } of failed) console.log(`  ${name}: ${why}`);
}
