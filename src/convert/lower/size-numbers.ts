import { castOptions } from "../../graph/builder.ts";
import type { Tensor } from "../../graph/types.ts";
import type { OperationName } from "../trace/operations.ts";
import type { Call as AnyCall } from "./call.ts";
import { isOpen } from "./extents.ts";

type Call = AnyCall<OperationName>;

/** A number in each recording, or one for all. */
export type Column = readonly number[];

/** A function of a multiple of a size, and how it is taken back. */
interface Form {
  readonly back: (value: number) => number;
  readonly apply: (call: Call, x: Tensor) => Tensor;
}

/** What programs compute of sizes: means divide by them, attention by their root. */
const FORMS: readonly Form[] = [
  { back: (value) => value, apply: (_, x) => x },
  { back: (value) => 1 / value, apply: (call, x) => call.add("DIV", [call.scalar(1, "one"), x]) },
  { back: (value) => value * value, apply: (call, x) => call.add("SQRT", [x]) },
  { back: (value) => 1 / (value * value), apply: (call, x) => call.add("RSQRT", [x]) },
];

/** Float32 rounds the numbers that are compared. */
const ROUNDING = 2 ** -22;

/**
 * A number that may follow a dynamic size, without dimensions: a constant where it is the same in all recordings, else
 * computed. Floats may also be fractions of sizes, and roots and inverses of them. Numbers may be negative, and sizes
 * may not: these are what {@link Call.integersOf} computes.
 */
export function numberOf(call: Call, values: Column, type: "float32" | "int32"): Tensor {
  const [first] = values as readonly [number];
  if (!isOpen(values)) return type === "int32" ? call.integer(first) : call.scalar(first);
  for (const { back, apply } of type === "int32" ? FORMS.slice(0, 1) : FORMS) {
    const line = lineOver(call, values.map(back));
    if (line !== null && (type === "float32" || isWhole(line)))
      return apply(call, numberOn(call, line, type));
  }
  if (type === "int32") return call.reshapeTo(call.integersOf([values], "number"), []);
  return call.fail(
    "a number in it follows a dynamic size in a way that is not found: fix it with the options { batch } or { inputs }",
  );
}

/** `size * factor + offset`. */
interface Line {
  readonly size: Column;
  readonly factor: number;
  readonly offset: number;
}

const isWhole = ({ factor, offset }: Line): boolean => Number.isInteger(factor) && Number.isInteger(offset);

function numberOn(call: Call, { size, factor, offset }: Line, type: "float32" | "int32"): Tensor {
  const constant = (value: number, part: string): Tensor =>
    type === "int32" ? call.integer(value, part) : call.scalar(value, part);
  const whole = call.reshapeTo(call.integersOf([size], "size"), []);
  const x = type === "int32" ? whole : call.add("CAST", [whole], castOptions("int32", "float32"));
  const scaled = factor === 1 ? x : call.add("MUL", [x, constant(factor, "factor")]);
  return offset === 0 ? scaled : call.add("ADD", [scaled, constant(offset, "offset")]);
}

/** The first size that a number follows on a line. */
function lineOver(call: Call, values: Column): Line | null {
  if (!values.every(Number.isFinite)) return null;
  for (const size of call.parts.sizes.columns()) {
    const line = lineThrough(size, values);
    if (line !== null) return { size, ...line };
  }
  return null;
}

/** The line on which all points are; null where there is none, or too few of them to tell. */
function lineThrough(xs: Column, ys: Column): { readonly factor: number; readonly offset: number } | null {
  const [x, y] = [xs[0] as number, ys[0] as number];
  const at = xs.findIndex((other) => other !== x);
  if (at < 0 || new Set(xs).size < 3) return null;
  const factor = rounded(((ys[at] as number) - y) / ((xs[at] as number) - x));
  const offset = rounded(y - factor * x);
  const largest = Math.max(...ys.map(Math.abs));
  const isOn = ys.every(
    (value, index) => Math.abs(value - ((xs[index] as number) * factor + offset)) <= ROUNDING * largest,
  );
  return isOn && factor !== 0 ? { factor, offset } : null;
}

/** Factors are fractions: what is so close to one is what was rounded. */
function rounded(value: number): number {
  const near = Math.round(value * 5040) / 5040;
  return Math.abs(value - near) < 2 ** -16 * Math.max(1, Math.abs(value)) ? near : value;
}
