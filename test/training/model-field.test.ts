import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { layers } from "@tensorflow/tfjs-layers";
import { expect, it } from "vitest";
import { SubclassedModel, evaluate as score, fit as train } from "../../src/index.ts";

class Wrapping extends SubclassedModel {
  /** A name that a Sequential has a field of as well. */
  readonly model = layers.dense({ units: 1 });

  override call(x: tf.Tensor): tf.Tensor {
    return this.run(this.model, x);
  }
}

it("trains a class with a field called model", async () => {
  await tf.setBackend("cpu");
  const wrapping = new Wrapping({ inputShape: [2] });
  wrapping.compile({ optimizer: "sgd", loss: "meanSquaredError" });
  const x = { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] };
  const y = { data: Float32Array.of(1, -1), shape: [2, 1] };
  const { history } = await train(wrapping, x, y, { epochs: 3 });
  expect(history.loss?.at(-1)).toBeLessThan(history.loss?.[0] as number);
  wrapping.dispose();
});

it("takes the names of losses and metrics that builders know", async () => {
  await tf.setBackend("cpu");
  const wrapping = new Wrapping({ inputShape: [1] });
  wrapping.compile({ optimizer: "sgd", loss: "rmse" as never, metrics: ["mae"] });
  wrapping.setWeights([tf.tensor2d([[2]]), tf.tensor1d([0])]);
  const x = { data: Float32Array.of(1, 2), shape: [2, 1] };
  // Outputs are 2 and 4: off by 3 and 4, the root of (9 + 16) / 2.
  const { loss } = await score(wrapping, x, { data: Float32Array.of(-1, 0), shape: [2, 1] });
  expect(loss).toBeCloseTo(Math.sqrt(12.5), 5);
  expect(() => wrapping.compile({ optimizer: "sgd", loss: "rmsee" as never })).toThrow(/did you mean "rmse"/);
  wrapping.dispose();
});
