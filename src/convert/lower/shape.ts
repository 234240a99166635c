import { util } from "@tensorflow/tfjs-core";
import { isDynamic, signatureOf } from "../../graph/tensors.ts";
import type { Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";
import type { Family } from "./table.ts";

/** To the shape that the trace knows, with -1 for a dynamic batch. */
function lowerReshape(call: Call<"Reshape">): Tensor {
  return call.reshape(call.input("x"), call.output);
}

/** A new dimension is a reshape, which every runtime has. */
function lowerExpandDims(call: Call<"ExpandDims">): Tensor {
  return call.reshape(call.input("input"), call.output);
}

/** Reorders dimensions. */
function lowerTranspose(call: Call<"Transpose">): Tensor {
  return call.transpose(call.input("x"), call.attributes.perm);
}

/** Cells of one value around a tensor. */
function lowerPad(call: Call<"PadV2">): Tensor {
  const x = call.input("x");
  const { paddings, constantValue } = call.attributes;
  rejectBatch(call, "paddings");
  const amounts = call.integers(paddings.flat(), "paddings", 2);
  if (constantValue === 0) return call.add("PAD", [x, amounts]);
  const value =
    x.type === "int32"
      ? { ...call.integers([Math.trunc(constantValue)], "constant"), shape: [] }
      : call.scalar(constantValue);
  return call.add("PADV2", [x, amounts, value]);
}

/** Cells mirrored at a tensor's borders. */
function lowerMirrorPad(call: Call<"MirrorPad">): Tensor {
  const { paddings, mode } = call.attributes;
  rejectBatch(call, "paddings");
  return call.add("MIRROR_PAD", [call.input("x"), call.integers(paddings.flat(), "paddings", 2)], {
    mode: mode === "reflect" ? "REFLECT" : "SYMMETRIC",
  });
}

/** A block of a tensor; a dynamic dimension is taken whole. */
function lowerSlice(call: Call<"Slice">): Tensor {
  const x = call.input("x");
  const { begin } = call.attributes;
  rejectBatch(call, "begin");
  const start = x.shape.map((_, index) =>
    typeof begin === "number" ? (index === 0 ? begin : 0) : (begin[index] ?? 0),
  );
  const sizes = signatureOf(call.output);
  for (const [index, size] of sizes.entries()) {
    if (isDynamic(x, index)) checkReach(call, (start[index] as number) + Math.max(0, size));
  }
  return call.add("SLICE", [x, call.integers(start, "begin"), call.integers(sizes, "size")]);
}

/** A file is loaded at a batch of one: a block that reaches further than its first item does not load. */
function checkReach(call: Call<KernelName>, end: number): void {
  if (end > 1) {
    call.fail(`it takes ${end} items of a dynamic batch: fix the batch with the option { batch: ${end} }`);
  }
}

/** Every n-th element; new and dropped dimensions become a reshape, so that the oldest version will do. */
function lowerStridedSlice(call: Call<"StridedSlice">): Tensor {
  const x = call.input("x");
  rejectBatch(call, "begin");
  const ranges = rangesOf(call, x);
  const mask = (open: (range: Range) => boolean): number =>
    ranges.reduce((bits, range, index) => (open(range) ? bits | (1 << index) : bits), 0);
  const column = (name: "begin" | "end" | "stride"): Tensor =>
    call.integers(
      ranges.map((range) => range[name]),
      name,
    );
  const y = call.add("STRIDED_SLICE", [x, column("begin"), column("end"), column("stride")], {
    begin_mask: mask(({ openBegin }) => openBegin),
    end_mask: mask(({ openEnd }) => openEnd),
  });
  const { ellipsisMask, newAxisMask, shrinkAxisMask } = call.attributes;
  return (newAxisMask & ~ellipsisMask) === 0 && shrinkAxisMask === 0 ? y : call.reshape(y, call.output);
}

/** What is taken of one dimension. */
interface Range {
  readonly begin: number;
  readonly end: number;
  readonly stride: number;
  readonly openBegin: boolean;
  readonly openEnd: boolean;
}

const WHOLE: Range = { begin: 0, end: 0, stride: 1, openBegin: true, openEnd: true };

/** One range for each dimension of the operand: the attributes leave out some and speak of others that are not there. */
function rangesOf(call: Call<"StridedSlice">, x: Tensor): readonly Range[] {
  const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } =
    call.attributes;
  const has = (mask: number, index: number): boolean => ((mask >> index) & 1) === 1;
  const isNew = (index: number): boolean => has(newAxisMask, index) && !has(ellipsisMask, index);
  const named = begin.filter((_, index) => !isNew(index) && !has(ellipsisMask, index)).length;
  const ranges: Range[] = [];
  for (const [index, first] of begin.entries()) {
    if (isNew(index)) continue;
    if (has(ellipsisMask, index)) {
      ranges.push(...Array.from({ length: x.shape.length - named }, () => WHOLE));
      continue;
    }
    const size = x.shape[ranges.length] as number;
    const dynamic = isDynamic(x, ranges.length);
    if (dynamic && first < 0 && !has(beginMask, index)) checkReach(call, -first);
    if (has(shrinkAxisMask, index)) {
      if (dynamic) checkReach(call, first + 1);
      // The last one ends where its dimension does, wherever that is.
      ranges.push({ begin: first, end: first + 1, stride: 1, openBegin: false, openEnd: first === -1 });
      continue;
    }
    const stop = end[index] as number;
    // An end that follows the batch and is the batch at a batch of one, or more: all of it.
    const followsBatch = dynamic && call.dynamicAttributes.has("end") && stop >= size;
    if (dynamic && !followsBatch && !has(endMask, index)) checkReach(call, stop);
    ranges.push({
      begin: first,
      end: stop,
      stride: strides[index] as number,
      openBegin: has(beginMask, index),
      openEnd: has(endMask, index) || followsBatch,
    });
  }
  while (ranges.length < x.shape.length) ranges.push(WHOLE);
  return ranges;
}

/** Joins tensors along one dimension; empty ones are left out, as tfjs does. */
function lowerConcat(call: Call<"Concat">): Tensor {
  const [axis] = util.parseAxisParam(call.attributes.axis, [...call.output.shape]) as [number];
  const parts = call.list().filter((part) => part.shape.every((size) => size > 0));
  return parts.length === 1 ? (parts[0] as Tensor) : call.add("CONCATENATION", parts, { axis });
}

/** Repeats a tensor along its dimensions. */
function lowerTile(call: Call<"Tile">): Tensor {
  rejectBatch(call, "reps");
  return call.add("TILE", [call.input("x"), call.integers(call.attributes.reps, "multiples")]);
}

/** Reverses dimensions: an operator for each, since the kernel wants them side by side (`reverse.cc`). */
function lowerReverse(call: Call<"Reverse">): Tensor {
  const x = call.input("x");
  const axes = util.parseAxisParam(call.attributes.dims, [...x.shape]);
  return axes.reduce<Tensor>((y, axis) => call.add("REVERSE_V2", [y, call.integers([axis], "axis")]), x);
}

/** An attribute that holds the batch size cannot be a constant of a file with a dynamic batch. */
function rejectBatch(call: Call<KernelName>, attribute: string): void {
  if (call.dynamicAttributes.has(attribute)) {
    call.fail(`its ${attribute} depend on the batch size: fix it with the option { batch: 1 }`);
  }
}

/** The lowerings of this file. */
export const lowerings: Family<"shape"> = {
  Concat: lowerConcat,
  ExpandDims: lowerExpandDims,
  MirrorPad: lowerMirrorPad,
  PadV2: lowerPad,
  Reshape: lowerReshape,
  Reverse: lowerReverse,
  Slice: lowerSlice,
  StridedSlice: lowerStridedSlice,
  Tile: lowerTile,
  Transpose: lowerTranspose,
};
