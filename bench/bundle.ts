import { basename } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Metafile } from "esbuild";

/** What `import { toTflite }` costs an application. */
export interface BundleResult {
  /** Bytes of what is loaded at first, minified and gzipped, without tfjs. */
  readonly gzipped: number;
  readonly minified: number;
  /** Bytes of what is loaded by the end of the conversion of a CNN, minified and gzipped, without tfjs. */
  readonly converting: number;
  /** Packages that the bundle imports. */
  readonly imports: readonly string[];
  /** Bytes of tfjs-layers in a bundle that holds tfjs as well. */
  readonly layersBytes: number;
}

/** Bundles an application that imports `toTflite` from the package's main entry. */
export async function measureBundle(): Promise<BundleResult> {
  const alone = await bundle(["@tensorflow/*", "@litertjs/*"]);
  const whole = await bundle(["@litertjs/*"]);
  const layersBytes = whole.outputs
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([path]) => path.includes("tfjs-layers"))
    .reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0);
  const converting = await bundle(["@tensorflow/*", "@litertjs/*"], LOADED_FOR_A_CNN);
  const external = alone.outputs.flatMap(({ imports }) => imports.filter((one) => one.external));
  return {
    gzipped: gzippedBytes(alone),
    converting: gzippedBytes(converting),
    minified: alone.texts.reduce((sum, text) => sum + text.length, 0),
    imports: [...new Set(external.map(({ path }) => path))],
    layersBytes,
  };
}

/** What the conversion of a CNN loads with import(): its kernels are of these families. */
const LOADED_FOR_A_CNN = [
  "compile",
  "lower/activation",
  "lower/convolution",
  "lower/elementwise",
  "lower/matmul",
  "lower/normalization",
  "lower/pooling",
  "lower/shape",
].map((name) => `src/convert/${name}.ts`);

function gzippedBytes({ texts }: FirstFiles): number {
  return texts.reduce((sum, text) => sum + gzipSync(text, { level: 9 }).length, 0);
}

/** The files that are loaded with the entry; what it loads when needed, with import(), is not among them. */
interface FirstFiles {
  readonly texts: readonly Uint8Array[];
  readonly outputs: readonly Metafile["outputs"][string][];
}

async function bundle(external: string[], loaded: readonly string[] = []): Promise<FirstFiles> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: 'export { toTflite } from "./src/index.ts";', resolveDir: process.cwd() },
    bundle: true,
    splitting: true,
    outdir: "out",
    minify: true,
    format: "esm",
    platform: "browser",
    external,
    write: false,
    metafile: true,
    logLevel: "error",
  });
  const { outputs } = metafile;
  const first = new Set<string>();
  const visit = (path: string): void => {
    if (first.has(path) || outputs[path] === undefined) return;
    first.add(path);
    for (const { path: next, kind } of outputs[path].imports) if (kind !== "dynamic-import") visit(next);
  };
  visit("out/stdin.js");
  for (const [path, { entryPoint = "" }] of Object.entries(outputs)) {
    if (loaded.includes(entryPoint)) visit(path);
  }
  if (first.size === 0) throw new Error("the bundle is empty");
  const names = new Set([...first].map((path) => basename(path)));
  return {
    texts: outputFiles.filter(({ path }) => names.has(basename(path))).map(({ contents }) => contents),
    outputs: [...first].map((path) => outputs[path]!),
  };
}
