import { util } from "@tensorflow/tfjs-core";
import type { WrittenOperator } from "../../graph/operators/written.ts";
import type { Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";
import { notYet } from "./call.ts";
import { cast, toFloat } from "./elementwise.ts";
import type { Family } from "./table.ts";

interface ReductionAttributes {
  readonly axis?: number | number[];
  readonly reductionIndices?: number | number[];
  readonly keepDims?: boolean;
}

/** One operator over some dimensions. Means are of floats, whatever comes in; extremes and sums keep their type. */
export function reduction(type: WrittenOperator & ("MEAN" | "SUM" | "REDUCE_MAX" | "REDUCE_MIN")) {
  // biome-ignore lint/suspicious/noExplicitAny: any kernel that reduces its operand "x"
  return (call: Call<any>): Tensor => {
    const { axis, reductionIndices, keepDims = false } = call.attributes as ReductionAttributes;
    const x = operand(call as Call<KernelName>, call.input("x" as never), type);
    const axes = util.parseAxisParam((axis ?? reductionIndices) as number[], [...x.shape]);
    const y =
      axes.length === 0 ? x : call.add(type, [x, call.integers(axes, "axes")], { keep_dims: keepDims });
    return cast(call as Call<KernelName>, y, call.output.type as "bool");
  };
}

/** Of booleans the extremes are those of 0 and 1. */
function operand(call: Call<KernelName>, x: Tensor, type: WrittenOperator): Tensor {
  if (type === "MEAN") return toFloat(call, x);
  return x.type === "bool" ? cast(call, x, "int32") : x;
}

/** The lowerings of this file. */
export const lowerings: Family<"reduction"> = {
  All: notYet,
  Any: notYet,
  ArgMax: notYet,
  ArgMin: notYet,
  Max: reduction("REDUCE_MAX"),
  Mean: reduction("MEAN"),
  Min: reduction("REDUCE_MIN"),
  Prod: notYet,
  Sum: reduction("SUM"),
};
