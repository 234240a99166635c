import type { io } from "@tensorflow/tfjs-core";
import { ForgeError } from "../../errors.ts";
import { describe } from "../../options.ts";
import type { ArtifactsSource, GraphModelSource, LayersModelSource, ModelSource, Source } from "../source.ts";
import { sourceKindOf } from "./front-ends.ts";
import { converterPackage, layersPackage, loadedByTfjs } from "./tfjs-packages.ts";

/** One model, or several under the names of their signatures, and all of them loaded. */
export type LoadedModels = ModelSource | { readonly signatures: Readonly<Record<string, ModelSource>> };

/** A source of which all models are loaded. */
export interface LoadedSource {
  readonly source: LoadedModels;
  /** Frees the models that were loaded for it, and no others. */
  dispose(): void;
}

interface Disposable {
  dispose?(): void;
}

/**
 * Loads what a source holds of saved models, on the current backend: with the loaders of tfjs, which are packages
 * of the application.
 *
 * @throws ForgeError `invalid-source` where tfjs cannot load a model, `invalid-data` for weights that are longer or
 * shorter than listed, `missing-package` without tfjs-layers or tfjs-converter.
 */
export async function loadSource(source: Source): Promise<LoadedSource> {
  const loaded: Disposable[] = [];
  const dispose = (): void => {
    for (const model of loaded) model.dispose?.();
  };
  const load = async (model: ModelSource | ArtifactsSource): Promise<ModelSource> => {
    // What an asynchronous function returns is awaited: a promise would go unnoticed.
    if (isPromise(model)) sourceKindOf(model);
    if (!isArtifacts(model)) return model;
    const made = await LOADERS[kindOf(model)](model);
    loaded.push(made as Disposable);
    return made;
  };
  try {
    if (!hasSignatures(source)) return { source: await load(source), dispose };
    const signatures: Record<string, ModelSource> = {};
    for (const [key, model] of Object.entries(source.signatures)) signatures[key] = await load(model);
    return { source: { ...source, signatures }, dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

function hasSignatures(source: Source): source is Extract<Source, { readonly signatures: unknown }> {
  const signatures = (source as { readonly signatures?: unknown } | null)?.signatures;
  return typeof signatures === "object" && signatures !== null && !Array.isArray(signatures);
}

function isPromise(source: unknown): boolean {
  return typeof (source as { readonly then?: unknown } | null)?.then === "function";
}

function isArtifacts(source: unknown): source is ArtifactsSource {
  return typeof source === "object" && source !== null && "modelTopology" in source && !("execute" in source);
}

type Kind = "layers" | "graph";

/** By the structure: models saved by early versions do not name their format. */
function kindOf({ modelTopology: topology }: ArtifactsSource): Kind {
  if (typeof topology === "object" && topology !== null) {
    if ("node" in topology && Array.isArray(topology.node)) return "graph";
    if ("model_config" in topology || "class_name" in topology) return "layers";
  }
  throw new ForgeError(
    "invalid-source",
    `source.modelTopology is neither a layers model nor a graph model, but ${describe(topology)}.`,
  );
}

const LOADERS: Readonly<Record<Kind, (source: ArtifactsSource) => Promise<ModelSource>>> = {
  layers: async (source) => {
    const { loadLayersModel } = await layersPackage();
    // What training needs is not converted.
    const { trainingConfig: _, ...rest } = completeArtifacts(source);
    const model = await loadedByTfjs("the model", () => loadLayersModel({ load: async () => rest }));
    return model as unknown as LayersModelSource;
  },
  graph: async (source) => {
    const { loadGraphModelSync } = await converterPackage();
    const artifacts = completeArtifacts(source);
    const model = await loadedByTfjs("the model", () => loadGraphModelSync({ load: () => artifacts }));
    return model as unknown as GraphModelSource;
  },
};

/**
 * Artifacts with all of their weights.
 *
 * @throws ForgeError `invalid-source` without any, `invalid-data` where there are more or less than are listed.
 */
function completeArtifacts(source: ArtifactsSource): io.ModelArtifacts {
  const { weightSpecs, weightData } = source;
  if (!Array.isArray(weightSpecs) || weightData === undefined || weightData === null) {
    const missing = Array.isArray(weightSpecs) ? "weightData" : "weightSpecs";
    throw new ForgeError(
      "invalid-source",
      `source.${missing} must be given with modelTopology, got ${describe(source[missing])}: a model.json lists ` +
        'its weights and does not hold them. loadModel() of "tflite-forge/node" reads both.',
    );
  }
  const found = [weightData].flat().reduce((sum, { byteLength }) => sum + byteLength, 0);
  // Texts carry their lengths in the data, so that their size is not known before.
  const needs = weightSpecs.some(({ dtype }) => dtype === "string")
    ? found
    : weightSpecs.reduce((sum, spec) => sum + weightBytes(spec), 0);
  if (needs === found) return source as io.ModelArtifacts;
  throw new ForgeError(
    "invalid-data",
    `source.weightSpecs lists ${needs} bytes of weights, and source.weightData has ${found}: they do not belong together.`,
  );
}

/** Source: `DTYPE_VALUE_SIZE_MAP` in `src/io/types.ts` of tfjs-core. */
const VALUE_BYTES: Readonly<Record<string, number>> = {
  float32: 4,
  float16: 2,
  int32: 4,
  uint16: 2,
  uint8: 1,
  bool: 1,
  complex64: 8,
};

/** How many bytes a weight takes as it is saved: quantized ones take less. NaN for a type that is not known. */
export function weightBytes({ dtype, shape, quantization }: io.WeightsManifestEntry): number {
  return shape.reduce(
    (product, size) => product * size,
    VALUE_BYTES[quantization?.dtype ?? dtype] ?? Number.NaN,
  );
}
