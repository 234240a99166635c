// An application that has tfjs-core alone: no tfjs-layers, no tfjs-converter.
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { toTflite } from "tflite-forge/convert";
import { loadTflite } from "tflite-forge/node";

for (const name of ["@tensorflow/tfjs-layers", "@tensorflow/tfjs-converter"]) {
  await assert.rejects(import(name), { code: "ERR_MODULE_NOT_FOUND" });
}
const scale = tf.tensor1d([1, 2, 3]);
const bytes = await toTflite({
  fn: (x) => tf.relu(tf.mul(x, scale)),
  inputs: [{ name: "x", shape: [null, 3] }],
});
const file = await loadTflite(bytes);
const { output } = await file.run({ x: Float32Array.of(1, -1, 1, -2, 2, 2) });
assert.deepEqual([...output.data], [1, 0, 3, 0, 4, 6]);
file.close();
