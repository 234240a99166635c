/* Keras writes `mean_squared_error` and `MeanSquaredError`, tfjs `meanSquaredError`: one name in three spellings. */

/** What a table's row says of names other than its key. */
interface Named {
  readonly names?: readonly string[];
}

const plain = (name: string): string => name.replaceAll("_", "").toLowerCase();

/**
 * The key of the row that goes by a name, in any spelling.
 *
 * @internal
 */
export function findByName(table: Readonly<Record<string, Named>>, name: unknown): string | undefined {
  if (typeof name !== "string") return undefined;
  const wanted = plain(name);
  const row = Object.entries(table).find(([key, { names = [] }]) =>
    [key, ...names].some((known) => plain(known) === wanted),
  );
  return row?.[0];
}

/**
 * `mean_squared_error` and `MeanSquaredError` as `meanSquaredError`, to compare misspelt names with known ones.
 *
 * @internal
 */
export function camelCase(name: string): string {
  const joined = name.replace(/_+([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return joined.charAt(0).toLowerCase() + joined.slice(1);
}
