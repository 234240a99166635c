import { intConstant, isDynamic } from "../../graph/tensors.ts";
import type { Tensor } from "../../graph/types.ts";
import type { Call } from "./call.ts";

/*
 * Sizes that a run computes, each a vector of one integer. Only by operators whose results are known before a run,
 * as those of a shape are: MUL, RANGE and GATHER are, ADD and FLOOR_DIV are not (`SetTensorToPersistentRo` in
 * `tflite/kernels`). What is made with such a size has a known one, too: tensors that only a run sizes are none of
 * CompiledModel's outputs.
 */

/** The size of a dimension. */
export function sizeOf(call: Call, tensor: Tensor, dimension: number): Tensor {
  const shape = call.add("SHAPE", [tensor], { out_type: "INT32" });
  // STRIDED_SLICE of a shape is known before a run, SLICE is not.
  const part = [dimension, dimension + 1, 1].map((value, index) =>
    call.integers([value], ["begin", "end", "strides"][index] as string),
  );
  return call.add("STRIDED_SLICE", [shape, ...part]);
}

/** A size times a number. */
export function times(call: Call, size: Tensor, factor: number): Tensor {
  return factor === 1 ? size : call.add("MUL", [size, call.integers([factor], "factor")]);
}

/**
 * How many steps it takes from `start` to a size that is not smaller, `⌈(limit - start) / step⌉`: how many numbers
 * a RANGE has. It subtracts, adds and divides.
 */
export function stepsBetween(call: Call, start: Tensor | number, limit: Tensor, step: number): Tensor {
  const from = typeof start === "number" ? call.integer(start, "start") : call.reshapeTo(start, []);
  const operands = [from, call.reshapeTo(limit, []), call.integer(step, "step")];
  const like: Tensor = { name: call.name("steps"), type: "int32", shape: [1], shapeSignature: [-1] };
  return call.add("SHAPE", [call.addLike("RANGE", operands, {}, like)], { out_type: "INT32" });
}

/** A size of a tensor that exists, by the tensor and the number of the dimension. */
export type Dimension = readonly [tensor: Tensor, dimension: number];

/**
 * Reshapes to sizes of tensors that exist, and products of them: the first dynamic one is what is left, others are
 * computed.
 */
export function reshapeToSizes(call: Call, x: Tensor, sizes: readonly (readonly Dimension[])[]): Tensor {
  const isOpen = (factors: readonly Dimension[]): boolean =>
    factors.some(([tensor, dimension]) => isDynamic(tensor, dimension));
  const shape = sizes.map((factors) =>
    factors.reduce((all, [tensor, dimension]) => all * (tensor.shape[dimension] as number), 1),
  );
  const shapeSignature = sizes.map((factors, index) => (isOpen(factors) ? -1 : (shape[index] as number)));
  if (sizes.filter(isOpen).length <= 1) return call.reshapeTo(x, shapeSignature);
  const left = sizes.findIndex(isOpen);
  const counts = sizes.map((factors, index): Count => {
    const nominal = shape[index] as number;
    if (index === left || !isOpen(factors)) return shapeSignature[index] as number;
    const lengths = factors.map(([tensor, dimension]) => sizeOf(call, tensor, dimension));
    return { nominal, computed: lengths.reduce((all, length) => call.add("MUL", [all, length])) };
  });
  const like: Tensor = { name: call.name(call.kernel), type: x.type, shape, shapeSignature };
  return call.addLike("RESHAPE", [x, vectorOf(call, counts, "shape")], {}, like);
}

/** The numbers from 0 on below the size of a dimension, as a vector. */
export function countingTo(call: Call, tensor: Tensor, dimension: number): Tensor {
  const size = tensor.shape[dimension] as number;
  if (!isDynamic(tensor, dimension)) {
    return intConstant(
      call.name("grid"),
      [size],
      Array.from({ length: size }, (_, index) => index),
    );
  }
  return countingBelow(call, sizeOf(call, tensor, dimension), size);
}

/** The numbers from 0 on below a size, which has a nominal value. */
export function countingBelow(call: Call, size: Tensor, nominal: number): Tensor {
  const operands = [call.integer(0, "start"), call.reshapeTo(size, []), call.integer(1, "step")];
  const like: Tensor = {
    name: call.name("grid"),
    type: "int32",
    shape: [nominal],
    shapeSignature: [-1],
  };
  return call.addLike("RANGE", operands, {}, like);
}

/** A number of cells: known, or computed, with what it is at the nominal sizes. */
export type Count = number | { readonly nominal: number; readonly computed: Tensor };

/** What a number of cells is at the nominal sizes. */
export function nominalOf(count: Count): number {
  return typeof count === "number" ? count : count.nominal;
}

/** Numbers of cells as a vector: constant where all are known. */
export function vectorOf(call: Call, counts: readonly Count[], part: string): Tensor {
  if (counts.every((count) => typeof count === "number")) return call.integers(counts, part);
  const parts = counts.map((count) =>
    typeof count === "number" ? call.integers([count], part) : count.computed,
  );
  return call.add("CONCATENATION", parts, { axis: 0 });
}

/** A tensor of another shape, dynamic where this one is: what an operator makes that is told computed sizes. */
export function resized(call: Call, { type, shapeSignature }: Tensor, shape: readonly number[]): Tensor {
  const signature = shape.map((size, index) => (shapeSignature?.[index] === -1 ? -1 : size));
  return {
    name: call.name(call.kernel),
    type,
    shape,
    ...(signature.includes(-1) && { shapeSignature: signature }),
  };
}

/**
 * Numbers of cells that follow from how many an image lacks to a multiple of the stride, as what "same" adds does:
 * `⌈size / stride⌉ · stride - size`. A dynamic size looks them up.
 */
export function countsByGap(
  call: Call,
  image: Tensor,
  dimension: number,
  stride: number,
  countsOf: (gap: number) => readonly number[],
): readonly Count[] {
  const size = image.shape[dimension] as number;
  const nominal = countsOf(Math.ceil(size / stride) * stride - size);
  if (!isDynamic(image, dimension)) return nominal;
  const rows = Array.from({ length: stride }, (_, gap) => countsOf(gap));
  const columns = nominal.map((_, index) => rows.map((counts) => counts[index] as number));
  if (columns.every((column) => column.every((count) => count === column[0]))) return nominal;
  const length = sizeOf(call, image, dimension);
  const gap = stepsBetween(call, length, times(call, stepsBetween(call, 0, length, stride), stride), 1);
  return columns.map((column, index) => ({
    nominal: nominal[index] as number,
    computed: call.add("GATHER", [call.integers(column, "cells"), gap], { axis: 0 }),
  }));
}
