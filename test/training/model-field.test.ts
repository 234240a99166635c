import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { layers } from "@tensorflow/tfjs-layers";
import { expect, it } from "vitest";
import { SubclassedModel, fit as train } from "../../src/index.ts";

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
