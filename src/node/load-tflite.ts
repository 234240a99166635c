import { ForgeError } from "../errors.ts";
import type { Tensor } from "../graph/types.ts";
import { valueSized } from "../graph/value-sized.ts";
import { checkOptions, describe } from "../options.ts";
import { type CompiledModel, compile } from "./compiled-model.ts";
import { collectInputs, type TfliteInput } from "./input-values.ts";
import { getRuntime, type LiteRtRuntime } from "./litert-runtime.ts";
import { fileBytes, type ModelFile, readModelFile, type TfliteTensorInfo } from "./model-file.ts";
import { readModelGraph } from "./model-graph.ts";
import type { TfliteData, TfliteDtype } from "./tensor-data.ts";

/** How {@link loadTflite} loads a file. */
export interface LoadTfliteOptions {
  /** Which signature to run; default `"serving_default"`, or the file's first. */
  readonly signature?: string;
  /**
   * How many batch sizes stay compiled at once, the last used ones; default 4, fewer for large files. Each
   * holds the weights once.
   */
  readonly maxCompiled?: number;
}

/** An output: its values, row by row, and their shape. */
export interface TfliteOutput {
  /** Row by row; the typed array of `dtype`. */
  readonly data: TfliteData;
  /** All sizes, with the batch of this run. */
  readonly shape: readonly number[];
  /** The element type. */
  readonly dtype: TfliteDtype;
}

/** Inputs of a run: by name, in order, or the only one. */
export type TfliteInputs = Readonly<Record<string, TfliteInput>> | readonly TfliteInput[] | TfliteInput;

/** Memory that the compiled copies of one file may take by default. */
const COMPILED_BYTES = 256 * 2 ** 20;

/**
 * A `.tflite` file that is ready to run. Free it with {@link TfliteModel.close}: its memory is LiteRT's, and
 * no garbage collector sees it.
 */
export class TfliteModel {
  /** In the model's order. */
  readonly inputs: readonly TfliteTensorInfo[];
  /** In the model's order. */
  readonly outputs: readonly TfliteTensorInfo[];
  readonly #runtime: LiteRtRuntime;
  readonly #file: ModelFile;
  readonly #maxCompiled: number;
  /** By the shapes of the inputs, the one used last at the end. */
  readonly #compiled = new Map<string, CompiledModel>();
  #closed = false;

  /** @internal */
  constructor(runtime: LiteRtRuntime, file: ModelFile, maxCompiled: number) {
    this.#runtime = runtime;
    this.#file = file;
    this.#maxCompiled = maxCompiled;
    this.inputs = file.inputs.map(publicInfo);
    this.outputs = file.outputs.map(publicInfo);
    // LiteRT judges the file now, not at the first run.
    this.#compile(file.inputs.map((input) => input.nominal));
  }

  /**
   * Runs the model once.
   *
   * @param inputs values by input name, or an array in the inputs' order, or the only input: a typed array
   * of the input's dtype, a flat array of numbers, a tfjs tensor, or `{ data, shape }`. Where no shape is
   * given, the batch follows from the number of values.
   * @returns outputs by name, in the model's order.
   * @throws ForgeError `invalid-argument` for a missing or unknown input, a wrong shape or dtype, and after
   * {@link TfliteModel.close}.
   *
   * @example
   * ```ts
   * const { probabilities } = await model.run({ image: pixels }); // pixels: Float32Array of batch * 784
   * probabilities.shape; // [batch, 10]
   * ```
   */
  async run(inputs: TfliteInputs): Promise<Record<string, TfliteOutput>> {
    this.#checkOpen();
    const values = await collectInputs(this.#file.inputs, inputs, "run");
    // It may have been closed while values were read from a GPU.
    this.#checkOpen();
    const results = this.#compile(values.map((value) => value.shape)).run(values.map((value) => value.data));
    return Object.fromEntries(
      this.outputs.map(({ name, dtype }, index) => [name, { ...results[index]!, dtype }]),
    );
  }

  /** Frees LiteRT's memory; harmless when repeated. */
  close(): void {
    this.#closed = true;
    for (const compiled of this.#compiled.values()) compiled.free();
    this.#compiled.clear();
  }

  #checkOpen(): void {
    if (this.#closed) {
      throw new ForgeError("invalid-argument", "This model is closed: load the file again to run it.");
    }
  }

  #compile(shapes: readonly (readonly number[])[]): CompiledModel {
    const key = JSON.stringify(shapes);
    const known = this.#compiled.get(key);
    this.#compiled.delete(key);
    while (this.#compiled.size >= this.#maxCompiled) {
      const [oldest, compiled] = this.#compiled.entries().next().value!;
      this.#compiled.delete(oldest);
      compiled.free();
    }
    const compiled = known ?? compile(this.#runtime, this.#file, shapes);
    this.#compiled.set(key, compiled);
    return compiled;
  }
}

/**
 * Loads a `.tflite` file to run it in Node, through Google's LiteRT compiled to WebAssembly (optional package
 * `@litertjs/core`). Any batch size runs where the file's batch is dynamic. Inputs and outputs of every
 * common dtype work, int8 and bool too. Nothing is set on the global object and nothing is printed.
 *
 * @param bytes of the file; they must not change while the model is in use.
 * @throws ForgeError `invalid-tflite` for bytes that LiteRT cannot run, `missing-package` without
 * `@litertjs/core`, `invalid-argument` for a signature that is not there and for outputs that values decide the
 * size of.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { loadTflite } from "tflite-forge/node";
 *
 * const model = await loadTflite(await readFile("digits.tflite"));
 * model.inputs; // [{ name: "image", shape: [-1, 28, 28, 1], dtype: "float32" }]
 * const { probabilities } = await model.run(pixels); // Float32Array of batch * 784
 * model.close();
 * ```
 */
export async function loadTflite(
  bytes: Uint8Array | ArrayBuffer,
  options: LoadTfliteOptions = {},
): Promise<TfliteModel> {
  checkOptions(options, ["signature", "maxCompiled"], "loadTflite");
  const array = fileBytes(bytes, "loadTflite");
  const { signature, maxCompiled = Math.max(1, Math.min(4, Math.floor(COMPILED_BYTES / array.length))) } =
    options;
  if (!Number.isInteger(maxCompiled) || maxCompiled < 1) {
    throw new ForgeError(
      "invalid-argument",
      `loadTflite: options.maxCompiled must be a whole number from 1, got ${describe(maxCompiled)}.`,
    );
  }
  const file = readModelFile(array, signature);
  checkSizesKnown(file);
  return new TfliteModel(await getRuntime(), file, maxCompiled);
}

/** LiteRT for Node hands out as many values as the file's shapes say, whatever the operators made. */
function checkSizesKnown(file: ModelFile): void {
  if (file.outputs.every(({ shape }) => !shape.includes(-1))) return;
  const { subgraph, outputs } = readModelGraph(file);
  const decided = valueSized(subgraph);
  const output = file.outputs.find((_, index) =>
    decided.has(subgraph.outputs[outputs[index] ?? -1] as Tensor),
  );
  if (output === undefined) return;
  throw new ForgeError(
    "invalid-argument",
    `loadTflite: values decide how large output "${output.name}" of shape [${output.shape}] is, and LiteRT for Node ` +
      "cannot tell. Give a padded output and a count in the model, or reduce it there (its sum, its largest value).",
  );
}

function publicInfo({ name, shape, dtype, quantization }: TfliteTensorInfo): TfliteTensorInfo {
  return { name, shape, dtype, ...(quantization === undefined ? {} : { quantization }) };
}
