export { ForgeError, type ForgeErrorCode } from "../errors.ts";
export type { ShapedData, TensorLike, TfliteInput } from "./input-values.ts";
export {
  type LoadTfliteOptions,
  loadTflite,
  type TfliteInputs,
  TfliteModel,
  type TfliteOutput,
} from "./load-tflite.ts";
export type { TfliteQuantization, TfliteTensorInfo } from "./model-file.ts";
export type { TfliteData, TfliteDtype } from "./tensor-data.ts";
