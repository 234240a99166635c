import { constant, elementCount } from "../../graph/tensors.ts";
import type { Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";
import { cast, select } from "./elementwise.ts";
import { extentsFrom, extentsOf, reshapeTo } from "./extents.ts";
import { addShaped, sumRows } from "./rows.ts";
import type { Family } from "./table.ts";

type AnyCall = Call<KernelName>;

/** How often each number occurs, or the sum of the weights where it does; larger ones are left out. */
function lowerBincount(call: Call<"Bincount" | "DenseBincount">): Tensor {
  return ofNumbers(call, (type) => {
    const x = flattened(call, call.input("x"));
    const weights = weightsOf(call, type);
    const values = weights === null ? ones(call, type) : flattened(call, weights);
    return sumRows(call, x, values, extentsOf(call, call.output), 0);
  });
}

/** As {@link lowerBincount}, of each row of a matrix; of a vector tfjs counts even where it is asked whether. */
function lowerDenseBincount(call: Call<"DenseBincount">): Tensor {
  const x = call.input("x");
  if (x.shape.length === 1) return lowerBincount(call as unknown as Call<"Bincount">);
  const depth = call.integer(call.attributes.size, "size");
  const axis = call.integers([1], "axis");
  return ofNumbers(call, (type) => {
    const number = (value: number): Tensor => (type === "int32" ? call.integer(value) : call.scalar(value));
    const hot = (on: Tensor, off: Tensor): Tensor => call.add("ONE_HOT", [x, depth, on, off], { axis: -1 });
    if (call.attributes.binaryOutput) return call.add("REDUCE_MAX", [hot(number(1), number(0)), axis], {});
    const weights = weightsOf(call, type);
    if (weights === null) return call.add("SUM", [hot(number(1), number(0)), axis], {});
    const flag = (value: number): Tensor => constant(call.name("flag"), "bool", [], Uint8Array.of(value));
    const column = extentsFrom(extentsOf(call, x), (sizes) => [...sizes, 1]);
    // Chosen, not multiplied: an infinite weight times 0 is no number.
    const chosen = select(call, hot(flag(1), flag(0)), reshapeTo(call, weights, column), number(0));
    return call.add("SUM", [chosen, axis], {});
  });
}

/** Booleans are counted as integers. */
function ofNumbers(call: AnyCall, count: (type: "float32" | "int32") => Tensor): Tensor {
  const { type } = call.output;
  return type === "bool" ? cast(call, count("int32"), "bool") : count(type as "float32" | "int32");
}

/** Null where every item weighs 1: weights without elements. */
function weightsOf(call: Call<"Bincount" | "DenseBincount">, type: "float32" | "int32"): Tensor | null {
  const weights = call.input("weights");
  return elementCount(weights.shape) === 0 ? null : cast(call, weights, type);
}

function flattened(call: AnyCall, x: Tensor): Tensor {
  return x.shape.length === 1 ? x : call.reshapeTo(x, [-1]);
}

function ones(call: Call<"Bincount" | "DenseBincount">, type: "float32" | "int32"): Tensor {
  const one = type === "int32" ? call.integer(1, "one") : call.scalar(1, "one");
  const like = extentsFrom(extentsOf(call, call.input("x")), (sizes) => [elementCount(sizes)]);
  return addShaped(call, "FILL", (shape) => [shape, one], like, type);
}

/** For each value how many numbers of a sorted row come before it: before all equal ones, or behind them. */
function lowerSearchSorted(call: Call<"SearchSorted">): Tensor {
  const [sequence, values] = [call.input("sortedSequence"), call.input("values")];
  const row = extentsFrom(extentsOf(call, sequence), ([batch, size]) => [batch as number, 1, size as number]);
  const column = extentsFrom(extentsOf(call, values), (sizes) => [...sizes, 1]);
  const before = call.add(call.attributes.side === "left" ? "LESS" : "LESS_EQUAL", [
    reshapeTo(call, sequence, row),
    reshapeTo(call, values, column),
  ]);
  return call.add("SUM", [cast(call, before, "int32"), call.integers([2], "axis")], {});
}

/** The lowerings of this file. */
export const lowerings: Family<"counting"> = {
  Bincount: lowerBincount,
  DenseBincount: lowerDenseBincount,
  SearchSorted: lowerSearchSorted,
};
