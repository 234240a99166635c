/** How far an output of the file is from the same output of its source. */
export interface OutputComparison {
  /** The output's name in the file. */
  readonly name: string;
  /** Shape of the values compared. */
  readonly shape: readonly number[];
  /** Largest difference; 0 where all values are equal, Infinity where only one side is NaN or infinite. */
  readonly maxAbsoluteError: number;
  /** That difference relative to the largest absolute value of the source's output. */
  readonly maxRelativeError: number;
  /** Mean of the absolute differences. */
  readonly meanAbsoluteError: number;
  /**
   * Share of rows (over the last axis) whose largest value is in the same place, 0 to 1: of a classifier, how
   * often it names the same class. 1 where rows have one value.
   */
  readonly argmaxAgreement: number;
}

/** Compares two outputs of the same shape. */
export function compareOutputs(
  name: string,
  shape: readonly number[],
  expected: ArrayLike<number>,
  actual: ArrayLike<number>,
): OutputComparison {
  let [largest, total, magnitude] = [0, 0, 0];
  for (let i = 0; i < expected.length; i++) {
    const error = difference(expected[i]!, actual[i]!);
    largest = Math.max(largest, error);
    total += error;
    if (Number.isFinite(expected[i]!)) magnitude = Math.max(magnitude, Math.abs(expected[i]!));
  }
  return {
    name,
    shape: [...shape],
    maxAbsoluteError: largest,
    maxRelativeError: largest === 0 ? 0 : largest / magnitude,
    meanAbsoluteError: expected.length === 0 ? 0 : total / expected.length,
    argmaxAgreement: agreement(expected, actual, shape.at(-1) ?? 1),
  };
}

function difference(a: number, b: number): number {
  if (Object.is(a, b) || a === b) return 0;
  const error = Math.abs(a - b);
  return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
}

function agreement(expected: ArrayLike<number>, actual: ArrayLike<number>, classes: number): number {
  const rows = classes === 0 ? 0 : expected.length / classes;
  let same = 0;
  for (let row = 0; row < rows; row++) {
    if (argmax(expected, row * classes, classes) === argmax(actual, row * classes, classes)) same++;
  }
  return rows === 0 ? 1 : same / rows;
}

/** The first of the largest values. */
function argmax(values: ArrayLike<number>, start: number, length: number): number {
  let best = 0;
  for (let i = 1; i < length; i++) if (values[start + i]! > values[start + best]!) best = i;
  return best;
}
