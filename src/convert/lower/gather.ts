import { util } from "@tensorflow/tfjs-core";
import { constant } from "../../graph/tensors.ts";
import type { ConstantTensor, Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";
import { cast } from "./elementwise.ts";
import type { Family } from "./table.ts";

/** Slices along one dimension; leading dimensions of operand and indices may run side by side. */
function lowerGather(call: Call<"GatherV2">): Tensor {
  const [x, indices] = [call.input("x"), call.input("indices")];
  const { axis, batchDims } = call.attributes;
  const [along] = util.parseAxisParam(axis, [...x.shape]) as [number];
  // tfjs's executor of graph models may leave it out.
  const batch = batchDims ?? 0;
  const batch_dims = batch < 0 ? batch + indices.shape.length : batch;
  return call.add("GATHER", [x, indices], { axis: along, batch_dims });
}

/** Slices at positions, each of which is a row of the indices. */
function lowerGatherNd(call: Call<"GatherNd">): Tensor {
  const [params, indices] = [call.input("params"), call.input("indices")];
  if (indices.shape.at(-1) === 0) call.fail("its indices have no coordinates");
  if (params.type !== "bool") return call.add("GATHER_ND", [params, indices]);
  // Booleans came with runtime 2.16 (`runtime_version.cc`).
  return cast(call, call.add("GATHER_ND", [cast(call, params, "int32"), indices]), "bool");
}

/** One value at each index along a new last dimension, another elsewhere; an index outside has none. */
function lowerOneHot(call: Call<"OneHot">): Tensor {
  const { depth, onValue, offValue } = call.attributes;
  const depths = call.dynamicAttributes.get("depth") as readonly number[] | undefined;
  const operands = [
    call.input("indices"),
    depths === undefined
      ? call.integer(depth, "depth")
      : call.reshapeTo(call.integersOf([depths], "depth"), []),
    valueOfType(call, onValue, "on"),
    valueOfType(call, offValue, "off"),
  ];
  return depths === undefined
    ? call.add("ONE_HOT", operands, { axis: -1 })
    : call.addLike("ONE_HOT", operands, { axis: -1 }, call.output);
}

/** A number of the output's type: an integer has no fraction, a boolean is whether it is not zero. */
function valueOfType(call: Call<KernelName>, value: number, part: string): ConstantTensor {
  const { type } = call.output;
  if (type === "bool") return constant(call.name(part), "bool", [], Uint8Array.of(value === 0 ? 0 : 1));
  return type === "int32" ? call.integer(Math.trunc(value), part) : call.scalar(value, part);
}

/** The lowerings of this file. */
export const lowerings: Family<"gather"> = {
  GatherV2: lowerGather,
  GatherNd: lowerGatherNd,
  OneHot: lowerOneHot,
};
