import { readdir, readFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

const SOURCES = resolve(import.meta.dirname, "../../src");

/** What each folder may import of the others (docs/architecture.md); all may import errors.ts and options.ts. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  schema: [],
  graph: ["schema"],
  "tflite-writer": ["graph", "schema"],
  "tflite-reader": ["graph", "schema"],
  "tflite-editor": ["schema", "tflite-reader", "tflite-writer"],
  convert: ["graph", "tflite-reader", "tflite-writer"],
  preprocess: [],
  training: ["preprocess"],
  architectures: ["preprocess", "reports", "training"],
  reports: ["preprocess", "training"],
  node: ["convert", "graph", "tflite-reader"],
  cli: ["convert", "graph", "node", "tflite-reader"],
};

/** Only these may load tfjs-layers: the rest works where it is not installed. */
const WITH_LAYERS = ["architectures", "training"];

interface Import {
  readonly file: string;
  readonly folder: string;
  readonly target: string;
  /** False of types, which are gone from the output, and of what is loaded when it is needed, by import(). */
  readonly atOnce: boolean;
}

async function imports(): Promise<readonly Import[]> {
  const entries = await readdir(SOURCES, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const found = await Promise.all(
    files.map(async (path) => {
      const text = await readFile(path, "utf8");
      return [...text.matchAll(/(?:from|import) "([^"]+)"|import\("([^"]+)"\)/g)].map(
        ({ 1: one, 2: other, index }) => ({
          atOnce: other === undefined && !/\b(?:import|export) type [^;]*$/.test(text.slice(0, index)),
          file: relative(SOURCES, path),
          folder: relative(SOURCES, path).split("/").slice(0, -1)[0] ?? "",
          target: targetOf(path, one ?? other ?? ""),
        }),
      );
    }),
  );
  return found.flat().filter(({ folder }) => folder !== "");
}

/** A folder or file of the sources, or a package. */
function targetOf(from: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  return relative(SOURCES, resolve(from, "..", specifier)).split("/")[0] as string;
}

test("imports between folders point one way", async () => {
  const wrong = (await imports()).filter(({ folder, target }) => {
    const isOurs = Object.hasOwn(MAY_IMPORT, target) || target.endsWith(".ts");
    if (!isOurs || target === folder || ["errors.ts", "options.ts"].includes(target)) return false;
    return !MAY_IMPORT[folder]?.includes(target);
  });
  expect(wrong).toEqual([]);
});

test("every folder of the sources has its place", async () => {
  const entries = await readdir(SOURCES, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  expect(folders.sort()).toEqual(Object.keys(MAY_IMPORT).sort());
});

test("tfjs-layers is loaded by builders and training alone, and modules of Node by node/ and cli/", async () => {
  const all = await imports();
  const layers = all.filter(({ target, atOnce }) => atOnce && target === "@tensorflow/tfjs-layers");
  expect(layers.filter(({ folder }) => !WITH_LAYERS.includes(folder))).toEqual([]);
  expect(layers.filter(({ file }) => file.startsWith("training/wasm/"))).toEqual([]);
  // Elsewhere they are loaded when they are needed, with import().
  const node = all.filter(({ target }) => target.startsWith("node:"));
  expect(node.filter(({ folder }) => !["node", "cli", "preprocess"].includes(folder))).toEqual([]);
});
