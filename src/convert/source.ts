import type { io, Tensor } from "@tensorflow/tfjs-core";
import type { InputSizes } from "./trace/input-sizes.ts";

/** Element types that a traced input can have. */
export type InputType = "float32" | "int32" | "bool";

/**
 * Element types that tfjs has not and a file's input can have: the function gets int32, or float32 of float16, and
 * the file casts.
 */
export type StoredType = "uint8" | "int8" | "int16" | "int64" | "float16";

/** One input of a function that is converted. */
export interface InputSpec {
  /** Name in the file and its signature. */
  readonly name: string;
  /** With the batch dimension; `null` or `{ nominal }` where the application chooses the size at run time. */
  readonly shape: InputSizes;
  /** Default `"float32"`. */
  readonly dtype?: InputType | StoredType;
}

/** What a traced function may return: outputs are named `output` (`output_0`, ...) unless it returns a record. */
export type FunctionResult = Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>;

/**
 * A plain function of tensors as the source of a conversion. It is called with one tensor per input, in
 * order, and must be synchronous and read no values.
 *
 * @example
 * ```ts
 * const bytes = await toTflite({
 *   fn: (x) => tf.relu(tf.sub(x, 0.5)),
 *   inputs: [{ name: "x", shape: [null, 4] }],
 * });
 * ```
 */
export interface FunctionSource {
  /** What is converted: its operations are recorded, its own JavaScript is not. */
  readonly fn: (...inputs: Tensor[]) => FunctionResult;
  /** What it is called with, in order. */
  readonly inputs: readonly InputSpec[];
}

/** What the converter reads of a layer: structural, so that any copy of tfjs-layers will do. */
export interface LayerLike {
  /** Names tensors, and says in errors where something is. */
  readonly name: string;
  /** The layer's class, such as `"Dense"`. */
  getClassName(): string;
  /** Computes the layer: watched while a model is traced, to know which layer a kernel belongs to. */
  call(inputs: unknown, kwargs: unknown): unknown;
}

/** What the converter reads of a model's symbolic input or output. */
export interface SymbolicTensorLike {
  /** The tensor's name in tfjs. */
  readonly name: string;
  /** With the batch; `null` where a size is open. */
  readonly shape: (number | null)[];
  /** Such as `"float32"`. */
  readonly dtype: string;
}

/**
 * A tfjs-layers model (`tf.sequential`, `tf.model`, a loaded one), recognised by its structure, so that
 * tfjs-layers need not be installed for the types and a second copy of it does no harm.
 */
export interface LayersModelSource {
  /** For the report and for errors. */
  readonly name: string;
  /** In the order of the model. */
  readonly layers: readonly LayerLike[];
  /** Shapes and types of the inputs. */
  readonly inputs: readonly SymbolicTensorLike[];
  /** Shapes and types of the outputs. */
  readonly outputs: readonly SymbolicTensorLike[];
  /** Names of the inputs in the file, as many as `inputs`. */
  readonly inputNames: readonly string[];
  /** Names of the outputs in the file, as many as `outputs`. */
  readonly outputNames: readonly string[];
  /** Runs the model on tensors. */
  apply(inputs: unknown, kwargs?: Record<string, unknown>): unknown;
  /** A Sequential makes its inner model, which knows the names, when it is built. */
  build?(inputShape: never): void;
}

/** What the converter reads of a graph model's input or output. */
export interface GraphTensorInfo {
  /** The node's, with the number of its output: `"input:0"`. */
  readonly name: string;
  /** With the batch; -1 is an open size. */
  readonly shape?: (number | null)[];
  /** Element type, such as `"float32"`. */
  readonly dtype: string;
}

/**
 * A model of tfjs-converter (`loadGraphModel`), recognised by its structure: a TensorFlow Hub model, or any saved
 * model that tensorflowjs converted.
 */
export interface GraphModelSource {
  /** Shapes and types of the inputs. */
  readonly inputs: readonly GraphTensorInfo[];
  /** Names of the outputs; shapes and types where the model says them. */
  readonly outputs: readonly GraphTensorInfo[];
  /** Names of the nodes that inputs come in by, in the model's order. */
  readonly inputNodes: readonly string[];
  /** Names of the nodes that outputs come from, in the model's order. */
  readonly outputNodes: readonly string[];
  /** Runs the model on named tensors, and gives the values of the named nodes. */
  execute(inputs: Tensor | Tensor[] | Record<string, Tensor>, outputs?: string | string[]): unknown;
}

/** One model that can be converted: a layers model, a graph model, or a function with the description of its inputs. */
export type ModelSource = LayersModelSource | GraphModelSource | FunctionSource;

/**
 * A saved model as tfjs's own handlers give it (`tf.io.ModelArtifacts`): a `model.json` and its weights. It is
 * loaded for the conversion, by tfjs-converter or tfjs-layers, and freed behind it.
 */
export interface ArtifactsSource {
  /** The graph, or the layers. */
  readonly modelTopology?: object | ArrayBuffer;
  /** Names, shapes and types of the weights; those that tfjs's converter has quantized say how. */
  readonly weightSpecs?: io.WeightsManifestEntry[];
  /** Their bytes, one after the other. */
  readonly weightData?: ArrayBuffer | ArrayBuffer[];
}

/**
 * Several models in one file, each under the name of its signature; weights that they share are there once.
 *
 * @example
 * ```ts
 * const bytes = await toTflite({ signatures: { classify: model, embed: { fn, inputs } } });
 * ```
 */
export interface SignaturesSource {
  /** By signature key. The first is what runs where an application names none. */
  readonly signatures: Readonly<Record<string, ModelSource | ArtifactsSource>>;
}

/** What can be converted: one model, loaded or as it was saved, or several under the names of their signatures. */
export type Source = ModelSource | ArtifactsSource | SignaturesSource;
