import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { build, type Plugin } from "esbuild";
import { test } from "vitest";
import { allExamples, type Example, ROOT } from "./examples.ts";

const run = promisify(execFile);

/** The package's name stands for its sources, so that no build is needed. */
const fromSources: Plugin = {
  name: "from-sources",
  setup({ onResolve }) {
    const entries: Readonly<Record<string, string>> = {
      "tflite-forge": "src/index.ts",
      "tflite-forge/convert": "src/convert/index.ts",
      "tflite-forge/wasm": "src/training/wasm/index.ts",
      "tflite-forge/node": "src/node/index.ts",
    };
    onResolve({ filter: /^tflite-forge/ }, ({ path }) => ({ path: join(ROOT, entries[path] ?? path) }));
  },
};

/** Runs each example in a process and a folder of its own: it must end without an error. */
export async function testExamples(which: Example["runs"]): Promise<void> {
  const examples = (await allExamples()).filter(({ runs }) => runs === which);
  test.concurrent.for(examples)("$name", { timeout: 300_000 }, async ({ code }) => {
    // Below node_modules, where the example finds the packages of this repository.
    const folder = await mkdtemp(join(ROOT, "node_modules", ".example-"));
    try {
      const { outputFiles } = await build({
        stdin: { contents: code, loader: "ts", resolveDir: ROOT },
        bundle: true,
        platform: "node",
        format: "esm",
        target: "node20",
        write: false,
        plugins: [fromSources],
        packages: "external",
      });
      await writeFile(join(folder, "example.mjs"), outputFiles[0]!.contents);
      await run(process.execPath, ["example.mjs"], { cwd: folder });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}
