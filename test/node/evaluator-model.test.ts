import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { beforeAll, expect, it } from "vitest";
import { toTflite } from "../../src/convert/index.ts";
import { evaluatorModel } from "../../src/node/evaluator-model.ts";
import { loadTflite } from "../../src/node/index.ts";
import { compareWith } from "../../src/node/verify-tflite.ts";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const source = {
  fn: (a: tf.Tensor, b: tf.Tensor) => ({
    sum: tf.add(a, b),
    product: tf.mul(a, tf.cast(tf.add(b, 1), "float32")),
  }),
  inputs: [
    { name: "a", shape: [null, 3] },
    { name: "b", shape: [null, 3] },
  ],
};

it("gives what LiteRT gives, by name and at any batch", async () => {
  const bytes = await toTflite(source);
  const inputs = {
    b: { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] },
    a: { data: Float32Array.of(-1, 0, 1, 2, 0.5, 9), shape: [2, 3] },
  };
  const litert = await loadTflite(bytes);
  const tensors = tf.memory().numTensors;
  const ours = await evaluatorModel(bytes).run(inputs);
  expect(tf.memory().numTensors).toBe(tensors);
  expect(ours).toEqual(await litert.run(inputs));
  litert.close();
});

it("tells a file that differs from its model", async () => {
  const other = {
    ...source,
    fn: (a: tf.Tensor, b: tf.Tensor) => ({ sum: tf.sub(a, b), product: tf.mul(a, b) }),
  };
  const bytes = await toTflite(other);
  const [sum] = await compareWith(evaluatorModel(bytes), source, bytes);
  expect(sum?.maxAbsoluteError).toBeGreaterThan(0.1);
});
