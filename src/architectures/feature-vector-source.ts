import { io } from "@tensorflow/tfjs-core";
import { type LayersModel, loadLayersModel } from "@tensorflow/tfjs-layers";
import { ForgeError } from "../errors.ts";
import { describe } from "../options.ts";
import { isGraphModel, type LoadedGraphModel } from "./feature-vector-graph.ts";
import { isLayersModel } from "./feature-vector-layers.ts";
import { invalid } from "./options.ts";

/** How a model is fetched. */
export interface FetchOptions {
  /**
   * Whether the address is a model's page on TensorFlow Hub or Kaggle, to which `/model.json?tfjs-format=file` is
   * added. Default: whether its host is `tfhub.dev` or `kaggle.com` and it names no file.
   */
  readonly fromTFHub?: boolean;
  /** Headers, credentials, a `signal`: as `fetch` takes them. */
  readonly requestInit?: RequestInit;
  /** Fetches instead of the global `fetch`. */
  readonly fetchFunc?: typeof fetch;
  /** Told how much is there, from 0 to 1. */
  readonly onProgress?: (fraction: number) => void;
}

/** A model, or where it is: an address, a handler of `tf.io`, a loaded one. */
export type ModelReference = string | URL | io.IOHandler | LoadedGraphModel | LayersModel;

/**
 * A model that is loaded.
 *
 * @internal
 */
export type LoadedModel =
  | { readonly kind: "graph"; readonly model: LoadedGraphModel; readonly isOurs: boolean }
  | { readonly kind: "layers"; readonly model: LayersModel; readonly isOurs: boolean };

/**
 * Loads what is not loaded yet, as a graph or a layers model: which of them it is is told by its `model.json`.
 *
 * @internal
 */
export async function loadModel(
  reference: ModelReference,
  options: FetchOptions,
  where: string,
): Promise<LoadedModel> {
  if (typeof reference === "string" || reference instanceof URL || isHandler(reference)) {
    const artifacts = await artifactsOfReference(reference, options, where);
    return modelOf(artifacts, isHandler(reference) ? "the handler" : String(reference), where);
  }
  if (reference === null || typeof reference !== "object") {
    throw new ForgeError("invalid-source", `${where}: expected ${EXPECTED}; got ${describe(reference)}.`);
  }
  if (isGraphModel(reference)) return { kind: "graph", model: reference, isOurs: false };
  if (isLayersModel(reference)) return { kind: "layers", model: reference, isOurs: false };
  const isPromise = typeof (reference as { then?: unknown }).then === "function";
  throw new ForgeError(
    "invalid-source",
    isPromise
      ? `${where}: the model is a promise: await it first.`
      : `${where}: expected ${EXPECTED}; got ${describe(reference)}.`,
  );
}

/** A graph model can load itself, too. */
const isHandler = (value: unknown): value is io.IOHandler =>
  value !== null &&
  typeof value === "object" &&
  typeof (value as io.IOHandler).load === "function" &&
  !isGraphModel(value) &&
  !isLayersModel(value);

/**
 * What is at an address, or what a handler gives, checked for completeness.
 *
 * @internal
 */
export async function artifactsOfReference(
  reference: string | URL | io.IOHandler,
  options: FetchOptions,
  where: string,
): Promise<io.ModelArtifacts> {
  if (isHandler(reference)) return artifactsFrom(reference, "the handler", where);
  if (typeof reference !== "string" && !(reference instanceof URL)) {
    throw new ForgeError(
      "invalid-source",
      `${where}: expected an address or a tf.io handler, got ${describe(reference)}.`,
    );
  }
  const url = addressOf(String(reference), options.fromTFHub);
  return artifactsFrom(handlerOf(url, options, where), url, where);
}

const EXPECTED =
  "an address, a tf.io handler, a graph model, a layers model, { model, node } or { model, layer }";

/** Both hosts answer with a page where no file is named. */
function addressOf(url: string, fromTFHub: boolean | undefined): string {
  const isPage =
    fromTFHub ?? (/^https?:\/\/([\w-]+\.)*(tfhub\.dev|kaggle\.com)\//.test(url) && !/\.json/.test(url));
  return isPage ? `${url.replace(/\/$/, "")}/model.json?tfjs-format=file` : url;
}

function handlerOf(url: string, options: FetchOptions, where: string): io.IOHandler {
  const { requestInit, fetchFunc, onProgress } = options;
  const loadOptions: io.LoadOptions = {
    ...(requestInit && { requestInit }),
    ...(fetchFunc && { fetchFunc }),
    ...(onProgress && { onProgress }),
  };
  const handlers = (io.getLoadHandlers as (url: string, options: io.LoadOptions) => io.IOHandler[])(
    url,
    loadOptions,
  );
  if (handlers[0] !== undefined) return handlers[0];
  // On a page, an address relative to it.
  if (typeof location !== "undefined") return io.http(url, loadOptions);
  throw invalid(
    where,
    `nothing here can load ${describe(url)}: give an address that begins with http:// or https://, or a tf.io handler (for files: fileHandler of "tflite-forge/node")`,
  );
}

async function artifactsFrom(handler: io.IOHandler, from: string, where: string): Promise<io.ModelArtifacts> {
  let artifacts: io.ModelArtifacts;
  try {
    artifacts = await handler.load!();
  } catch (error) {
    const { name, message } = error as Error;
    if (error instanceof ForgeError || name === "AbortError" || name === "TimeoutError") throw error;
    throw new ForgeError("invalid-data", `${where}: ${from} gives no model: ${message}`, { cause: error });
  }
  if (artifacts === null || typeof artifacts !== "object" || !artifacts.modelTopology) {
    throw new ForgeError(
      "invalid-data",
      `${where}: ${from} gives no model: there is no modelTopology in it.`,
    );
  }
  checkWeights(artifacts, from, where);
  return artifacts;
}

/** tfjs takes a shard for granted: an error page in its place would become weights. */
function checkWeights(
  { weightSpecs = [], weightData }: io.ModelArtifacts,
  from: string,
  where: string,
): void {
  if (weightData === undefined || weightSpecs.some(({ dtype }) => dtype === "string")) return;
  const expected = weightSpecs.reduce((sum, spec) => sum + bytesOf(spec), 0);
  const parts = Array.isArray(weightData) ? weightData : [weightData];
  const found = parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
  if (found === expected) return;
  throw new ForgeError(
    "invalid-data",
    `${where}: ${from} promises ${expected} bytes of weights, but there are ${found}: a shard is truncated, ` +
      "missing, or not a shard (an error page, say).",
  );
}

const ITEM_SIZES: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  bool: 1,
  complex64: 8,
  uint8: 1,
  uint16: 2,
  float16: 2,
};

function bytesOf({ shape, dtype, quantization }: io.WeightsManifestEntry): number {
  return shape.reduce((product, size) => product * size, ITEM_SIZES[quantization?.dtype ?? dtype] ?? 4);
}

/**
 * A model from what `tf.io` reads.
 *
 * @internal
 */
export async function modelOf(
  artifacts: io.ModelArtifacts,
  from: string,
  where: string,
): Promise<LoadedModel> {
  const { format, modelTopology } = artifacts;
  const isGraph = format === "graph-model" || Array.isArray((modelTopology as { node?: unknown }).node);
  const handler: io.IOHandler = { load: async () => artifacts };
  try {
    if (!isGraph) return { kind: "layers", model: await loadLayersModel(handler), isOurs: true };
    const { loadGraphModel } = await converter(where);
    return { kind: "graph", model: await loadGraphModel(handler), isOurs: true };
  } catch (error) {
    if (error instanceof ForgeError) throw error;
    throw new ForgeError("invalid-data", `${where}: ${from} gives no model: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

async function converter(where: string): Promise<typeof import("@tensorflow/tfjs-converter")> {
  try {
    return await import("@tensorflow/tfjs-converter");
  } catch (error) {
    throw new ForgeError(
      "missing-package",
      `${where}: graph models need the package @tensorflow/tfjs-converter: npm i @tensorflow/tfjs-converter.`,
      { cause: error },
    );
  }
}
