import * as tf from "@tensorflow/tfjs-core";
import { type CaseInput, fnCase, type OperatorCase } from "../judge.ts";

const both = ({ values, indices }: { values: tf.Tensor; indices: tf.Tensor }): tf.Tensor[] => [
  values,
  indices,
];

const TOP: readonly OperatorCase[] = [
  fnCase("topk", [[null, 7]], (x) => both(tf.topk(x, 3)), 0),
  fnCase("topk of one", [[null, 7]], (x) => both(tf.topk(x)), 0),
  fnCase("topk of all", [[null, 7]], (x) => both(tf.topk(x, 7)), 0),
  fnCase("topk of a vector", [[9]], (x) => both(tf.topk(x, 4)), 0),
  fnCase("topk of three dimensions", [[null, 2, 5]], (x) => both(tf.topk(x, 2)), 0),
  fnCase("topk of integers", [{ shape: [null, 7], dtype: "int32" }], (x) => both(tf.topk(x, 3)), 0),
  fnCase(
    "topk of equal values",
    [{ shape: [null, 8], values: [1, 3, 3, 0, 3, 1, -1, 0] }],
    (x) => both(tf.topk(x, 5)),
    0,
  ),
  fnCase(
    "topk of infinite values",
    [{ shape: [null, 5], values: [1, Infinity, -Infinity, 0, -1] }],
    (x) => both(tf.topk(x, 4)),
    0,
  ),
];

/** LiteRT's CompiledModel has no outputs whose size only a run knows: cases reduce them. */
const VECTOR: CaseInput = { shape: [9], dtype: "int32", range: [0, 4] };

const UNIQUE: readonly OperatorCase[] = [
  fnCase("unique of integers: values", [VECTOR], (x) => tf.sum(tf.square(tf.unique(x).values)), 0),
  fnCase("unique of integers: indices", [VECTOR], (x) => tf.unique(x).indices, 0),
  fnCase(
    "unique of floats",
    [{ shape: [6], values: [0.5, -1, 0.5, 2, -1, 3] }],
    (x) => {
      const { values, indices } = tf.unique(x);
      return [tf.gather(values, indices), indices, tf.max(values)];
    },
    0,
  ),
  fnCase(
    "unique of booleans",
    [{ shape: [6], dtype: "bool" }],
    (x) => {
      const { values, indices } = tf.unique(x);
      return [tf.gather(tf.cast(values, "int32"), indices), indices];
    },
    0,
  ),
  fnCase(
    "unique of as many as there are",
    [{ shape: [null], dtype: "int32", range: [0, 2] }],
    (x) => tf.unique(x).indices,
    0,
  ),
];

const BOXES: CaseInput = {
  shape: [7, 4],
  values: [
    0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, -0.1, 1, 0.9, 0, 10, 1, 11, 0, 10.1, 1, 11.1, 0, 100, 1, 101, 1.1, 1.05,
    0.1, 0.05,
  ],
};
const SCORES: CaseInput = { shape: [7], values: [0.9, 0.75, 0.6, 0.95, 0.5, 0.3, 0.55] };
const boxesOf = (x: tf.Tensor): tf.Tensor2D => x as tf.Tensor2D;
const scoresOf = (x: tf.Tensor): tf.Tensor1D => x as tf.Tensor1D;
/** What a chosen box adds up to: of an index too many or too few it is another number. */
const chosen = (boxes: tf.Tensor, indices: tf.Tensor): tf.Tensor =>
  tf.sum(tf.mul(tf.gather(boxes, indices), tf.tensor1d([1, 2, 3, 5])));

const THRESHOLDS: readonly [string, number, number, number][] = [
  ["at most three", 3, 0.5, Number.NEGATIVE_INFINITY],
  ["all", 7, 0.5, Number.NEGATIVE_INFINITY],
  ["with a high score", 7, 0.5, 0.55],
  ["that hardly overlap", 7, 0.1, 0],
  ["of any overlap", 7, 1, 0],
];

const SUPPRESSION: readonly OperatorCase[] = [
  ...THRESHOLDS.flatMap(([name, count, overlap, score]) => [
    fnCase(
      `nonMaxSuppression: ${name}`,
      [BOXES, SCORES],
      (boxes, scores) =>
        chosen(boxes, tf.image.nonMaxSuppression(boxesOf(boxes), scoresOf(scores), count, overlap, score)),
      1e-6,
    ),
    fnCase(
      `nonMaxSuppressionPadded: ${name}`,
      [BOXES, SCORES],
      (boxes, scores) => {
        const { selectedIndices, validOutputs } = tf.image.nonMaxSuppressionPadded(
          boxesOf(boxes),
          scoresOf(scores),
          count,
          overlap,
          score,
          true,
        ) as Record<string, tf.Tensor>;
        return [selectedIndices, validOutputs] as tf.Tensor[];
      },
      0,
    ),
    fnCase(
      `nonMaxSuppressionPadded, not padded: ${name}`,
      [BOXES, SCORES],
      (boxes, scores) => {
        const { selectedIndices, validOutputs } = tf.image.nonMaxSuppressionPadded(
          boxesOf(boxes),
          scoresOf(scores),
          count,
          overlap,
          score,
        ) as Record<string, tf.Tensor>;
        return [chosen(boxes, selectedIndices as tf.Tensor), validOutputs] as tf.Tensor[];
      },
      1e-6,
    ),
    ...[0, 0.5, 1].map((sigma) =>
      fnCase(
        `nonMaxSuppressionWithScore, sigma ${sigma}: ${name}`,
        [BOXES, SCORES],
        (boxes, scores) => {
          const { selectedIndices, selectedScores } = tf.image.nonMaxSuppressionWithScore(
            boxesOf(boxes),
            scoresOf(scores),
            count,
            overlap,
            score,
            sigma,
          ) as Record<string, tf.Tensor>;
          return [chosen(boxes, selectedIndices as tf.Tensor), tf.sum(selectedScores as tf.Tensor)];
        },
        1e-6,
      ),
    ),
  ]),
];

/** The largest, the different, the best. */
export const SELECTION_CASES: readonly OperatorCase[] = [...TOP, ...UNIQUE, ...SUPPRESSION];
