import { util } from "@tensorflow/tfjs-core";
import type { Tensor } from "../../graph/types.ts";
import type { Call } from "./call.ts";
import { lowerSlice, lowerStridedSlice } from "./cutting.ts";
import { around, transposed } from "./dimensions.ts";
import { extending } from "./extending.ts";
import { extentsOf, reshapeTo } from "./extents.ts";
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
  return transposed(call, call.input("x"), call.attributes.perm);
}

/** XNNPACK takes CONCATENATION of more dimensions and then fails to prepare it (`XNN_MAX_TENSOR_DIMS`). */
const CONCATENATION_RANK = 6;

/** Joins tensors along one dimension; empty ones are left out where there are others, as tfjs does. */
function lowerConcat(call: Call<"Concat">): Tensor {
  const [axis] = util.parseAxisParam(call.attributes.axis, [...call.output.shape]) as [number];
  const operands = call.list();
  const filled = operands.filter((part) => part.shape.every((size) => size > 0));
  const parts = filled.length === 0 ? operands : filled;
  if (parts.length === 1) return parts[0] as Tensor;
  if (call.output.shape.length <= CONCATENATION_RANK) return call.add("CONCATENATION", parts, { axis });
  const joined = parts.map((part) => reshapeTo(call, part, around(extentsOf(call, part), axis)));
  const y = call.add("CONCATENATION", joined, { axis: 1 });
  return reshapeTo(call, y, extentsOf(call, call.output));
}

/** Reverses dimensions: an operator for each, since the kernel wants them side by side (`reverse.cc`). */
function lowerReverse(call: Call<"Reverse">): Tensor {
  const x = call.input("x");
  const axes = util.parseAxisParam(call.attributes.dims, [...x.shape]);
  return axes.reduce<Tensor>((y, axis) => call.add("REVERSE_V2", [y, call.integers([axis], "axis")]), x);
}

/** The lowerings of this file. */
export const lowerings: Family<"shape"> = {
  Concat: lowerConcat,
  ExpandDims: lowerExpandDims,
  ...extending,
  Reshape: lowerReshape,
  Reverse: lowerReverse,
  Slice: lowerSlice,
  StridedSlice: lowerStridedSlice,
  Transpose: lowerTranspose,
};
