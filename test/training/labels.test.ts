import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, layers, sequential } from "@tensorflow/tfjs-layers";
import { describe, expect, it, vi } from "vitest";
import { buildFunctional } from "../../src/architectures/functional.ts";
import type { OutputActivation } from "../../src/architectures/options.ts";
import { evaluate } from "../../src/training/evaluate.ts";
import { fit } from "../../src/training/fit.ts";
import { huber } from "../../src/training/losses/huber.ts";
import type { LossName } from "../../src/training/losses/known-losses.ts";
import type { LossFunction } from "../../src/training/losses/loss-function.ts";
import type { Labels } from "../../src/training/targets.ts";

const COUNT = 4;
const x = new Float32Array(COUNT);

function model(
  loss: LossName | LossFunction | undefined,
  classes: number,
  activation: OutputActivation = classes > 1 ? "softmax" : "sigmoid",
): LayersModel {
  return buildFunctional({
    inputShape: [1],
    classes,
    activation,
    compile: loss === undefined ? {} : { loss },
  });
}

const rows = (...values: number[][]): Float32Array => Float32Array.from(values.flat());

interface Wrong {
  readonly loss: LossName | LossFunction | undefined;
  readonly classes: number;
  readonly activation?: OutputActivation;
  readonly labels: Labels;
  readonly message: RegExp;
}

const integers = [0, 9, 3, 1];
const multiHot = rows([1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]);
const soft = rows([0.5, 0.5, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]);

const WRONG: readonly (readonly [string, Wrong])[] = [
  [
    "class numbers for MSE on 10 outputs",
    {
      loss: "mse",
      classes: 10,
      labels: integers,
      message:
        /meanSquaredError compares values with values and needs \[4,10\] of them, got \[4\] class numbers \(toCategorical/,
    },
  ],
  [
    "class numbers in a tensor for Huber",
    {
      loss: "huber",
      classes: 3,
      labels: tf.zeros([4, 1], "int32"),
      message: /huber compares .*\[4,3\].*got \[4,1\]/,
    },
  ],
  ["class numbers for hinge", { loss: "hinge", classes: 3, labels: [0, 1, 2, 0], message: /hinge compares/ }],
  [
    "soft rows for sparse",
    {
      loss: "sparseCategoricalCrossentropy",
      classes: 3,
      labels: soft,
      message: /row 0 is not one-hot: sparseCategoricalCrossentropy needs class numbers/,
    },
  ],
  [
    "one output for sparse",
    {
      loss: "sparse_categorical_crossentropy",
      classes: 1,
      labels: [0, 1, 1, 0],
      message: /two outputs.*binaryCrossentropy/,
    },
  ],
  [
    "several 1s in a row for categorical",
    {
      loss: "categoricalCrossentropy",
      classes: 3,
      labels: multiHot,
      message: /row 0 sums to 2: categoricalCrossentropy needs rows that sum to 1.*binaryCrossentropy/,
    },
  ],
  [
    "a row of zeros in a tensor for categorical",
    {
      loss: "categoricalCrossentropy",
      classes: 3,
      labels: tf.tensor2d([1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0], [4, 3]),
      message: /row 2 sums to 0/,
    },
  ],
  [
    "one output for categorical",
    {
      loss: "categoricalCrossentropy",
      classes: 1,
      labels: [0, 1, 1, 0],
      message: /row 0 sums to 0.*for one output/,
    },
  ],
  [
    "several 1s in a row for softmax from logits",
    {
      loss: undefined,
      classes: 3,
      activation: "linear",
      labels: multiHot,
      message: /softmaxCrossEntropyFromLogits/,
    },
  ],
  [
    "percent for binary",
    {
      loss: "binaryCrossentropy",
      classes: 1,
      labels: [0, 100, 0, 1],
      message: /value 100 at index 1 is no probability: binaryCrossentropy needs 0 to 1/,
    },
  ],
  [
    "-1 for sigmoid from logits",
    {
      loss: undefined,
      classes: 1,
      activation: "linear",
      labels: [0, -1, 0, 1],
      message: /value -1 at index 1.*sigmoidCross/,
    },
  ],
  [
    "0 for hinge",
    { loss: "hinge", classes: 1, labels: [1, -1, 0, 1], message: /value 0 at index 2.*2 \* label - 1/ },
  ],
  [
    "negative for Poisson",
    { loss: "poisson", classes: 1, labels: [1, -1, 0, 1], message: /value -1 at index 1 is no count/ },
  ],
  ...(["mse", "mae", "rmse", "huber"] as const).map(
    (loss) =>
      [
        `NaN for ${loss}`,
        {
          loss,
          classes: 1,
          labels: [1, 2, 3, Number.NaN],
          message: /value NaN at index 3 is not finite: \w+ needs finite/,
        },
      ] as const,
  ),
  [
    "infinity in a tensor for a huber of one's own",
    {
      loss: huber({ delta: 2 }),
      classes: 1,
      labels: tf.tensor1d([1, 2, Number.POSITIVE_INFINITY, 4]),
      message: /Infinity at index 2/,
    },
  ],
];

describe("labels that do not suit the loss", () => {
  it.each(WRONG)(
    "%s: an error before the first step",
    async (_, { loss, classes, activation, labels, message }) => {
      const onBatchBegin = vi.fn();
      const subject = model(loss, classes, activation);
      const expected = { code: "invalid-labels", message: expect.stringMatching(message) };
      const before = tf.memory().numTensors;
      await expect(fit(subject, x, labels, { callbacks: { onBatchBegin } })).rejects.toMatchObject(expected);
      await expect(evaluate(subject, x, labels)).rejects.toMatchObject(expected);
      expect(onBatchBegin).not.toHaveBeenCalled();
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  it("finds a fault far back in a long tensor", async () => {
    const count = 1_500_000;
    const labels = new Float32Array(count);
    labels[count - 1] = Number.NaN;
    const error = evaluate(model("mse", 1, "linear"), new Float32Array(count), tf.tensor1d(labels));
    await expect(error).rejects.toThrow(/value NaN at index 1499999/);
  });

  it("checks outputs of open shape too", async () => {
    const open = sequential();
    open.add(layers.dense({ units: 2, activation: "softmax", inputShape: [null, 1] as unknown as number[] }));
    const compile = (loss: string): void => open.compile({ optimizer: "sgd", loss });
    const inputs = tf.zeros([1, 3, 1]);
    compile("categoricalCrossentropy");
    await expect(fit(open, inputs, tf.ones([1, 3, 2]))).rejects.toThrow(/row 0 sums to 2/);
    await fit(open, inputs, tf.fill([1, 3, 2], 0.5));
    compile("sparseCategoricalCrossentropy");
    await expect(fit(open, inputs, tf.tensor3d([[[0], [1], [2]]]))).rejects.toThrow(/label 2 at index 2/);
    await fit(open, inputs, tf.tensor3d([[[0], [1], [1]]]));
  });
});

describe("labels that suit the loss", () => {
  const hot = rows([1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]);
  const numbers = Int32Array.of(0, 1, 2, 0);
  const any = rows([-1, 5, 0.5], [0, 0, 0], [7, 8, 9], [1e6, 0, 0]);
  it.each<[string, LossName | LossFunction | undefined, number, Labels[]]>([
    ["sparse", "sparseCategoricalCrossentropy", 3, [numbers, hot]],
    ["categorical", "categoricalCrossentropy", 3, [numbers, hot, soft]],
    ["categorical hinge", "categoricalHinge", 3, [numbers, hot]],
    [
      "binary, one output",
      "binaryCrossentropy",
      1,
      [
        [0, 1, 1, 0],
        [0.2, 0.8, 1, 0],
      ],
    ],
    ["binary, several outputs", "binaryCrossentropy", 3, [numbers, multiHot, soft]],
    ["MSE", "mse", 3, [any, hot]],
    ["RMSE, one output", "rmse", 1, [[-3, 4, 5, 6], tf.tensor2d([1, 2, 3, 4], [4, 1])]],
    ["hinge", "hinge", 1, [[1, -1, 1, 1]]],
    ["Poisson", "poisson", 1, [[0, 3, 2, 0.5]]],
    ["a function of one's own", (a, b) => tf.mean(tf.sub(a, b), -1), 3, [numbers, any]],
  ])("%s", async (_, loss, classes, labels) => {
    const subject = model(loss, classes);
    for (const y of labels) expect(await evaluate(subject, x, y)).toMatchObject({ loss: expect.any(Number) });
  });

  it("rounded probabilities: the sum need not be 1 to the last bit", async () => {
    const thirds = new Float32Array(12).fill(0.3333);
    await evaluate(model("categoricalCrossentropy", 3), x, thirds);
    const above = rows([1.0000001, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]);
    await evaluate(model("categoricalCrossentropy", 3), x, above);
  });
});
