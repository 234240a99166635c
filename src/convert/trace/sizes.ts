/**
 * A size that the application chooses when it runs the file. The source is recorded once as it begins, and once
 * more for each such size with that one changed: what differs between the two recordings depends on it.
 */
export interface SizeSymbol {
  /** For errors: `"batch size"`, `size "height"`. */
  readonly name: string;
  /** In the first recording. */
  readonly probe: number;
  /** In the recording in which it differs. */
  readonly varied: number;
  /** What stands for it in the file's shapes. */
  readonly nominal: number;
}

/**
 * What a number is at nominal sizes, from its value in each recording: the first, and one per symbol. Null
 * where that cannot be told.
 *
 * A symbol whose nominal size was recorded needs no arithmetic. Of the others a number that follows one symbol
 * is linear in it; one that follows several is a product of them (a batch of sequences, flattened), or a sum.
 */
export function nominalValue(values: readonly number[], symbols: readonly SizeSymbol[]): number | null {
  const [base] = values as [number];
  const followed = symbols
    .map((symbol, index) => ({ ...symbol, value: values[index + 1] as number }))
    .filter(({ value, probe, nominal }) => value !== base && probe !== nominal);
  if (followed.length === 0) return base;
  const linear = followed.reduce(
    (sum, { probe, varied, nominal, value }) => sum + ((value - base) / (varied - probe)) * (nominal - probe),
    base,
  );
  const slopes = followed.map(({ probe, varied, value }) => (value - base) / (varied - probe));
  const isProduct = followed.every(({ probe, varied, value }) => value * probe === base * varied);
  const result =
    followed.length > 1 && isProduct
      ? followed.reduce((product, { probe, nominal }) => (product * nominal) / probe, base)
      : linear;
  const whole = slopes.every(Number.isInteger) || isProduct;
  return whole && Number.isInteger(result) ? result : null;
}
