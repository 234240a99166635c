import {
  clone,
  type DataType,
  dispose,
  type io,
  type ModelPredictConfig,
  type NamedTensorMap,
  type Scalar,
  type serialization,
  Tensor,
  tidy,
  util,
  zeros,
} from "@tensorflow/tfjs-core";
import {
  type History,
  LayersModel,
  type LayerVariable,
  type layers,
  type ModelCompileArgs,
  type ModelEvaluateArgs,
  type ModelFitArgs,
  type Shape,
} from "@tensorflow/tfjs-layers";
import { ForgeError } from "../errors.ts";
import { checkOptions, describe } from "../options.ts";
import { isShapedArray } from "../preprocess/shaped-array.ts";
import { summary } from "../reports/summary.ts";
import { type EvaluateOptions, type Evaluation, evaluate } from "../training/evaluate.ts";
import { type FitOptions, type TrainingHistory, fit as train } from "../training/fit.ts";
import type { Inputs } from "../training/inputs.ts";
import { allLayers } from "../training/layer-walk.ts";
import type { Targets } from "../training/targets.ts";
import { withKnownNames } from "./compile.ts";
import {
  hiddenField,
  unequalShapes,
  unknownLayer,
  unknownShape,
  withoutBatchSize,
  withoutCall,
  wrongResult,
} from "./subclassed-errors.ts";
import { readArtifacts, writeWeights } from "./subclassed-files.ts";
import { checkInFrame, runApart, runInFrame } from "./subclassed-frame.ts";
import { callGraph, numbered } from "./subclassed-graph.ts";
import { noteOutputShape } from "./subclassed-output-shapes.ts";
import {
  checkInputShape,
  oneOrMany,
  type SampleShapes,
  shownShape,
  TRIAL_BATCH,
  withoutBatch,
} from "./subclassed-shapes.ts";
import { withoutTrace } from "./subclassed-statistics.ts";
import {
  findLayers,
  markUnnamed,
  nameSublayers,
  nameWeights,
  ownWeights,
  weightPaths,
} from "./subclassed-sublayers.ts";

type Layer = layers.Layer;
type Kwargs = Parameters<Layer["call"]>[1];

/** What the `call` of a {@link SubclassedModel} is told. */
export interface CallOptions {
  /** True in each step of `fit`; false in `predict`, `evaluate`, validation and conversion. */
  readonly training: boolean;
}

/** What {@link SubclassedModel}'s constructor takes. */
export interface SubclassedModelOptions {
  /**
   * The shape of one sample, without the batch: `[28, 28]`; or a list of shapes, where `call` takes several tensors.
   * Without it the model is built when it first sees data.
   */
  readonly inputShape?: readonly number[] | readonly (readonly number[])[];
  /** Element type of the inputs, one for all or one each. Default `"float32"`. */
  readonly inputDtype?: DataType | readonly DataType[];
  /** Default: the class's name, as in `my_model`; within another subclassed model, the field's. */
  readonly name?: string;
}

/** What tfjs reads of a model's graph at any time; here it is made when it is first asked for. */
type Graph = Pick<LayersModel, "inputs" | "outputs" | "inputNames" | "outputNames">;

/** What tfjs's methods read of a model's graph, beside {@link Graph}. */
const MIRRORED = [
  "inputLayers",
  "inputLayersNodeIndices",
  "inputLayersTensorIndices",
  "outputLayers",
  "outputLayersNodeIndices",
  "outputLayersTensorIndices",
  "feedInputShapes",
  "feedInputNames",
  "internalInputShapes",
  "internalOutputShapes",
] as const;

/**
 * A model as a class of its own, as in Keras: declare layers as fields, and compute in `call`, with layers and any
 * tfjs operation. It is a `tf.LayersModel`: what takes one takes it, {@link fit}, {@link toTflite} and other models
 * among them.
 *
 * - **Layers** are found in fields, and in lists, sets, maps and records in fields, also where they are `private`
 *   in TypeScript. A `#private` field cannot be looked into: `readonly #head = this.track("head", layer)`.
 *   A layer that runs in `call` and is none of these is an error.
 * - **Names** of weights are their paths: `encoder/dense/kernel`. Two models of a class have the same ones.
 * - **Training or not** is told to `call`, and through {@link SubclassedModel.run} or `layer.apply` to the layers.
 * - **Seeds** of {@link fit} rule the layers; a plain random operation in `call` takes a seed of its own.
 * - **Building**: with the option `inputShape` whenever it is needed, else at first sight of data, or by
 *   `build([null, 28, 28])`. It runs `call` on zeros, once each way.
 *
 * @example
 * ```ts
 * class Digits extends SubclassedModel {
 *   readonly dense = tf.layers.dense({ units: 64 });
 *   readonly normalization = tf.layers.batchNormalization();
 *   readonly output = tf.layers.dense({ units: 10, activation: "softmax" });
 *
 *   call(x: tf.Tensor, { training }: CallOptions): tf.Tensor {
 *     const hidden = tf.relu(this.run(this.normalization, this.run(this.dense, x)));
 *     return this.run(this.output, training ? tf.dropout(hidden, 0.2) : tf.mul(hidden, 1));
 *   }
 * }
 *
 * const model = new Digits({ inputShape: [784] });
 * model.compile({ optimizer: "adam", loss: "categoricalCrossentropy", metrics: ["accuracy"] });
 * await model.fit(images, labels, { epochs: 5, seed: 1 });
 * const bytes = await toTflite(model);
 * ```
 * @throws ForgeError, from whatever builds or runs it: `invalid-source` for a `call` that returns no tensors, or a
 *   promise, or other shapes in training than else, or runs a layer that is in no field; `unbuilt-model` where the
 *   shape of the inputs is not known.
 */
export abstract class SubclassedModel extends LayersModel {
  readonly #shapes: SampleShapes | undefined;
  readonly #dtypes: DataType | readonly DataType[];
  /** Names of tfjs's fields: all others are the user's. */
  readonly #ownFields: ReadonlySet<string>;
  readonly #explicit = new Map<string, Layer>();
  /** The user's `call`, which {@link SubclassedModel.#call} stands before. */
  #compute: (inputs: Tensor | Tensor[], options: CallOptions) => unknown;
  readonly #call = (inputs: Tensor | Tensor[], kwargs?: Kwargs): Tensor | Tensor[] =>
    this.#run(inputs, kwargs?.training === true);
  #graph: Graph | undefined;
  #layers: readonly Layer[] = [];
  #tracked: ReadonlySet<Layer> = new Set();
  readonly #outputShapes = new Map<string, Shape | Shape[]>();
  #isBuilding = false;
  #isDisposing = false;
  #compileArgs: ModelCompileArgs | undefined;

  /**
   * @param options The shape of the inputs, and a name; a class of yours that needs no others need not have a
   *   constructor.
   */
  constructor(options: SubclassedModelOptions = {}) {
    const kind = new.target.name || "SubclassedModel";
    checkOptions(options, ["inputShape", "inputDtype", "name"], kind);
    const { inputShape, inputDtype = "float32", name } = options;
    if (name !== undefined && (typeof name !== "string" || name === "")) {
      throw new ForgeError("invalid-argument", `${kind}: name must be a text, got ${describe(name)}.`);
    }
    super({ inputs: [], outputs: [], name: name ?? snakeCase(kind) });
    if (name === undefined) markUnnamed(this);
    this.built = false;
    this.#shapes = inputShape && checkInputShape(inputShape, kind);
    this.#dtypes = inputDtype;
    this.#compute = this.call;
    this.#ownAccessors();
    this.#ownFields = new Set(Object.keys(this));
  }

  /**
   * Computes outputs from inputs: the user's. It is called in training, at inference, and while a conversion
   * records what it does, so that it must be synchronous and read no values.
   *
   * @param inputs A batch: `[batch, ...inputShape]`, or a list where the model has several inputs.
   * @returns A tensor whose first dimension is the batch, or a list of them.
   */
  abstract override call(inputs: Tensor | Tensor[], options: CallOptions): Tensor | Tensor[];

  /**
   * Runs a layer that gives one tensor: `layer.apply` without its union. The layer is told whether this is
   * training; `{ training: false }` tells it otherwise.
   */
  protected run(layer: Layer, x: Tensor | readonly Tensor[], options: Partial<CallOptions> = {}): Tensor {
    const [output, ...others] = this.runAll(layer, x, options);
    if (output !== undefined && others.length === 0) return output;
    throw new ForgeError(
      "invalid-source",
      `${this.#kind}: layer "${layer.name}" gives ${others.length + 1} tensors: run it with runAll.`,
    );
  }

  /** Runs a layer that gives several tensors, as {@link SubclassedModel.run} does. */
  protected runAll(
    layer: Layer,
    x: Tensor | readonly Tensor[],
    options: Partial<CallOptions> = {},
  ): Tensor[] {
    const inputs = x instanceof Tensor ? x : [...x];
    return [layer.apply(inputs, { ...options }) as Tensor | Tensor[]].flat();
  }

  /** Makes a layer in a `#private` field known: `readonly #head = this.track("head", tf.layers.dense(...))`. */
  protected track<T extends Layer>(name: string, layer: T): T {
    this.#explicit.set(name, layer);
    return layer;
  }

  /**
   * Makes the weights. There is seldom a reason to call it: see `inputShape`.
   *
   * @param inputShape With the batch, as in tfjs: `[null, 28, 28]`.
   */
  override build(inputShape?: Shape | Shape[]): void {
    if (this.built || this.#isBuilding) return;
    const shapes = inputShape === undefined ? this.#shapes : withoutBatch(inputShape, this.#kind);
    if (shapes === undefined) throw unknownShape(this.#kind);
    this.#restoreAccessors();
    this.#isBuilding = true;
    try {
      const found = this.#findLayers();
      this.#layers = nameSublayers(this, found).map(({ layer }) => layer);
      this.#tracked = new Set(allLayers(this));
      const outputs = this.#tryOut(shapes);
      this.#outputShapes.set(JSON.stringify(shapes), oneOrMany(outputs));
      runApart(() => this.#connect(shapes));
      this.built = true;
    } finally {
      this.#isBuilding = false;
    }
    nameWeights(this);
    if (this.#compileArgs !== undefined) super.compile(this.#compileArgs);
    this.#compileArgs = undefined;
  }

  /**
   * As tfjs's, with the names of losses and metrics that builders know. Before the shape of the inputs is known, it
   * waits for that.
   */
  override compile(args: ModelCompileArgs): void {
    const known = withKnownNames(args, `${this.name}: compile`);
    if (!this.built && this.#shapes === undefined) {
      this.#compileArgs = known;
      return;
    }
    this.#ensureBuilt();
    super.compile(known);
  }

  /** {@link fit} as a method: the same data, options and errors. What it returns is `model.history` too. */
  override fit(x: Inputs, y: Targets, options?: FitOptions): Promise<History & TrainingHistory>;
  /** As `tf.LayersModel` declares it: the options that {@link FitOptions} has not are refused. */
  override fit(x: Tensor | Tensor[], y: Tensor | Tensor[], options?: ModelFitArgs): Promise<History>;
  override async fit(x: Inputs, y: Targets, options?: object): Promise<History & TrainingHistory> {
    this.#buildFor(x);
    await train(this, x, y, options as FitOptions);
    return this.history as History & TrainingHistory;
  }

  /** {@link evaluate} as a method: the same data, options and errors. */
  override evaluate(x: Inputs, y: Targets, options?: EvaluateOptions): Promise<Evaluation>;
  /** @deprecated As `tf.LayersModel` declares it, for the types alone: what comes is the promise above. */
  override evaluate(
    x: Tensor | Tensor[],
    y: Tensor | Tensor[],
    options?: ModelEvaluateArgs,
  ): Scalar | Scalar[];
  override evaluate(x: Inputs, y: Targets, options?: object): Promise<Evaluation> | Scalar | Scalar[] {
    return this.#evaluate(x, y, options as EvaluateOptions);
  }

  async #evaluate(x: Inputs, y: Targets, options: EvaluateOptions): Promise<Evaluation> {
    this.#buildFor(x);
    return evaluate(this, x, y, options);
  }

  /** As tfjs's: outputs for `[count, ...inputShape]`, in batches of 32; the result is the caller's to dispose. */
  override predict(x: Tensor | Tensor[], options?: ModelPredictConfig): Tensor | Tensor[] {
    this.#buildFor(x);
    return super.predict(x, options);
  }

  /** As tfjs's: outputs for one batch; the result is the caller's to dispose. */
  override predictOnBatch(x: Tensor | Tensor[]): Tensor | Tensor[] {
    this.#buildFor(x);
    return super.predictOnBatch(x);
  }

  /**
   * The table of {@link summary}. It is returned, and printed only where there is a function to print with:
   * `model.summary(undefined, undefined, console.log)`.
   */
  override summary(
    _lineLength?: number,
    _positions?: number[],
    printFn?: (message?: string) => void,
  ): string {
    this.#ensureBuilt();
    const text = summary(this);
    printFn?.(text);
    return text;
  }

  /** How many numbers the model has, trainable and other. */
  override countParams(): number {
    this.#ensureBuilt();
    return this.weights.reduce((sum, { shape }) => sum + util.sizeFromShape(shape as number[]), 0);
  }

  /** The weights that training changes, each once, in the order of the fields. */
  override get trainableWeights(): LayerVariable[] {
    this.#ensureBuilt();
    if (!this.trainable) return [];
    const own = this._trainableWeights.filter((weight) => weight.trainable);
    return unique([...own, ...this.#layers.flatMap((layer) => layer.trainableWeights)]);
  }

  /** Moving statistics, and the weights of frozen layers. */
  override get nonTrainableWeights(): LayerVariable[] {
    this.#ensureBuilt();
    const trained = new Set(this.trainableWeights);
    const own = ownWeights(this);
    const all = [...own, ...this.#layers.flatMap((layer) => layer.weights)];
    return unique(all).filter((weight) => !trained.has(weight));
  }

  /** The regularizers' losses of all layers, at the weights as they are. */
  override calculateLosses(): Scalar[] {
    return tidy(() => [
      ...(this.losses.map((loss) => loss()) as Scalar[]),
      ...this.#layers.flatMap((layer) => layer.calculateLosses()),
    ]);
  }

  /** The shape that comes out for a shape that goes in, both with the batch. */
  override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
    const shapes = withoutBatch(inputShape, this.#kind);
    const key = JSON.stringify(shapes);
    let result = this.#outputShapes.get(key);
    if (result === undefined) {
      result = oneOrMany(this.#trial(shapes, false));
      this.#outputShapes.set(key, result);
    }
    return result;
  }

  /**
   * Loads what `save` has saved, of the same class: weights by their paths, and the optimizer where that was saved
   * (`includeOptimizer`). A model that is not built yet takes the shape of its inputs from there too.
   *
   * @param from A URL or a handler of `tf.io`.
   * @returns The model itself.
   * @throws ForgeError `invalid-data` where weights are missing, unknown or of another shape, all of them named;
   *   the model is as it was then.
   *
   * @example
   * ```ts
   * await model.save("indexeddb://digits");
   * const digits = await new Digits().load("indexeddb://digits");
   * ```
   */
  async load(from: string | io.IOHandler | io.IOHandlerSync): Promise<this> {
    const saved = await readArtifacts(from, this.#kind);
    try {
      if (!this.built) this.build(this.#shapes === undefined ? saved.inputShape : undefined);
      this.loadWeights(saved.weights);
      if (saved.trainingConfig !== undefined) this.loadTrainingConfig(saved.trainingConfig);
      if (saved.optimizerWeights.length > 0) await this.optimizer?.setWeights(saved.optimizerWeights);
    } finally {
      dispose([saved.weights, saved.optimizerWeights.map(({ tensor }) => tensor)]);
    }
    return this;
  }

  /**
   * Sets weights by their paths.
   *
   * @param strict Whether names that are missing or unknown are an error (`invalid-data`). Default `true`.
   */
  override loadWeights(weights: NamedTensorMap, strict = true): void {
    this.#ensureBuilt();
    writeWeights(weightPaths(this), weights, strict, this.#kind);
  }

  /**
   * What `save` writes: weights by their paths.
   *
   * @internal
   */
  protected override getNamedWeights(config?: io.SaveConfig): { name: string; tensor: Tensor }[] {
    this.#ensureBuilt();
    const trained = new Set(this.trainableWeights);
    return weightPaths(this)
      .filter(([, weight]) => config?.trainableOnly !== true || trained.has(weight))
      .map(([name, weight]) => ({ name, tensor: weight.read() }));
  }

  /** Frees the weights, those of the layers too, and an optimizer that was given by name. */
  override dispose(): ReturnType<LayersModel["dispose"]> {
    this.#isDisposing = true;
    try {
      const result = super.dispose();
      if (result.refCountAfterDispose > 0) return result;
      const own = ownWeights(this);
      for (const weight of own) weight.dispose();
      return { ...result, numDisposedVariables: result.numDisposedVariables + own.length };
    } finally {
      this.#isDisposing = false;
    }
  }

  /** The class's name, or its static `className`, which a class that is minified needs to be registered with tfjs. */
  override getClassName(): string {
    const { className, name } = this.constructor as typeof SubclassedModel;
    return className === LayersModel.className ? name || "SubclassedModel" : className;
  }

  /** The options of the constructor: a class whose constructor takes others overrides it. */
  override getConfig(): serialization.ConfigDict {
    const shapes = this.#graph?.inputs.map(({ shape }) => shape.slice(1) as number[]) ?? this.#shapes;
    const inputShape = shapes?.length === 1 ? shapes[0] : shapes;
    return {
      name: this.name,
      ...(inputShape !== undefined && { inputShape: inputShape as number[] }),
      inputDtype: this.#dtypes as string,
    };
  }

  /** Makes a model of a registered class from what {@link SubclassedModel.getConfig} gave. */
  static override fromConfig<T extends serialization.Serializable>(
    cls: serialization.SerializableConstructor<T>,
    config: serialization.ConfigDict,
  ): T {
    const { customObjects: _, ...options } = config;
    return new cls(options);
  }

  /** The class, for errors. */
  get #kind(): string {
    return this.getClassName();
  }

  #ensureBuilt(): void {
    if (!this.built) this.build();
  }

  /** Builds the model for data, where no shape was declared. */
  #buildFor(x: Inputs): void {
    if (this.built) return;
    if (this.#shapes !== undefined) {
      this.build();
      return;
    }
    const samples = [x].flat() as unknown[];
    const shapes = samples.map((one) =>
      one instanceof Tensor || isShapedArray(one) ? one.shape : undefined,
    );
    if (shapes.some((shape) => shape === undefined)) throw unknownShape(this.#kind);
    this.build(oneOrMany(shapes.map((shape) => [...shape!])));
  }

  /** What others read of a model before they call any of its methods. */
  #ownAccessors(): void {
    this.#own("layers", () => {
      if (!this.built && !this.#isBuilding) return this.#findLayers().map(({ layer }) => layer);
      return this.#isDisposing ? disposable(this.#layers) : [...this.#layers];
    });
    for (const name of ["inputs", "outputs", "inputNames", "outputNames"] as const) {
      this.#own(name, () => {
        this.#ensureBuilt();
        return this.#graph?.[name] ?? [];
      });
    }
    Object.defineProperty(this, "call", { value: this.#call, configurable: true, writable: true });
  }

  #own(name: string, get: () => unknown): void {
    const set = (): never => {
      throw hiddenField(this.#kind, name);
    };
    Object.defineProperty(this, name, { get, set, configurable: true, enumerable: false });
  }

  /** Class fields replace what the base class has under their name. */
  #restoreAccessors(): void {
    for (const name of ["layers", "inputs", "outputs", "inputNames", "outputNames"]) {
      if (Object.getOwnPropertyDescriptor(this, name)?.get === undefined) throw hiddenField(this.#kind, name);
    }
    // A `call` that is a field: an arrow function.
    if (this.call !== this.#call) {
      this.#compute = this.call;
      Object.defineProperty(this, "call", { value: this.#call, configurable: true, writable: true });
    }
    if (this.#compute === LayersModel.prototype.call) throw withoutCall(this.#kind);
  }

  #findLayers(): ReturnType<typeof findLayers> {
    const fields = Object.entries(this).filter(([name]) => !this.#ownFields.has(name));
    return findLayers([...this.#explicit, ...fields], this.#kind);
  }

  /** Runs `call` both ways: makes all weights, and compares what comes out. */
  #tryOut(shapes: SampleShapes): Shape[] {
    return withoutTrace(allLayers(this), () => {
      const inference = this.#trial(shapes, false);
      const training = this.#trial(shapes, true);
      const [expected, actual] = [inference, training].map((all) => all.map(shownShape).join(", "));
      if (expected === actual) return inference;
      throw unequalShapes(this.#kind, actual!, expected!);
    });
  }

  /** The shapes that `call` gives for zeros, with `null` for the batch. */
  #trial(shapes: SampleShapes, training: boolean): Shape[] {
    let outputs: Shape[] = [];
    tidy(() => {
      const inputs = shapes.map((shape, i) => zeros([TRIAL_BATCH, ...shape], this.#dtype(i)));
      outputs = [this.#run(oneOrMany(inputs), training)].flat().map(({ shape }) => shape);
    });
    return outputs.map((shape) => {
      if (shape[0] === TRIAL_BATCH) return [null, ...shape.slice(1)];
      throw withoutBatchSize(this.#kind, shape, TRIAL_BATCH);
    });
  }

  #dtype(index: number): DataType {
    return typeof this.#dtypes === "string" ? this.#dtypes : (this.#dtypes[index] ?? "float32");
  }

  /** The graph that tfjs's methods run: a functional model with one layer. */
  #connect(shapes: SampleShapes): void {
    const dtypes = shapes.map((_, i) => this.#dtype(i));
    const graph = callGraph(this, shapes, dtypes);
    const { inputs, outputs } = graph;
    const outputNames = numbered("output", outputs.length);
    this.#graph = { inputs, outputs, inputNames: graph.inputNames, outputNames };
    const [from, to] = [graph, this] as unknown as Record<string, unknown>[];
    for (const name of MIRRORED) to![name] = from![name];
    // Where this model is in another one's graph, its first node says what it is made of.
    Object.assign(this.inboundNodes[0]!, {
      inputTensors: inputs,
      outputTensors: outputs,
      inputMasks: inputs.map(() => null),
      outputMasks: outputs.map(() => null),
      inputShapes: inputs.map(({ shape }) => shape),
      outputShapes: outputs.map(({ shape }) => shape),
    });
  }

  #run(inputs: Tensor | Tensor[], training: boolean): Tensor | Tensor[] {
    checkInFrame(this);
    // tfjs gives its layers lists, also of one.
    const given = [inputs].flat();
    if (!this.built && !this.#isBuilding) {
      this.build(oneOrMany(given.map(({ shape }) => shape as Shape)));
    }
    const frame = {
      training,
      check: (layer: Layer) => {
        if (!this.#tracked.has(layer)) throw unknownLayer(this.#kind, layer);
      },
      onOutput: this.#isBuilding ? noteOutputShape : undefined,
    };
    return tidy(() => {
      const result = runInFrame(frame, () => this.#compute.call(this, oneOrMany(given), { training }));
      if (!isResult(result)) throw wrongResult(this.#kind, result);
      const own = (output: Tensor): Tensor => (given.includes(output) ? clone(output) : output);
      return Array.isArray(result) ? result.map(own) : own(result);
    });
  }
}

function snakeCase(name: string): string {
  const words = name.replace(/([a-z\d])([A-Z])/g, "$1_$2").toLowerCase();
  return words.replace(/\W/g, "_").replace(/^_+/, "") || "subclassed_model";
}

const isResult = (value: unknown): value is Tensor | Tensor[] =>
  [value].flat().every((output) => output instanceof Tensor) && !(Array.isArray(value) && value.length === 0);

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];

/** Layers that have been run and not been disposed, without those that another of them disposes. */
function disposable(own: readonly Layer[]): Layer[] {
  const within = new Set(
    own.flatMap((layer) => allLayers(layer as LayersModel).filter((part) => part !== layer)),
  );
  return own.filter((layer) => {
    const { _refCount: count } = layer as unknown as { readonly _refCount: number | null };
    return layer.built && count !== null && count > 0 && !within.has(layer);
  });
}
