import type { Plugin } from "esbuild";
import { defineConfig } from "tsup";

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

export default defineConfig({
  entry: ["src/**/*.ts"],
  format: ["esm", "cjs"],
  splitting: false,
  dts: { entry: ["src/index.ts", "src/convert/index.ts", "src/training/wasm/index.ts", "src/node/index.ts"] },
  esbuildPlugins: [oneFilePerModule],
  clean: true,
  target: "es2022",
});
