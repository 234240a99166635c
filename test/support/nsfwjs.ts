import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { io } from "@tensorflow/tfjs-core";

/** The feature vector of nsfwjs's MobileNetV2 (1280 numbers): what its head reads. */
export const NSFWJS_FEATURES = "feature_vector/SpatialSqueeze";

const require = createRequire(import.meta.url);
const MODELS = join(dirname(require.resolve("nsfwjs")), "../models");

interface ModelJson {
  readonly format: string;
  readonly modelTopology: object;
  readonly userDefinedMetadata: { readonly [key: string]: object };
  readonly weightsManifest: readonly {
    readonly paths: readonly string[];
    readonly weights: io.WeightsManifestEntry[];
  }[];
}

/**
 * A real model, not made by us: MobileNetV2 (1.4, 224) from TensorFlow Hub with a head for five classes. It wants
 * `[n, 224, 224, 3]` from 0 to 1, and keeps its weights as bytes.
 */
export function nsfwjsArtifacts(model: string = "mobilenet_v2_mid"): io.ModelArtifacts {
  const load = (file: string): unknown => require(join(MODELS, model, `${file}.min.js`));
  const { format, modelTopology, userDefinedMetadata, weightsManifest } = load("model") as ModelJson;
  const shards = weightsManifest
    .flatMap(({ paths }) => paths)
    .map((path) => Buffer.from(load(path) as string, "base64"));
  return {
    format,
    modelTopology: structuredClone(modelTopology),
    userDefinedMetadata,
    weightSpecs: weightsManifest.flatMap(({ weights }) => weights),
    weightData: new Uint8Array(Buffer.concat(shards)).buffer,
  };
}

/** For `loadGraphModel` and `loadFeatureVector`. */
export function nsfwjsHandler(model?: string): io.IOHandler {
  return { load: async () => nsfwjsArtifacts(model) };
}
