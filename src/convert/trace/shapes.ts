import { backend_util, type DataType, slice_util, upcastType, util } from "@tensorflow/tfjs-core";
import type { KernelAttributes, KernelName, Kernels } from "./kernels.ts";

/** Shape and element type of a tensor that has no values. */
export interface Spec {
  /** Sizes; `[]` is a scalar. */
  readonly shape: readonly number[];
  /** tfjs's name of its element type. */
  readonly dtype: DataType;
}

type Inputs<K extends KernelName> = Readonly<Record<Kernels[K]["inputs"], Spec>>;
type Rule<K extends KernelName> = (
  inputs: Inputs<K>,
  attributes: KernelAttributes<K>,
  unknownSize: () => number,
  valuesOf: ValuesOf,
) => Spec | readonly Spec[];

/** The values of an operand, null where they follow from the inputs. */
export type ValuesOf = (operand: Spec) => ArrayLike<number> | null;

/** The output's shape depends on the input's values: there is nothing to trace. */
const VALUES = "values";

type AnyInputs = Readonly<Record<string, Spec>>;
type Operand = (inputs: AnyInputs, attributes?: unknown) => Spec;

const shaped = (shape: readonly number[], dtype: DataType = "float32"): Spec => ({ shape, dtype });
const get = (inputs: AnyInputs, name: string): Spec => inputs[name] as Spec;
const list = (inputs: AnyInputs): readonly Spec[] => Object.values(inputs);

/** Like the named input; of a type of its own where the kernel has one. */
const like =
  (name = "x", dtype?: DataType): Operand =>
  (inputs) => ({ shape: get(inputs, name).shape, dtype: dtype ?? get(inputs, name).dtype });

/** Kernels whose values are floats whatever comes in. */
const float: Operand = like("x", "float32");

/** Operands broadcast; tfjs has brought them to one type before. */
const binary =
  (dtype?: DataType): Operand =>
  (inputs) => {
    const [a, b] = [get(inputs, "a"), get(inputs, "b")];
    return {
      shape: backend_util.assertAndGetBroadcastShape([...a.shape], [...b.shape]),
      dtype: dtype ?? upcastType(a.dtype, b.dtype),
    };
  };

interface Axes {
  readonly axis?: number | number[];
  readonly reductionIndices?: number | number[];
  readonly keepDims?: boolean;
}

const reduce =
  (dtype?: (input: DataType) => DataType) =>
  (inputs: AnyInputs, attributes: Axes): Spec => {
    const x = get(inputs, "x");
    const axes = util.parseAxisParam((attributes.axis ?? attributes.reductionIndices) as number | number[], [
      ...x.shape,
    ]);
    const [kept] = backend_util.computeOutAndReduceShapes([...x.shape], axes);
    const shape = attributes.keepDims ? backend_util.expandShapeToKeepDim(kept, axes) : kept;
    return { shape, dtype: dtype?.(x.dtype) ?? x.dtype };
  };

const sumType = (dtype: DataType): DataType => (dtype === "bool" ? "int32" : dtype);

const accumulated: Operand = (inputs) => {
  const x = get(inputs, "x");
  return shaped(x.shape, sumType(x.dtype));
};

const withoutAxis =
  (dtype: DataType) =>
  ({ x }: { readonly x: Spec }, { axis }: { readonly axis: number }): Spec => {
    const [drop] = util.parseAxisParam(axis, [...x.shape]);
    return shaped(
      x.shape.filter((_, index) => index !== drop),
      dtype,
    );
  };

type Shape4 = [number, number, number, number];
type Shape5 = [number, number, number, number, number];

interface ConvAttributes {
  readonly strides: [number, number] | number;
  readonly pad: Parameters<typeof backend_util.computeConv2DInfo>[4];
  readonly dataFormat?: "NHWC" | "NCHW";
  readonly dilations: [number, number] | number;
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}

const conv =
  (depthwise: boolean) =>
  ({ x, filter }: { readonly x: Spec; readonly filter: Spec }, attributes: ConvAttributes): Spec => {
    const { strides, pad, dilations, dimRoundingMode, dataFormat = "NHWC" } = attributes;
    const { outShape } = backend_util.computeConv2DInfo(
      [...x.shape] as Shape4,
      [...filter.shape] as Shape4,
      strides,
      // The layer for depthwise convolutions passes null, which tfjs's kernels take for 1.
      dilations ?? 1,
      pad,
      dimRoundingMode,
      depthwise,
      backend_util.convertConv2DDataFormat(dataFormat),
    );
    return shaped(outShape);
  };

interface PoolAttributes {
  readonly filterSize: [number, number] | number;
  readonly strides: [number, number] | number;
  readonly pad: Parameters<typeof backend_util.computePool2DInfo>[4];
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}

const pool = ({ x }: { readonly x: Spec }, attributes: PoolAttributes): Spec => {
  const { filterSize, strides, pad, dimRoundingMode } = attributes;
  const { outShape } = backend_util.computePool2DInfo(
    [...x.shape] as Shape4,
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  return shaped(outShape, x.dtype);
};

interface Pool3dAttributes {
  readonly filterSize: [number, number, number] | number;
  readonly strides: [number, number, number] | number;
  readonly pad: "valid" | "same" | number;
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
  readonly dataFormat: "NDHWC" | "NCDHW";
}

const pool3d = ({ x }: { readonly x: Spec }, attributes: Pool3dAttributes): Spec => {
  const { filterSize, strides, pad, dimRoundingMode, dataFormat } = attributes;
  const { outShape } = backend_util.computePool3DInfo(
    [...x.shape] as Shape5,
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
    dataFormat,
  );
  return shaped(outShape);
};

const padded = (
  { x }: { readonly x: Spec },
  { paddings }: { readonly paddings: [number, number][] },
): Spec => ({
  shape: x.shape.map((size, index) => size + (paddings[index]?.[0] ?? 0) + (paddings[index]?.[1] ?? 0)),
  dtype: x.dtype,
});

const matMul = (
  { a, b }: { readonly a: Spec; readonly b: Spec },
  { transposeA, transposeB }: { readonly transposeA: boolean; readonly transposeB: boolean },
): Spec => {
  const batch = backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const rows = a.shape.at(transposeA ? -1 : -2) as number;
  const columns = b.shape.at(transposeB ? -2 : -1) as number;
  return { shape: [...batch, rows, columns], dtype: upcastType(a.dtype, b.dtype) };
};

const resized =
  (dtype?: DataType) =>
  ({ images }: { readonly images: Spec }, { size }: { readonly size: [number, number] }): Spec =>
    shaped([images.shape[0] as number, size[0], size[1], images.shape[3] as number], dtype ?? images.dtype);

const gathered = (
  { x, indices }: { readonly x: Spec; readonly indices: Spec },
  { axis, batchDims }: { readonly axis: number; readonly batchDims: number },
): Spec => {
  const [parsed] = util.parseAxisParam(axis, [...x.shape]) as [number];
  return shaped(
    [...x.shape.slice(0, parsed), ...indices.shape.slice(batchDims), ...x.shape.slice(parsed + 1)],
    x.dtype,
  );
};

const segments = (
  { x, segmentIds }: { readonly x: Spec; readonly segmentIds: Spec },
  { numSegments }: { readonly numSegments: number },
): Spec => shaped([numSegments, ...x.shape.slice(segmentIds.shape.length)], x.dtype);

/** As many rows as the last id says. */
const segmented = (
  { data, segmentIds }: { readonly data: Spec; readonly segmentIds: Spec },
  _: unknown,
  unknownSize: () => number,
  valuesOf: ValuesOf,
): Spec => {
  const ids = valuesOf(segmentIds);
  const count = ids === null ? unknownSize() : (ids[ids.length - 1] ?? -1) + 1;
  return shaped([count, ...data.shape.slice(1)], data.dtype);
};

const searched = ({ values }: { readonly values: Spec }): Spec => shaped(values.shape, "int32");

/** What each kernel makes, from tfjs's own kernels and shape helpers (`backend_util`, `slice_util`). */
const SHAPES: { readonly [K in KernelName]: Rule<K> | typeof VALUES } = {
  Abs: (inputs) => (inputs.x.dtype === "complex64" ? float(inputs) : like()(inputs)),
  Acos: like(),
  Acosh: like(),
  Add: binary(),
  AddN: (inputs) => list(inputs)[0] as Spec,
  All: reduce(() => "bool"),
  Any: reduce(() => "bool"),
  ArgMax: withoutAxis("int32"),
  ArgMin: withoutAxis("int32"),
  Asin: like(),
  Asinh: like(),
  Atan: like(),
  Atanh: like(),
  Atan2: binary(),
  AvgPool: (inputs, attributes) => ({ ...pool(inputs, attributes), dtype: "float32" }),
  AvgPoolGrad: like("input"),
  AvgPool3D: pool3d,
  AvgPool3DGrad: like("input"),
  BatchMatMul: matMul,
  BatchToSpaceND: ({ x }, { blockShape, crops }) => {
    const block = blockShape.reduce((product, size) => product * size, 1);
    const shape = x.shape.map((size, index) => {
      if (index === 0) return size / block;
      const crop = crops[index - 1];
      return crop
        ? size * (blockShape[index - 1] as number) - (crop[0] as number) - (crop[1] as number)
        : size;
    });
    return shaped(shape, x.dtype);
  },
  Bincount: ({ weights }, { size }) => shaped([size], weights.dtype),
  BitwiseAnd: binary("int32"),
  BroadcastTo: VALUES,
  BroadcastArgs: ({ s0, s1 }) => shaped([Math.max(s0.shape[0] ?? 0, s1.shape[0] ?? 0)], "int32"),
  Cast: ({ x }, { dtype }) => shaped(x.shape, dtype),
  Ceil: like(),
  ClipByValue: like(),
  Complex: like("real", "complex64"),
  ComplexAbs: float,
  Concat: (inputs, { axis }) => {
    const operands = list(inputs);
    const [along] = util.parseAxisParam(axis, [...(operands[0] as Spec).shape]) as [number];
    const shape = backend_util.computeOutShape(
      operands.map((operand) => [...operand.shape]),
      along,
    );
    return shaped(shape, operands.map(({ dtype }) => dtype).reduce(upcastType));
  },
  Conv2D: conv(false),
  Conv2DBackpropFilter: (_, { filterShape }) => shaped(filterShape),
  Conv2DBackpropInput: (_, { inputShape }) => shaped(inputShape),
  Conv3D: ({ x, filter }, { strides, pad, dilations, dataFormat }) =>
    shaped(
      backend_util.computeConv3DInfo(
        [...x.shape] as Shape5,
        [...filter.shape] as Shape5,
        strides,
        dilations,
        pad,
        false,
        dataFormat === "NCDHW" ? "channelsFirst" : "channelsLast",
      ).outShape,
      x.dtype,
    ),
  Conv3DBackpropFilterV2: (_, { filterShape }) => shaped(filterShape),
  Conv3DBackpropInputV2: (_, { inputShape }) => shaped(inputShape),
  Cos: float,
  Cosh: float,
  Cumprod: accumulated,
  Cumsum: accumulated,
  CropAndResize: ({ image, boxes }, { cropSize }) =>
    shaped([boxes.shape[0] as number, cropSize[0], cropSize[1], image.shape[3] as number]),
  DenseBincount: ({ x, weights }, { size }) =>
    shaped(x.shape.length === 1 ? [size] : [x.shape[0] as number, size], weights.dtype),
  DepthToSpace: ({ x }, { blockSize, dataFormat }) => {
    const [n, a, b, c] = x.shape as Shape4;
    const square = blockSize * blockSize;
    return shaped(
      dataFormat === "NHWC"
        ? [n, a * blockSize, b * blockSize, c / square]
        : [n, a / square, b * blockSize, c * blockSize],
      x.dtype,
    );
  },
  DepthwiseConv2dNative: conv(true),
  DepthwiseConv2dNativeBackpropFilter: (_, { filterShape }) => shaped(filterShape),
  DepthwiseConv2dNativeBackpropInput: (_, { inputShape }) => shaped(inputShape),
  Diag: ({ x }) => shaped([...x.shape, ...x.shape], x.dtype),
  Dilation2D: ({ x, filter }, { strides, pad, dilations }) =>
    shaped(
      backend_util.computeDilation2DInfo(
        [...x.shape] as Shape4,
        [...filter.shape] as [number, number, number],
        strides,
        pad,
        "NHWC",
        dilations,
      ).outShape,
      x.dtype,
    ),
  Dilation2DBackpropInput: like(),
  Dilation2DBackpropFilter: like("filter"),
  Draw: like("image"),
  RealDiv: binary(),
  Einsum: (inputs, { equation }) => {
    const operands = list(inputs);
    const { allDims, summedDims, idDims } = backend_util.decodeEinsumEquation(equation, operands.length);
    const sizes = allDims.map((_, dimension) => {
      const operand = idDims.findIndex((ids) => ids.includes(dimension));
      return operands[operand]?.shape[(idDims[operand] as number[]).indexOf(dimension)] as number;
    });
    return shaped(sizes.slice(0, allDims.length - summedDims.length), operands[0]?.dtype);
  },
  Elu: like("x"),
  EluGrad: like("dy"),
  Erf: like("x"),
  Equal: binary("bool"),
  Exp: float,
  ExpandDims: ({ input }, { dim }) => {
    const at = dim < 0 ? input.shape.length + dim + 1 : dim;
    return shaped([...input.shape.slice(0, at), 1, ...input.shape.slice(at)], input.dtype);
  },
  Expm1: like(),
  FFT: like("input", "complex64"),
  Fill: (_, { shape, dtype }) => shaped(shape, dtype),
  FlipLeftRight: like("image"),
  Floor: like(),
  FloorDiv: binary("int32"),
  FusedBatchNorm: like(),
  GatherV2: gathered,
  GatherNd: ({ params, indices }) => {
    const depth = indices.shape.at(-1) as number;
    return shaped([...indices.shape.slice(0, -1), ...params.shape.slice(depth)], params.dtype);
  },
  Greater: binary("bool"),
  GreaterEqual: binary("bool"),
  Identity: like(),
  IFFT: like("input", "complex64"),
  Imag: like("input", "float32"),
  IsFinite: like("x", "bool"),
  IsInf: like("x", "bool"),
  IsNan: like("x", "bool"),
  LeakyRelu: float,
  Less: binary("bool"),
  LessEqual: binary("bool"),
  LinSpace: (_, { num }) => shaped([num]),
  Log: float,
  Log1p: like(),
  LogicalAnd: binary("bool"),
  LogicalNot: like("x", "bool"),
  LogicalOr: binary("bool"),
  LogicalXor: binary("bool"),
  LogSoftmax: like("logits"),
  LowerBound: searched,
  LRN: like(),
  LRNGrad: like(),
  MatrixBandPart: like("input"),
  Max: reduce(),
  Maximum: binary(),
  MaxPool: pool,
  MaxPoolGrad: like("input"),
  MaxPool3D: pool3d,
  MaxPool3DGrad: like("input"),
  MaxPoolWithArgmax: (inputs, attributes) => {
    const values = pool(inputs, attributes);
    return [values, { ...values, dtype: "int32" }];
  },
  Mean: reduce(() => "float32"),
  Min: reduce(),
  Minimum: binary(),
  MirrorPad: padded,
  Mod: binary(),
  Multinomial: ({ logits }, { numSamples }) => shaped([logits.shape[0] as number, numSamples], "int32"),
  Multiply: binary(),
  Neg: like(),
  NotEqual: binary("bool"),
  NonMaxSuppressionV3: (_inputs, _attributes, unknownSize) => shaped([unknownSize()], "int32"),
  NonMaxSuppressionV4: (_, { maxOutputSize, padToMaxOutputSize }, unknownSize) => [
    shaped([padToMaxOutputSize ? maxOutputSize : unknownSize()], "int32"),
    shaped([], "int32"),
  ],
  NonMaxSuppressionV5: (_inputs, _attributes, unknownSize) => {
    const count = [unknownSize()];
    return [shaped(count, "int32"), shaped(count)];
  },
  OnesLike: like(),
  OneHot: ({ indices }, { depth, dtype }) => shaped([...indices.shape, depth], dtype),
  Pack: (inputs, { axis }) => {
    const operands = list(inputs);
    const { shape, dtype } = operands[0] as Spec;
    const at = axis < 0 ? axis + shape.length + 1 : axis;
    return shaped([...shape.slice(0, at), operands.length, ...shape.slice(at)], dtype);
  },
  PadV2: padded,
  Pool: VALUES,
  Pow: binary(),
  Prelu: ({ x, alpha }) => shaped(backend_util.assertAndGetBroadcastShape([...x.shape], [...alpha.shape])),
  Prod: reduce(sumType),
  RaggedGather: VALUES,
  RaggedRange: VALUES,
  RaggedTensorToTensor: VALUES,
  Range: (_, { start, stop, step, dtype }) => shaped([Math.max(0, Math.ceil((stop - start) / step))], dtype),
  Real: like("input", "float32"),
  Reciprocal: like(),
  Relu: like("x"),
  Reshape: ({ x }, { shape }) =>
    shaped(util.inferFromImplicitShape(shape, util.sizeFromShape([...x.shape])), x.dtype),
  ResizeNearestNeighbor: resized(),
  ResizeNearestNeighborGrad: like("images"),
  ResizeBilinear: resized("float32"),
  ResizeBilinearGrad: like("images"),
  Relu6: like("x"),
  Reverse: like(),
  Round: like(),
  Rsqrt: float,
  ScatterNd: ({ updates }, { shape }) => shaped(shape, updates.dtype),
  TensorScatterUpdate: like("tensor"),
  SearchSorted: searched,
  Select: ({ condition, t, e }) => ({
    shape: t.shape.length === 0 ? condition.shape : t.shape,
    dtype: upcastType(t.dtype, e.dtype),
  }),
  Selu: like("x"),
  Slice: ({ x }, { begin, size }) => {
    const [, extents] = slice_util.parseSliceParams({ shape: [...x.shape] } as never, begin, size);
    return shaped(extents as number[], x.dtype);
  },
  Sin: float,
  Sinh: like(),
  Sign: like(),
  Sigmoid: float,
  Softplus: like(),
  Sqrt: float,
  Sum: reduce(sumType),
  SpaceToBatchND: ({ x }, { blockShape, paddings }) => {
    const block = blockShape.reduce((product, size) => product * size, 1);
    const shape = x.shape.map((size, index) => {
      if (index === 0) return size * block;
      const pad = paddings[index - 1];
      return pad
        ? (size + (pad[0] as number) + (pad[1] as number)) / (blockShape[index - 1] as number)
        : size;
    });
    return shaped(shape, x.dtype);
  },
  SplitV: ({ x }, { numOrSizeSplits, axis }) => {
    const [along] = util.parseAxisParam(axis, [...x.shape]) as [number];
    const sizes = backend_util.prepareSplitSize({ shape: [...x.shape] } as never, numOrSizeSplits, along);
    return sizes.map((size) =>
      shaped(
        x.shape.map((whole, index) => (index === along ? size : whole)),
        x.dtype,
      ),
    );
  },
  Softmax: like("logits"),
  SparseFillEmptyRows: VALUES,
  SparseReshape: ({ inputIndices, newShape }) => [
    shaped([inputIndices.shape[0] as number, newShape.shape[0] as number], "int32"),
    shaped(newShape.shape, "int32"),
  ],
  SparseSegmentMean: segmented,
  SparseSegmentSum: segmented,
  SparseToDense: ({ sparseValues }, { outputShape }) => shaped(outputShape, sparseValues.dtype),
  SquaredDifference: binary(),
  Square: like(),
  StaticRegexReplace: like(),
  StridedSlice: ({ x }, attributes) => {
    const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attributes;
    const { finalShape } = slice_util.sliceInfo(
      [...x.shape],
      begin,
      end,
      strides,
      beginMask,
      endMask,
      ellipsisMask,
      newAxisMask,
      shrinkAxisMask,
    );
    return shaped(finalShape, x.dtype);
  },
  StringNGrams: VALUES,
  StringSplit: VALUES,
  StringToHashBucketFast: like("input", "int32"),
  Sub: binary(),
  Tan: float,
  Tanh: like("x"),
  Tile: ({ x }, { reps }) =>
    shaped(
      x.shape.map((size, index) => size * (reps[index] as number)),
      x.dtype,
    ),
  TopK: ({ x }, { k }) => {
    const shape = [...x.shape.slice(0, -1), k];
    return [shaped(shape, x.dtype), shaped(shape, "int32")];
  },
  Transform: ({ image }, { outputShape }) => {
    const [n, h, w, c] = image.shape as Shape4;
    return shaped([n, outputShape?.[0] ?? h, outputShape?.[1] ?? w, c]);
  },
  Transpose: ({ x }, { perm }) =>
    shaped(
      perm.map((index) => x.shape[index] as number),
      x.dtype,
    ),
  Unique: ({ x }, { axis }, unknownSize) => {
    const [along] = util.parseAxisParam(axis, [...x.shape]) as [number];
    const count = unknownSize();
    return [
      shaped(
        x.shape.map((size, index) => (index === along ? count : size)),
        x.dtype,
      ),
      shaped([x.shape[along] as number], "int32"),
    ];
  },
  Unpack: ({ value }, { axis }) => {
    const along = axis < 0 ? axis + value.shape.length : axis;
    const shape = value.shape.filter((_, index) => index !== along);
    return Array.from({ length: value.shape[along] as number }, () => shaped(shape, value.dtype));
  },
  UnsortedSegmentSum: segments,
  UpperBound: searched,
  ZerosLike: like(),
  Step: like(),
  FromPixels: VALUES,
  RotateWithOffset: like("image"),
  _FusedMatMul: matMul,
  FusedConv2D: conv(false),
  FusedDepthwiseConv2D: conv(true),
};

/**
 * The shapes and types of a kernel's outputs.
 *
 * @param unknownSize Gives a size that depends on values, such as the number of boxes that are kept.
 * @param valuesOf Reads a constant, for the few shapes that are its values.
 * @returns `"values"` where they depend on values, undefined where the kernel is not one of tfjs's.
 */
export function outputSpecs(
  kernel: string,
  inputs: AnyInputs,
  attributes: unknown,
  unknownSize: () => number,
  valuesOf: ValuesOf,
): readonly Spec[] | typeof VALUES | undefined {
  const rule = (SHAPES as Readonly<Record<string, Rule<KernelName> | typeof VALUES>>)[kernel];
  if (rule === undefined || rule === VALUES) return rule;
  const result = rule(inputs as never, attributes as never, unknownSize, valuesOf) as Spec | readonly Spec[];
  return Array.isArray(result) ? (result as readonly Spec[]) : [result as Spec];
}
