import { concat, type io, type Tensor, type Tensor2D, tidy } from "@tensorflow/tfjs-core";
import {
  input,
  type LayersModel,
  layers,
  type SymbolicTensor,
  model as tfModel,
} from "@tensorflow/tfjs-layers";
import { checkOptions, describe } from "../options.ts";
import { summary } from "../reports/summary.ts";
import { checkCompiled, checkCount } from "../training/arguments.ts";
import { rowRange } from "../training/batches.ts";
import { type EvaluateOptions, type Evaluation, evaluate } from "../training/evaluate.ts";
import { type FitOptions, type TrainingHistory, fit as train } from "../training/fit.ts";
import { inputRows, type Samples } from "../training/inputs.ts";
import type { Rows } from "../training/rows.ts";
import type { Labels } from "../training/targets.ts";
import { type YieldEvery, yielder } from "../training/yielding.ts";
import { checkCompileOptions, compileModel } from "./compile.ts";
import type { FeatureVector } from "./feature-vector.ts";
import { checkImageShape, checkRange } from "./feature-vector-images.ts";
import { FeatureVectorLayer } from "./feature-vector-layer.ts";
import { weightedLayers } from "./feature-vector-layers.ts";
import { CachedFeaturesLayer, FeatureCache } from "./hub-classifier-cache.ts";
import { type SaveClassifierOptions, saveClassifier } from "./hub-classifier-save.ts";
import { layerNames } from "./layer-names.ts";
import { type CheckedOptions, type CompileOptions, invalid } from "./options.ts";
import { seedModel } from "./seed-model.ts";

/** Options of {@link HubClassifier.fit}: those of {@link fit}, and the cache's size. */
export interface HubFitOptions extends Omit<FitOptions, "validationData"> {
  /** Images and labels for the `val_` metrics. */
  readonly validationData?: readonly [images: Samples, labels: Labels];
  /**
   * How many bytes of features are remembered, so that the feature vector runs once an image and not once an epoch.
   * Images beyond are computed in every epoch. Default 256 MiB: 52,000 images of 1280 features.
   */
  readonly featureCacheBytes?: number;
}

/** Options of {@link HubClassifier.predict}. */
export interface HubPredictOptions {
  /** Images at a time. Default 32. */
  readonly batchSize?: number;
  /** How often to let others run. Default `"auto"`. */
  readonly yieldEvery?: YieldEvery;
  /** Stops between two batches with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * What a classifier is made of, checked.
 *
 * @internal
 */
export interface HubClassifierParts {
  readonly features: FeatureVector;
  readonly checked: CheckedOptions;
  readonly hidden: readonly number[];
  readonly dropout: number;
  /** Whether the classifier disposes the feature vector: where it loaded it itself. */
  readonly ownsFeatures: boolean;
}

const DEFAULT_CACHE = 256 * 2 ** 20;

/** What messages call the classifier's functions. */
const NAME = "HubClassifier";

/**
 * A pretrained feature vector with a head of its own: {@link buildHubClassifier} makes it. It trains, measures and
 * predicts on images; `toTflite` takes it as it is, and puts both into one file.
 */
export class HubClassifier {
  /** Where its features come from. */
  readonly featureVector: FeatureVector;
  /**
   * The whole as a layers model, from images to answers: for {@link evaluate}, `summary` and whatever takes a model.
   * Its `fit` works, but computes the features anew in every epoch.
   */
  readonly model: LayersModel;
  /** @internal */
  readonly parts: HubClassifierParts;
  /** @internal */
  readonly head: LayersModel;
  readonly #base: FeatureVectorLayer;
  readonly #cached: CachedFeaturesLayer;
  /** The head on a cache: it shares layers and optimizer with `model`. */
  readonly #trainer: LayersModel;
  #isTraining = false;

  /** @internal */
  constructor(parts: HubClassifierParts) {
    const { features, checked } = parts;
    this.parts = parts;
    this.featureVector = features;
    const named = layerNames();
    named(features.base.inputName);
    this.#base = new FeatureVectorLayer(features, named("feature_vector"));
    this.#cached = new CachedFeaturesLayer(features.units, named("cached_features"));
    const stack = headLayers(parts, named);
    const on = (x: SymbolicTensor, first: layers.Layer[]): SymbolicTensor =>
      [...first, ...stack].reduce((value, layer) => layer.apply(value) as SymbolicTensor, x);

    const vector = input({ shape: [features.units], name: named("features") });
    this.head = tfModel({ inputs: vector, outputs: on(vector, []), name: `${checked.name}_head` });
    if (checked.seed !== undefined) seedModel(this.head, checked.seed);
    const images = input({ shape: [...features.inputShape], name: features.base.inputName });
    this.model = tfModel({ inputs: images, outputs: on(images, [this.#base]), name: checked.name });
    const rows = input({ shape: [1], dtype: "int32", name: named("row") });
    this.#trainer = tfModel({ inputs: rows, outputs: on(rows, [this.#cached]), name: checked.name });
    compileModel(this.model, checked);
  }

  /** The model's name, in reports. */
  get name(): string {
    return this.model.name;
  }

  /** Of {@link model}, as `toTflite` reads them. */
  get layers(): LayersModel["layers"] {
    return this.model.layers;
  }

  /** Of {@link model}: the images. */
  get inputs(): LayersModel["inputs"] {
    return this.model.inputs;
  }

  /** Of {@link model}: the answers. */
  get outputs(): LayersModel["outputs"] {
    return this.model.outputs;
  }

  /** What the file's input is called: as the pretrained model calls it. */
  get inputNames(): readonly string[] {
    return this.model.inputNames;
  }

  /** What the file's output is called: `probabilities`, or `logits` of a linear head. */
  get outputNames(): readonly string[] {
    return this.model.outputNames;
  }

  /** How many of the feature vector's layers learn. */
  get unfrozenLayers(): number {
    return this.#base.unfrozen;
  }

  /** @internal */
  get wasUnfrozen(): boolean {
    return this.#base.wasUnfrozen;
  }

  /**
   * Runs the whole on tensors, as at inference.
   *
   * @param images `[count, ...inputShape]`; not disposed.
   * @returns `[count, classes]`, yours to dispose.
   */
  apply(images: Tensor | Tensor[]): Tensor {
    return this.model.apply(images, { training: false }) as Tensor;
  }

  /**
   * Trains the head. The feature vector runs once an image, and what it gave is remembered (see
   * {@link HubFitOptions.featureCacheBytes}); only the batch at hand is in memory as images. With unfrozen layers
   * there is nothing to remember: then all of it runs in every step.
   *
   * @example
   * ```ts
   * await classifier.fit(images, labels, { epochs: 10, seed: 1, validationSplit: 0.2, callbacks: progressBar() });
   * ```
   * @param images A tensor, a typed array or `{ data, shape }`, in the feature vector's size and range.
   * @param labels Class numbers or one-hot rows, as {@link fit} takes them.
   * @throws ForgeError as {@link fit}, and `invalid-labels` for images whose values are not in the range.
   */
  async fit(images: Samples, labels: Labels, options: HubFitOptions = {}): Promise<TrainingHistory> {
    const where = `${NAME}.fit`;
    const { featureCacheBytes = DEFAULT_CACHE, validationData, ...rest } = options;
    if (!(typeof featureCacheBytes === "number" && featureCacheBytes >= 0)) {
      throw invalid(where, `featureCacheBytes must be 0 or more, got ${describe(featureCacheBytes)}`);
    }
    if (validationData !== undefined && !(Array.isArray(validationData) && validationData.length === 2)) {
      throw invalid(where, `validationData must be [images, labels], got ${describe(validationData)}`);
    }
    checkCompiled(this.model, where);
    if (this.#isTraining) throw invalid(where, "this classifier is being trained already: await that first");
    this.#isTraining = true;
    try {
      const training = await this.#read(images, where);
      const held = validationData && (await this.#read(validationData[0], `${where}: validationData`));
      if (this.unfrozenLayers > 0) {
        return await train(this.model, images, labels, {
          ...rest,
          ...(validationData && { validationData }),
        });
      }
      const cache = new FeatureCache(
        this.featureVector,
        held === undefined ? [training] : [training, held],
        featureCacheBytes,
      );
      return await this.#fitHead(cache, training.count, labels, {
        ...rest,
        ...(held && {
          validationData: [
            rowRange(training.count, training.count + held.count),
            validationData![1],
          ] as const,
        }),
      });
    } finally {
      this.#isTraining = false;
    }
  }

  async #fitHead(
    cache: FeatureCache,
    count: number,
    labels: Labels,
    options: FitOptions,
  ): Promise<TrainingHistory> {
    const { optimizer, loss, metrics } = this.model;
    this.#trainer.compile({
      optimizer,
      loss: loss as Parameters<LayersModel["compile"]>[0]["loss"],
      metrics: metrics as NonNullable<Parameters<LayersModel["compile"]>[0]["metrics"]>,
    });
    this.#cached.cache = cache;
    try {
      return await train(this.#trainer, rowRange(0, count), labels, options);
    } finally {
      await cache.settle();
      this.#cached.cache = undefined;
      this.model.history = this.#trainer.history;
    }
  }

  /**
   * Loss and metrics on images that it was not trained on.
   *
   * @example
   * ```ts
   * const { accuracy } = await classifier.evaluate(images, labels);
   * ```
   * @throws ForgeError as {@link evaluate}, and `invalid-labels` for images whose values are not in the range.
   */
  async evaluate(images: Samples, labels: Labels, options: EvaluateOptions = {}): Promise<Evaluation> {
    await this.#read(images, `${NAME}.evaluate`);
    return evaluate(this.model, images, labels, options);
  }

  /**
   * Answers for images, a batch at a time.
   *
   * @example
   * ```ts
   * const probabilities = await classifier.predict(images);
   * ```
   * @returns `[count, classes]`, yours to dispose.
   * @throws ForgeError `invalid-labels` for images of another size or range; `invalid-argument`, `unknown-option`; the
   *   signal's reason.
   */
  async predict(images: Samples, options: HubPredictOptions = {}): Promise<Tensor2D> {
    const where = `${NAME}.predict`;
    checkOptions(options, ["batchSize", "yieldEvery", "signal"], where);
    const { batchSize = 32, yieldEvery = "auto", signal } = options;
    checkCount(batchSize, 1, "batchSize", where);
    const pause = yielder(yieldEvery, where);
    const rows = await this.#read(images, where);
    const parts: Tensor2D[] = [];
    try {
      for (let start = 0; start < rows.count; start += batchSize) {
        signal?.throwIfAborted();
        const part = rowRange(start, Math.min(rows.count, start + batchSize));
        parts.push(tidy(() => this.apply(rows.take(part)) as Tensor2D));
        await pause.afterBatch();
      }
      return concat(parts);
    } finally {
      for (const part of parts) part.dispose();
    }
  }

  /** Images, checked, ready for batches. */
  async #read(images: Samples, where: string): Promise<Rows> {
    checkImageShape(images, this.featureVector.inputShape, where);
    const rows = inputRows(this.model, images)[0]!;
    await checkRange(images, rows.count, this.featureVector.range, where);
    return rows;
  }

  /**
   * Lets the last layers of the feature vector learn too, or none of them with 0, and compiles anew: an optimizer keeps
   * state for the weights that it knew. Train the head first, then unfreeze with a small learning rate. The feature
   * vector keeps running as at inference: its batch normalization keeps its statistics, and it drops nothing.
   *
   * @example
   * ```ts
   * classifier.unfreeze(10, { optimizer: "adam", learningRate: 1e-5 });
   * await classifier.fit(images, labels, { epochs: 3 });
   * ```
   * @param count How many of the layers that have weights. Default: all.
   * @param compile How it is compiled. Default: as it was built.
   * @throws ForgeError `invalid-argument` for a feature vector of a graph model, and for more layers than there are.
   */
  unfreeze(count?: number, compile: CompileOptions | false = this.parts.checked.compile): void {
    const where = `${NAME}.unfreeze`;
    checkCompileOptions(compile, where);
    unfreeze(this.#base, this.featureVector, count ?? true, where);
    const { optimizer } = this.model as { optimizer?: LayersModel["optimizer"] };
    const isOurs = (this.model as unknown as { isOptimizerOwned?: boolean }).isOptimizerOwned;
    if (isOurs) optimizer?.dispose();
    compileModel(this.model, { ...this.parts.checked, compile });
  }

  /**
   * Layers, shapes and numbers of weights: {@link summary} of {@link model}. The feature vector is one row.
   *
   * @example
   * ```ts
   * console.log(classifier.summary());
   * ```
   */
  summary(): string {
    return summary(this.model);
  }

  /** How many weights there are, the feature vector's included. */
  countParams(): number {
    return this.head.countParams() + this.featureVector.countParams();
  }

  /**
   * Saves the head and the pretrained model to an address or handler of `tf.io`, to be read by
   * {@link loadHubClassifier}. With `{ base: "reference" }` the pretrained model is left out: its address is noted where
   * it has one, and it has to be there, unchanged, when the classifier is loaded.
   *
   * What is noted: shapes, names, weights (those of a graph model as it keeps them, quantized or not), how it is
   * compiled where that is said in names and numbers, and which layers are unfrozen. The optimizer's state is not.
   *
   * @example
   * ```ts
   * await classifier.save("indexeddb://flowers");
   * const same = await loadHubClassifier("indexeddb://flowers");
   * ```
   * @throws ForgeError `invalid-argument` for an address that no handler takes, and for a reference to layers that were
   *   unfrozen, and are no longer those of the pretrained model.
   */
  async save(target: string | io.IOHandler, options: SaveClassifierOptions = {}): Promise<io.SaveResult> {
    return saveClassifier(this, target, options);
  }

  /** Frees the head and the optimizer, and the feature vector where {@link loadHubClassifier} loaded it. */
  dispose(): void {
    this.#trainer.dispose();
    this.head.dispose();
    this.model.dispose();
    if (this.parts.ownsFeatures) this.featureVector.dispose();
  }
}

function headLayers(
  { checked, hidden, dropout }: HubClassifierParts,
  named: (kind: string) => string,
): layers.Layer[] {
  const dropped = (): layers.Layer[] =>
    dropout > 0 ? [layers.dropout({ rate: dropout, name: named("dropout") })] : [];
  const { activation, classes: units } = checked;
  const name = named(activation === "linear" ? "logits" : "probabilities");
  return [
    ...dropped(),
    ...hidden.flatMap((width) => [
      layers.dense({ units: width, activation: "relu", name: named("dense") }),
      ...dropped(),
    ]),
    layers.dense({ units, activation, name }),
  ];
}

function unfreeze(
  base: FeatureVectorLayer,
  { kind, base: { layers: list } }: FeatureVector,
  trainable: boolean | number,
  where: string,
): void {
  const count = trainable === true ? weightedLayers(list).length : Number(trainable);
  if (trainable !== true && trainable !== false) checkCount(count, 0, "the number of layers", where);
  if (kind === "graph" && trainable !== false && trainable !== 0) {
    throw invalid(
      where,
      "the feature vector is part of a graph model, whose weights are constants: it stays frozen. To train it too, " +
        "use a layers model (tensorflowjs_converter --output_format tfjs_layers_model)",
    );
  }
  const most = weightedLayers(list).length;
  if (count > most) {
    throw invalid(where, `${count} layers cannot be unfrozen: the feature vector has ${most} with weights`);
  }
  base.unfreeze(count);
}
