/**
 * The converter alone: all of it works where tfjs-layers is not installed. The same names are in `tflite-forge`,
 * but for `rulesPass`, which only who writes a pass needs.
 *
 * @module
 */

export { ForgeError, type ForgeErrorCode } from "../errors.ts";
export type { WrittenOperator } from "../graph/operators/written.ts";
export type {
  ConstantTensor,
  Graph,
  MetadataEntry,
  Operator,
  OperatorName,
  OperatorOf,
  OperatorOptions,
  OperatorOptionsInput,
  OptionsArgument,
  Quantization,
  Recipe,
  Signature,
  SignatureEntry,
  Subgraph,
  Tensor as GraphTensor,
  TensorType,
} from "../graph/types.ts";
export type { GraphView } from "../graph/view.ts";
export { parseTflite } from "../tflite-reader/parse.ts";
export { convert, toTflite } from "./convert.ts";
export type { ExtendedLayer, Extension, KernelExtension, LayerExtension, UserCall } from "./extension.ts";
export { type Pass, type PassLog, type Rewrite, type Rule, rulesPass } from "./passes/rewrite.ts";
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
  ArtifactsSource,
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
  StoredType,
  SymbolicTensorLike,
} from "./source.ts";
export type { Refusal, RuntimeTarget, Target } from "./target.ts";
export type { DynamicSize, InputSize, InputSizes } from "./trace/input-sizes.ts";
export type { Spec } from "./trace/shapes.ts";
