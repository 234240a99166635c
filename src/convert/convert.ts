import { extendedSpecs } from "./extension.ts";
import { checkConvertOptions } from "./options.ts";
import type { Conversion, ConvertOptions } from "./report.ts";
import type { Source } from "./source.ts";
import { type LoadedModels, loadSource } from "./sources/artifacts.ts";
import { signaturesOf } from "./sources/signatures.ts";
import { hasFixedSizes } from "./target.ts";
import { traceAll } from "./trace/trace.ts";
import type { Trace } from "./trace/types.ts";

/**
 * Converts a model to a `.tflite` file.
 *
 * @param source A tfjs-layers model, a graph model, either as it was saved (`{ modelTopology, weightSpecs,
 * weightData }`), or a function with the description of its inputs.
 * @returns The bytes of the file: write them, download them, ship them. The same model and options give the
 * same bytes.
 * @throws ForgeError `invalid-source` or `unbuilt-model` for what cannot be converted at all,
 * `unsupported-kernel` with every operation that has no form in TensorFlow Lite, `host-read` where a function
 * reads values, `batch-dependent` where a model works at one batch size only, `unsupported-target` with
 * every operator that the target lacks, `unknown-option` and `invalid-argument` for wrong options.
 * @example
 * ```ts
 * const bytes = await toTflite(model);
 * await saveTflite("digits.tflite", bytes); // from "tflite-forge/node"
 * ```
 */
export async function toTflite(source: Source, options: ConvertOptions = {}): Promise<Uint8Array> {
  return (await convert(source, options)).bytes;
}

/**
 * As {@link toTflite}, and tells what it did: operators before and after, what was fused, what was not and
 * why, sizes, warnings.
 *
 * @example
 * ```ts
 * const { bytes, report } = await convert(model, { batch: 1 });
 * console.log(report.operators.after, report.sizes.file, report.warnings);
 * ```
 */
export async function convert(source: Source, options: ConvertOptions = {}): Promise<Conversion> {
  checkConvertOptions(options);
  const loaded = await loadSource(source);
  try {
    return await convertModels(loaded.source, options);
  } finally {
    loaded.dispose();
  }
}

async function convertModels(source: LoadedModels, options: ConvertOptions): Promise<Conversion> {
  const named = signaturesOf(source);
  options.signal?.throwIfAborted();
  options.onProgress?.({ stage: "trace", fraction: 0 });
  const models = await Promise.all(
    named.map(async ({ source: model, kind }) => ({ source: model, frontEnd: await kind.load() })),
  );
  const traces = await traceAll(models, {
    ...options,
    fixedSizes: hasFixedSizes(options.target),
    specsOf: extendedSpecs(options.extensions ?? []),
  });
  // What comes after a trace is the larger part: an application that has converted nothing yet has not loaded it.
  const { compile } = await import("./compile.ts");
  const { bytes, report } = await compile(
    named.map(({ key }, index) => ({ key, trace: traces[index] as Trace })),
    options,
  );
  const warnings = models.flatMap(({ source: model, frontEnd }) => frontEnd.warnings?.(model, options) ?? []);
  return { bytes, report: { ...report, warnings: [...report.warnings, ...warnings] } };
}
