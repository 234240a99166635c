/**
 * Writes what becomes of each tfjs kernel, from the table of lowerings, into docs/coverage.md and README.md.
 *
 *     npm run kernels
 */
import "@tensorflow/tfjs-backend-cpu";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import type { NotLowered } from "../src/convert/lower/call.ts";
import { type Coverage, kernelCoverage, layerCoverage } from "./coverage.ts";
import { allLowerings } from "./lowerings.ts";

const ROOT = resolve(import.meta.dirname, "..");
/** Operations of the host are not counted with tfjs's kernels, whose names tfjs exports. */
const rows = [...allLowerings()].filter(([kernel]) => kernel in tf);
const lowered = rows.filter(([, row]) => typeof row === "string").map(([kernel]) => kernel);
const kernelsThatAre = (not: NotLowered["not"]): readonly (readonly [kernel: string, why: string])[] =>
  rows.flatMap(([kernel, row]) => (typeof row !== "string" && row.not === not ? [[kernel, row.why]] : []));
const names = (kernels: readonly string[]): string => kernels.map((kernel) => `\`${kernel}\``).join(", ");
const namesOf = (not: NotLowered["not"]): string => names(kernelsThatAre(not).map(([kernel]) => kernel));

const reasons = new Map<string, string[]>();
for (const [kernel, why] of kernelsThatAre("possible"))
  reasons.set(why, [...(reasons.get(why) ?? []), kernel]);

/** The sentence in README.md. */
const summary = `${lowered.length} of tfjs's ${rows.length} kernels are converted: all but gradients, those that nothing calls, and what TensorFlow Lite has no place for`;

/** What judges write of a kernel or layer, as a row. */
function rowOf({ name, operators, others, runtime, microcontroller, quantizable, cases }: Coverage): string {
  const code = (list: readonly string[]): string => list.map((text) => `\`${text}\``).join(" ");
  const nothing = operators.length === 0;
  return `| ${[
    `\`${name}\``,
    nothing ? "nothing: it is the same tensor" : code(operators),
    code(others),
    nothing ? "" : runtime,
    microcontroller ? "yes" : "",
    quantizable ? "yes" : "",
    cases,
  ].join(" | ")} |`;
}

const table = (what: string, rows: readonly Coverage[]): string =>
  [
    `| ${what} | operators, in the simplest case | others, in other cases | runtime | micro | int8 | cases |`,
    "|---|---|---|---|---|---|---|",
    ...rows.map(rowOf),
  ].join("\n");

async function page(): Promise<string> {
  const kernels = await kernelCoverage();
  const layers = await layerCoverage();
  const rowsOf = (names: readonly string[]): readonly Coverage[] =>
    names.map((name) => kernels.get(name) ?? unjudged(name));
  return `<!-- Written by \`npm run kernels\` from the table of lowerings and the cases of the tests. -->

# Coverage

What becomes of every kernel and every layer of TensorFlow.js. The tables are made of the cases that the tests run in
LiteRT and compare with tfjs:

- **operators**: what the simplest of the cases becomes, with how many where there are several, before optimization of a
  kernel and after it of a layer. **others** are what other cases need besides: other attributes, types, ranks.
- **runtime**: the first TensorFlow Lite runtime that has these operators. What the default target (2.14) or another
  \`target\` lacks is written in an older form where there is one.
- **micro**: TensorFlow Lite for Microcontrollers has them. **int8**: all of them have kernels of 8-bit integers.
- **cases**: how many cases judge it.

## Layers (${layers.size})

${table(
  "layer",
  [...layers.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
)}

## Kernels (${lowered.length} of ${rows.length})

Everything that TensorFlow.js computes ends in one of its ${rows.length} kernels. One that works on constants alone is
computed while a model is converted, and needs no form in TensorFlow Lite unless its sizes are dynamic.

${table("kernel", rowsOf(lowered))}

## Gradients (${kernelsThatAre("training").length})

These belong to training. Convert the forward computation alone.

${namesOf("training")}

## Never called (${kernelsThatAre("dispatched").length})

tfjs has the name, and no operation that calls it: the operation of that name is made of others.

${namesOf("dispatched")}

## Impossible (${kernelsThatAre("possible").length})

| kernels | why |
|---|---|
${[...reasons].map(([why, kernels]) => `| ${names(kernels)} | ${why} |`).join("\n")}
`;
}

/** A kernel that no case of a function uses: one that is there for a backend alone. */
function unjudged(name: string): Coverage {
  return {
    name,
    operators: [],
    others: [],
    runtime: "",
    microcontroller: false,
    quantizable: false,
    cases: 0,
  };
}

const MARKED = /(<!-- kernels -->)[\s\S]*?(<!-- \/kernels -->)/;

/** The pages as they should be. */
export async function kernelPages(): Promise<readonly { readonly path: string; readonly text: string }[]> {
  const readme = join(ROOT, "README.md");
  return [
    { path: join(ROOT, "docs/coverage.md"), text: await page() },
    { path: readme, text: (await readFile(readme, "utf8")).replace(MARKED, `$1${summary}$2`) },
  ];
}

if (process.argv[1] === import.meta.filename) {
  for (const { path, text } of await kernelPages()) await writeFile(path, text);
}
