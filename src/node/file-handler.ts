import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { io } from "@tensorflow/tfjs-core";
import { ForgeError } from "../errors.ts";
import { describe } from "../options.ts";
import { readArtifacts, readSavedJson } from "./model-json.ts";
import { writeWhole } from "./write-file.ts";

/**
 * Where a model is on disk, for all that takes a handler of `tf.io`: `model.save`, `loadLayersModel`,
 * `loadGraphModel`, `loadFeatureVector`, `loadHubClassifier`. tfjs alone has none for files in Node.
 *
 * @param path of the `model.json`, or a `file:` URL. Saving writes the weights beside it (`model.weights.bin`),
 * each file whole or not at all; the folder must exist. Loading takes weights from the model's folder only.
 * @throws ForgeError `invalid-argument` for a path that is none, or cannot be written; `invalid-data`, when it
 * loads, for missing and corrupt files.
 *
 * @example
 * ```ts
 * await model.save(fileHandler("saved/model.json"));
 * const features = await loadFeatureVector(fileHandler("mobilenet/model.json"));
 * ```
 */
export function fileHandler(path: string | URL): io.IOHandler {
  if (typeof path === "string" ? path === "" : !(path instanceof URL)) {
    throw new ForgeError(
      "invalid-argument",
      `fileHandler: path must be a file name or a file: URL, got ${describe(path)}.`,
    );
  }
  const file = typeof path === "string" ? path : fileURLToPath(path);
  return {
    load: async () => readArtifacts(await readSavedJson(file)),
    save: async (artifacts) => save(file, artifacts),
  };
}

async function save(file: string, artifacts: io.ModelArtifacts): Promise<io.SaveResult> {
  const { weightData, weightSpecs = [], ...model } = artifacts;
  const bytes = new Uint8Array(io.CompositeArrayBuffer.join(weightData));
  const name = `${basename(file).replace(/\.json$/, "")}.weights.bin`;
  const json = { ...model, weightsManifest: [{ paths: [name], weights: weightSpecs }] };
  // The weights first: a model.json is there when all that it names is.
  await writeWhole(join(dirname(file), name), bytes, "fileHandler");
  await writeWhole(file, new TextEncoder().encode(JSON.stringify(json)), "fileHandler");
  return {
    modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON", weightDataBytes: bytes.length },
  };
}
