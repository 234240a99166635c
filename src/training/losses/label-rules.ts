/* What labels a loss can be computed of. Each rule gives a reason where values break it: what came, what is expected. */

/**
 * What a loss needs of its labels:
 *
 * - `classes`: class numbers, or one-hot rows, which stand for them;
 * - `distribution`: rows from 0 to 1 that sum to 1, or class numbers, which become such rows;
 * - `probabilities`: each from 0 to 1, or class numbers, which become one-hot rows;
 * - `signs`: each -1 or 1;
 * - `counts`: finite numbers of at least 0;
 * - `values`: finite numbers.
 *
 * @internal
 */
export type LabelRule = "classes" | "distribution" | "probabilities" | "signs" | "counts" | "values";

/** Labels as they come: rows of `columns` values, the first of which is number `start` of all. */
interface LabelBlock {
  readonly values: ArrayLike<number>;
  readonly columns: number;
  readonly start: number;
}

/** The reason why a block of labels does not suit a loss; undefined where it does. */
type Check = (block: LabelBlock, loss: string) => string | undefined;

/** Probabilities computed in float32 miss their sum, and 1, by a little. */
const ROUNDING = 1e-5;
const SUM_ROUNDING = 1e-3;

const isProbability = (value: number): boolean => value >= -ROUNDING && value <= 1 + ROUNDING;

const everyValue =
  (isRight: (value: number) => boolean, what: string, expected: string): Check =>
  ({ values, start }, loss) => {
    for (let i = 0; i < values.length; i++) {
      if (isRight(values[i]!)) continue;
      return `value ${values[i]} at index ${start + i} is ${what}: ${loss} needs ${expected}`;
    }
    return undefined;
  };

const probabilities = everyValue(isProbability, "no probability", "0 to 1");

const oneHotRows: Check = ({ values, columns, start }, loss) => {
  if (columns === 1) return `${loss} needs two outputs or more (binaryCrossentropy with sigmoid is for one)`;
  for (let first = 0; first < values.length; first += columns) {
    let ones = 0;
    let zeros = 0;
    for (let i = first; i < first + columns; i++) {
      if (values[i] === 1) ones++;
      if (values[i] === 0) zeros++;
    }
    if (ones === 1 && zeros === columns - 1) continue;
    const row = (start + first) / columns;
    return `row ${row} is not one-hot: ${loss} needs class numbers, or a 1 and zeros (categoricalCrossentropy takes probabilities)`;
  }
  return undefined;
};

const rowsOfSumOne: Check = ({ values, columns, start }, loss) => {
  for (let first = 0; first < values.length; first += columns) {
    let sum = 0;
    for (let i = first; i < first + columns; i++) sum += values[i]!;
    if (Math.abs(sum - 1) <= SUM_ROUNDING) continue;
    const row = (start + first) / columns;
    const cure = columns > 1 ? "where several classes may be right" : "for one output";
    return `row ${row} sums to ${Number(sum.toPrecision(6))}: ${loss} needs rows that sum to 1, one-hot or probabilities (binaryCrossentropy with sigmoid is ${cure})`;
  }
  return undefined;
};

const both =
  (first: Check, second: Check): Check =>
  (block, loss) =>
    first(block, loss) ?? second(block, loss);

/**
 * The check of labels in the output's own shape, by rule.
 *
 * @internal
 */
export const VALUE_CHECKS: Readonly<Record<LabelRule, Check>> = {
  classes: both(probabilities, oneHotRows),
  distribution: both(probabilities, rowsOfSumOne),
  probabilities,
  signs: everyValue(
    (value) => Math.abs(value) === 1,
    "neither -1 nor 1",
    "-1 and 1 (of 0 and 1: 2 * label - 1)",
  ),
  counts: everyValue((value) => value >= 0 && Number.isFinite(value), "no count", "numbers of 0 or more"),
  values: everyValue(Number.isFinite, "not finite", "finite numbers"),
};

/**
 * Whether class numbers will do in place of rows, which are made of them.
 *
 * @internal
 */
export const takesClasses = (rule: LabelRule): boolean =>
  rule === "classes" || rule === "distribution" || rule === "probabilities";
