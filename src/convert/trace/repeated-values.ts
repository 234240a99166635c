import { type Column, sameValues, type ValuesOf } from "./same-values.ts";
import type { ConstantValues, RecordedTensor } from "./types.ts";

/** Values, and the shape of them. */
export interface CommonValues {
  readonly values: ConstantValues;
  readonly shape: readonly number[];
}

/**
 * What the values of a constant are in all recordings: the same, or the same repeated along dimensions whose sizes
 * differ, taken once. Null where they are neither.
 */
export function commonValues(column: Column<RecordedTensor>, valuesOf: ValuesOf): CommonValues | null {
  const [first] = column;
  if (column.some(({ shape }) => shape.length !== first.shape.length)) return null;
  const once = first.shape.map((size, index) =>
    column.every(({ shape }) => shape[index] === size) ? size : 1,
  );
  const all = column.map((constant) => repeatedValues(valuesOf(constant), constant.shape, once));
  const [values] = all;
  const isCommon = values != null && all.every((other) => other !== null && sameValues(values, other));
  return isCommon ? { values, shape: once } : null;
}

/**
 * The values of a constant that repeat along some dimensions, taken once.
 *
 * @param shape Of the constant.
 * @param once The same with 1 where values repeat.
 * @returns Null where they do not repeat.
 */
function repeatedValues(
  values: ConstantValues,
  shape: readonly number[],
  once: readonly number[],
): ConstantValues | null {
  let current = values;
  let sizes = [...shape];
  for (const [dimension, size] of once.entries()) {
    if (size === sizes[dimension]) continue;
    const taken = firstOf(current, sizes, dimension);
    if (taken === null) return null;
    current = taken;
    sizes = sizes.with(dimension, 1);
  }
  return current;
}

/** What stands at index 0 of a dimension, or null where something else stands at another index. */
function firstOf(values: ConstantValues, shape: readonly number[], dimension: number): ConstantValues | null {
  const inner = shape.slice(dimension + 1).reduce((product, size) => product * size, 1);
  const block = inner * (shape[dimension] as number);
  if (block === 0) return null;
  for (let index = 0; index < values.length; index++) {
    if (!Object.is(values[index], values[index - (index % block) + (index % inner)])) return null;
  }
  const kept = (_: unknown, index: number): boolean => index % block < inner;
  return (values as Float32Array).filter(kept);
}
