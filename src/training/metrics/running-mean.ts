/**
 * Means of results over batches, weighted by the batches' sizes; of those that are roots of means, the root of the
 * mean over all samples.
 *
 * @internal
 */
export class RunningMean {
  readonly #roots: readonly boolean[];
  readonly #sums: number[] = [];
  #seen = 0;

  /** @param roots Which results are roots of means; none where it ends. */
  constructor(roots: readonly boolean[] = []) {
    this.#roots = roots;
  }

  add(values: ArrayLike<number>, size: number): void {
    for (let i = 0; i < values.length; i++) {
      const value = this.#roots[i] ? values[i]! ** 2 : values[i]!;
      this.#sums[i] = (this.#sums[i] ?? 0) + value * size;
    }
    this.#seen += size;
  }

  get values(): number[] {
    return this.#sums.map((sum, i) => (this.#roots[i] ? Math.sqrt(sum / this.#seen) : sum / this.#seen));
  }
}
