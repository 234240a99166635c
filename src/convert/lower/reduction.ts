import { util } from "@tensorflow/tfjs-core";
import type { WrittenOperator } from "../../graph/operators/written.ts";
import type { Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";
import { cast, toFloat } from "./elementwise.ts";
import type { Family } from "./table.ts";

interface ReductionAttributes {
  readonly axis?: number | number[];
  readonly reductionIndices?: number | number[];
  readonly keepDims?: boolean;
}

type Reduction = WrittenOperator &
  ("MEAN" | "SUM" | "REDUCE_ALL" | "REDUCE_ANY" | "REDUCE_MAX" | "REDUCE_MIN" | "REDUCE_PROD");
type AnyCall = Call<KernelName>;

// biome-ignore lint/suspicious/noExplicitAny: any kernel that reduces its operand "x"
type OfX = (call: Call<any>) => Tensor;

/** One operator over some dimensions, without an operator over none. */
function reduce(call: AnyCall, type: Reduction, x: Tensor): Tensor {
  const { axis, reductionIndices, keepDims = false } = call.attributes as ReductionAttributes;
  const axes = util.parseAxisParam((axis ?? reductionIndices) as number[], [...x.shape]);
  return axes.length === 0 ? x : call.add(type, [x, call.integers(axes, "axes")], { keep_dims: keepDims });
}

/** Means are of floats, whatever comes in; extremes, sums and products keep their type. */
export function reduction(type: "MEAN" | "SUM" | "REDUCE_MAX" | "REDUCE_MIN" | "REDUCE_PROD"): OfX {
  return (call: Call<"Sum">) => {
    const input = call.input("x");
    const counted = input.type === "bool" ? cast(call, input, "int32") : input;
    const y = reduce(call, type, type === "MEAN" ? toFloat(call, counted) : counted);
    return cast(call, y, call.output.type as "bool");
  };
}

/** The older extreme of zeros and ones that says the same of booleans. */
const EXTREMES = { REDUCE_ALL: "REDUCE_MIN", REDUCE_ANY: "REDUCE_MAX" } as const;

/** Of booleans: all or any of them. Microcontrollers and runtimes before 2.6 lack an operator for one or both. */
function logical(type: keyof typeof EXTREMES): OfX {
  return (call: Call<"All">) => {
    const x = call.input("x");
    if (call.allows(type)) return reduce(call, type, x);
    return cast(call, reduce(call, EXTREMES[type], toFloat(call, x)), "bool");
  };
}

/** An extreme; of booleans it is all or any of them. */
function extreme(type: "REDUCE_MAX" | "REDUCE_MIN", ofBooleans: keyof typeof EXTREMES): OfX {
  const [numbers, booleans] = [reduction(type), logical(ofBooleans)];
  return (call: Call<"Max">) => (call.input("x").type === "bool" ? booleans(call) : numbers(call));
}

/** The first place of the extreme along a dimension; of booleans as of 0 and 1. */
function place(type: "ARG_MAX" | "ARG_MIN"): OfX {
  return (call: Call<"ArgMax">) => {
    const input = call.input("x");
    const x = input.type === "bool" ? cast(call, input, "int32") : input;
    const [axis] = util.parseAxisParam(call.attributes.axis, [...x.shape]) as [number];
    return call.add(type, [x, call.integer(axis, "axis")], { output_type: "INT32" });
  };
}

/** The lowerings of this file. */
export const lowerings: Family<"reduction"> = {
  All: logical("REDUCE_ALL"),
  Any: logical("REDUCE_ANY"),
  ArgMax: place("ARG_MAX"),
  ArgMin: place("ARG_MIN"),
  Max: extreme("REDUCE_MAX", "REDUCE_ANY"),
  Mean: reduction("MEAN"),
  Min: extreme("REDUCE_MIN", "REDUCE_ALL"),
  Prod: reduction("REDUCE_PROD"),
  Sum: reduction("SUM"),
};
