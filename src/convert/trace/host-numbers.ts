import type { Column, ValuesOf } from "./same-values.ts";
import type { RecordedTensor } from "./types.ts";

/** An operation on nothing, or on what the one before it made. */
interface Step {
  readonly kernel: "SizeNumbers" | "Range" | "Reshape";
  readonly attributes: unknown;
  /** Its shape. */
  readonly output: readonly number[];
}

/** Of more numbers one of them would rather be data than a size. */
const MOST_NUMBERS = 8;

/** Of that many values two or three are no coincidence. */
const LEAST_IN_STEPS = 4;

/** Float32 rounds values, and their steps with them. */
const ROUNDING = 2 ** -22;

/**
 * How numbers that JavaScript computed may follow sizes, as operations in each recording: a few of them, each by itself,
 * or numbers in equal steps. Null of any others.
 */
export function numbersOfHost(
  column: Column<RecordedTensor>,
  valuesOf: ValuesOf,
): readonly (readonly Step[])[] | null {
  const [{ dtype, shape }] = column;
  if (dtype !== "float32" && dtype !== "int32") return null;
  const all = column.map((constant) => Array.from(valuesOf(constant) as Float32Array));
  if (column.every((other) => other.shape.join() === shape.join())) {
    if ((all[0] as number[]).length > MOST_NUMBERS) return null;
    return all.map((values) => [{ kernel: "SizeNumbers", attributes: { values }, output: shape }]);
  }
  const ranges = all.map(rangeOf);
  const [first] = ranges;
  if (first == null || column.some((other) => other.shape.filter((size) => size !== 1).length !== 1))
    return null;
  const isSame = (part: "start" | "step"): boolean =>
    ranges.every(
      (range) => range !== null && Math.abs(range[part] - first[part]) <= ROUNDING * Math.abs(first[part]),
    );
  const same = { start: isSame("start"), step: isSame("step") };
  const steps = ranges.map((range, at): readonly Step[] | null => {
    if (range === null) return null;
    const start = same.start ? first.start : range.start;
    const step = same.step ? first.step : range.step;
    const { length } = all[at] as number[];
    const output = (column[at] as RecordedTensor).shape;
    const made: Step = {
      kernel: "Range",
      attributes: { start, step, stop: start + step * length, dtype },
      output: [length],
    };
    return output.length === 1
      ? [made]
      : [made, { kernel: "Reshape", attributes: { shape: output }, output }];
  });
  return steps.some((some) => some === null) ? null : (steps as readonly (readonly Step[])[]);
}

/** Numbers in equal steps. */
function rangeOf(values: readonly number[]): { readonly start: number; readonly step: number } | null {
  const [start] = values;
  if (start === undefined || values.length < LEAST_IN_STEPS) return null;
  const step = ((values.at(-1) as number) - start) / (values.length - 1);
  const largest = Math.max(Math.abs(start), Math.abs(values.at(-1) as number));
  const inSteps = values.every(
    (value, index) => Math.abs(value - (start + index * step)) <= ROUNDING * largest,
  );
  return inSteps && step !== 0 ? { start, step } : null;
}
