/**
 * What only Node can do: run `.tflite` files in LiteRT, compare them with their source, save them.
 *
 * @module
 */

export { ForgeError, type ForgeErrorCode } from "../errors.ts";
export type { OutputComparison } from "./compare.ts";
export { fileHandler } from "./file-handler.ts";
export type { ShapedData, TensorLike, TfliteInput } from "./input-values.ts";
export { type LoadModelOptions, loadModel } from "./load-model.ts";
export {
  type LoadTfliteOptions,
  loadTflite,
  type TfliteInputs,
  TfliteModel,
  type TfliteOutput,
} from "./load-tflite.ts";
export type { TfliteQuantization, TfliteTensorInfo } from "./model-file.ts";
export { saveTflite } from "./save-tflite.ts";
export type { TfliteData, TfliteDtype } from "./tensor-data.ts";
export { type VerifyOptions, verifyTflite } from "./verify-tflite.ts";
