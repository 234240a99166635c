/**
 * Compares files with those of TFLiteConverter, made from the same weights, in two runtimes; see README.md here.
 *
 *     npx tsx bench/peers/compare.ts --litert VENV --old VENV
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { table } from "../print.ts";

const run = promisify(execFile);
const { values: venvs } = parseArgs({
  options: { litert: { type: "string" }, old: { type: "string" }, keep: { type: "string" } },
});
if (venvs.litert === undefined || venvs.old === undefined) {
  throw new Error("give --litert and --old, folders of virtual environments: see bench/peers/README.md");
}
const runtimes = [
  { label: "ai-edge-litert", python: join(venvs.litert, "bin/python") },
  { label: "tflite-runtime 2.14", python: join(venvs.old, "bin/python") },
];

/** One file in one runtime, as measure.py prints it. */
interface Result {
  readonly model: string;
  readonly maker: "ours" | "peer";
  readonly bytes: number;
  readonly operators: readonly string[];
  readonly partitions: Readonly<
    Record<string, { readonly count: number; readonly outside: readonly string[] }>
  >;
  readonly milliseconds: number;
  /** From tfjs (cpu), by way of running; a text where it does not run. */
  readonly differences: Readonly<Record<string, number | string>>;
}

const folder = venvs.keep ?? (await mkdtemp(join(tmpdir(), "peers-")));
try {
  const seconds = {
    ours: await secondsOf(process.execPath, ["--import", "tsx", "bench/peers/export.ts", folder]),
    peer: await secondsOf(runtimes[0]!.python, ["bench/peers/convert.py", folder]),
  };
  const all: (Result & { readonly runtime: string })[] = [];
  for (const { label, python } of runtimes) {
    const { stdout } = await run(python, ["bench/peers/measure.py", folder]);
    for (const result of JSON.parse(stdout) as Result[]) all.push({ ...result, runtime: label });
  }
  console.log("\nFiles\n");
  const files = all.filter(({ runtime }) => runtime === runtimes[0]!.label);
  console.log(table(files.map((result) => fileRow(result, seconds[result.maker][result.model]!))));
  console.log("\nDelegation and latency\n");
  console.log(table(all.map(speedRow)));
  console.log("\nLargest difference from tfjs (cpu)\n");
  console.log(table(all.map(differenceRow)));
} finally {
  if (venvs.keep === undefined) await rm(folder, { recursive: true, force: true });
}

function makerName({ maker }: Result): string {
  return maker === "ours" ? "tflite-forge" : "TFLiteConverter";
}

/** What a converter prints: seconds by model. */
async function secondsOf(program: string, args: string[]): Promise<Readonly<Record<string, number>>> {
  const { stdout } = await run(program, args);
  return JSON.parse(stdout.trim().split("\n").at(-1)!) as Record<string, number>;
}

function fileRow(result: Result, seconds: number): Record<string, string> {
  const counts = new Map<string, number>();
  for (const name of result.operators) counts.set(name, (counts.get(name) ?? 0) + 1);
  return {
    model: result.model,
    "made by": makerName(result),
    bytes: String(result.bytes),
    "converted in s": seconds.toFixed(3),
    operators: String(result.operators.length),
    "of them": [...counts].map(([name, count]) => `${count} ${name}`).join(", "),
  };
}

function speedRow(result: Result & { readonly runtime: string }): Record<string, string> {
  const partitions = (batch: string): string => {
    const { count, outside } = result.partitions[batch]!;
    return outside.length === 0
      ? `${count}, all inside`
      : `${count}, ${outside.length} outside (${[...new Set(outside)].join(", ")})`;
  };
  return {
    model: result.model,
    "made by": makerName(result),
    runtime: result.runtime,
    "XNNPACK partitions": partitions("1"),
    "resized to batch 5": partitions("5"),
    "median ms": result.milliseconds.toPrecision(3),
  };
}

function differenceRow(result: Result & { readonly runtime: string }): Record<string, string> {
  const cells = ["Interpreter", "CompiledModel"].flatMap((way) =>
    ["batch 1", "batch 5"].map((batch) => {
      const name = `${way}, ${batch}`;
      const difference = result.differences[name] ?? "";
      return [name, typeof difference === "number" ? difference.toExponential(1) : difference];
    }),
  );
  return {
    model: result.model,
    "made by": makerName(result),
    runtime: result.runtime,
    ...Object.fromEntries(cells),
  };
}
