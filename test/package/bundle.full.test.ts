import { basename } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Metafile } from "esbuild";
import { beforeAll, expect, test } from "vitest";
import { ensureBuilt, ROOT } from "./built.ts";

beforeAll(ensureBuilt);

/**
 * What an application's bundler makes of one line, without tfjs-core, which the application has anyway: the files
 * that are loaded at first.
 */
async function bundle(line: string): Promise<{ readonly gzipped: number; readonly metafile: Metafile }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: line, resolveDir: ROOT },
    bundle: true,
    splitting: true,
    outdir: "out",
    minify: true,
    format: "esm",
    legalComments: "none",
    write: false,
    metafile: true,
    external: ["@tensorflow/tfjs-core"],
  });
  const first = loadedFirst(metafile);
  const files = outputFiles.filter(({ path }) => first.has(basename(path)));
  const outputs = Object.entries(metafile.outputs).filter(([path]) => first.has(basename(path)));
  return {
    gzipped: files.reduce((sum, { contents }) => sum + gzipSync(contents).length, 0),
    metafile: { ...metafile, outputs: Object.fromEntries(outputs) },
  };
}

/** The files that are loaded with the entry: what it loads later, with import(), is not among them. */
function loadedFirst({ outputs }: Metafile): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (path: string): void => {
    if (found.has(basename(path)) || outputs[path] === undefined) return;
    found.add(basename(path));
    for (const { path: next, kind } of outputs[path].imports) if (kind !== "dynamic-import") visit(next);
  };
  visit(Object.keys(outputs).find((path) => outputs[path]?.entryPoint === "<stdin>") as string);
  return found;
}

/** What the bundle leaves to be found at run time. */
function externalsOf({ outputs }: Metafile): readonly string[] {
  const imports = Object.values(outputs).flatMap((output) => output.imports);
  return [...new Set(imports.filter(({ external }) => external).map(({ path }) => path))];
}

/** The packages of which the bundle holds bytes, ours as `""`. */
function packagesIn({ outputs }: Metafile): readonly string[] {
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  const names = inputs
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? "");
  return [...new Set(names)].sort();
}

test("toTflite from the root entry: at most 24 kB gzipped at first, and no byte of tfjs-layers", async () => {
  const { gzipped, metafile } = await bundle('export { toTflite } from "./dist/index.js";');
  expect(gzipped).toBeLessThanOrEqual(24_000);
  expect(packagesIn(metafile)).toEqual(["", "fastest-levenshtein"]);
  expect(externalsOf(metafile)).toEqual(["@tensorflow/tfjs-core"]);
});

test("preprocessing brings neither the converter nor tfjs-layers along", async () => {
  const { metafile } = await bundle('export { normalize, readIdx } from "./dist/index.js";');
  expect(packagesIn(metafile)).toEqual(["", "fastest-levenshtein"]);
  const ours = Object.values(metafile.outputs).flatMap((output) => Object.keys(output.inputs));
  expect(ours.filter((path) => /dist\/(convert|graph|schema|training)\//.test(path))).toEqual([]);
});

test("the training entry brings no converter along", async () => {
  const { metafile } = await bundle('export { fit, evaluate, progressBar } from "./dist/index.js";');
  const ours = Object.values(metafile.outputs).flatMap((output) =>
    Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0),
  );
  expect(ours.map(([path]) => path).filter((path) => /dist\/(convert|graph|schema)\//.test(path))).toEqual(
    [],
  );
});

test("all of the root entry bundles for a browser: no module of Node is needed", async () => {
  const { metafile } = await bundle('export * from "./dist/index.js";');
  expect(externalsOf(metafile).filter((path) => !path.startsWith("@tensorflow/tfjs-core"))).toEqual([]);
});
