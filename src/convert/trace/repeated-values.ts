import type { ConstantValues } from "./types.ts";

/**
 * The values of a constant that repeat along some dimensions, taken once.
 *
 * @param shape Of the constant.
 * @param once The same with 1 where values repeat.
 * @returns Null where they do not repeat.
 */
export function repeatedValues(
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
