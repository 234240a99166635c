import { floatsOf, isConstant } from "../../tensors.ts";
import type { OperatorOptions, TensorType } from "../../types.ts";
import {
  type AnyRule,
  constants,
  dimension,
  input,
  integers,
  type Operands,
  type OutputSpec,
  open,
  type ShapeRule,
  typeNamed,
} from "./rule.ts";

/** Reductions along constant axes. */
export const reduce = (inputs: Operands, options: OperatorOptions<"MEAN">): OutputSpec => {
  const x = input(inputs, 0);
  const axes = new Set(constants(inputs, 1).map((axis) => dimension(axis, x.shape.length)));
  const shape = options.keep_dims
    ? x.shape.map((size, index) => (axes.has(index) ? 1 : size))
    : x.shape.filter((_, index) => !axes.has(index));
  return { shape, type: x.type };
};

/** ARG_MAX and ARG_MIN. */
export const extremum = (inputs: Operands, options: OperatorOptions<"ARG_MAX">): OutputSpec => {
  const { shape } = input(inputs, 0);
  const along = dimension(constants(inputs, 1)[0] as number, shape.length);
  return { shape: shape.filter((_, index) => index !== along), type: typeNamed(options.output_type) };
};

export const gather: ShapeRule<"GATHER"> = (inputs, { axis, batch_dims }) => {
  const [x, positions] = [input(inputs, 0), input(inputs, 1)];
  const along = dimension(axis, x.shape.length);
  const batch = batch_dims < 0 ? batch_dims + positions.shape.length : batch_dims;
  return {
    shape: [...x.shape.slice(0, along), ...positions.shape.slice(batch), ...x.shape.slice(along + 1)],
    type: x.type,
  };
};

export const gatherNd: AnyRule = (inputs) => {
  const [x, indices] = [input(inputs, 0), input(inputs, 1)];
  const depth = indices.shape.at(-1) as number;
  return { shape: [...indices.shape.slice(0, -1), ...x.shape.slice(depth)], type: x.type };
};

/** An operator that writes values into a tensor of the shape that one of its inputs gives. */
export const scatter =
  (shapeIndex: number, valueIndex: number): AnyRule =>
  (inputs) => {
    const shape = integers(inputs, shapeIndex);
    const { type } = input(inputs, valueIndex);
    return shape === null ? open(type, input(inputs, shapeIndex).shape[0]) : { shape, type };
  };

export const embeddingLookup: AnyRule = (inputs) => {
  const [ids, table] = [input(inputs, 0), input(inputs, 1)];
  return { shape: [ids.shape[0] as number, ...table.shape.slice(1)], type: table.type };
};

export const segmentSum: AnyRule = (inputs) => {
  const x = input(inputs, 0);
  const ids = integers(inputs, 1);
  // The kernel looks at the ids beforehand only where the data are constant too.
  if (ids === null || !isConstant(x)) return open(x.type, x.shape.length);
  return { shape: [Math.max(-1, ...ids) + 1, ...x.shape.slice(1)], type: x.type };
};

export const unsortedSegmentSum: AnyRule = (inputs) => {
  const [x, ids] = [input(inputs, 0), input(inputs, 1)];
  const rest = x.shape.slice(ids.shape.length);
  const count = integers(inputs, 2);
  return count === null
    ? open(x.type, rest.length + 1)
    : { shape: [count[0] as number, ...rest], type: x.type };
};

export const topK: AnyRule = (inputs) => {
  const { shape, type } = input(inputs, 0);
  const k = integers(inputs, 1);
  if (k === null) return [open(type, shape.length), open("int32", shape.length)];
  const kept = [...shape.slice(0, -1), k[0] as number];
  return [
    { shape: kept, type },
    { shape: kept, type: "int32" },
  ];
};

export const unique: ShapeRule<"UNIQUE"> = (inputs, { idx_out_type }) => {
  const { shape, type } = input(inputs, 0);
  return [open(type, 1), { shape, type: typeNamed(idx_out_type) }];
};

/** What NON_MAX_SUPPRESSION gives per box: indices, and scores of version 5; then how many there are. */
export const suppression =
  (...types: readonly TensorType[]): AnyRule =>
  (inputs) => {
    const count = integers(inputs, 2);
    return [
      ...types.map((type) => (count === null ? open(type, 1) : { shape: count, type })),
      { shape: [], type: "int32" },
    ];
  };

export const multinomial: AnyRule = (inputs) => {
  const [batch] = input(inputs, 0).shape as [number];
  const samples = integers(inputs, 1);
  // The options have no output type: the kernel takes that of its output tensor, and int32 is what is written.
  return samples === null ? open("int32", 2) : { shape: [batch, samples[0] as number], type: "int32" };
};

export const range: AnyRule = (inputs) => {
  const { type } = input(inputs, 0);
  const values = inputs.map((_, index) => scalar(inputs, index));
  const [start, limit, delta] = values;
  if (start == null || limit == null || delta == null) return open(type, 1);
  return { shape: [Math.max(0, Math.ceil((limit - start) / delta))], type };
};

function scalar(inputs: Operands, index: number): number | null | undefined {
  const tensor = input(inputs, index);
  if (tensor.type === "float32") return isConstant(tensor) ? floatsOf(tensor)[0] : null;
  return integers(inputs, index)?.[0];
}

export const broadcastArgs: AnyRule = (inputs) => {
  const [a, b] = [input(inputs, 0), input(inputs, 1)];
  return { shape: [Math.max(a.shape[0] as number, b.shape[0] as number)], type: a.type };
};

/** A sequence in, the output of each step out. */
export const sequence: AnyRule = (inputs) => {
  const { shape, type } = input(inputs, 0);
  // The output state, [batch, units].
  return { shape: [...shape.slice(0, -1), input(inputs, 18).shape.at(-1) as number], type };
};

export const fourier: AnyRule = (inputs) => {
  const { shape } = input(inputs, 0);
  const length = integers(inputs, 1);
  if (length === null) return open("complex64", shape.length);
  const [height, width] = length as readonly [number, number];
  return { shape: [...shape.slice(0, -2), height, Math.floor(width / 2) + 1], type: "complex64" };
};
