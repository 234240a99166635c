/**
 * Writes what becomes of each tfjs kernel, from the table of lowerings, into docs/kernels.md and README.md.
 *
 *     npm run kernels
 */
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { NotLowered } from "../src/convert/lower/call.ts";
import type { HostOperations } from "../src/convert/trace/operations.ts";
import { allLowerings } from "./lowerings.ts";

const ROOT = resolve(import.meta.dirname, "..");
/** Operations that are no kernels of tfjs are not counted with them. */
const HOST_OPERATIONS: ReadonlySet<string> = new Set([
  "While",
  "If",
  "Where",
] satisfies (keyof HostOperations)[]);
const rows = [...(await allLowerings())].filter(([kernel]) => !HOST_OPERATIONS.has(kernel));
const lowered = rows.filter(([, row]) => typeof row === "string").map(([kernel]) => kernel);
const kernelsThatAre = (not: NotLowered["not"]): readonly (readonly [kernel: string, why: string])[] =>
  rows.flatMap(([kernel, row]) => (typeof row !== "string" && row.not === not ? [[kernel, row.why]] : []));
const names = (kernels: readonly string[]): string => kernels.map((kernel) => `\`${kernel}\``).join(", ");
const namesOf = (not: NotLowered["not"]): string => names(kernelsThatAre(not).map(([kernel]) => kernel));

const reasons = new Map<string, string[]>();
for (const [kernel, why] of kernelsThatAre("possible"))
  reasons.set(why, [...(reasons.get(why) ?? []), kernel]);

/** The sentence in README.md. */
const summary = `${lowered.length} of tfjs's ${rows.length} kernels are converted, ${kernelsThatAre("yet").length} not yet`;

const page = `<!-- Written by \`npm run kernels\` from src/convert/lower/table.ts. -->

# Kernels

Everything that TensorFlow.js computes ends in one of its ${rows.length} kernels. A kernel that works on constants alone
is computed while a model is converted, and needs no form in TensorFlow Lite. Of the others:

## Converted (${lowered.length})

${names(lowered)}

## Not yet (${kernelsThatAre("yet").length})

${namesOf("yet")}

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

const MARKED = /(<!-- kernels -->)[\s\S]*?(<!-- \/kernels -->)/;

/** The pages as they should be. */
export async function kernelPages(): Promise<readonly { readonly path: string; readonly text: string }[]> {
  const readme = join(ROOT, "README.md");
  return [
    { path: join(ROOT, "docs/kernels.md"), text: page },
    { path: readme, text: (await readFile(readme, "utf8")).replace(MARKED, `$1${summary}$2`) },
  ];
}

if (process.argv[1] === import.meta.filename) {
  for (const { path, text } of await kernelPages()) await writeFile(path, text);
}
