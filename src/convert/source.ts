import type { Tensor } from "@tensorflow/tfjs-core";
import { ForgeError } from "../errors.ts";
import { describe } from "../options.ts";

/** Element types that a traced input can have. */
export type InputType = "float32" | "int32" | "bool";

/** One input of a function that is converted. */
export interface InputSpec {
  /** Name in the file and its signature. */
  readonly name: string;
  /** With the batch dimension; `null` where the size is not fixed (the batch, so far). */
  readonly shape: readonly (number | null)[];
  /** Default `"float32"`. */
  readonly dtype?: InputType;
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

/** What can be converted: a layers model, or a function with the description of its inputs. */
export type Source = LayersModelSource | FunctionSource;

/** A function with its inputs, as opposed to a model. */
export function isFunctionSource(source: Source): source is FunctionSource {
  return typeof (source as FunctionSource).fn === "function";
}

/** The known kinds of source, for error messages. */
const EXPECTED = "a tfjs-layers model, or { fn, inputs: [{ name, shape, dtype }] }";

/**
 * Checks that a value can be converted, before anything is done with it.
 *
 * @throws ForgeError `invalid-source` where it is no known kind of model, `unbuilt-model` where a layers
 * model has no inputs yet.
 */
export function checkSource(source: unknown): asserts source is Source {
  if (source === null || typeof source !== "object") {
    const hint = typeof source === "function" ? " Wrap a function as { fn, inputs }." : "";
    throw new ForgeError("invalid-source", `The source must be ${EXPECTED}; got ${describe(source)}.${hint}`);
  }
  if (typeof (source as { then?: unknown }).then === "function") {
    throw new ForgeError("invalid-source", `The source is a promise: await it first. Expected ${EXPECTED}.`);
  }
  if ("fn" in source) return checkFunctionSource(source as FunctionSource);
  const model = source as Partial<LayersModelSource> & { readonly modelUrl?: unknown };
  if (typeof model.apply === "function" && Array.isArray(model.layers)) {
    // `inputs` of a Sequential is undefined until a first layer with an input shape is there.
    if (!Array.isArray(model.inputs) || !Array.isArray(model.outputs)) {
      throw new ForgeError(
        "unbuilt-model",
        `Model "${model.name}" is not built: give its first layer an inputShape, or call model.build(shape).`,
      );
    }
    // A Sequential that was never compiled or run has yet to make its inner model. Its weights exist.
    if (model.inputNames?.length !== model.inputs.length) (model as { build?: () => void }).build?.();
    return;
  }
  throw new ForgeError("invalid-source", `The source must be ${EXPECTED}; got ${describe(source)}.`);
}

function checkFunctionSource({ fn, inputs }: FunctionSource): void {
  if (typeof fn !== "function") {
    throw new ForgeError("invalid-source", `source.fn must be a function, got ${describe(fn)}.`);
  }
  if (!Array.isArray(inputs) || inputs.length === 0) {
    throw new ForgeError(
      "invalid-source",
      `source.inputs must list { name, shape, dtype }, got ${describe(inputs)}.`,
    );
  }
  const names = new Set<string>();
  for (const [index, input] of (inputs as InputSpec[]).entries()) {
    const where = `source.inputs[${index}]`;
    if (input === null || typeof input !== "object" || typeof input.name !== "string" || input.name === "") {
      throw new ForgeError(
        "invalid-source",
        `${where}.name must be a text that is not empty, got ${describe(input?.name)}.`,
      );
    }
    if (names.has(input.name))
      throw new ForgeError("invalid-source", `${where}: a second input "${input.name}".`);
    names.add(input.name);
    const valid =
      Array.isArray(input.shape) && input.shape.every((d) => d === null || (Number.isInteger(d) && d > 0));
    if (!valid) {
      throw new ForgeError(
        "invalid-source",
        `${where}.shape must list positive whole numbers, or null for the batch; got ${describe(input.shape)}.`,
      );
    }
    if (input.dtype !== undefined && !["float32", "int32", "bool"].includes(input.dtype)) {
      throw new ForgeError(
        "invalid-source",
        `${where}.dtype must be "float32", "int32" or "bool", got ${describe(input.dtype)}.`,
      );
    }
  }
}
