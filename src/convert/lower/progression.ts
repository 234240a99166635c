import { constant } from "../../graph/tensors.ts";
import type { Tensor } from "../../graph/types.ts";
import type { Call } from "./call.ts";
import { cast } from "./elementwise.ts";
import { columnsOf, extentsOf, isOpen } from "./extents.ts";
import { addShaped, counting } from "./rows.ts";
import { type Column, numberOf } from "./size-numbers.ts";
import type { Family } from "./table.ts";

/**
 * Numbers in equal steps, as many as a run says: RANGE of integers, whose number is exact and known before a run
 * (`range.cc`), times the step, from the start on. Steps that are no float32 are multiplied; tfjs adds them up, and
 * rounds each sum.
 */
function lowerRange(call: Call<"Range">): Tensor {
  const [starts, steps] = [column(call, "start"), stepsOf(call)];
  const type = call.output.type as "float32" | "int32";
  return multiples(call, steps.every((step) => step === 1) ? null : numberOf(call, steps, type), starts);
}

/** As many numbers as a run says, in equal steps from the first to the last. */
function lowerLinSpace(call: Call<"LinSpace">): Tensor {
  const [starts, stops] = [column(call, "start"), column(call, "stop")];
  const [count] = columnsOf(extentsOf(call, call.output)) as [Column];
  const distance = numberOf(
    call,
    combined(stops, starts, (stop, start) => stop - start),
    "float32",
  );
  const intervals = numberOf(
    call,
    count.map((size) => size - 1),
    "float32",
  );
  // One number is the first: its step is of no matter, as long as it is one.
  const step = call.add("DIV", [distance, call.add("MAXIMUM", [intervals, call.scalar(1, "one")])]);
  return multiples(call, step, starts);
}

/** The whole numbers from 0 on, times a step, from a start on. */
function multiples(call: Call<"Range" | "LinSpace">, step: Tensor | null, starts: Column): Tensor {
  const type = call.output.type as "float32" | "int32";
  const positions = cast(call, counting(call, extentsOf(call, call.output)), type);
  const scaled = step === null ? positions : call.add("MUL", [positions, step]);
  return starts.every((start) => start === 0)
    ? scaled
    : call.add("ADD", [scaled, numberOf(call, starts, type)]);
}

/** A tensor of one value. */
function lowerFill(call: Call<"Fill">): Tensor {
  const { type } = call.output;
  const values = column(call, "value").map(Number);
  const value =
    type === "bool"
      ? constant(call.name("value"), "bool", [], Uint8Array.of(values[0] as number))
      : numberOf(call, values, type as "float32" | "int32");
  return addShaped(call, "FILL", (shape) => [shape, value], extentsOf(call, call.output), type);
}

/** Numbers that JavaScript computed of sizes. */
function lowerSizeNumbers(call: Call<"SizeNumbers">): Tensor {
  const { shape, type } = call.output;
  const all = (call.dynamicAttributes.get("values") ?? [call.attributes.values]) as readonly Column[];
  const numbers = call.attributes.values.map((_, index) => {
    const values = all.map((some) => some[index] as number);
    return numberOf(call, values, type as "float32" | "int32");
  });
  if (shape.length === 0) return numbers[0] as Tensor;
  const rows = numbers.map((number) => call.reshapeTo(number, [1]));
  const vector = rows.length === 1 ? (rows[0] as Tensor) : call.add("CONCATENATION", rows, { axis: 0 });
  return shape.length === 1 ? vector : call.reshapeTo(vector, shape);
}

/** An attribute in each recording. */
function column<K extends "Fill" | "LinSpace" | "Range">(
  call: Call<K>,
  name: keyof Call<K>["attributes"] & string,
): Column {
  return (call.dynamicAttributes.get(name) ?? [call.attributes[name]]) as Column;
}

/** tfjs counts down by itself where a step of 1 would lead away from the end (`Range_impl.ts`). */
function stepsOf(call: Call<"Range">): Column {
  const [starts, stops, steps] = [column(call, "start"), column(call, "stop"), column(call, "step")];
  const down = combined(starts, stops, (start, stop) => (stop < start ? -1 : 1));
  const signed = combined(steps, down, (step, sign) => (step === 1 ? sign : step));
  return isOpen(signed) ? signed : signed.slice(0, 1);
}

function combined(a: Column, b: Column, make: (a: number, b: number) => number): Column {
  const count = Math.max(a.length, b.length);
  return Array.from({ length: count }, (_, at) => make(valueAt(a, at), valueAt(b, at)));
}

const valueAt = (values: Column, at: number): number => values[at] ?? (values[0] as number);

/** The lowerings of this file: what tfjs makes of nothing but numbers, where one of them follows a dynamic size. */
export const lowerings: Family<"progression"> = {
  Fill: lowerFill,
  LinSpace: lowerLinSpace,
  Range: lowerRange,
  SizeNumbers: lowerSizeNumbers,
};
