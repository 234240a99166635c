import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { expect, test } from "vitest";
import { toTflite } from "../../src/convert/index.ts";
import { loadTflite, verifyTflite } from "../../src/node/index.ts";

const { layers } = tfl;

function cnn(): tfl.LayersModel {
  return tfl.sequential({
    name: "digits",
    layers: [
      layers.conv2d({
        filters: 8,
        kernelSize: 3,
        activation: "relu",
        inputShape: [12, 10, 1],
        name: "image",
      }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dense({ units: 5, activation: "softmax", name: "probabilities" }),
    ],
  });
}

test("a converted model runs with any batch and agrees with its source", async () => {
  const model = cnn();
  const bytes = await toTflite(model);
  const before = tf.memory().numTensors;
  const images = tf.randomUniform([9, 12, 10, 1], 0, 1, "float32", 1);
  for (const samples of [undefined, images]) {
    const [output, ...more] = await verifyTflite(model, bytes, samples);
    expect(more).toEqual([]);
    expect(output!.maxAbsoluteError).toBeLessThan(1e-6);
    expect(output!.argmaxAgreement).toBe(1);
  }
  const file = await loadTflite(bytes);
  expect(file.inputs).toMatchObject([{ shape: [-1, 12, 10, 1], dtype: "float32" }]);
  const [name] = file.outputs.map((output) => output.name) as [string];
  expect((await file.run(images))[name]!.shape).toEqual([9, 5]);
  file.close();
  images.dispose();
  expect(tf.memory().numTensors).toBe(before);
  model.dispose();
});

test("two inputs and two outputs keep to their names", async () => {
  const bytes = await toTflite({
    fn: (left, right) => ({ difference: tf.sub(left!, right!), product: tf.mul(left!, right!) }),
    inputs: [
      { name: "right_first", shape: [null, 3] },
      { name: "left_second", shape: [null, 3] },
    ],
  });
  const file = await loadTflite(bytes);
  expect(file.inputs.map((input) => input.name)).toEqual(["right_first", "left_second"]);
  const { difference, product } = await file.run({
    left_second: Float32Array.of(1, 2, 3, 4, 5, 6),
    right_first: Float32Array.of(7, 7, 7, 8, 8, 8),
  });
  expect([...difference!.data]).toEqual([6, 5, 4, 4, 3, 2]);
  expect([...product!.data]).toEqual([7, 14, 21, 32, 40, 48]);
  file.close();
});
