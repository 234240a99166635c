import { gzipSync } from "node:zlib";
import { build, type Metafile } from "esbuild";
import { beforeAll, expect, test } from "vitest";
import { ensureBuilt, ROOT } from "./built.ts";

beforeAll(ensureBuilt);

/** What an application's bundler makes of one line, without tfjs-core, which the application has anyway. */
async function bundle(line: string): Promise<{ readonly code: Uint8Array; readonly metafile: Metafile }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: line, resolveDir: ROOT },
    bundle: true,
    minify: true,
    format: "esm",
    legalComments: "none",
    write: false,
    metafile: true,
    external: ["@tensorflow/tfjs-core"],
  });
  return { code: outputFiles[0]!.contents, metafile };
}

/** The packages of which the bundle holds bytes, ours as `""`. */
function packagesIn({ outputs }: Metafile): readonly string[] {
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  const names = inputs
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? "");
  return [...new Set(names)].sort();
}

test("toTflite from the root entry: at most 40 kB gzipped, and no byte of tfjs-layers", async () => {
  const { code, metafile } = await bundle('export { toTflite } from "./dist/index.js";');
  expect(gzipSync(code).length).toBeLessThanOrEqual(40_000);
  expect(packagesIn(metafile)).toEqual(["", "fastest-levenshtein", "flatbuffers"]);
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));
  expect([...new Set(imports)]).toEqual(["@tensorflow/tfjs-core"]);
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
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));
  expect(imports.filter((path) => !path.startsWith("@tensorflow/tfjs-core"))).toEqual([]);
});
