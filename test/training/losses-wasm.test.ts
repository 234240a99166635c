import * as tf from "@tensorflow/tfjs-core";
import { afterAll, describe, it } from "vitest";
import { buildFunctional } from "../../src/architectures/functional.ts";
import type { LossName, MetricName } from "../../src/architectures/options.ts";
import type { LossFunction } from "../../src/training/losses/loss-function.ts";
import { metricNamed } from "../../src/training/metrics/known-metrics.ts";
import { expectClose, onBoth } from "../wasm/both-backends.ts";

afterAll(async () => {
  await tf.setBackend("cpu");
});

const LOSSES: readonly LossName[] = [
  "meanSquaredError",
  "meanAbsoluteError",
  "rootMeanSquaredError",
  "huber",
  "binaryCrossentropy",
  "categoricalCrossentropy",
  "sparseCategoricalCrossentropy",
];

const yTrue = (isSparse: boolean): tf.Tensor =>
  isSparse
    ? tf.tensor2d([[2], [0]])
    : tf.tensor2d([
        [0, 0, 1],
        [1, 0, 0],
      ]);
const yPred = (): tf.Tensor =>
  tf.tensor2d([
    [0.2, 0.3, 0.5],
    [0.7, 0.1, 0.2],
  ]);

describe("on the WebAssembly backend", () => {
  it.each(LOSSES)("%s has the values and gradients of the CPU", async (name) => {
    await tf.setBackend("cpu");
    const model = buildFunctional({ inputShape: [1], classes: 3, compile: { loss: name } });
    const loss: LossFunction = model.lossFunctions[0]!;
    const { cpu, wasm } = await onBoth(() => {
      const target = yTrue(name.startsWith("sparse"));
      return [loss(target, yPred()), tf.grad((x) => tf.mean(loss(target, x)))(yPred())];
    });
    expectClose(wasm, cpu, 1e-5);
  });

  it.each<MetricName>(["rmse", "huber", "mae", "sparseCategoricalAccuracy", "categoricalCrossentropy"])(
    "%s has the values of the CPU, of rows and of class numbers",
    async (name) => {
      const metric = metricNamed(name, "categoricalCrossentropy") as LossFunction;
      const { cpu, wasm } = await onBoth(() => [metric(yTrue(false), yPred()), metric(yTrue(true), yPred())]);
      expectClose(wasm, cpu, 1e-5);
    },
  );
});
