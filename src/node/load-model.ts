import { fileURLToPath } from "node:url";
import type { GraphModel } from "@tensorflow/tfjs-converter";
import type { io } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { converterPackage, layersPackage, loadedByTfjs } from "../convert/sources/tfjs-packages.ts";
import { ForgeError } from "../errors.ts";
import { checkOptions, describe } from "../options.ts";
import { type ModelJson, readArtifacts, readModelJson } from "./model-json.ts";

/** Options of {@link loadModel}. */
export interface LoadModelOptions {
  /** `false` leaves the optimizer and the loss out: to convert or run a model, none is needed. Default `true`. */
  readonly training?: boolean;
  /** Called as the weights are read, with their share from 0 to 1. */
  readonly onProgress?: (fraction: number) => void;
}

/**
 * Loads a model that tfjs or tensorflowjs_converter saved, from disk, onto the current tfjs backend: what
 * `loadLayersModel` and `loadGraphModel` cannot do in Node without tfjs-node. The weights must lie in the folder
 * of the model.
 *
 * @param path of its `model.json`, or a `file:` URL.
 * @returns A LayersModel or a GraphModel, whichever was saved.
 * @throws ForgeError `invalid-data` for a missing or corrupt file and for weights outside of the folder,
 * `invalid-source` where it is no tfjs model or tfjs cannot load it, `missing-package` without tfjs-layers or
 * tfjs-converter.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs-backend-cpu";
 * const model = await loadModel("saved/model.json");
 * await saveTflite("model.tflite", await toTflite(model));
 * ```
 */
export async function loadModel(
  path: string | URL,
  options: LoadModelOptions = {},
): Promise<LayersModel | GraphModel> {
  checkOptions(options, ["training", "onProgress"], "loadModel");
  if (typeof path === "string" ? path === "" : !(path instanceof URL)) {
    throw new ForgeError(
      "invalid-argument",
      `loadModel: path must be a file name or a file: URL, got ${describe(path)}.`,
    );
  }
  const model = await readModelJson(typeof path === "string" ? path : fileURLToPath(path));
  const artifacts = await readArtifacts(model, options.onProgress);
  if (options.training === false) delete artifacts.trainingConfig;
  const loaded = await LOADERS[model.kind](model, { load: async () => artifacts });
  // A GraphModel keeps them, next to the weights that it made of them.
  delete artifacts.weightData;
  return loaded;
}

type Loader = (model: ModelJson, handler: io.IOHandler) => Promise<LayersModel | GraphModel>;

const LOADERS: Readonly<Record<ModelJson["kind"], Loader>> = {
  layers: async ({ path }, handler) => {
    const { loadLayersModel } = await layersPackage();
    return loadedByTfjs(path, () => loadLayersModel(handler));
  },
  graph: async ({ path }, handler) => {
    const { loadGraphModel } = await converterPackage();
    return loadedByTfjs(path, () => loadGraphModel(handler));
  },
};
