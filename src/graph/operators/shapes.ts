import { ForgeError, invariant } from "../../errors.ts";
import { elementCount, intsOf, isConstant } from "../tensors.ts";
import type { OperatorOf, OperatorOptions, Tensor, TensorType } from "../types.ts";
import type { WrittenOperator } from "./written.ts";

/** Shape and type of an operator's output. */
export interface OutputSpec {
  readonly shape: readonly number[];
  readonly type: TensorType;
}

/**
 * What an operator makes of its inputs' shapes; null where that depends on values that only a run knows.
 * Source: the `Prepare` function of each kernel in `tflite/kernels`.
 */
type ShapeRule<T extends WrittenOperator> = (
  inputs: readonly (Tensor | null)[],
  options: OperatorOptions<T>,
) => OutputSpec | null;

type AnyRule = (inputs: readonly (Tensor | null)[]) => OutputSpec;

const input = (inputs: readonly (Tensor | null)[], index: number): Tensor => {
  const tensor = inputs[index];
  invariant(tensor != null, `an operator lacks its input ${index}`);
  return tensor;
};

/** The values of an input that must be constant, or null where it is computed at run time. */
const integers = (inputs: readonly (Tensor | null)[], index: number): readonly number[] | null => {
  const tensor = input(inputs, index);
  return isConstant(tensor) ? [...intsOf(tensor)] : null;
};

/** One output like the input. */
const unary: AnyRule = (inputs) => ({ shape: input(inputs, 0).shape, type: input(inputs, 0).type });

/** NumPy's broadcasting of all inputs. */
const broadcast =
  (type?: TensorType): AnyRule =>
  (inputs) => ({
    shape: inputs.map((_, index) => input(inputs, index).shape).reduce(broadcastShapes),
    type: type ?? input(inputs, inputs.length - 1).type,
  });

/** The shape of two operands together. */
export function broadcastShapes(a: readonly number[], b: readonly number[]): readonly number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, index) => {
    const x = a[index - rank + a.length] ?? 1;
    const y = b[index - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new ForgeError("internal", `internal: [${a.join(",")}] and [${b.join(",")}] do not broadcast`);
    }
    return x === 1 ? y : x;
  });
}

/** Output cells of a window along one dimension (`ComputeOutSize`, `tflite/kernels/padding.h`). */
export function windowOutput(
  size: number,
  window: number,
  stride: number,
  dilation: number,
  padding: "SAME" | "VALID",
): number {
  if (padding === "SAME") return Math.ceil(size / stride);
  return Math.floor((size - (window - 1) * dilation - 1) / stride) + 1;
}

interface Window {
  readonly padding: "SAME" | "VALID";
  readonly stride_h: number;
  readonly stride_w: number;
  readonly dilation_h_factor?: number;
  readonly dilation_w_factor?: number;
}

const window2d = (
  x: Tensor,
  height: number,
  width: number,
  channels: number,
  options: Window,
): OutputSpec => {
  const [batch, h, w] = x.shape as [number, number, number];
  const { padding, stride_h, stride_w, dilation_h_factor = 1, dilation_w_factor = 1 } = options;
  return {
    shape: [
      batch,
      windowOutput(h, height, stride_h, dilation_h_factor, padding),
      windowOutput(w, width, stride_w, dilation_w_factor, padding),
      channels,
    ],
    type: x.type,
  };
};

const pool = (inputs: readonly (Tensor | null)[], options: OperatorOptions<"MAX_POOL_2D">): OutputSpec => {
  const x = input(inputs, 0);
  return window2d(x, options.filter_height, options.filter_width, x.shape[3] as number, options);
};

const pad: AnyRule = (inputs) => {
  const x = input(inputs, 0);
  const amounts = integers(inputs, 1);
  invariant(amounts !== null, "paddings must be constant");
  return {
    shape: x.shape.map(
      (size, index) => size + (amounts[2 * index] as number) + (amounts[2 * index + 1] as number),
    ),
    type: x.type,
  };
};

const reduce = (inputs: readonly (Tensor | null)[], options: OperatorOptions<"MEAN">): OutputSpec | null => {
  const x = input(inputs, 0);
  const listed = integers(inputs, 1);
  if (listed === null) return null;
  const axes = new Set(listed.map((axis) => (axis < 0 ? axis + x.shape.length : axis)));
  const shape = options.keep_dims
    ? x.shape.map((size, index) => (axes.has(index) ? 1 : size))
    : x.shape.filter((_, index) => !axes.has(index));
  return { shape, type: x.type };
};

const resize: AnyRule = (inputs) => {
  const x = input(inputs, 0);
  const size = integers(inputs, 1);
  invariant(size !== null, "the size of a resize must be constant");
  return {
    shape: [x.shape[0] as number, size[0] as number, size[1] as number, x.shape[3] as number],
    type: x.type,
  };
};

const reshape: ShapeRule<"RESHAPE"> = (inputs) => {
  const x = input(inputs, 0);
  const target = integers(inputs, 1);
  if (target === null) return null;
  const known = elementCount(target.filter((size) => size !== -1));
  const shape = target.map((size) => (size === -1 ? elementCount(x.shape) / known : size));
  invariant(
    elementCount(shape) === elementCount(x.shape) && shape.every(Number.isInteger),
    `[${x.shape.join(",")}] does not reshape to [${target.join(",")}]`,
  );
  return { shape, type: x.type };
};

const slice: ShapeRule<"SLICE"> = (inputs) => {
  const x = input(inputs, 0);
  const [begin, size] = [integers(inputs, 1), integers(inputs, 2)];
  if (begin === null || size === null) return null;
  return {
    shape: size.map((extent, index) =>
      extent === -1 ? (x.shape[index] as number) - (begin[index] as number) : extent,
    ),
    type: x.type,
  };
};

const stridedSlice: ShapeRule<"STRIDED_SLICE"> = (inputs, options) => {
  const x = input(inputs, 0);
  const [begin, end, strides] = [integers(inputs, 1), integers(inputs, 2), integers(inputs, 3)];
  if (begin === null || end === null || strides === null) return null;
  invariant(
    options.ellipsis_mask === 0 && options.new_axis_mask === 0,
    "masks of STRIDED_SLICE are normalized",
  );
  const shape: number[] = [];
  for (const [index, size] of x.shape.entries()) {
    if ((options.shrink_axis_mask >> index) & 1) continue;
    const stride = strides[index] as number;
    const clamp = (position: number, low: number, high: number): number =>
      Math.min(Math.max(position < 0 ? position + size : position, low), high);
    const [low, high] = stride > 0 ? [0, size] : [-1, size - 1];
    const from =
      (options.begin_mask >> index) & 1
        ? stride > 0
          ? 0
          : size - 1
        : clamp(begin[index] as number, low, high);
    const to =
      (options.end_mask >> index) & 1 ? (stride > 0 ? size : -1) : clamp(end[index] as number, low, high);
    shape.push(Math.max(0, Math.ceil((to - from) / stride)));
  }
  return { shape, type: x.type };
};

const SHAPES: { readonly [T in WrittenOperator]: ShapeRule<T> } = {
  ABS: unary,
  ADD: broadcast(),
  AVERAGE_POOL_2D: pool,
  BATCH_MATMUL: (inputs, { adj_x, adj_y }) => {
    const [x, y] = [input(inputs, 0), input(inputs, 1)];
    const rows = x.shape.at(adj_x ? -1 : -2) as number;
    const columns = y.shape.at(adj_y ? -2 : -1) as number;
    const batch = broadcastShapes(x.shape.slice(0, -2), y.shape.slice(0, -2));
    return { shape: [...batch, rows, columns], type: x.type };
  },
  CAST: (inputs, { out_data_type }) => ({
    shape: input(inputs, 0).shape,
    type: out_data_type.toLowerCase() as TensorType,
  }),
  CEIL: unary,
  CONCATENATION: (inputs, { axis }) => {
    const first = input(inputs, 0);
    const along = axis < 0 ? axis + first.shape.length : axis;
    const total = inputs.reduce((sum, _, index) => sum + (input(inputs, index).shape[along] as number), 0);
    return { shape: first.shape.map((size, index) => (index === along ? total : size)), type: first.type };
  },
  CONV_2D: (inputs, options) => {
    const [channels, height, width] = input(inputs, 1).shape as [number, number, number];
    return window2d(input(inputs, 0), height, width, channels, options);
  },
  COS: unary,
  DEPTHWISE_CONV_2D: (inputs, options) => {
    const [, height, width, channels] = input(inputs, 1).shape as [number, number, number, number];
    return window2d(input(inputs, 0), height, width, channels, options);
  },
  DEPTH_TO_SPACE: (inputs, { block_size }) => {
    const x = input(inputs, 0);
    const [batch, height, width, channels] = x.shape as [number, number, number, number];
    const shape = [batch, height * block_size, width * block_size, channels / (block_size * block_size)];
    return { shape, type: x.type };
  },
  DIV: broadcast(),
  ELU: unary,
  EQUAL: broadcast("bool"),
  EXP: unary,
  FLOOR: unary,
  FULLY_CONNECTED: (inputs, { keep_num_dims }) => {
    const [x, weights] = [input(inputs, 0), input(inputs, 1)];
    const [units, depth] = weights.shape as [number, number];
    const leading = keep_num_dims ? x.shape.slice(0, -1) : [elementCount(x.shape) / depth];
    return { shape: [...leading, units], type: x.type };
  },
  GREATER: broadcast("bool"),
  GREATER_EQUAL: broadcast("bool"),
  LEAKY_RELU: unary,
  LESS: broadcast("bool"),
  LESS_EQUAL: broadcast("bool"),
  LOG: unary,
  LOGICAL_AND: broadcast("bool"),
  LOGICAL_NOT: unary,
  LOGICAL_OR: broadcast("bool"),
  LOGISTIC: unary,
  MAXIMUM: broadcast(),
  MAX_POOL_2D: pool,
  MEAN: reduce,
  MINIMUM: broadcast(),
  MIRROR_PAD: pad,
  MUL: broadcast(),
  NEG: unary,
  NOT_EQUAL: broadcast("bool"),
  PAD: pad,
  PADV2: pad,
  POW: broadcast(),
  PRELU: broadcast(),
  REDUCE_MAX: reduce,
  REDUCE_MIN: reduce,
  RELU: unary,
  RELU6: unary,
  RELU_N1_TO_1: unary,
  RESHAPE: reshape,
  RESIZE_BILINEAR: resize,
  RESIZE_NEAREST_NEIGHBOR: resize,
  REVERSE_V2: unary,
  ROUND: unary,
  RSQRT: unary,
  SELECT_V2: broadcast(),
  SIN: unary,
  SLICE: slice,
  SOFTMAX: unary,
  SQRT: unary,
  SQUARE: unary,
  SQUARED_DIFFERENCE: broadcast(),
  STRIDED_SLICE: stridedSlice,
  SUB: broadcast(),
  SUM: reduce,
  TANH: unary,
  TILE: (inputs) => {
    const x = input(inputs, 0);
    const multiples = integers(inputs, 1);
    return (
      multiples && { shape: x.shape.map((size, index) => size * (multiples[index] as number)), type: x.type }
    );
  },
  TRANSPOSE: (inputs) => {
    const x = input(inputs, 0);
    const permutation = integers(inputs, 1);
    return permutation && { shape: permutation.map((index) => x.shape[index] as number), type: x.type };
  },
  TRANSPOSE_CONV: (inputs) => {
    const shape = integers(inputs, 0);
    return shape && { shape, type: input(inputs, 2).type };
  },
};

/** What an operator makes: with -1 where a size is dynamic, or null where only a run knows. */
export function inferOutput<T extends WrittenOperator>(
  type: T,
  inputs: readonly (Tensor | null)[],
  options: OperatorOptions<T>,
): (OutputSpec & { readonly shapeSignature?: readonly number[] }) | null {
  const rule = SHAPES[type] as ShapeRule<T>;
  const nominal = rule(inputs, options);
  if (nominal === null || inputs.every((tensor) => tensor?.shapeSignature === undefined)) return nominal;
  // A dimension of the output is dynamic where it follows when the dynamic ones of the inputs are doubled.
  const doubled = rule(inputs.map(double), options);
  invariant(doubled !== null, `${type} has a shape at one size only`);
  const shapeSignature = nominal.shape.map((size, index) => (size === doubled.shape[index] ? size : -1));
  return shapeSignature.includes(-1) ? { ...nominal, shapeSignature } : nominal;
}

function double(tensor: Tensor | null): Tensor | null {
  if (tensor?.shapeSignature === undefined) return tensor;
  return {
    ...tensor,
    shape: tensor.shape.map((size, i) => (tensor.shapeSignature?.[i] === -1 ? 2 * size : size)),
  };
}

/** As {@link inferOutput} of an operator that exists. */
export function inferOperator(operator: OperatorOf<WrittenOperator>): ReturnType<typeof inferOutput> {
  return inferOutput(operator.type, operator.inputs, operator.options as never);
}
