import { isDynamic } from "../../graph/tensors.ts";
import type { Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";
import { oneByOne } from "./dimensions.ts";
import { cast } from "./elementwise.ts";
import { type Extents, extentsOf, isOpen, tensorOf } from "./extents.ts";
import type { Family } from "./table.ts";

type AnyCall = Call<KernelName>;
/** How much before and behind a dimension, in each recording. */
type Amounts = readonly [readonly number[], readonly number[]];

const NONE: Amounts = [[0], [0]];

/** Cells of one value around a tensor. */
function lowerPad(call: Call<"PadV2">): Tensor {
  const { constantValue } = call.attributes;
  const x = call.input("x");
  if (x.type !== "bool") return padded(call, x, constantValue);
  // The operators have no booleans (`pad.cc`).
  return cast(call, padded(call, cast(call, x, "int32"), constantValue === 0 ? 0 : 1), "bool");
}

function padded(call: Call<"PadV2">, x: Tensor, constantValue: number): Tensor {
  const amounts = amountsOf(call);
  const to = extentsOf(call, call.output);
  const pad = (part: Tensor, cells: readonly Amounts[], made: Extents): Tensor => {
    const operands = [part, paddingsOf(call, cells)];
    if (constantValue === 0) return extended(call, "PAD", operands, cells, made);
    const number = x.type === "int32" ? call.integer(Math.trunc(constantValue)) : call.scalar(constantValue);
    return extended(call, "PADV2", [...operands, number], cells, made);
  };
  // `PadKernelMaxDimensionCount` of `pad.h`; more than four came with version 4.
  const limit = call.allows("PAD", 4) ? 5 : 4;
  if (amounts.every(isNone)) return x;
  if (x.shape.length <= limit) return pad(x, amounts, to);
  const steps = [...amounts.entries()]
    .filter(([, cells]) => !isNone(cells))
    .map(([dimension, cells]) => ({
      dimension,
      apply: (part: Tensor, made: Extents) => pad(part, [NONE, cells, NONE], made),
    }));
  return oneByOne(call, x, to, steps);
}

/** Cells mirrored at a tensor's borders. */
function lowerMirrorPad(call: Call<"MirrorPad">): Tensor {
  const x = call.input("x");
  const reflects = call.attributes.mode === "reflect";
  for (const [index, cells] of call.attributes.paddings.entries()) {
    const room = (x.shape[index] as number) - (reflects ? 1 : 0);
    if (isDynamic(x, index) && Math.max(...cells) > room) {
      call.fail(
        `it mirrors ${Math.max(...cells)} cells of dimension ${index}, whose nominal size is ${x.shape[index]}: ` +
          "give it a larger one with the option { inputs }",
      );
    }
  }
  const amounts = amountsOf(call);
  const operands = [
    cast(call, x, x.type === "bool" ? "int32" : (x.type as "float32")),
    paddingsOf(call, amounts),
  ];
  const options = { mode: reflects ? "REFLECT" : "SYMMETRIC" } as const;
  const to = extentsOf(call, call.output);
  const y = amounts.flat().some(isOpen)
    ? call.addLike("MIRROR_PAD", operands, options, tensorOf(call, to, (operands[0] as Tensor).type))
    : call.add("MIRROR_PAD", operands, options);
  return cast(call, y, x.type as "float32" | "int32" | "bool");
}

function isNone(cells: Amounts): boolean {
  return cells.flat().every((count) => count === 0);
}

function amountsOf(call: Call<"PadV2" | "MirrorPad">): readonly Amounts[] {
  type Paddings = readonly (readonly [number, number])[];
  const all = (call.dynamicAttributes.get("paddings") ?? [call.attributes.paddings]) as readonly Paddings[];
  const side = (index: number, which: 0 | 1): readonly number[] =>
    all.map((paddings) => paddings[index]?.[which] ?? 0);
  return call.input("x").shape.map((_, index) => [side(index, 0), side(index, 1)]);
}

/** Two columns, one row for each dimension. */
function paddingsOf(call: AnyCall, amounts: readonly Amounts[]): Tensor {
  const columns = amounts.flat();
  if (!columns.some(isOpen)) {
    return call.integers(
      columns.map(([count]) => count as number),
      "paddings",
      2,
    );
  }
  return call.reshapeTo(call.integersOf(columns, "paddings"), [amounts.length, 2]);
}

function extended(
  call: AnyCall,
  type: "PAD" | "PADV2",
  operands: readonly Tensor[],
  amounts: readonly Amounts[],
  to: Extents,
): Tensor {
  return amounts.flat().some(isOpen)
    ? call.addLike(type, operands, {}, tensorOf(call, to, (operands[0] as Tensor).type))
    : call.add(type, operands);
}

/** Repeats a tensor along its dimensions. */
function lowerTile(call: Call<"Tile">): Tensor {
  const x = call.input("x");
  const all = (call.dynamicAttributes.get("reps") ?? [
    call.attributes.reps,
  ]) as readonly (readonly number[])[];
  const columns = x.shape.map((_, index) => all.map((reps) => reps[index] as number));
  if (columns.flat().every((count) => count === 1)) return x;
  const operands = [x, call.integersOf(columns, "multiples")];
  return columns.some(isOpen)
    ? call.addLike("TILE", operands, {}, { ...call.output, type: x.type })
    : call.add("TILE", operands);
}

/** What a tensor is made larger by. */
export const extending: Pick<Family<"shape">, "MirrorPad" | "PadV2" | "Tile"> = {
  MirrorPad: lowerMirrorPad,
  PadV2: lowerPad,
  Tile: lowerTile,
};
