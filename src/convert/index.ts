/**
 * The converter alone: all of it works where tfjs-layers is not installed. The same names are in `tflite-forge`.
 *
 * @module
 */

export { ForgeError, type ForgeErrorCode } from "../errors.ts";
export type {
  ConstantTensor,
  Graph,
  MetadataEntry,
  Operator,
  OperatorName,
  OperatorOf,
  OperatorOptions,
  Quantization,
  Recipe,
  Signature,
  SignatureEntry,
  Subgraph,
  Tensor as GraphTensor,
  TensorType,
} from "../graph/types.ts";
export { parseTflite } from "../tflite-reader/parse.ts";
export { convert, toTflite } from "./convert.ts";
export type {
  AppliedRule,
  Conversion,
  ConversionProgress,
  ConversionReport,
  ConvertOptions,
  OperatorCounts,
  SkippedRule,
} from "./report.ts";
export type {
  FunctionResult,
  FunctionSource,
  GraphModelSource,
  GraphTensorInfo,
  InputSpec,
  InputType,
  LayerLike,
  LayersModelSource,
  ModelSource,
  SignaturesSource,
  Source,
  SymbolicTensorLike,
} from "./source.ts";
export type { DynamicSize, InputSize, InputSizes } from "./trace/input-sizes.ts";
