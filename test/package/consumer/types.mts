// What an application's types must be, as ES modules and (copied to a .cts file) as CommonJS.
import type { LayersModel } from "@tensorflow/tfjs-layers";
import {
  buildCnn,
  type Conversion,
  type ConvertOptions,
  convert,
  type FitOptions,
  type ForgeError,
  fit,
  loadMnist,
  normalize,
  progressBar,
  type TrainingHistory,
  toTflite,
} from "tflite-forge";
import { ForgeError as ConverterError, toTflite as toTfliteAlone } from "tflite-forge/convert";
import {
  loadTflite,
  type OutputComparison,
  saveTflite,
  type TfliteModel,
  verifyTflite,
} from "tflite-forge/node";
import { useWasmBackend } from "tflite-forge/wasm";

export async function application(): Promise<void> {
  await useWasmBackend();
  const model: LayersModel = buildCnn({ inputShape: [28, 28, 1], classes: 10 });
  const { train } = await loadMnist();
  const options: FitOptions = { epochs: 1, callbacks: progressBar() };
  const history: TrainingHistory = await fit(model, normalize(train.images), train.labels, options);
  history.history.loss?.at(-1)?.toFixed();
  const converting: ConvertOptions = { batch: 1 };
  const { bytes, report }: Conversion = await convert(model, converting);
  report.warnings.join();
  const alone: Uint8Array = await toTfliteAlone(model);
  const path: string = await saveTflite("digits.tflite", alone);
  const file: TfliteModel = await loadTflite(bytes);
  const outputs = await file.run({ input: new Float32Array(784) });
  outputs.dense?.shape.length.toFixed();
  const comparisons: OutputComparison[] = await verifyTflite(model, bytes);
  const error: ForgeError = new ConverterError("internal", path + comparisons.length);
  if (error.code === "unsupported-kernel") error.message.trim();

  // @ts-expect-error a file is bytes
  const wrong: string = await toTflite(model);
  // @ts-expect-error there is no such option
  await toTflite(model, { bach: 1, wrong });
  // @ts-expect-error a block has filters
  buildCnn({ blocks: [{ kernelSize: 3 }] });
}
