import { ForgeError } from "../errors.ts";
import { checkOptions, describe } from "../options.ts";
import { checkClasses } from "../preprocess/check-classes.ts";
import { type ClassValues, classNumbers } from "./class-numbers.ts";
import { drawConfusion } from "./confusion-chart.ts";
import { type ChartTheme, checkText, checkTheme } from "./svg.ts";

/** Options of {@link confusionMatrix}. */
export interface ConfusionMatrixOptions {
  /** A name for each class, in their order. Default `0`, `1`, ... */
  readonly classNames?: readonly string[];
  /** How many classes there are. Default: as many as there are names or columns, else the largest class and one. */
  readonly classes?: number;
  /** The heading. Default `"Confusion matrix"`. */
  readonly title?: string;
  /** Default `"auto"`: light or dark as the reader's system is. */
  readonly theme?: ChartTheme;
  /** What rows and columns are called, in the reader's language. Default `Label`, `Prediction`. */
  readonly words?: {
    /** Of the rows. */
    readonly label?: string;
    /** Of the columns. */
    readonly prediction?: string;
  };
}

/** How one class fared. */
export interface ClassScore {
  /** Its name, or its number as a text. */
  readonly name: string;
  /** Samples of this class. */
  readonly support: number;
  /** Samples that were predicted to be of it. */
  readonly predicted: number;
  /** The share of its predictions that are right; NaN where there is none. */
  readonly precision: number;
  /** The share of its samples that were found; NaN where there is none. */
  readonly recall: number;
  /** `2 * precision * recall / (precision + recall)`, which is `2 * right / (support + predicted)`; NaN without both. */
  readonly f1: number;
}

/** What {@link confusionMatrix} returns. */
export interface ConfusionMatrix {
  /** `matrix[label][prediction]`: how many samples. */
  readonly matrix: readonly (readonly number[])[];
  /** The share of samples whose prediction is right. */
  readonly accuracy: number;
  /** A score for each class, in their order. */
  readonly perClass: readonly ClassScore[];
  /** The picture: a whole SVG file as text, as {@link historyChart}'s. */
  readonly svg: string;
}

/**
 * Counts which class was taken for which: rows are labels, columns predictions. As data, and drawn as an SVG, where
 * colour is the share of a row and counts are written while they fit (to 30 classes).
 *
 * @example
 * ```ts
 * const probabilities = model.predict(images) as tf.Tensor;
 * const { matrix, perClass, svg } = confusionMatrix(labels, probabilities, { classNames: ["cat", "dog", "owl"] });
 * matrix[0]![2];         // cats taken for owls
 * perClass[1]!.recall;   // the share of dogs that were found
 * await writeFile("confusion.svg", svg);
 * ```
 * @param labels The right classes, as numbers or one-hot rows.
 * @param predictions As many: numbers, or rows of probabilities or logits. Tensors are read (`dataSync`), not disposed.
 * @throws ForgeError `invalid-labels` for no samples, different counts, or what is no class, by value and index;
 *   `invalid-argument` for wrong names or a wrong number of classes; `unknown-option`.
 */
export function confusionMatrix(
  labels: ClassValues,
  predictions: ClassValues,
  options: ConfusionMatrixOptions = {},
): ConfusionMatrix {
  const where = "confusionMatrix";
  checkOptions(options, ["classNames", "classes", "title", "theme", "words"], where);
  const { title = "Confusion matrix", theme = "auto", words = {} } = options;
  checkText(title, "title", where);
  checkTheme(theme, where);
  checkOptions(words, ["label", "prediction"], `${where}: words`);
  const { label = "Label", prediction = "Prediction" } = words;
  checkText(label, "words.label", where);
  checkText(prediction, "words.prediction", where);

  const right = classNumbers(labels, `${where}: labels`);
  const guessed = classNumbers(predictions, `${where}: predictions`);
  const count = right.numbers.length;
  if (count !== guessed.numbers.length) {
    throw new ForgeError(
      "invalid-labels",
      `${where}: there are ${count} labels but ${guessed.numbers.length} predictions (rows of values need a shape: ` +
        "a tensor, { data, shape } or a list of lists).",
    );
  }
  if (count === 0) throw new ForgeError("invalid-labels", `${where}: there are no samples.`);
  const given = givenClasses(options, where) ?? guessed.classes ?? right.classes;
  checkClasses(right.numbers, given, `${where}: labels`);
  checkClasses(guessed.numbers, given, `${where}: predictions`);
  const classes = given ?? largest(right.numbers, guessed.numbers) + 1;
  if (classes > MOST_CLASSES) {
    throw new ForgeError(
      "invalid-labels",
      `${where}: ${classes} classes are too many (${MOST_CLASSES} at most).`,
    );
  }

  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < count; i++) matrix[right.numbers[i]!]![guessed.numbers[i]!]!++;
  const names = options.classNames ?? Array.from({ length: classes }, (_, i) => String(i));
  const hits = matrix.reduce((sum, row, i) => sum + row[i]!, 0);
  const accuracy = hits / count;
  return {
    matrix,
    accuracy,
    perClass: scores(matrix, names),
    svg: drawConfusion({ matrix, names, accuracy, count, title, theme, label, prediction }),
  };
}

/** A matrix of so many has a million counts; more is a mistake among the labels. */
const MOST_CLASSES = 1000;

function givenClasses({ classNames, classes }: ConfusionMatrixOptions, where: string): number | undefined {
  if (classes !== undefined && !(Number.isSafeInteger(classes) && classes > 0)) {
    throw new ForgeError(
      "invalid-argument",
      `${where}: classes must be a positive whole number, got ${describe(classes)}.`,
    );
  }
  if (classNames === undefined) return classes;
  if (
    !Array.isArray(classNames) ||
    classNames.length === 0 ||
    !classNames.every((n) => typeof n === "string")
  ) {
    throw new ForgeError(
      "invalid-argument",
      `${where}: classNames must be a list of texts, got ${describe(classNames)}.`,
    );
  }
  if (classes !== undefined && classes !== classNames.length) {
    throw new ForgeError(
      "invalid-argument",
      `${where}: there are ${classNames.length} classNames for ${classes} classes.`,
    );
  }
  return classNames.length;
}

function largest(...lists: readonly ArrayLike<number>[]): number {
  let most = 0;
  for (const list of lists) for (let i = 0; i < list.length; i++) most = Math.max(most, list[i]!);
  return most;
}

function scores(matrix: readonly (readonly number[])[], names: readonly string[]): ClassScore[] {
  const predicted = names.map((_, c) => matrix.reduce((sum, row) => sum + row[c]!, 0));
  return names.map((name, c) => {
    const row = matrix[c]!;
    const right = row[c]!;
    const support = row.reduce((sum, n) => sum + n, 0);
    const guesses = predicted[c]!;
    return {
      name,
      support,
      predicted: guesses,
      precision: right / guesses,
      recall: right / support,
      f1: (2 * right) / (support + guesses),
    };
  });
}
