import { cast, fill, max, mean, reshape, type Tensor, type Tensor2D, tidy } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { ForgeError } from "../errors.ts";
import { checkOptions, describe, didYouMean } from "../options.ts";
import { sizeOf } from "../preprocess/shaped-array.ts";
import type { FeatureBase } from "./feature-vector-base.ts";
import { graphBase, type LoadedGraphModel } from "./feature-vector-graph.ts";
import { checkImageShape, type ValueRange } from "./feature-vector-images.ts";
import { layersBase } from "./feature-vector-layers.ts";
import {
  type FetchOptions,
  type LoadedModel,
  loadModel,
  type ModelReference,
} from "./feature-vector-source.ts";
import { invalid, isCount } from "./options.ts";

/** A node of a graph model. */
export interface GraphModelNode {
  /** The model, or where it is. */
  readonly model: Exclude<ModelReference, LayersModel>;
  /** The node's name, or the end of it after a `/` where no other ends so. */
  readonly node: string;
}

/** A layer of a layers model. */
export interface LayersModelLayer {
  /** The model, or where it is. */
  readonly model: Exclude<ModelReference, LoadedGraphModel>;
  /** The layer's name. */
  readonly layer: string;
}

/**
 * Where a feature vector comes from: a whole model whose only output is one, or a node or a layer within a model.
 */
export type FeatureVectorSource = ModelReference | GraphModelNode | LayersModelLayer;

/** How features with height and width become a vector. */
export type FeaturePooling = "avg" | "max";

/** Options of {@link loadFeatureVector}. */
export interface FeatureVectorOptions extends FetchOptions {
  /**
   * The values that the images must have, from the model's own description. TensorFlow Hub's have `[0, 1]`, the
   * default; Keras Applications' often `[-1, 1]` or `[0, 255]`. Nothing is scaled: images are checked against it.
   */
  readonly range?: ValueRange;
  /** Makes a vector of features with height and width: their mean or maximum. Default: none, and they are refused. */
  readonly pooling?: FeaturePooling;
  /** The shape of one image, where the model leaves height and width open. */
  readonly inputShape?: readonly number[];
}

/**
 * The rest of what a feature vector was made with: enough to make it again from the same model.
 *
 * @internal
 */
export interface FeatureVectorRecipe {
  readonly inputShape: readonly number[];
  readonly range: ValueRange;
  readonly pooling: FeaturePooling | undefined;
  /** The address that the model was loaded from. */
  readonly url: string | undefined;
  readonly fromTFHub: boolean | undefined;
}

/**
 * A pretrained model, cut where it gives a vector of features an image. {@link loadFeatureVector} makes it,
 * {@link buildHubClassifier} puts a head on it.
 *
 * @example
 * ```ts
 * const features = tf.tidy(() => featureVector.apply(images)); // [count, featureVector.units]
 * ```
 */
export class FeatureVector {
  /** @internal */
  readonly base: FeatureBase;
  /** @internal */
  readonly recipe: FeatureVectorRecipe;
  /** How many numbers describe an image. */
  readonly units: number;
  readonly #isOurs: boolean;
  #isDisposed = false;

  /** @internal */
  constructor(base: FeatureBase, recipe: FeatureVectorRecipe, units: number, isOurs: boolean) {
    this.base = base;
    this.recipe = recipe;
    this.units = units;
    this.#isOurs = isOurs;
  }

  /** What it is part of: a graph model cannot be trained, a layers model can. */
  get kind(): "graph" | "layers" {
    return this.base.kind;
  }

  /** The node or layer that the features come from. */
  get output(): string {
    return this.base.output;
  }

  /** The shape of one image: `[height, width, channels]`. */
  get inputShape(): readonly number[] {
    return this.recipe.inputShape;
  }

  /** The smallest and the largest value that images should have. */
  get range(): ValueRange {
    return this.recipe.range;
  }

  /**
   * Computes features on the current backend. The values of the images are taken as they are.
   *
   * @example
   * ```ts
   * const features = featureVector.apply(images); // [8, 1280], yours to dispose
   * ```
   * @param images `[count, ...inputShape]`; not disposed.
   * @returns `[count, units]`.
   * @throws ForgeError `invalid-labels` for images of another shape; `invalid-source` after {@link dispose}.
   */
  apply(images: Tensor): Tensor2D {
    if (this.#isDisposed) {
      throw new ForgeError("invalid-source", "The feature vector was disposed.");
    }
    checkImageShape(images, this.inputShape, "featureVector");
    return tidy(() => {
      const pixels = images.dtype === "float32" ? images : cast(images, "float32");
      return vectorOf(this.base.run(pixels), this.recipe.pooling);
    });
  }

  /** How many weights the features depend on. */
  countParams(): number {
    return this.base.weights.reduce((sum, { shape }) => sum + sizeOf(shape as number[]), 0);
  }

  /** Frees the model where {@link loadFeatureVector} loaded it; one that was given to it stays its owner's. */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    if (this.#isOurs) this.base.dispose();
  }
}

const POOLINGS: Readonly<Record<FeaturePooling, (x: Tensor, axes: number[]) => Tensor>> = {
  avg: (x, axes) => mean(x, axes),
  max: (x, axes) => max(x, axes),
};

/** `[count, units]` of what came out: sizes of 1 between them go. */
function vectorOf(x: Tensor, pooling: FeaturePooling | undefined): Tensor2D {
  const inner = x.shape.slice(1, -1);
  const isVector = inner.every((size) => size === 1);
  if (isVector && inner.length === 0) return x as Tensor2D;
  const pooled =
    isVector || pooling === undefined
      ? x
      : POOLINGS[pooling](
          x,
          inner.map((_, i) => i + 1),
        );
  return reshape(pooled, [x.shape[0]!, x.shape.at(-1)!]);
}

/**
 * Loads a feature vector: a pretrained model without its classifier, which makes a list of numbers of an image.
 *
 * The model is a graph model (TensorFlow Hub, Kaggle, whatever `tensorflowjs_converter` made of a SavedModel) or a
 * layers model, by its address, from a handler of `tf.io`, or loaded. Give `{ model, node }` or `{ model, layer }` to
 * cut it before its end. It is run once, to see what comes out.
 *
 * @example
 * ```ts
 * const url = "https://www.kaggle.com/models/google/mobilenet-v2/TfJs/100-224-feature-vector/3";
 * const featureVector = await loadFeatureVector(url); // images of 224x224x3, from 0 to 1
 *
 * const classifier = await tf.loadGraphModel("/models/flowers/model.json");
 * const inner = await loadFeatureVector({ model: classifier, node: "feature_vector/SpatialSqueeze" });
 * ```
 * @throws ForgeError `invalid-data` for an address that gives something else than a model, and weights that are
 *   incomplete or no numbers; `invalid-source` for what is no model, or one that cannot be run; `invalid-argument` for
 *   a name that is not in it, an output that is no vector, several inputs, an option out of range; `unknown-option`;
 *   `missing-package` without `@tensorflow/tfjs-converter`. The reason of a `signal` in `requestInit`.
 */
export async function loadFeatureVector(
  source: FeatureVectorSource,
  options: FeatureVectorOptions = {},
): Promise<FeatureVector> {
  const where = "loadFeatureVector";
  checkFeatureVectorOptions(options, where);
  const { reference, part } = partsOf(source, where);
  const loaded = await loadModel(reference, options, where);
  const url = typeof reference === "string" || reference instanceof URL ? String(reference) : undefined;
  return featureVectorOf(loaded, part, { ...options, url }, where);
}

/**
 * A feature vector of a loaded model; the model is freed where that fails and it is ours.
 *
 * @internal
 */
export async function featureVectorOf(
  loaded: LoadedModel,
  part: { readonly node?: unknown; readonly layer?: unknown },
  options: FeatureVectorOptions & { readonly url: string | undefined },
  where: string,
): Promise<FeatureVector> {
  try {
    const base = cut(loaded, part, where);
    const { range = [0, 1], pooling, url, fromTFHub } = options;
    const inputShape = imageShape(base, options.inputShape, where);
    const units = await probe(base, inputShape, range, pooling, where);
    const recipe = { inputShape, range: [range[0], range[1]] as const, pooling, url, fromTFHub };
    return new FeatureVector(base, recipe, units, loaded.isOurs);
  } catch (error) {
    if (loaded.isOurs) loaded.model.dispose();
    throw error;
  }
}

function checkFeatureVectorOptions(options: FeatureVectorOptions, where: string): void {
  const known = ["range", "pooling", "inputShape", "fromTFHub", "requestInit", "fetchFunc", "onProgress"];
  checkOptions(options, known, where);
  const { range = [0, 1], pooling, inputShape } = options;
  if (!(Array.isArray(range) && range.length === 2 && range.every(Number.isFinite) && range[0] < range[1])) {
    throw invalid(where, `range must be [low, high], such as [-1, 1], got ${describe(range)}`);
  }
  if (pooling !== undefined && !Object.hasOwn(POOLINGS, pooling)) {
    throw invalid(
      where,
      `unknown pooling ${describe(pooling)}${didYouMean(String(pooling), Object.keys(POOLINGS))}`,
    );
  }
  if (inputShape !== undefined && !(Array.isArray(inputShape) && inputShape.every((d) => isCount(d)))) {
    throw invalid(
      where,
      `inputShape must be positive whole numbers, such as [224,224,3], got ${describe(inputShape)}`,
    );
  }
}

/** The model, and the node or layer in it. */
function partsOf(
  source: FeatureVectorSource,
  where: string,
): { reference: ModelReference; part: { node?: unknown; layer?: unknown } } {
  const isPart = source !== null && typeof source === "object" && ("node" in source || "layer" in source);
  if (!isPart) return { reference: source as ModelReference, part: {} };
  const { model, ...part } = source as { model: ModelReference; node?: unknown; layer?: unknown };
  checkOptions(part, ["node", "layer"], where);
  if ("node" in part && "layer" in part) throw invalid(where, "give a node or a layer, not both");
  return { reference: model, part };
}

function cut(loaded: LoadedModel, part: { node?: unknown; layer?: unknown }, where: string): FeatureBase {
  if (loaded.kind === "graph") {
    if (part.layer === undefined) return graphBase(loaded.model, part.node, where);
    throw invalid(where, "a graph model has nodes and no layers: give { model, node }");
  }
  if (part.node === undefined) return layersBase(loaded.model, part.layer, where);
  throw invalid(where, "a layers model has layers and no nodes: give { model, layer }");
}

function imageShape(base: FeatureBase, given: readonly number[] | undefined, where: string): number[] {
  const [batch, ...sizes] = base.inputShape;
  const said = `"${base.inputName}" of [${base.inputShape.map((size) => size ?? "any").join(",")}]`;
  if (batch !== undefined && batch !== null) {
    throw invalid(where, `the model takes ${batch} images at a time (${said}): its batch must be open`);
  }
  if (given !== undefined) {
    const fits = sizes.length === 0 || sizes.length === given.length;
    if (fits && sizes.every((size, axis) => size === null || size === given[axis])) return [...given];
    throw invalid(where, `inputShape [${given.join(",")}] does not fit the model's ${said}`);
  }
  if (sizes.length > 0 && sizes.every((size) => size !== null)) return sizes as number[];
  throw invalid(where, `the model leaves the size open (${said}): say inputShape, such as [224, 224, 3]`);
}

/** Runs the model on one grey image, and gives the length of the vector. */
async function probe(
  base: FeatureBase,
  inputShape: readonly number[],
  [low, high]: ValueRange,
  pooling: FeaturePooling | undefined,
  where: string,
): Promise<number> {
  let features: Tensor;
  try {
    features = tidy(() => {
      const raw = base.run(fill([1, ...inputShape], (low + high) / 2));
      checkVector(raw, pooling, base.output, where);
      return vectorOf(raw, pooling);
    });
  } catch (error) {
    if (error instanceof ForgeError) throw error;
    throw new ForgeError(
      "invalid-source",
      `${where}: "${base.output}" cannot be computed: ${(error as Error).message}`,
      { cause: error },
    );
  }
  try {
    const values = await features.data();
    if (values.every(Number.isFinite)) return features.shape[1]!;
    throw new ForgeError(
      "invalid-data",
      `${where}: the features of "${base.output}" are no finite numbers: the weights are corrupt.`,
    );
  } finally {
    features.dispose();
  }
}

function checkVector(x: Tensor, pooling: FeaturePooling | undefined, output: string, where: string): void {
  const shape = `[${["count", ...x.shape.slice(1)].join(",")}]`;
  if (x.dtype !== "float32") {
    throw invalid(where, `"${output}" gives ${x.dtype} ${shape}, not features: take one before it`);
  }
  if (x.rank < 2 || x.shape[0] !== 1) {
    throw invalid(where, `"${output}" gives [${x.shape.join(",")}] of one image, not [1,units]`);
  }
  const isVector = x.shape.slice(1, -1).every((size) => size === 1);
  if (isVector || pooling !== undefined) return;
  throw invalid(
    where,
    `"${output}" gives ${shape}, not a vector an image: make one with { pooling: "avg" } (global average pooling), ` +
      "or name a node or layer behind the model's own pooling",
  );
}
