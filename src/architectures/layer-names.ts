/**
 * Names for a model's layers, as Keras gives them: `dense`, `dense_1`, ... from each model's own beginning, so that
 * the same options give the same names (tfjs counts over all models of a program).
 *
 * @internal
 */
export function layerNames(): (kind: string) => string {
  const counts = new Map<string, number>();
  return (kind) => {
    const count = counts.get(kind) ?? 0;
    counts.set(kind, count + 1);
    return count === 0 ? kind : `${kind}_${count}`;
  };
}
