import { backend_util, util } from "@tensorflow/tfjs-core";
import type { Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";
import { cast } from "./elementwise.ts";
import type { Family } from "./table.ts";

/** Tensors along a new dimension. */
function lowerPack(call: Call<"Pack">): Tensor {
  const parts = call.list();
  const [first] = parts as [Tensor, ...Tensor[]];
  if (parts.length === 1) return call.reshape(first, call.output);
  const { axis } = call.attributes;
  const options = { values_count: parts.length, axis: axis < 0 ? axis + call.output.shape.length : axis };
  if (first.type !== "bool") return call.add("PACK", parts, options);
  // PACK takes no booleans (`pack.cc`).
  const numbers = parts.map((part) => cast(call, part, "int32"));
  return cast(call, call.add("PACK", numbers, options), "bool");
}

/** A tensor for each index of a dimension, without that dimension. */
function lowerUnpack(call: Call<"Unpack">): readonly Tensor[] {
  const value = call.input("value");
  const { axis } = call.attributes;
  const along = axis < 0 ? axis + value.shape.length : axis;
  const num = call.size(value, along);
  return num === 1
    ? [call.reshape(value, call.output)]
    : call.addMany("UNPACK", [value], { num, axis: along });
}

/** Parts along a dimension, equal ones by the operator that need not be told their sizes. */
function lowerSplitV(call: Call<"SplitV">): readonly Tensor[] {
  const x = call.input("x");
  const [along] = util.parseAxisParam(call.attributes.axis, [...x.shape]) as [number];
  const whole = call.size(x, along);
  const sizes = backend_util.prepareSplitSize(
    { shape: [...x.shape] } as never,
    call.attributes.numOrSizeSplits,
    along,
  );
  if (sizes.length === 1) return [x];
  if (x.type === "bool") return slices(call, x, along, sizes);
  const axis = call.integer(along, "axis");
  return sizes.every((size) => size * sizes.length === whole)
    ? call.addMany("SPLIT", [axis, x], { num_splits: sizes.length })
    : call.addMany("SPLIT_V", [x, call.integers(sizes, "sizes"), axis], { num_splits: sizes.length });
}

/** The operators that split take no booleans (`split.cc`, `split_v.cc`). */
function slices(
  call: Call<KernelName>,
  x: Tensor,
  along: number,
  sizes: readonly number[],
): readonly Tensor[] {
  let begin = 0;
  return sizes.map((size) => {
    const at = (value: number, others: number): readonly number[] =>
      x.shape.map((_, index) => (index === along ? value : others));
    const part = call.add("SLICE", [
      x,
      call.integers(at(begin, 0), "begin"),
      call.integers(at(size, -1), "size"),
    ]);
    begin += size;
    return part;
  });
}

/** The lowerings of this file. */
export const lowerings: Family<"joining"> = {
  Pack: lowerPack,
  SplitV: lowerSplitV,
  Unpack: lowerUnpack,
};
