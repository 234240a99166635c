/* Axes: where values stand and which of them are marked. */

/**
 * Values from one end of an axis to the other, and those to mark.
 *
 * @internal
 */
export interface Scale {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
}

/**
 * A scale with round marks (steps of 1, 2 or 5 times a power of ten) that holds all values.
 *
 * @param values Finite; none gives 0 to 1.
 * @param intervals About how many there shall be between marks.
 * @param least The smallest step: 1 for whole numbers.
 * @internal
 */
export function niceScale(values: readonly number[], intervals: number, least = 0): Scale {
  let low = values.length === 0 ? 0 : values.reduce((a, b) => Math.min(a, b));
  let high = values.length === 0 ? 1 : values.reduce((a, b) => Math.max(a, b));
  // All the same, or too close for numbers to tell the marks apart.
  const smallest = Math.max(Math.abs(low), Math.abs(high)) * 1e-9;
  if (high - low <= smallest) {
    const half = low === 0 ? 0.5 : Math.abs(low) / 2;
    [low, high] = [low - half, high + half];
  }
  // Halves, since the difference of two huge numbers may be no number.
  const step = Math.max(least, niceStep((high / 2 - low / 2) / (intervals / 2)));
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  const ticks = Array.from({ length: last - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
  return { low: ticks[0]!, high: ticks[ticks.length - 1]!, ticks };
}

function niceStep(about: number): number {
  const power = 10 ** Math.floor(Math.log10(about));
  const factor = [1, 2, 5, 10].find((f) => about / power <= f * 1.0001) ?? 10;
  return factor * power;
}

/**
 * A value as a label: four digits, an exponent where it is huge or tiny.
 *
 * @internal
 */
export function valueText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e5))
    return value
      .toExponential(2)
      .replace(/\.?0+e\+?/, "e")
      .replace("e+", "e");
  return String(Number(value.toPrecision(4)));
}
