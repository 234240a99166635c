import { gzipSync } from "node:zlib";
import { build, type Metafile } from "esbuild";

/** What `import { toTflite }` costs an application. */
export interface BundleResult {
  /** Bytes, minified and gzipped, without tfjs. */
  readonly gzipped: number;
  readonly minified: number;
  /** Packages that the bundle imports. */
  readonly imports: readonly string[];
  /** Bytes of tfjs-layers in a bundle that holds tfjs as well. */
  readonly layersBytes: number;
}

/** Bundles an application that imports `toTflite` from the package's main entry. */
export async function measureBundle(): Promise<BundleResult> {
  const alone = await bundle(["@tensorflow/*", "@litertjs/*"]);
  const whole = await bundle(["@litertjs/*"]);
  const { imports, inputs } = outputOf(alone.metafile);
  const layersBytes = Object.entries(outputOf(whole.metafile).inputs)
    .filter(([path]) => path.includes("tfjs-layers"))
    .reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0);
  const own = Object.entries(inputs).reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0);
  if (own === 0) throw new Error("the bundle is empty");
  return {
    gzipped: gzipSync(alone.text, { level: 9 }).length,
    minified: Buffer.byteLength(alone.text),
    imports: [...new Set(imports.map(({ path }) => path))],
    layersBytes,
  };
}

async function bundle(external: string[]): Promise<{ readonly text: string; readonly metafile: Metafile }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: 'export { toTflite } from "./src/index.ts";', resolveDir: process.cwd() },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    external,
    write: false,
    metafile: true,
    logLevel: "error",
  });
  return { text: outputFiles[0]!.text, metafile };
}

function outputOf(metafile: Metafile): Metafile["outputs"][string] {
  return Object.values(metafile.outputs)[0]!;
}
