import { invariant } from "../../../errors.ts";
import { elementCount } from "../../tensors.ts";
import type { Tensor } from "../../types.ts";
import {
  type AnyRule,
  constants,
  dimension,
  input,
  integers,
  type OutputSpec,
  open,
  type ShapeRule,
} from "./rule.ts";

const withSize = (x: Tensor, axis: number, size: number): OutputSpec => ({
  shape: x.shape.map((old, index) => (index === axis ? size : old)),
  type: x.type,
});

const inserted = (shape: readonly number[], axis: number, size: number): readonly number[] => [
  ...shape.slice(0, axis),
  size,
  ...shape.slice(axis),
];

export const pad: AnyRule = (inputs) => {
  const x = input(inputs, 0);
  const amounts = integers(inputs, 1);
  if (amounts === null) return open(x.type, x.shape.length);
  return {
    shape: x.shape.map(
      (size, index) => size + (amounts[2 * index] as number) + (amounts[2 * index + 1] as number),
    ),
    type: x.type,
  };
};

export const reshape: ShapeRule<"RESHAPE"> = (inputs) => {
  const x = input(inputs, 0);
  const target = integers(inputs, 1);
  if (target === null) return open(x.type, input(inputs, 1).shape[0]);
  const known = elementCount(target.filter((size) => size !== -1));
  const shape = target.map((size) => (size === -1 ? elementCount(x.shape) / known : size));
  invariant(
    elementCount(shape) === elementCount(x.shape) && shape.every(Number.isInteger),
    `[${x.shape.join(",")}] does not reshape to [${target.join(",")}]`,
  );
  return { shape, type: x.type };
};

export const slice: ShapeRule<"SLICE"> = (inputs) => {
  const x = input(inputs, 0);
  const [begin, size] = [integers(inputs, 1), integers(inputs, 2)];
  // Only "the rest", -1, depends on where it begins.
  if (size === null || (begin === null && size.includes(-1))) return open(x.type, x.shape.length);
  const rest = (index: number): number => (x.shape[index] as number) - (begin?.[index] as number);
  return { shape: size.map((extent, index) => (extent === -1 ? rest(index) : extent)), type: x.type };
};

export const stridedSlice: ShapeRule<"STRIDED_SLICE"> = (inputs, options) => {
  const x = input(inputs, 0);
  invariant(
    options.ellipsis_mask === 0 && options.new_axis_mask === 0,
    "masks of STRIDED_SLICE are normalized",
  );
  const [begin, end, strides] = [integers(inputs, 1), integers(inputs, 2), integers(inputs, 3)];
  const kept = x.shape.flatMap((_, index) => ((options.shrink_axis_mask >> index) & 1 ? [] : [index]));
  if (begin === null || end === null || strides === null) return open(x.type, kept.length);
  const shape = kept.map((index) => {
    const size = x.shape[index] as number;
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
    return Math.max(0, Math.ceil((to - from) / stride));
  });
  return { shape, type: x.type };
};

export const concatenation: ShapeRule<"CONCATENATION"> = (inputs, { axis }) => {
  const first = input(inputs, 0);
  const along = dimension(axis, first.shape.length);
  const total = inputs.reduce((sum, _, index) => sum + (input(inputs, index).shape[along] as number), 0);
  return withSize(first, along, total);
};

export const tile: AnyRule = (inputs) => {
  const x = input(inputs, 0);
  const multiples = integers(inputs, 1);
  if (multiples === null) return open(x.type, x.shape.length);
  return { shape: x.shape.map((size, index) => size * (multiples[index] as number)), type: x.type };
};

export const transpose: AnyRule = (inputs) => {
  const x = input(inputs, 0);
  return { shape: constants(inputs, 1).map((index) => x.shape[index] as number), type: x.type };
};

export const expandDims: AnyRule = (inputs) => {
  const x = input(inputs, 0);
  const [axis] = constants(inputs, 1);
  return { shape: inserted(x.shape, dimension(axis as number, x.shape.length + 1), 1), type: x.type };
};

export const squeeze: ShapeRule<"SQUEEZE"> = (inputs, { squeeze_dims = [] }) => {
  const x = input(inputs, 0);
  const named = new Set(squeeze_dims.map((axis) => dimension(axis, x.shape.length)));
  const goes = (size: number, index: number): boolean => (named.size === 0 ? size === 1 : named.has(index));
  return { shape: x.shape.filter((size, index) => !goes(size, index)), type: x.type };
};

export const pack: ShapeRule<"PACK"> = (inputs, { values_count, axis }) => {
  const x = input(inputs, 0);
  return { shape: inserted(x.shape, dimension(axis, x.shape.length + 1), values_count), type: x.type };
};

export const unpack: ShapeRule<"UNPACK"> = (inputs, { num, axis }) => {
  const x = input(inputs, 0);
  const along = dimension(axis, x.shape.length);
  const shape = x.shape.filter((_, index) => index !== along);
  return Array.from({ length: num }, () => ({ shape, type: x.type }));
};

export const split: ShapeRule<"SPLIT"> = (inputs, { num_splits }) => {
  const x = input(inputs, 1);
  const along = dimension(constants(inputs, 0)[0] as number, x.shape.length);
  const part = withSize(x, along, (x.shape[along] as number) / num_splits);
  return Array.from({ length: num_splits }, () => part);
};

export const splitV: ShapeRule<"SPLIT_V"> = (inputs, { num_splits }) => {
  const x = input(inputs, 0);
  const sizes = integers(inputs, 1);
  if (sizes === null) return Array.from({ length: num_splits }, () => open(x.type, x.shape.length));
  const along = dimension(constants(inputs, 2)[0] as number, x.shape.length);
  const given = sizes.reduce((sum, size) => sum + Math.max(size, 0), 0);
  return sizes.map((size) => withSize(x, along, size === -1 ? (x.shape[along] as number) - given : size));
};

export const fill: AnyRule = (inputs) => {
  const shape = integers(inputs, 0);
  const { type } = input(inputs, 1);
  return shape === null ? open(type, input(inputs, 0).shape[0]) : { shape, type };
};

export const broadcastTo: AnyRule = (inputs) => {
  const { type } = input(inputs, 0);
  const shape = integers(inputs, 1);
  return shape === null ? open(type, input(inputs, 1).shape[0]) : { shape, type };
};

export const matrixDiagonal: AnyRule = (inputs) => {
  const { shape, type } = input(inputs, 0);
  return { shape: [...shape, shape.at(-1) as number], type };
};

export const oneHot: ShapeRule<"ONE_HOT"> = (inputs, { axis }) => {
  const { shape } = input(inputs, 0);
  const { type } = input(inputs, 2);
  const depth = integers(inputs, 1);
  if (depth === null) return open(type, shape.length + 1);
  return { shape: inserted(shape, dimension(axis, shape.length + 1), depth[0] as number), type };
};
