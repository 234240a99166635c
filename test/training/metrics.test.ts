import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { input, type LayersModel, layers, model as tfModel } from "@tensorflow/tfjs-layers";
import { describe, expect, it } from "vitest";
import { buildFunctional } from "../../src/architectures/functional.ts";
import type { LossName, MetricName } from "../../src/architectures/options.ts";
import { evaluate } from "../../src/training/evaluate.ts";
import { fit } from "../../src/training/fit.ts";
import { accuracyFromLogits, sigmoidCrossEntropyFromLogits } from "../../src/training/logits-losses.ts";
import { rootMeanSquaredError } from "../../src/training/losses/root-mean-squared-error.ts";
import { rootMeansOf } from "../../src/training/metrics/root-means.ts";
import { RunningMean } from "../../src/training/metrics/running-mean.ts";

const { log, sqrt } = Math;

/** A model that answers what it is given. */
function identity(outputs: number, loss: LossName, metrics: readonly MetricName[]): LayersModel {
  const model = buildFunctional({
    inputShape: [outputs],
    hidden: [],
    classes: outputs,
    activation: "linear",
    compile: { loss, metrics },
  });
  model.setWeights([tf.eye(outputs), tf.zeros([outputs])]);
  return model;
}

describe("metrics by name", () => {
  // Probabilities; the class is right in 2 of 3.
  const outputs = Float32Array.of(0.7, 0.2, 0.1, 0.1, 0.8, 0.1, 0.3, 0.3, 0.4);
  const classes = [0, 1, 0];
  const hot = [1, 0, 0, 0, 1, 0, 1, 0, 0];
  const crossentropy = -(log(0.7) + log(0.8) + log(0.3)) / 3;
  const squares = (0.09 + 0.04 + 0.01 + (0.01 + 0.04 + 0.01) + (0.49 + 0.09 + 0.16)) / 9;
  const absolute = (0.3 + 0.2 + 0.1 + 0.4 + (0.7 + 0.3 + 0.4)) / 9;

  it.each<[MetricName, number]>([
    ["accuracy", 2 / 3],
    ["acc", 2 / 3],
    ["categoricalAccuracy", 2 / 3],
    ["categorical_accuracy", 2 / 3],
    ["sparseCategoricalAccuracy", 2 / 3],
    ["binaryAccuracy", 8 / 9],
    ["crossentropy", crossentropy],
    ["categoricalCrossentropy", crossentropy],
    ["categorical_crossentropy", crossentropy],
    ["sparseCategoricalCrossentropy", crossentropy],
    ["meanSquaredError", squares],
    ["mean_squared_error", squares],
    ["mse", squares],
    ["mae", absolute],
    ["rmse", sqrt(squares)],
    ["rootMeanSquaredError", sqrt(squares)],
    ["huber", squares / 2],
    ["huberLoss", squares / 2],
  ])("%s: the arithmetic, with categorical and sparse losses alike", async (metric, expected) => {
    for (const loss of ["categoricalCrossentropy", "sparseCategoricalCrossentropy"] as const) {
      for (const labels of [classes, hot]) {
        const result = await evaluate(identity(3, loss, [metric]), outputs, labels);
        const [, value] = Object.values(result);
        expect(value).toBeCloseTo(expected, 5);
      }
    }
  });

  it.each<[MetricName, string]>([
    ["accuracy", "accuracy"],
    ["acc", "accuracy"],
    ["mse", "mse"],
    ["mean_squared_error", "mean_squared_error"],
    ["rmse", "rmse"],
    ["huber_loss", "huber_loss"],
  ])("%s is called %s", async (metric, name) => {
    const result = await evaluate(identity(3, "categoricalCrossentropy", [metric]), outputs, classes);
    expect(Object.keys(result)).toEqual(["loss", name]);
  });

  it("accuracy of sigmoid logits is the share on the right side of 0, of several outputs too", () => {
    for (const classes of [1, 4]) {
      const { metricsTensors } = buildFunctional({
        inputShape: [2],
        classes,
        activation: "linear",
        compile: { loss: sigmoidCrossEntropyFromLogits, metrics: ["accuracy"] },
      });
      expect(metricsTensors[0]![0]).toBe(accuracyFromLogits);
    }
  });

  it("no accuracy by default where values are compared", () => {
    const of = (activation: "linear" | "softmax", loss: LossName): string[] =>
      buildFunctional({ inputShape: [2], activation, compile: { loss } }).metricsNames;
    expect(of("linear", "mse")).toEqual(["loss"]);
    expect(of("softmax", "mse")).toEqual(["loss", "acc"]);
  });

  it.each([
    ["acuracy", /did you mean "accuracy"/],
    ["root_mean_square_error", /did you mean "rootMeanSquaredError"/],
  ])("%s: unknown", (metric, message) => {
    expect(() => buildFunctional({ compile: { metrics: [metric as MetricName] } })).toThrow(message);
  });
});

describe("root mean squared error over batches", () => {
  it("is the root of the mean over all samples", () => {
    const mean = new RunningMean([false, true]);
    // Batches of 3 and 1 samples, with mean squares 4 and 16.
    mean.add([1, 2], 3);
    mean.add([5, 4], 1);
    expect(mean.values).toEqual([2, sqrt((3 * 4 + 16) / 4)]);
  });

  it("knows which results are roots: metrics, not losses", () => {
    const x = input({ shape: [1] });
    const dense = (name: string): typeof x => layers.dense({ units: 1, name }).apply(x) as typeof x;
    const two = tfModel({ inputs: x, outputs: [dense("a"), dense("b")] });
    two.compile({ optimizer: "sgd", loss: rootMeanSquaredError, metrics: [rootMeanSquaredError] });
    expect(two.metricsNames.slice(0, 3)).toEqual(["loss", "a_loss", "b_loss"]);
    expect(rootMeansOf(two)).toEqual([false, false, false, true, true]);
    expect(rootMeansOf(identity(2, "rmse", ["mse", "rmse"]))).toEqual([false, false, true]);
  });

  it("in evaluate and fit, whatever the batch size; the batches' logs have their own", async () => {
    const x = Float32Array.of(1, 2, 3, 4);
    // Errors of 1, 1, 1 and 5.
    const y = [0, 1, 2, -1];
    const expected = sqrt((1 + 1 + 1 + 25) / 4);
    const own: number[] = [];
    for (const batchSize of [1, 3, 4]) {
      const model = identity(1, "mae", ["rmse"]);
      const onTestBatchEnd = (_: number, logs: { rmse?: number }): void => void own.push(logs.rmse!);
      const { rmse } = await evaluate(model, x, y, { batchSize, callbacks: { onTestBatchEnd } });
      expect(rmse).toBeCloseTo(expected, 5);
      const frozen = identity(1, "mae", ["rmse"]);
      frozen.compile({
        optimizer: tf.train.sgd(1e-12),
        loss: "meanSquaredError",
        metrics: [rootMeanSquaredError],
      });
      const { history } = await fit(frozen, x, y, { batchSize, validationData: [x, y] });
      expect(history.rootMeanSquaredError![0]).toBeCloseTo(expected, 5);
      expect(history.val_rootMeanSquaredError![0]).toBeCloseTo(expected, 5);
    }
    [1, 1, 1, 5, 1, 5, expected].forEach((value, i) => {
      expect(own[i]).toBeCloseTo(value, 5);
    });
  });
});
