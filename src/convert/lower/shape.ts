import { util } from "@tensorflow/tfjs-core";
import { signatureOf } from "../../graph/tensors.ts";
import type { Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";
import { cast } from "./elementwise.ts";

/** To the shape that the trace knows, with -1 for a dynamic batch. */
export function lowerReshape(call: Call<"Reshape">): Tensor {
  return call.reshape(call.input("x"), call.output);
}

/** A new dimension is a reshape, which every runtime has. */
export function lowerExpandDims(call: Call<"ExpandDims">): Tensor {
  return call.reshape(call.input("input"), call.output);
}

/** Reorders dimensions. */
export function lowerTranspose(call: Call<"Transpose">): Tensor {
  return call.transpose(call.input("x"), call.attributes.perm);
}

/** Another element type; a cast of equal types is nothing. */
export function lowerCast(call: Call<"Cast">): Tensor {
  const { dtype } = call.attributes;
  if (dtype !== "float32" && dtype !== "int32" && dtype !== "bool") call.fail(`it casts to ${dtype}`);
  return cast(call, call.input("x"), dtype);
}

/** Cells of one value around a tensor. */
export function lowerPad(call: Call<"PadV2">): Tensor {
  const x = call.input("x");
  const { paddings, constantValue } = call.attributes;
  rejectBatch(call, "paddings");
  const amounts = call.integers(paddings.flat(), "paddings", 2);
  if (constantValue === 0) return call.add("PAD", [x, amounts]);
  if (x.type !== "float32") call.fail(`it pads ${x.type} with ${constantValue}`);
  return call.add("PADV2", [x, amounts, call.scalar(constantValue)]);
}

/** Cells mirrored at a tensor's borders. */
export function lowerMirrorPad(call: Call<"MirrorPad">): Tensor {
  const { paddings, mode } = call.attributes;
  rejectBatch(call, "paddings");
  return call.add("MIRROR_PAD", [call.input("x"), call.integers(paddings.flat(), "paddings", 2)], {
    mode: mode === "reflect" ? "REFLECT" : "SYMMETRIC",
  });
}

/** A block of a tensor; a dynamic dimension is taken whole. */
export function lowerSlice(call: Call<"Slice">): Tensor {
  const x = call.input("x");
  const { begin } = call.attributes;
  rejectBatch(call, "begin");
  const start = x.shape.map((_, index) =>
    typeof begin === "number" ? (index === 0 ? begin : 0) : (begin[index] ?? 0),
  );
  return call.add("SLICE", [
    x,
    call.integers(start, "begin"),
    call.integers(signatureOf(call.output), "size"),
  ]);
}

/** Every n-th element; new and dropped dimensions become a reshape, so that the oldest version will do. */
export function lowerStridedSlice(call: Call<"StridedSlice">): Tensor {
  const x = call.input("x");
  const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } =
    call.attributes;
  if (ellipsisMask !== 0 || newAxisMask !== 0) call.fail("it inserts dimensions");
  if (call.output.shape.length !== x.shape.length && shrinkAxisMask === 0) call.fail("its rank changes");
  const rank = x.shape.length;
  const fill = (values: readonly number[], value: number): number[] =>
    Array.from({ length: rank }, (_, index) => values[index] ?? value);
  const missing = x.shape.reduce((mask, _, index) => (index < begin.length ? mask : mask | (1 << index)), 0);
  const ends = fill(end, 0).map((value, index) =>
    (shrinkAxisMask >> index) & 1
      ? (begin[index] as number) === -1
        ? (x.shape[index] as number)
        : (begin[index] as number) + 1
      : value,
  );
  const y = call.add(
    "STRIDED_SLICE",
    [
      x,
      call.integers(fill(begin, 0), "begin"),
      call.integers(ends, "end"),
      call.integers(fill(strides, 1), "strides"),
    ],
    { begin_mask: (beginMask & ~shrinkAxisMask) | missing, end_mask: (endMask & ~shrinkAxisMask) | missing },
  );
  return shrinkAxisMask === 0 ? y : call.reshape(y, call.output);
}

/** Joins tensors along one dimension; empty ones are left out, as tfjs does. */
export function lowerConcat(call: Call<"Concat">): Tensor {
  const [axis] = util.parseAxisParam(call.attributes.axis, [...call.output.shape]) as [number];
  const parts = call.list().filter((part) => part.shape.every((size) => size > 0));
  return parts.length === 1 ? (parts[0] as Tensor) : call.add("CONCATENATION", parts, { axis });
}

/** Repeats a tensor along its dimensions. */
export function lowerTile(call: Call<"Tile">): Tensor {
  rejectBatch(call, "reps");
  return call.add("TILE", [call.input("x"), call.integers(call.attributes.reps, "multiples")]);
}

/** Reverses dimensions: an operator for each, since the kernel wants them side by side (`reverse.cc`). */
export function lowerReverse(call: Call<"Reverse">): Tensor {
  const x = call.input("x");
  const axes = util.parseAxisParam(call.attributes.dims, [...x.shape]);
  return axes.reduce<Tensor>((y, axis) => call.add("REVERSE_V2", [y, call.integers([axis], "axis")]), x);
}

/** An attribute that holds the batch size cannot be a constant of a file with a dynamic batch. */
function rejectBatch(call: Call<KernelName>, attribute: string): void {
  if (call.batchAttributes.has(attribute)) {
    call.fail(`its ${attribute} depend on the batch size: fix it with the option { batch: 1 }`);
  }
}
