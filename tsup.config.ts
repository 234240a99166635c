import { rm } from "node:fs/promises";
import type { Plugin } from "esbuild";
import { defineConfig, type Options } from "tsup";

/**
 * One output file per module: a single bundle would carry all of tfjs-layers into `import { toTflite }`,
 * since bundlers keep a module's imports when they keep any part of it. So every source is an entry and
 * every import of another source stays an import, with the extension of the format that is written.
 */
const oneFilePerModule: Plugin = {
  name: "one-file-per-module",
  setup(build) {
    const extension = build.initialOptions.format === "cjs" ? ".cjs" : ".js";
    build.onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path, kind }) =>
      kind === "entry-point" ? undefined : { path: path.replace(/\.ts$/, extension), external: true },
    );
  },
};

const shared: Options = { splitting: false, esbuildPlugins: [oneFilePerModule], target: "es2022" };

export default defineConfig(async () => {
  // Here, and not by `clean`, since the two builds run side by side.
  await rm("dist", { recursive: true, force: true });
  return [
    {
      ...shared,
      entry: ["src/**/*.ts", "!src/cli/**"],
      format: ["esm", "cjs"],
      dts: {
        entry: ["src/index.ts", "src/convert/index.ts", "src/training/wasm/index.ts", "src/node/index.ts"],
      },
    },
    // Nobody requires the program.
    { ...shared, entry: ["src/cli/*.ts"], outDir: "dist/cli", format: ["esm"] },
  ];
});
