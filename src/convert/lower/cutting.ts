import { isDynamic, signatureOf } from "../../graph/tensors.ts";
import type { Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";
import { oneByOne } from "./dimensions.ts";
import { columnsOf, type Extents, extentsFrom, extentsOf, isOpen, reshapeTo, tensorOf } from "./extents.ts";

type AnyCall = Call<KernelName>;
/** A number in each recording, or one for all. */
type Column = readonly number[];

/** What is taken of one dimension. */
interface Range {
  readonly begin: Column;
  readonly end: Column;
  readonly stride: number;
  readonly openBegin: boolean;
  readonly openEnd: boolean;
  /** Whether its dimension is left out of what is made. */
  readonly shrinks: boolean;
}

const WHOLE: Range = {
  begin: [0],
  end: [0],
  stride: 1,
  openBegin: true,
  openEnd: true,
  shrinks: false,
};

const isWhole = ({ openBegin, openEnd, stride }: Range): boolean => openBegin && openEnd && stride === 1;

/** SLICE and STRIDED_SLICE take no more dimensions (`slice.cc`, `strided_slice.cc`), nor four before these versions. */
const rankLimit = (call: AnyCall, type: "SLICE" | "STRIDED_SLICE"): number =>
  call.allows(type, type === "SLICE" ? 5 : 4) ? 5 : 4;

/** A block of a tensor: where it begins and how far it goes may follow a dynamic size. */
export function lowerSlice(call: Call<"Slice">): Tensor {
  const x = call.input("x");
  const [sizes, made] = [columnsOf(extentsOf(call, x)), columnsOf(extentsOf(call, call.output))];
  const firsts = (begin: number | readonly number[]): readonly number[] =>
    x.shape.map((_, index) => (typeof begin === "number" ? [begin] : begin)[index] ?? 0);
  const [nominal, begins] = [firsts(call.attributes.begin), recordings(call, "begin").map(firsts)];
  const ranges = x.shape.map((_, index): Range => {
    const begin = columnAt(begins, index);
    const size = sizes[index] as Column;
    const end = combined(begin, made[index] as Column, (from, count) => from + count);
    if (isDynamic(x, index))
      checkReach(call, x, index, (nominal[index] as number) + (call.output.shape[index] as number));
    return {
      begin: relative(call, x, index, begin, size, 1),
      end: relative(call, x, index, end, size, 0),
      stride: 1,
      openBegin: begin.every((position) => position === 0),
      openEnd: combined(end, size, (position, whole) => position - whole).every((rest) => rest === 0),
      shrinks: false,
    };
  });
  if (ranges.every(isWhole)) return x;
  const isBlock = ranges.every(
    ({ begin: [begin, ...others], end: [end, ...more], openEnd }) =>
      others.length === 0 &&
      (begin as number) >= 0 &&
      (openEnd || (more.length === 0 && (end as number) > 0)),
  );
  if (!isBlock || x.shape.length > rankLimit(call, "SLICE"))
    return cut(call, x, ranges, extentsOf(call, call.output));
  const starts = ranges.map(({ begin }) => begin[0] as number);
  const extents = signatureOf(call.output);
  return call.add("SLICE", [x, call.integers(starts, "begin"), call.integers(extents, "size")]);
}

/** Every n-th element; new and dropped dimensions become a reshape, so that the oldest version will do. */
export function lowerStridedSlice(call: Call<"StridedSlice">): Tensor {
  const x = call.input("x");
  const ranges = rangesOf(call, x);
  const output = extentsOf(call, call.output);
  const kept = keptDimensions(call);
  // The sizes before dimensions are dropped and inserted.
  const before = extentsFrom(output, (sizes) => {
    const left = kept.map((index) => sizes[index] as number);
    return ranges.map(({ shrinks }) => (shrinks ? 1 : (left.shift() as number)));
  });
  const y = ranges.every(isWhole) ? x : cut(call, x, ranges, before);
  return reshapeTo(call, y, output, before);
}

/** Cuts by STRIDED_SLICE; one dimension after the other where there are too many. */
function cut(call: AnyCall, x: Tensor, ranges: readonly Range[], to: Extents): Tensor {
  if (x.shape.length <= rankLimit(call, "STRIDED_SLICE")) return stridedSlice(call, x, ranges, to);
  const steps = [...ranges.entries()]
    .filter(([, range]) => !isWhole(range))
    .map(([dimension, range]) => ({
      dimension,
      apply: (part: Tensor, made: Extents) => stridedSlice(call, part, [WHOLE, range, WHOLE], made),
    }));
  return oneByOne(call, x, to, steps);
}

function stridedSlice(call: AnyCall, x: Tensor, ranges: readonly Range[], to: Extents): Tensor {
  const mask = (open: (range: Range) => boolean): number =>
    ranges.reduce((bits, range, index) => (open(range) ? bits | (1 << index) : bits), 0);
  const options = {
    begin_mask: mask(({ openBegin }) => openBegin),
    end_mask: mask(({ openEnd }) => openEnd),
  };
  const [begins, ends] = [
    ranges.map(({ begin, openBegin }) => (openBegin ? [0] : begin)),
    ranges.map(({ end, openEnd }) => (openEnd ? [0] : end)),
  ];
  const strides = call.integers(
    ranges.map(({ stride }) => stride),
    "stride",
  );
  const operands = [x, call.integersOf(begins, "begin"), call.integersOf(ends, "end"), strides];
  return [...begins, ...ends].some(isOpen)
    ? call.addLike("STRIDED_SLICE", operands, options, tensorOf(call, to, x.type))
    : call.add("STRIDED_SLICE", operands, options);
}

/** A file is loaded at nominal sizes: a block that reaches further than those does not load. */
function checkReach(call: AnyCall, x: Tensor, dimension: number, end: number): void {
  const nominal = x.shape[dimension] as number;
  if (end <= nominal) return;
  call.fail(
    dimension === 0 && nominal === 1
      ? `it takes ${end} items of a dynamic batch: fix the batch with the option { batch: ${end} }, or give it ` +
          `a nominal size of { nominal: ${end} } with { inputs }`
      : `it takes ${end} of dimension ${dimension}, whose nominal size is ${nominal}: give it a larger one, or a ` +
          "fixed one, with the option { inputs }",
  );
}

/** An attribute in each recording. */
function recordings<K extends "Slice" | "StridedSlice", A extends keyof Call<K>["attributes"] & string>(
  call: Call<K>,
  name: A,
): readonly Call<K>["attributes"][A][] {
  const dynamic = call.dynamicAttributes.get(name) as readonly Call<K>["attributes"][A][] | undefined;
  return dynamic ?? [call.attributes[name]];
}

function combined(a: Column, b: Column, make: (a: number, b: number) => number): Column {
  const count = Math.max(a.length, b.length);
  return Array.from({ length: count }, (_, index) => make(at(a, index), at(b, index)));
}

const at = (column: Column, index: number): number => column[index] ?? (column[0] as number);

/** Which dimensions of what is made were there before. */
function keptDimensions(call: Call<"StridedSlice">): readonly number[] {
  const { begin, ellipsisMask, newAxisMask, shrinkAxisMask } = call.attributes;
  const rank = call.input("x").shape.length;
  const named = begin.filter((_, index) => isNamed(call, index)).length;
  const kinds = begin.flatMap((_, index) => {
    if (has(ellipsisMask, index)) return Array.from({ length: rank - named }, () => "kept");
    if (has(newAxisMask, index)) return ["new"];
    return has(shrinkAxisMask, index) ? [] : ["kept"];
  });
  const count = call.output.shape.length;
  return Array.from({ length: count }, (_, index) => index).filter((index) => kinds[index] !== "new");
}

const has = (mask: number, index: number): boolean => ((mask >> index) & 1) === 1;

/** True of a position that speaks of one dimension of the operand. */
function isNamed({ attributes }: Call<"StridedSlice">, index: number): boolean {
  return !has(attributes.newAxisMask, index) && !has(attributes.ellipsisMask, index);
}

/** One range for each dimension of the operand: the attributes leave out some and speak of others that are not there. */
function rangesOf(call: Call<"StridedSlice">, x: Tensor): readonly Range[] {
  const { begin, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = call.attributes;
  if (call.dynamicAttributes.has("strides")) {
    call.fail("its strides follow a dynamic size: fix it with the options { batch } or { inputs }");
  }
  const [begins, ends] = [recordings(call, "begin"), recordings(call, "end")];
  const named = begin.filter((_, index) => isNamed(call, index)).length;
  const sizes = columnsOf(extentsOf(call, x));
  const ranges: Range[] = [];
  for (const index of begin.keys()) {
    if (has(ellipsisMask, index)) {
      ranges.push(...Array.from({ length: x.shape.length - named }, () => WHOLE));
      continue;
    }
    if (has(newAxisMask, index)) continue;
    const dimension = ranges.length;
    const size = sizes[dimension] as Column;
    const first = relative(call, x, dimension, columnAt(begins, index), size, 1);
    if (has(shrinkAxisMask, index)) {
      // The last one ends where its dimension does, wherever that is.
      const openEnd = first.every((value) => value === -1);
      const end = first.map((value) => value + 1);
      ranges.push({ begin: first, end, stride: 1, openBegin: false, openEnd, shrinks: true });
      continue;
    }
    const stop = columnAt(ends, index);
    const stride = call.attributes.strides[index] as number;
    // An end that follows a dynamic size and is that size in every recording, or more: all of it.
    const beyond =
      stride > 0 && isOpen(stop) && combined(stop, size, (a, b) => a - b).every((rest) => rest >= 0);
    const openEnd = has(endMask, index) || beyond;
    ranges.push({
      begin: has(beginMask, index) ? [0] : first,
      end: openEnd ? [0] : relative(call, x, dimension, stop, size, 0),
      stride,
      openBegin: has(beginMask, index),
      openEnd,
      shrinks: false,
    });
  }
  while (ranges.length < x.shape.length) ranges.push(WHOLE);
  return ranges;
}

const columnAt = (rows: readonly (readonly number[])[], index: number): Column =>
  rows.map((row) => row[index] as number);

/**
 * A position as the operator is told it: counted from the end where it follows the size of its own dimension, so
 * that nothing is computed.
 *
 * @param after 1 where an item must be there behind the position, which is so where a range begins.
 */
function relative(
  call: AnyCall,
  x: Tensor,
  dimension: number,
  column: Column,
  size: Column,
  after: 0 | 1,
): Column {
  const [first] = column as [number];
  if (!isDynamic(x, dimension)) return isOpen(column) ? column : [first];
  const fromEnd = combined(column, size, (position, whole) => position - whole);
  const [back] = fromEnd as [number];
  const told = isOpen(column) && !isOpen(fromEnd) && back < 0 ? back : first;
  if (told === first && isOpen(column)) return column;
  checkReach(call, x, dimension, told < 0 ? -told : told + after);
  return [told];
}
