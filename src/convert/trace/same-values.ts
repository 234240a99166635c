import type { ConstantValues, RecordedTensor } from "./types.ts";

/** The same thing in each recording. */
export type Column<T> = readonly [T, ...T[]];

/** A list with something of every recording, of which there is one at least. */
export function columnOf<T>(values: readonly T[]): Column<T> {
  return values as unknown as Column<T>;
}

/** Reads the values of a recorded constant. */
export type ValuesOf = (constant: RecordedTensor) => ConstantValues;

/** True of constants with the same values, NaN among them. */
export function sameValues(a: ConstantValues, b: ConstantValues): boolean {
  return (
    a.length === b.length && (a as ArrayLike<unknown> & Float32Array).every((v, i) => Object.is(v, b[i]))
  );
}

/** True of equal attributes: numbers, texts, lists and records of them. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((value, index) => sameValue(value, b[index]));
  }
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return false;
  const [x, y] = [Object.entries(a), b as Record<string, unknown>];
  return x.length === Object.keys(b).length && x.every(([name, value]) => sameValue(value, y[name]));
}
