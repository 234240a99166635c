/**
 * Build, train and convert: everything but what only Node can do (`tflite-forge/node`) and the WebAssembly backend
 * (`tflite-forge/wasm`).
 *
 * @module
 */

export { buildCnn, type CnnBlock, type CnnOptions } from "./architectures/cnn.ts";
export {
  type FeaturePooling,
  FeatureVector,
  type FeatureVectorOptions,
  type FeatureVectorSource,
  type GraphModelNode,
  type LayersModelLayer,
  loadFeatureVector,
} from "./architectures/feature-vector.ts";
export type { GraphModelTensor, LoadedGraphModel } from "./architectures/feature-vector-graph.ts";
export type { ValueRange } from "./architectures/feature-vector-images.ts";
export type { FetchOptions, ModelReference } from "./architectures/feature-vector-source.ts";
export {
  type Applied,
  buildFunctional,
  type FunctionalOptions,
  type RunLayer,
} from "./architectures/functional.ts";
export { buildHubClassifier, type HubClassifierOptions } from "./architectures/hub-classifier.ts";
export { type LoadClassifierOptions, loadHubClassifier } from "./architectures/hub-classifier-load.ts";
export {
  HubClassifier,
  type HubFitOptions,
  type HubPredictOptions,
} from "./architectures/hub-classifier-model.ts";
export type { SaveClassifierOptions, SavedBase } from "./architectures/hub-classifier-save.ts";
export type {
  BuildOptions,
  CompileOptions,
  LossFunction,
  LossName,
  MetricName,
  OptimizerName,
  OutputActivation,
} from "./architectures/options.ts";
export {
  buildResNet,
  type ResNetOptions,
  type ResNetPooling,
  type ResNetVariant,
} from "./architectures/resnet.ts";
export { buildSequential, type SequentialOptions } from "./architectures/sequential.ts";
export { buildSubclassed, type SubclassedOptions } from "./architectures/subclassed.ts";
export {
  type CallOptions,
  SubclassedModel,
  type SubclassedModelOptions,
} from "./architectures/subclassed-model.ts";
export {
  type AppliedRule,
  type ArtifactsSource,
  type ConstantTensor,
  type Conversion,
  type ConversionProgress,
  type ConversionReport,
  type ConvertOptions,
  convert,
  type DynamicSize,
  type ExtendedLayer,
  type Extension,
  ForgeError,
  type ForgeErrorCode,
  type FunctionResult,
  type FunctionSource,
  type Graph,
  type GraphModelSource,
  type GraphTensor,
  type GraphTensorInfo,
  type GraphView,
  type InputSize,
  type InputSizes,
  type InputSpec,
  type InputType,
  type KernelExtension,
  type LayerExtension,
  type LayerLike,
  type LayersModelSource,
  type MetadataEntry,
  type ModelSource,
  type Operator,
  type OperatorCounts,
  type OperatorName,
  type OperatorOf,
  type OperatorOptions,
  type OperatorOptionsInput,
  type OptionsArgument,
  type Pass,
  type PassLog,
  parseTflite,
  type Quantization,
  type Recipe,
  type Refusal,
  type Rewrite,
  type Rule,
  type RuntimeTarget,
  type Signature,
  type SignatureEntry,
  type SignaturesSource,
  type SkippedRule,
  type Source,
  type Spec,
  type StoredType,
  type Subgraph,
  type SymbolicTensorLike,
  type Target,
  type TensorType,
  toTflite,
  type UserCall,
  type WrittenOperator,
} from "./convert/index.ts";
export { type IdxArray, type IdxDtype, readIdx } from "./preprocess/idx.ts";
export { toCategorical } from "./preprocess/labels.ts";
export {
  type LoadMnistOptions,
  loadMnist,
  type Mnist,
  type MnistSet,
  type MnistUrls,
} from "./preprocess/mnist.ts";
export { type NormalizeOptions, normalize, type PerChannel } from "./preprocess/normalize.ts";
export { addChannel, reshape } from "./preprocess/reshape.ts";
export { type ResizeMethod, type ResizeOptions, resize } from "./preprocess/resize.ts";
export type { ShapedArray, TypedArray } from "./preprocess/shaped-array.ts";
export type { ClassValues } from "./reports/class-numbers.ts";
export {
  type ClassScore,
  type ConfusionMatrix,
  type ConfusionMatrixOptions,
  confusionMatrix,
} from "./reports/confusion-matrix.ts";
export { type HistoryChartOptions, historyChart } from "./reports/history-chart.ts";
export { type SummaryOptions, summary } from "./reports/summary.ts";
export type { SummaryLayer, SummaryModel, SummaryWeight } from "./reports/summary-rows.ts";
export type { ChartTheme } from "./reports/svg.ts";
export {
  editTflite,
  type TfliteEdits,
  type TfliteRenames,
  type TfliteSignatureEdits,
} from "./tflite-editor/edit.ts";
export {
  inspectTflite,
  type TfliteDelegation,
  type TfliteNodeSummary,
  type TfliteOperatorSummary,
  type TfliteSignatureEntry,
  type TfliteSignatureSummary,
  type TfliteSizes,
  type TfliteSubgraphSummary,
  type TfliteSummary,
  type TfliteTensorSummary,
} from "./tflite-reader/inspect.ts";
export type { Verbosity } from "./training/arguments.ts";
export type { CallbackInstance, FitCallback, TestCallback, TestParams } from "./training/callbacks.ts";
export type { ClassWeights } from "./training/dataset.ts";
export { type EvaluateOptions, type Evaluation, evaluate } from "./training/evaluate.ts";
export { type FitOptions, fit, type OnNaN, type TrainingHistory } from "./training/fit.ts";
export type { Inputs, Samples } from "./training/inputs.ts";
export {
  accuracyFromLogits,
  sigmoidCrossEntropyFromLogits,
  softmaxCrossEntropyFromLogits,
} from "./training/logits-losses.ts";
export { type HuberOptions, huber } from "./training/losses/huber.ts";
export { rootMeanSquaredError } from "./training/losses/root-mean-squared-error.ts";
export { ProgressBar, type ProgressBarOptions, progressBar, type RawLogs } from "./training/progress-bar.ts";
export type { Labels, Targets } from "./training/targets.ts";
export type { YieldEvery } from "./training/yielding.ts";
