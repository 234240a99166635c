import { util } from "@tensorflow/tfjs-core";
import type { WrittenOperator } from "../../graph/operators/written.ts";
import type { Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";
import { toFloat } from "./elementwise.ts";

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
    const given = call.input("x" as never);
    if (given.type === "bool") call.fail("it reduces booleans");
    const x = type === "MEAN" ? toFloat(call as Call<KernelName>, given) : given;
    const axes = util.parseAxisParam((axis ?? reductionIndices) as number[], [...x.shape]);
    if (axes.length === 0) return x;
    return call.add(type, [x, call.integers(axes, "axes")], { keep_dims: keepDims });
  };
}
