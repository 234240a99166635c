import type {
  _FusedMatMulAttrs,
  AllAttrs,
  AnyAttrs,
  ArgMaxAttrs,
  ArgMinAttrs,
  AvgPool3DAttrs,
  AvgPool3DGradAttrs,
  AvgPoolAttrs,
  AvgPoolGradAttrs,
  BatchMatMulAttrs,
  BatchToSpaceNDAttrs,
  BincountAttrs,
  CastAttrs,
  ClipByValueAttrs,
  ConcatAttrs,
  Conv2DAttrs,
  Conv2DBackpropFilterAttrs,
  Conv2DBackpropInputAttrs,
  Conv3DAttrs,
  Conv3DBackpropFilterV2Attrs,
  Conv3DBackpropInputV2Attrs,
  CropAndResizeAttrs,
  CumprodAttrs,
  CumsumAttrs,
  DenseBincountAttrs,
  DepthToSpaceAttrs,
  DepthwiseConv2dNativeAttrs,
  DepthwiseConv2dNativeBackpropFilterAttrs,
  DepthwiseConv2dNativeBackpropInputAttrs,
  Dilation2DAttrs,
  DrawAttrs,
  EinsumAttrs,
  ExpandDimsAttrs,
  FillAttrs,
  FromPixelsAttrs,
  FusedBatchNormAttrs,
  FusedConv2DAttrs,
  FusedDepthwiseConv2DAttrs,
  GatherV2Attrs,
  LeakyReluAttrs,
  LinSpaceAttrs,
  LogSoftmaxAttrs,
  LRNAttrs,
  LRNGradAttrs,
  MatrixBandPartAttrs,
  MaxAttrs,
  MaxPool3DAttrs,
  MaxPool3DGradAttrs,
  MaxPoolAttrs,
  MaxPoolGradAttrs,
  MaxPoolWithArgmaxAttrs,
  MeanAttrs,
  MinAttrs,
  MirrorPadAttrs,
  MultinomialAttrs,
  NonMaxSuppressionV3Attrs,
  NonMaxSuppressionV4Attrs,
  NonMaxSuppressionV5Attrs,
  OneHotAttrs,
  PackAttrs,
  PadV2Attrs,
  ProdAttrs,
  RaggedGatherAttrs,
  RaggedTensorToTensorAttrs,
  RangeAttrs,
  ReshapeAttrs,
  ResizeBilinearAttrs,
  ResizeNearestNeighborAttrs,
  ReverseAttrs,
  RotateWithOffsetAttrs,
  ScatterNdAttrs,
  SearchSortedAttrs,
  SliceAttrs,
  SoftmaxAttrs,
  SpaceToBatchNDAttrs,
  SparseToDenseAttrs,
  SplitVAttrs,
  StaticRegexReplaceAttrs,
  StepAttrs,
  StridedSliceAttrs,
  StringNGramsAttrs,
  StringSplitAttrs,
  StringToHashBucketFastAttrs,
  SumAttrs,
  TensorScatterUpdateAttrs,
  TileAttrs,
  TopKAttrs,
  TransformAttrs,
  TransposeAttrs,
  UniqueAttrs,
  UnpackAttrs,
  UnsortedSegmentSumAttrs,
} from "@tensorflow/tfjs-core";

type None = Readonly<Record<never, never>>;

/** Inputs, attributes and optional inputs of a kernel; numbered inputs are a list. */
export interface Kernel<Inputs extends string | number, Attributes = None, Optional extends string = never> {
  readonly inputs: Inputs;
  readonly optional: Optional;
  readonly attributes: Attributes;
}

/** The kernels of tfjs-core 4.22 (`kernel_names.ts`), all 180, with what each is called with. */
export interface Kernels {
  Abs: Kernel<"x">;
  Acos: Kernel<"x">;
  Acosh: Kernel<"x">;
  Add: Kernel<"a" | "b">;
  AddN: Kernel<number>;
  All: Kernel<"x", AllAttrs>;
  Any: Kernel<"x", AnyAttrs>;
  ArgMax: Kernel<"x", ArgMaxAttrs>;
  ArgMin: Kernel<"x", ArgMinAttrs>;
  Asin: Kernel<"x">;
  Asinh: Kernel<"x">;
  Atan: Kernel<"x">;
  Atanh: Kernel<"x">;
  Atan2: Kernel<"a" | "b">;
  AvgPool: Kernel<"x", AvgPoolAttrs>;
  AvgPoolGrad: Kernel<"dy" | "input", AvgPoolGradAttrs>;
  AvgPool3D: Kernel<"x", AvgPool3DAttrs>;
  AvgPool3DGrad: Kernel<"dy" | "input", AvgPool3DGradAttrs>;
  BatchMatMul: Kernel<"a" | "b", BatchMatMulAttrs>;
  BatchToSpaceND: Kernel<"x", BatchToSpaceNDAttrs>;
  Bincount: Kernel<"x" | "weights", BincountAttrs>;
  BitwiseAnd: Kernel<"a" | "b">;
  BroadcastTo: Kernel<"x">;
  BroadcastArgs: Kernel<"s0" | "s1">;
  Cast: Kernel<"x", CastAttrs>;
  Ceil: Kernel<"x">;
  ClipByValue: Kernel<"x", ClipByValueAttrs>;
  Complex: Kernel<"real" | "imag">;
  ComplexAbs: Kernel<"x">;
  Concat: Kernel<number, ConcatAttrs>;
  Conv2D: Kernel<"x" | "filter", Conv2DAttrs>;
  Conv2DBackpropFilter: Kernel<"x" | "dy", Conv2DBackpropFilterAttrs>;
  Conv2DBackpropInput: Kernel<"dy" | "filter", Conv2DBackpropInputAttrs>;
  Conv3D: Kernel<"x" | "filter", Conv3DAttrs>;
  Conv3DBackpropFilterV2: Kernel<"x" | "dy", Conv3DBackpropFilterV2Attrs>;
  Conv3DBackpropInputV2: Kernel<"dy" | "filter", Conv3DBackpropInputV2Attrs>;
  Cos: Kernel<"x">;
  Cosh: Kernel<"x">;
  Cumprod: Kernel<"x", CumprodAttrs>;
  Cumsum: Kernel<"x", CumsumAttrs>;
  CropAndResize: Kernel<"image" | "boxes" | "boxInd", CropAndResizeAttrs>;
  DenseBincount: Kernel<"x" | "weights", DenseBincountAttrs>;
  DepthToSpace: Kernel<"x", DepthToSpaceAttrs>;
  DepthwiseConv2dNative: Kernel<"x" | "filter", DepthwiseConv2dNativeAttrs>;
  DepthwiseConv2dNativeBackpropFilter: Kernel<"x" | "dy", DepthwiseConv2dNativeBackpropFilterAttrs>;
  DepthwiseConv2dNativeBackpropInput: Kernel<"dy" | "filter", DepthwiseConv2dNativeBackpropInputAttrs>;
  Diag: Kernel<"x">;
  Dilation2D: Kernel<"x" | "filter", Dilation2DAttrs>;
  Dilation2DBackpropInput: Kernel<"x" | "filter" | "dy">;
  Dilation2DBackpropFilter: Kernel<"x" | "filter" | "dy">;
  Draw: Kernel<"image", DrawAttrs>;
  RealDiv: Kernel<"a" | "b">;
  Einsum: Kernel<number, EinsumAttrs>;
  Elu: Kernel<"x">;
  EluGrad: Kernel<"dy" | "y">;
  Erf: Kernel<"x">;
  Equal: Kernel<"a" | "b">;
  Exp: Kernel<"x">;
  ExpandDims: Kernel<"input", ExpandDimsAttrs>;
  Expm1: Kernel<"x">;
  FFT: Kernel<"input">;
  Fill: Kernel<never, FillAttrs>;
  FlipLeftRight: Kernel<"image">;
  Floor: Kernel<"x">;
  FloorDiv: Kernel<"a" | "b">;
  FusedBatchNorm: Kernel<"x" | "mean" | "variance", FusedBatchNormAttrs, "scale" | "offset">;
  GatherV2: Kernel<"x" | "indices", GatherV2Attrs>;
  GatherNd: Kernel<"params" | "indices">;
  Greater: Kernel<"a" | "b">;
  GreaterEqual: Kernel<"a" | "b">;
  Identity: Kernel<"x">;
  IFFT: Kernel<"input">;
  Imag: Kernel<"input">;
  IsFinite: Kernel<"x">;
  IsInf: Kernel<"x">;
  IsNan: Kernel<"x">;
  LeakyRelu: Kernel<"x", LeakyReluAttrs>;
  Less: Kernel<"a" | "b">;
  LessEqual: Kernel<"a" | "b">;
  LinSpace: Kernel<never, LinSpaceAttrs>;
  Log: Kernel<"x">;
  Log1p: Kernel<"x">;
  LogicalAnd: Kernel<"a" | "b">;
  LogicalNot: Kernel<"x">;
  LogicalOr: Kernel<"a" | "b">;
  LogicalXor: Kernel<"a" | "b">;
  LogSoftmax: Kernel<"logits", LogSoftmaxAttrs>;
  LowerBound: Kernel<"sortedSequence" | "values">;
  LRN: Kernel<"x", LRNAttrs>;
  LRNGrad: Kernel<"x" | "y" | "dy", LRNGradAttrs>;
  MatrixBandPart: Kernel<"input" | "numLower" | "numUpper", MatrixBandPartAttrs>;
  Max: Kernel<"x", MaxAttrs>;
  Maximum: Kernel<"a" | "b">;
  MaxPool: Kernel<"x", MaxPoolAttrs>;
  MaxPoolGrad: Kernel<"dy" | "input" | "output", MaxPoolGradAttrs>;
  MaxPool3D: Kernel<"x", MaxPool3DAttrs>;
  MaxPool3DGrad: Kernel<"dy" | "input" | "output", MaxPool3DGradAttrs>;
  MaxPoolWithArgmax: Kernel<"x", MaxPoolWithArgmaxAttrs>;
  Mean: Kernel<"x", MeanAttrs>;
  Min: Kernel<"x", MinAttrs>;
  Minimum: Kernel<"a" | "b">;
  MirrorPad: Kernel<"x", MirrorPadAttrs>;
  Mod: Kernel<"a" | "b">;
  Multinomial: Kernel<"logits", MultinomialAttrs>;
  Multiply: Kernel<"a" | "b">;
  Neg: Kernel<"x">;
  NotEqual: Kernel<"a" | "b">;
  NonMaxSuppressionV3: Kernel<"boxes" | "scores", NonMaxSuppressionV3Attrs>;
  NonMaxSuppressionV4: Kernel<"boxes" | "scores", NonMaxSuppressionV4Attrs>;
  NonMaxSuppressionV5: Kernel<"boxes" | "scores", NonMaxSuppressionV5Attrs>;
  OnesLike: Kernel<"x">;
  OneHot: Kernel<"indices", OneHotAttrs>;
  Pack: Kernel<number, PackAttrs>;
  PadV2: Kernel<"x", PadV2Attrs>;
  Pool: Kernel<"input">;
  Pow: Kernel<"a" | "b">;
  Prelu: Kernel<"x" | "alpha">;
  Prod: Kernel<"x", ProdAttrs>;
  RaggedGather: Kernel<"paramsDenseValues" | "indices", RaggedGatherAttrs>;
  RaggedRange: Kernel<"starts" | "limits" | "deltas">;
  RaggedTensorToTensor: Kernel<"shape" | "values" | "defaultValue", RaggedTensorToTensorAttrs>;
  Range: Kernel<never, RangeAttrs>;
  Real: Kernel<"input">;
  Reciprocal: Kernel<"x">;
  Relu: Kernel<"x">;
  Reshape: Kernel<"x", ReshapeAttrs>;
  ResizeNearestNeighbor: Kernel<"images", ResizeNearestNeighborAttrs>;
  ResizeNearestNeighborGrad: Kernel<"images" | "dy">;
  ResizeBilinear: Kernel<"images", ResizeBilinearAttrs>;
  ResizeBilinearGrad: Kernel<"images" | "dy">;
  Relu6: Kernel<"x">;
  Reverse: Kernel<"x", ReverseAttrs>;
  Round: Kernel<"x">;
  Rsqrt: Kernel<"x">;
  ScatterNd: Kernel<"indices" | "updates", ScatterNdAttrs>;
  TensorScatterUpdate: Kernel<"tensor" | "indices" | "updates", TensorScatterUpdateAttrs>;
  SearchSorted: Kernel<"sortedSequence" | "values", SearchSortedAttrs>;
  Select: Kernel<"condition" | "t" | "e">;
  Selu: Kernel<"x">;
  Slice: Kernel<"x", SliceAttrs>;
  Sin: Kernel<"x">;
  Sinh: Kernel<"x">;
  Sign: Kernel<"x">;
  Sigmoid: Kernel<"x">;
  Softplus: Kernel<"x">;
  Sqrt: Kernel<"x">;
  Sum: Kernel<"x", SumAttrs>;
  SpaceToBatchND: Kernel<"x", SpaceToBatchNDAttrs>;
  SplitV: Kernel<"x", SplitVAttrs>;
  Softmax: Kernel<"logits", SoftmaxAttrs>;
  SparseFillEmptyRows: Kernel<"indices" | "values" | "denseShape" | "defaultValue">;
  SparseReshape: Kernel<"inputIndices" | "inputShape" | "newShape">;
  SparseSegmentMean: Kernel<"data" | "indices" | "segmentIds">;
  SparseSegmentSum: Kernel<"data" | "indices" | "segmentIds">;
  SparseToDense: Kernel<"sparseIndices" | "sparseValues" | "defaultValue", SparseToDenseAttrs>;
  SquaredDifference: Kernel<"a" | "b">;
  Square: Kernel<"x">;
  StaticRegexReplace: Kernel<"x", StaticRegexReplaceAttrs>;
  StridedSlice: Kernel<"x", StridedSliceAttrs>;
  StringNGrams: Kernel<"data" | "dataSplits", StringNGramsAttrs>;
  StringSplit: Kernel<"input" | "delimiter", StringSplitAttrs>;
  StringToHashBucketFast: Kernel<"input", StringToHashBucketFastAttrs>;
  Sub: Kernel<"a" | "b">;
  Tan: Kernel<"x">;
  Tanh: Kernel<"x">;
  Tile: Kernel<"x", TileAttrs>;
  TopK: Kernel<"x", TopKAttrs>;
  Transform: Kernel<"image" | "transforms", TransformAttrs>;
  Transpose: Kernel<"x", TransposeAttrs>;
  Unique: Kernel<"x", UniqueAttrs>;
  Unpack: Kernel<"value", UnpackAttrs>;
  UnsortedSegmentSum: Kernel<"x" | "segmentIds", UnsortedSegmentSumAttrs>;
  UpperBound: Kernel<"sortedSequence" | "values">;
  ZerosLike: Kernel<"x">;
  Step: Kernel<"x", StepAttrs>;
  FromPixels: Kernel<never, FromPixelsAttrs>;
  RotateWithOffset: Kernel<"image", RotateWithOffsetAttrs>;
  _FusedMatMul: Kernel<"a" | "b", _FusedMatMulAttrs, "bias" | "preluActivationWeights">;
  FusedConv2D: Kernel<"x" | "filter", FusedConv2DAttrs, "bias" | "preluActivationWeights">;
  FusedDepthwiseConv2D: Kernel<"x" | "filter", FusedDepthwiseConv2DAttrs, "bias" | "preluActivationWeights">;
}

/** The name of a tfjs kernel. */
export type KernelName = keyof Kernels;

/** The attributes of a kernel, as tfjs declares them. */
export type KernelAttributes<K extends KernelName> = Kernels[K]["attributes"];
