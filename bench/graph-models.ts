/**
 * Converts graph models that others trained: time, operators, bytes, pieces that XNNPACK takes, difference from tfjs.
 *
 *     npx tsx bench/graph-models.ts
 *     npx tsx bench/graph-models.ts --only face --rounds 5
 */
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { parseArgs, promisify } from "node:util";
import type { GraphModelResult } from "./graph-model.ts";
import { quantile, table } from "./print.ts";

const { values: options } = parseArgs({
  options: { rounds: { type: "string", default: "3" }, only: { type: "string", default: "" } },
});

/** Sizes where a model leaves them open. */
const SHAPES: Readonly<Record<string, string>> = {
  "human/handtrack": "[1,320,320,3]",
};

const rows = [];
for (const name of await modelNames()) {
  if (!name.includes(options.only)) continue;
  rows.push(await measured(name));
}
console.log(table(rows));

/** `@vladmandic/human`'s by the names of their files, and nsfwjs's. */
async function modelNames(): Promise<readonly string[]> {
  const folder = "node_modules/@vladmandic/human/models";
  const files = (await readdir(folder)).filter((file) => file.endsWith(".json") && file !== "models.json");
  return [...files.map((file) => `human/${file.replace(".json", "")}`), "nsfwjs/mobilenet_v2_mid"];
}

/** The medians of a few processes, each of which loads and converts a model once; the first compares as well. */
async function measured(name: string): Promise<Record<string, string>> {
  const results: GraphModelResult[] = [];
  for (let round = 0; round < Number(options.rounds); round++) {
    const result = await inProcess(name, round === 0);
    results.push(result);
    if ("error" in result) break;
  }
  const [first] = results as [GraphModelResult];
  if ("error" in first) {
    return row(name, { difference: `cannot yet: ${first.error.slice(0, 160)}` });
  }
  const seconds = quantile(
    results.map((result) => ("error" in result ? Number.NaN : result.seconds)),
    0.5,
  );
  return row(name, {
    seconds: seconds.toFixed(2),
    bytes: String(first.bytes),
    operators: String(first.operators),
    pieces: String(first.partitions),
    outside: first.outside,
    difference: typeof first.difference === "number" ? first.difference.toExponential(1) : first.difference,
  });
}

function row(model: string, cells: Readonly<Record<string, string>>): Record<string, string> {
  const { seconds = "", bytes = "", operators = "", pieces = "", outside = "", difference = "" } = cells;
  return {
    model,
    "converted in s": seconds,
    bytes,
    operators,
    "XNNPACK partitions": pieces,
    outside,
    "difference / largest value": difference,
  };
}

async function inProcess(name: string, compare: boolean): Promise<GraphModelResult> {
  const args = [
    "--import",
    "tsx",
    "bench/graph-model.ts",
    name,
    SHAPES[name] ?? "",
    compare ? "compare" : "",
  ];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1e8 });
    return JSON.parse(stdout.trim().split("\n").at(-1)!) as GraphModelResult;
  } catch (error) {
    const lines = String((error as { stderr?: string }).stderr).split("\n");
    return { error: lines.findLast((line) => /Error/.test(line)) ?? "the process ended" };
  }
}
