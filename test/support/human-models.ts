import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { io } from "@tensorflow/tfjs-core";

// Neither package exports the files of its models.
const PACKAGES = resolve(import.meta.dirname, "../../node_modules");
const HUMAN = join(PACKAGES, "@vladmandic/human/models");
const ESRGAN = join(PACKAGES, "@upscalerjs/esrgan-slim/models");

/** The graph models of `@vladmandic/human`: faces, hands, bodies, objects; not made by us. */
export const HUMAN_MODELS = [
  "antispoof",
  "blazeface",
  "centernet",
  "emotion",
  "facemesh",
  "faceres",
  "handlandmark-lite",
  "handtrack",
  "iris",
  "liveness",
  "movenet-lightning",
] as const;

/** Reads one of them, as `tf.io` would. */
export function humanArtifacts(name: (typeof HUMAN_MODELS)[number]): Promise<io.ModelArtifacts> {
  return savedArtifacts(join(HUMAN, `${name}.json`));
}

/** A layers model that makes images larger, at any height and width: `[n, h, w, 3]` from 0 to 1. */
export function esrganArtifacts(scale: "x2" | "x3" | "x4" | "x8" = "x2"): Promise<io.ModelArtifacts> {
  return savedArtifacts(join(ESRGAN, scale, "model.json"));
}

function savedArtifacts(path: string): Promise<io.ModelArtifacts> {
  const json = JSON.parse(readFileSync(path, "utf8")) as io.ModelJSON;
  return io.getModelArtifactsForJSON(json, async (manifest) => {
    const files = manifest
      .flatMap(({ paths }) => paths)
      .map((file) => readFileSync(join(dirname(path), file)));
    const specs = manifest.flatMap(({ weights }) => weights);
    return [specs, new Uint8Array(Buffer.concat(files)).buffer];
  });
}
