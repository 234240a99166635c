import {
  any,
  broadcastTo,
  cast,
  type DataType,
  engine,
  equal,
  expandDims,
  gather,
  logicalNot,
  prod,
  reshape,
  scalar,
  slice_util,
  squeeze,
  type Tensor,
  tensor1d,
  tensor2d,
  util,
} from "@tensorflow/tfjs-core";
import type { StridedMasks } from "../../trace/operations.ts";
import type { Spec } from "../../trace/shapes.ts";
import type { NodeCall, Operation } from "./call.ts";

/**
 * Operations of which tfjs-converter reads values on the host: the sizes of their results, or the results, depend
 * on those. Where the values are known it runs them; else an operation is recorded that reads them when the file
 * runs. Those named `Dynamic...` are the operator of TensorFlow Lite of that name, with its operands.
 */
export const VALUE_DEPENDENT: Readonly<Record<string, Operation>> = {
  Shape: (call) => {
    const x = call.tensor(0);
    return call.sizes.isDependent(x) ? [shapeOf(call, x)] : undefined;
  },
  ShapeN: (call) => call.inputs.map((_, index) => shapeOrConstant(call, call.tensor(index))),
  Size: (call) => {
    const x = call.tensor(0);
    if (!call.sizes.isDependent(x)) return undefined;
    return [call.sizes.sample(prod(shapeOf(call, x)), scalar(x.size, "int32"))];
  },
  Fill: (call) => {
    const [dims, value] = [call.tensor(0), call.tensor(1)];
    if (call.isSymbolic(dims)) {
      return call.emit("DynamicFill", { dims, value }, {}, [spec(sizesBy(call, 0, dims.size), value)]);
    }
    if (!call.isSymbolic(value)) return undefined;
    return [broadcastTo(reshape(value, []), call.numbers(0, "the shape") as number[])];
  },
  Range: (call) => {
    const [start, limit, delta] = [call.tensor(0), call.tensor(1), call.tensor(2)];
    if (![start, limit, delta].some((tensor) => call.isSymbolic(tensor))) return undefined;
    const dtype = call.attribute<DataType>("dtype") ?? start.dtype;
    return call.emit("DynamicRange", { start, limit, delta }, {}, [{ shape: [rangeLength(call)], dtype }]);
  },
  Reshape: (call) => {
    const [x, shape] = [call.tensor(0), call.tensor(1)];
    if (!call.isSymbolic(shape)) return undefined;
    const sample = call.sample(1);
    const sizes = sample ? util.inferFromImplicitShape([...sample], x.size) : sizesBy(call, 1, shape.size);
    return call.emit("DynamicReshape", { x, shape }, {}, [spec(sizes, x)]);
  },
  Slice: (call) => {
    const [x, begin, size] = [call.tensor(0), call.tensor(1), call.tensor(2)];
    if (!call.isSymbolic(begin) && !call.isSymbolic(size)) return undefined;
    const [begins, extents] = [call.sample(1), call.sample(2)];
    const sizes = x.shape.map((whole, index) => {
      const [from, extent] = [begins?.[index], extents?.[index]];
      if (extent !== undefined && extent >= 0) return extent;
      return extent === undefined || from === undefined ? call.unknownSize() : whole - from;
    });
    return call.emit("DynamicSlice", { x, begin, size }, {}, [spec(sizes, x)]);
  },
  StridedSlice: (call) => {
    const [x, begin, end, strides] = [call.tensor(0), call.tensor(1), call.tensor(2), call.tensor(3)];
    if (![begin, end, strides].some((tensor) => call.isSymbolic(tensor))) return undefined;
    const masks = stridedMasks(call);
    const sizes = stridedSizes(call, x, masks);
    return call.emit("DynamicStridedSlice", { x, begin, end, strides }, masks, [spec(sizes, x)]);
  },
  Pad: padded,
  PadV2: padded,
  Tile: (call) => {
    const [x, multiples] = [call.tensor(0), call.tensor(1)];
    if (!call.isSymbolic(multiples)) return undefined;
    const sample = call.sample(1);
    const sizes = x.shape.map((size, index) =>
      sample ? size * (sample[index] as number) : call.unknownSize(),
    );
    return call.emit("DynamicTile", { x, multiples }, {}, [spec(sizes, x)]);
  },
  BroadcastTo: (call) => {
    const [x, shape] = [call.tensor(0), call.tensor(1)];
    if (!call.isSymbolic(shape)) return undefined;
    return call.emit("DynamicBroadcastTo", { x, shape }, {}, [spec(sizesBy(call, 1, shape.size), x)]);
  },
  TopKV2: (call) => {
    const [x, k] = [call.tensor(0), call.tensor(1)];
    if (!call.isSymbolic(k)) return undefined;
    const shape = [...x.shape.slice(0, -1), ...sizesBy(call, 1, 1)];
    return call.emit("DynamicTopK", { x, k }, {}, [spec(shape, x), { shape, dtype: "int32" }]);
  },
  ResizeBilinear: (call) => resized(call, "DynamicResizeBilinear", "float32"),
  ResizeNearestNeighbor: (call) => resized(call, "DynamicResizeNearestNeighbor"),
  Where: (call) => {
    const condition = cast(call.tensor(0), "bool");
    if (!call.isSymbolic(condition)) return [indicesOf(condition)];
    return call.emit("Where", { condition }, {}, [
      { shape: [call.unknownSize(), condition.rank], dtype: "int32" },
    ]);
  },
  Unique: unique,
  UniqueV2: unique,
  ListDiff: (call) => {
    const [x, y] = [call.tensor(0), call.tensor(1)];
    const kept = logicalNot(any(equal(expandDims(x, 1), expandDims(y, 0)), 1));
    const found = call.isSymbolic(kept)
      ? (call.emit("Where", { condition: kept }, {}, [
          { shape: [call.unknownSize(), 1], dtype: "int32" },
        ])[0] as Tensor)
      : indicesOf(kept);
    const indices = squeeze(found, [1]);
    if (call.isSymbolic(kept)) call.sizes.depends(indices);
    const values = gather(x, indices);
    return [call.isSymbolic(kept) ? call.sizes.depends(values) : values, indices];
  },
  NonMaxSuppressionV2: (call) => suppressed(call, "NonMaxSuppressionV3"),
  NonMaxSuppressionV3: (call) => suppressed(call, "NonMaxSuppressionV3"),
  NonMaxSuppressionV4: (call) => suppressed(call, "NonMaxSuppressionV4"),
  NonMaxSuppressionV5: (call) => suppressed(call, "NonMaxSuppressionV5"),
};

function spec(shape: readonly number[], { dtype }: { readonly dtype: DataType }): Spec {
  return { shape, dtype };
}

/** A tensor's shape as a tensor of the file. */
function shapeOf(call: NodeCall, x: Tensor): Tensor {
  const [shape] = call.emit("DynamicShape", { x }, {}, [{ shape: [x.rank], dtype: "int32" }]) as [Tensor];
  return call.sizes.sample(shape, tensor1d(x.shape, "int32"));
}

function shapeOrConstant(call: NodeCall, x: Tensor): Tensor {
  return call.sizes.isDependent(x) ? shapeOf(call, x) : tensor1d(x.shape, "int32");
}

/** As many sizes as an operand has numbers: those that it is known to have, else unknown ones. */
function sizesBy(call: NodeCall, index: number, count: number): readonly number[] {
  return call.sample(index) ?? Array.from({ length: count }, () => call.unknownSize());
}

/** With a step of 1 a difference; with another it is rounded, and what is true of a sample is not of all. */
function rangeLength(call: NodeCall): number {
  const [start, limit, delta] = [call.sample(0)?.[0], call.sample(1)?.[0], call.sample(2)?.[0]];
  return start === undefined || limit === undefined || delta !== 1 ? call.unknownSize() : limit - start;
}

function stridedMasks(call: NodeCall): StridedMasks {
  const mask = (name: string): number => call.attribute<number>(name) ?? 0;
  return {
    beginMask: mask("beginMask"),
    endMask: mask("endMask"),
    ellipsisMask: mask("ellipsisMask"),
    newAxisMask: mask("newAxisMask"),
    shrinkAxisMask: mask("shrinkAxisMask"),
  };
}

function stridedSizes(call: NodeCall, x: Tensor, masks: StridedMasks): readonly number[] {
  const { beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = masks;
  const [begin, end, strides] = [call.sample(1), call.sample(2), call.sample(3)];
  if (begin && end && strides) {
    const all = [beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask] as const;
    return slice_util.sliceInfo(x.shape, [...begin], [...end], [...strides], ...all).finalShape;
  }
  if (ellipsisMask !== 0 || newAxisMask !== 0) {
    throw call.invalid("it has an ellipsis or a new axis, and bounds that depend on values");
  }
  const count = call.tensor(1).size;
  return x.shape.flatMap((size, index) => {
    if (index >= count) return [size];
    const has = (mask: number): boolean => ((mask >> index) & 1) === 1;
    if (has(shrinkAxisMask)) return [];
    return [has(beginMask) && has(endMask) && strides?.[index] === 1 ? size : call.unknownSize()];
  });
}

function padded(call: NodeCall): ReturnType<Operation> {
  const [x, paddings] = [call.tensor(0), call.tensor(1)];
  if (!call.isSymbolic(paddings)) return undefined;
  const sample = call.sample(1);
  const sizes = x.shape.map((size, index) =>
    sample ? size + (sample[2 * index] as number) + (sample[2 * index + 1] as number) : call.unknownSize(),
  );
  const value = call.inputs.length > 2 ? { value: call.tensor(2) } : {};
  return call.emit("DynamicPad", { x, paddings, ...value }, {}, [spec(sizes, x)]);
}

function resized(call: NodeCall, operation: string, dtype?: DataType): ReturnType<Operation> {
  const [images, size] = [call.tensor(0), call.tensor(1)];
  if (!call.isSymbolic(size)) return undefined;
  const [batch, , , channels] = images.shape as [number, number, number, number];
  const attributes = {
    alignCorners: call.attribute<boolean>("alignCorners") ?? false,
    halfPixelCenters: call.attribute<boolean>("halfPixelCenters") ?? false,
  };
  const shape = [batch, ...sizesBy(call, 1, 2), channels];
  return call.emit(operation, { images, size }, attributes, [{ shape, dtype: dtype ?? images.dtype }]);
}

/** Where a condition holds, a row of indices each. Source: `whereImpl` of tfjs-core. */
function indicesOf(condition: Tensor): Tensor {
  const values = condition.dataSync();
  const strides = util.computeStrides(condition.shape);
  const rows: number[] = [];
  for (let index = 0; index < values.length; index++) {
    if (values[index])
      rows.push(...util.indexToLoc(index, condition.rank, [...strides, 1].slice(-condition.rank)));
  }
  return tensor2d(rows, [rows.length / condition.rank, condition.rank], "int32");
}

/** Of a vector, the values that occur, in order, and for each of its values which of them it is. */
function unique(call: NodeCall): ReturnType<Operation> {
  const x = call.tensor(0);
  if (!call.isSymbolic(x)) return undefined;
  if (x.rank !== 1) throw call.invalid("TensorFlow Lite knows the unique values of a vector only");
  return call.emit("Unique", { x }, { axis: 0 }, [
    spec([call.unknownSize()], x),
    { shape: x.shape, dtype: "int32" },
  ]);
}

/**
 * The best boxes of those that overlap, by tfjs's kernels. As there, no more than there are boxes: see
 * `nonMaxSuppSanityCheck` of tfjs-core.
 */
function suppressed(
  call: NodeCall,
  kernel: "NonMaxSuppressionV3" | "NonMaxSuppressionV4" | "NonMaxSuppressionV5",
): ReturnType<Operation> {
  const [boxes, scores] = [call.tensor(0), call.tensor(1)];
  const number = (index: number, what: string, otherwise: number): number =>
    index < call.inputs.length ? call.number(index, what) : otherwise;
  const maxOutputSize = Math.min(call.number(2, "the number of boxes"), boxes.shape[0] as number);
  const common = {
    maxOutputSize,
    iouThreshold: number(3, "the threshold of the overlap", 0.5),
    scoreThreshold: number(4, "the threshold of the scores", Number.NEGATIVE_INFINITY),
  };
  const padToMaxOutputSize = call.attribute<boolean>("padToMaxOutputSize") ?? false;
  const attributes = {
    NonMaxSuppressionV3: common,
    NonMaxSuppressionV4: { ...common, padToMaxOutputSize },
    NonMaxSuppressionV5: { ...common, softNmsSigma: number(5, "sigma", 0) },
  }[kernel];
  const inputs = { boxes, scores };
  if (!call.isSymbolic(boxes) && !call.isSymbolic(scores)) {
    const result = engine().runKernel(kernel, inputs, attributes as never);
    return Array.isArray(result) ? result : [result as Tensor];
  }
  const padded = kernel === "NonMaxSuppressionV4" && padToMaxOutputSize;
  const size = padded ? maxOutputSize : call.unknownSize();
  const indices: Spec = { shape: [size], dtype: "int32" };
  const further: readonly Spec[] = {
    NonMaxSuppressionV3: [],
    NonMaxSuppressionV4: [{ shape: [], dtype: "int32" as const }],
    NonMaxSuppressionV5: [{ shape: [size], dtype: "float32" as const }],
  }[kernel];
  return call.emit(kernel, inputs, attributes, [indices, ...further]);
}
