import { util } from "@tensorflow/tfjs-core";
import type { Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";
import { cast } from "./elementwise.ts";
import type { Family } from "./table.ts";

type AnyCall = Call<KernelName>;

/** What a scan does at each step, and what it starts from. */
interface Operation {
  readonly type: "ADD" | "MUL";
  readonly neutral: number;
}

interface Direction {
  readonly axis: number;
  readonly exclusive: boolean;
  readonly reverse: boolean;
}

/** The axis as a number from zero, and booleans counted as integers, which is what tfjs makes of them. */
function operands(call: Call<"Cumsum">): { readonly x: Tensor; readonly direction: Direction } {
  const input = call.input("x");
  const x = input.type === "bool" ? cast(call, input, "int32") : input;
  const { axis, exclusive, reverse } = call.attributes;
  const [along] = util.parseAxisParam(axis, [...x.shape]) as [number];
  return { x, direction: { axis: along, exclusive, reverse } };
}

/** Sums up to each element. */
function lowerCumsum(call: Call<"Cumsum">): Tensor {
  const { x, direction } = operands(call);
  const { axis, exclusive, reverse } = direction;
  if (!call.allows("CUMSUM")) return scan(call, x, direction, { type: "ADD", neutral: 0 });
  return call.add("CUMSUM", [x, call.integer(axis, "axis")], { exclusive, reverse });
}

/** Products up to each element: there is no operator for them. */
function lowerCumprod(call: Call<"Cumprod">): Tensor {
  const { x, direction } = operands(call as unknown as Call<"Cumsum">);
  return scan(call, x, direction, { type: "MUL", neutral: 1 });
}

/**
 * After the step of distance `d`, each element holds what the last `2 d` make: log2(n) steps (Hillis and Steele,
 * Data Parallel Algorithms). More than four dimensions, which PADV2 and SLICE have a limit of, are joined around
 * the axis.
 */
function scan(call: AnyCall, x: Tensor, direction: Direction, operation: Operation): Tensor {
  const { axis, exclusive } = direction;
  const length = call.size(x, axis);
  if (x.shape.length > 4) return call.reshape(scanJoined(call, x, direction, operation), call.output);
  let result = exclusive ? shifted(call, x, 1, direction, operation) : x;
  for (let distance = 1; distance < length; distance *= 2) {
    result = call.add(operation.type, [result, shifted(call, result, distance, direction, operation)]);
  }
  return result;
}

function scanJoined(call: AnyCall, x: Tensor, direction: Direction, operation: Operation): Tensor {
  const { axis } = direction;
  const length = call.size(x, axis);
  const inner = x.shape.slice(axis + 1).map((_, index) => call.size(x, axis + 1 + index));
  const joined = call.reshapeTo(x, [-1, length, util.sizeFromShape(inner)]);
  return scan(call, joined, { ...direction, axis: 1 }, operation);
}

/** Moves elements along the axis, and puts what changes nothing in the place of those that are missing. */
function shifted(
  call: AnyCall,
  x: Tensor,
  distance: number,
  { axis, reverse }: Direction,
  { neutral }: Operation,
): Tensor {
  const along = <T>(value: T, others: T): readonly T[] =>
    x.shape.map((_, index) => (index === axis ? value : others));
  const amounts = along(reverse ? [0, distance] : [distance, 0], [0, 0]).flat();
  const fill = x.type === "int32" ? call.integer(neutral) : call.scalar(neutral);
  const padded = call.add("PADV2", [x, call.integers(amounts, "padding", 2), fill]);
  const begin = call.integers(along(reverse ? distance : 0, 0), "begin");
  return call.add("SLICE", [padded, begin, call.integers(along(x.shape[axis] as number, -1), "size")]);
}

/** The lowerings of this file. */
export const lowerings: Family<"scan"> = {
  Cumprod: lowerCumprod,
  Cumsum: lowerCumsum,
};
