import { realpath, stat } from "node:fs/promises";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { io } from "@tensorflow/tfjs-core";
import { weightBytes } from "../convert/sources/artifacts.ts";
import { ForgeError } from "../errors.ts";
import { describe } from "../options.ts";
import { readBytes, unreadable } from "./read-file.ts";

/** What `model.json` of a saved model says; the rest of it is tfjs's own business. */
export interface ModelJson {
  readonly path: string;
  readonly kind: "layers" | "graph";
  readonly content: io.ModelJSON;
}

type WeightGroup = io.WeightsManifestConfig[number];

/** How much of the weights is read, from 0 to 1. */
export type OnRead = (fraction: number) => void;

/**
 * Reads `model.json` and tells which kind of model it is.
 *
 * @throws ForgeError `invalid-data` where the file cannot be read or is no JSON, `invalid-source` where it is no
 * model of tfjs.
 */
export async function readModelJson(path: string): Promise<ModelJson> {
  const saved = await readSavedJson(path);
  const kind = kindOf(saved.content);
  if (kind === undefined) {
    throw new ForgeError(
      "invalid-source",
      `${path} is no saved tfjs model: its modelTopology is neither a layers model nor a graph model.`,
    );
  }
  return { ...saved, kind };
}

/** What was saved at a path, of whatever kind: a class may save a topology of its own. */
export type SavedJson = Omit<ModelJson, "kind">;

/**
 * Reads the JSON of something saved.
 *
 * @throws ForgeError `invalid-data` where the file cannot be read or is no JSON.
 */
export async function readSavedJson(path: string): Promise<SavedJson> {
  const text = new TextDecoder().decode(await readBytes(path));
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw new ForgeError(
      "invalid-data",
      `${path} is not JSON. Give the model.json of a saved tfjs model; tensorflowjs_converter makes one of Keras ` +
        "files and saved models.",
      { cause },
    );
  }
  return { path, content: content as io.ModelJSON };
}

/** By the structure: models saved by early versions do not name their format. */
function kindOf(content: unknown): ModelJson["kind"] | undefined {
  const topology = isRecord(content) ? content.modelTopology : undefined;
  if (!isRecord(topology)) return undefined;
  if (Array.isArray(topology.node)) return "graph";
  return isRecord(topology.model_config) || "class_name" in topology ? "layers" : undefined;
}

/**
 * Reads the weights that `model.json` lists, from files in its folder and nowhere else: a model from elsewhere
 * must not make its user's other files part of what is written.
 *
 * @throws ForgeError `invalid-data` for a path that leads out of the folder, a file that is missing, and weights
 * that are longer or shorter than listed.
 */
export async function readArtifacts(model: SavedJson, onRead?: OnRead): Promise<io.ModelArtifacts> {
  const groups = groupsOf(model);
  const folder = dirname(resolve(model.path));
  const files = await Promise.all(
    groups.map(({ paths }) => Promise.all(paths.map((path) => shardFile(model.path, folder, path)))),
  );
  const total = files.flat().reduce((sum, { size }) => sum + size, 0);
  for (const [index, group] of groups.entries()) checkSize(model.path, group, files[index] ?? []);
  const data: ArrayBuffer[] = [];
  let read = 0;
  for (const { file, size } of files.flat()) {
    data.push((await readBytes(file)).buffer);
    read += size;
    onRead?.(read / total);
  }
  const specs = groups.flatMap(({ weights }) => weights);
  return io.getModelArtifactsForJSON(model.content, async () => [specs, data]);
}

function groupsOf({ path, content }: SavedJson): readonly WeightGroup[] {
  const groups: unknown = content.weightsManifest;
  if (groups === undefined) throw corrupt(path, "it lists no weights (weightsManifest)");
  if (!Array.isArray(groups)) throw corrupt(path, `its weightsManifest is ${describe(groups)}, not a list`);
  for (const group of groups as readonly unknown[]) {
    const { paths, weights } = isRecord(group) ? group : {};
    if (!Array.isArray(paths) || !paths.every((file) => typeof file === "string" && file !== "")) {
      throw corrupt(path, `its weightsManifest has ${describe(paths)} for paths, not a list of file names`);
    }
    if (!Array.isArray(weights))
      throw corrupt(path, `its weightsManifest has ${describe(weights)} for weights`);
    for (const spec of weights as readonly unknown[]) checkSpec(path, spec);
  }
  return groups;
}

function checkSpec(path: string, spec: unknown): void {
  const { name, shape, dtype } = isRecord(spec) ? spec : {};
  if (typeof name !== "string") throw corrupt(path, "its weightsManifest has a weight without a name");
  const isShape = Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (!isShape) throw corrupt(path, `weight "${name}" has the shape ${describe(shape)}`);
  if (dtype !== "string" && Number.isNaN(weightBytes(spec as io.WeightsManifestEntry))) {
    throw corrupt(path, `weight "${name}" is stored as ${describe(dtype)}, which is not known`);
  }
}

interface ShardFile {
  readonly file: string;
  readonly size: number;
}

/** Where a shard is, links followed, if that is inside of the folder. */
async function shardFile(model: string, folder: string, path: string): Promise<ShardFile> {
  const named = resolve(folder, path);
  const outside = () =>
    new ForgeError(
      "invalid-data",
      `${model} names the weights ${JSON.stringify(path)}, which lead out of its folder: they must lie in it.`,
    );
  if (isAbsolute(path) || !isInside(folder, named)) throw outside();
  try {
    const file = await realpath(named);
    if (!isInside(await realpath(folder), file)) throw outside();
    return { file, size: (await stat(file)).size };
  } catch (error) {
    throw error instanceof ForgeError ? error : unreadable(named, error);
  }
}

function isInside(folder: string, file: string): boolean {
  const way = relative(folder, file);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** Texts carry their lengths in the data, so that a group with some has no size known before. */
function checkSize(path: string, group: WeightGroup, files: readonly ShardFile[]): void {
  if (group.weights.some(({ dtype }) => dtype === "string")) return;
  const needed = group.weights.reduce((sum, spec) => sum + weightBytes(spec), 0);
  const found = files.reduce((sum, { size }) => sum + size, 0);
  if (needed === found) return;
  const names = group.paths.length === 1 ? group.paths[0] : `${group.paths.length} files`;
  throw corrupt(
    path,
    `it lists ${needed} bytes of weights, and ${names} have ${found}: they do not belong together`,
  );
}

function corrupt(path: string, what: string): ForgeError {
  return new ForgeError("invalid-data", `${path} is corrupt: ${what}.`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
