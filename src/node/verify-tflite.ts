import { checkConvertOptions } from "../convert/options.ts";
import type { ConvertOptions } from "../convert/report.ts";
import type { ModelSource } from "../convert/source.ts";
import { sourceKindOf } from "../convert/sources/front-ends.ts";
import { ForgeError } from "../errors.ts";
import { checkOptions } from "../options.ts";
import { compareOutputs, type OutputComparison } from "./compare.ts";
import type { Runner } from "./evaluator-model.ts";
import { collectInputs, type InputValue } from "./input-values.ts";
import { loadTflite, type TfliteInputs } from "./load-tflite.ts";
import { fileBytes, type ModelTensor, readModelFile, type TfliteTensorInfo } from "./model-file.ts";
import { runSource, type SizedInput, sourceInputs } from "./run-source.ts";
import { makeSample } from "./samples.ts";
import { rangeOf, type TfliteData, toTypedData } from "./tensor-data.ts";

/** What {@link verifyTflite} must know of a conversion: `inputs` and `outputs`, as they were given to it. */
export type VerifyOptions = Pick<ConvertOptions, "inputs" | "outputs">;

/**
 * Compares a `.tflite` file with the model that it was made from: the model runs on the current tfjs backend,
 * the file in LiteRT, both on the same samples. Quantized inputs and outputs are compared as the real numbers
 * that they stand for. Inputs and outputs are matched by name where the names are the same, else in order.
 *
 * @param source a layers model, a graph model, or `{ fn, inputs }`.
 * @param bytes of the file.
 * @param samples for the source's inputs, in the forms that {@link TfliteModel.run} takes; they are not
 * disposed. Default: 4 rows (or the file's batch) of the same pseudo-random values each time, from 0 to 1.
 * @param options `inputs` and `outputs` where the conversion had them: a graph model that was cut at inner nodes is
 * run between the same nodes, and made-up values have the sizes given. A file with states as inputs and outputs
 * (`{ state: "io" }`) cannot be compared: tfjs hands them out of no layer.
 * @returns one entry per output, in the file's order.
 * @throws ForgeError `invalid-source`, `unbuilt-model`, `invalid-tflite`, `invalid-argument` where source,
 * file and samples do not fit each other, `unknown-option`, `missing-package` without `@litertjs/core`.
 *
 * @example
 * ```ts
 * const [probabilities] = await verifyTflite(model, await toTflite(model), images);
 * probabilities.maxAbsoluteError; // 2e-7
 * probabilities.argmaxAgreement; // 1: the same class for every image
 * ```
 */
export async function verifyTflite(
  source: ModelSource,
  bytes: Uint8Array | ArrayBuffer,
  samples?: TfliteInputs,
  options: VerifyOptions = {},
): Promise<OutputComparison[]> {
  sourceKindOf(source);
  checkOptions(options, ["inputs", "outputs"], "verifyTflite");
  checkConvertOptions(options);
  return compareWith(await loadTflite(bytes), source, bytes, samples, options);
}

/**
 * As {@link verifyTflite}, with whatever runs the file; closes it.
 *
 * @internal
 */
export async function compareWith(
  model: Runner,
  source: ModelSource,
  bytes: Uint8Array | ArrayBuffer,
  samples?: TfliteInputs,
  options: VerifyOptions = {},
): Promise<OutputComparison[]> {
  try {
    const file = readModelFile(fileBytes(bytes, "verifyTflite"));
    const wanted = await sourceInputs(source, options);
    checkCount("inputs", file.inputs.length, wanted.length);
    const tensors = matched(file.inputs, wanted);
    const values = await readSamples(tensors, wanted, samples);
    const expected = await runSource(source, options, values);
    const inputs = tensors.map(({ name }, index) => [name, fileInput(tensors[index]!, values[index]!)]);
    const actual = await model.run(Object.fromEntries(inputs));
    checkCount("outputs", file.outputs.length, expected.length);
    const outputs = matched(expected, model.outputs);
    return model.outputs.map((info, index) => {
      const { shape, data } = actual[info.name]!;
      const reference = outputs[index]!;
      if (shape.join() !== reference.shape.join()) {
        throw new ForgeError(
          "invalid-argument",
          `verifyTflite: output "${info.name}" has the shape [${shape}] in the file and [${reference.shape}] in the source.`,
        );
      }
      return compareOutputs(info.name, shape, reference.data, realValues(info, data));
    });
  } finally {
    model.close();
  }
}

function checkCount(what: "inputs" | "outputs", inFile: number, inSource: number): void {
  if (inFile === inSource) return;
  throw new ForgeError(
    "invalid-argument",
    `verifyTflite: the file has ${inFile} ${what}, the source ${inSource}.`,
  );
}

/** The candidates in the order of what is wanted: by name where all names are known, else as they are. */
function matched<T extends { readonly name: string | undefined }>(
  candidates: readonly T[],
  wanted: readonly { readonly name: string }[],
): readonly T[] {
  const byName = wanted.map(({ name }) => candidates.find((candidate) => candidate.name === name));
  return byName.every((candidate) => candidate !== undefined) ? byName : candidates;
}

async function readSamples(
  tensors: readonly ModelTensor[],
  wanted: readonly SizedInput[],
  samples: TfliteInputs | undefined,
): Promise<InputValue[]> {
  const targets = tensors.map(({ shape, nominal }, index) => ({ ...wanted[index]!, shape, nominal }));
  const made = () =>
    tensors.map((tensor, index) => {
      const { shape, dtype } = wanted[index]!;
      const { values, shape: sizes } = makeSample({ ...tensor, dtype }, shape, index);
      return { data: toTypedData(values, dtype, "sample", true), shape: sizes };
    });
  return collectInputs(targets, samples ?? made(), "verifyTflite");
}

/** A sample as the file takes it: quantized where the file's input is. */
function fileInput(info: TfliteTensorInfo, { data, shape }: InputValue): InputValue {
  const { dtype, quantization } = info;
  const range = rangeOf(dtype);
  const isReal = data instanceof Float32Array;
  const values =
    isReal && quantization !== undefined && range !== undefined
      ? data.map((v) => clamp(Math.round(v / quantization.scale) + quantization.zeroPoint, range))
      : data;
  return { data: toTypedData(values, dtype, `verifyTflite: input "${info.name}"`, true), shape };
}

function clamp(value: number, [low, high]: readonly [number, number]): number {
  return Math.min(high, Math.max(low, value));
}

function realValues({ quantization }: TfliteTensorInfo, data: TfliteData): ArrayLike<number> {
  if (quantization === undefined || data instanceof Float32Array) return Float64Array.from(data, Number);
  const { scale, zeroPoint } = quantization;
  return Float64Array.from(data, (v: number | bigint) => scale * (Number(v) - zeroPoint));
}
