import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FeatureVector, loadFeatureVector } from "../../src/architectures/feature-vector.ts";
import { buildHubClassifier } from "../../src/architectures/hub-classifier.ts";
import { loadHubClassifier } from "../../src/architectures/hub-classifier-load.ts";
import type { HubClassifier } from "../../src/architectures/hub-classifier-model.ts";
import { type Conversion, convert, toTflite } from "../../src/convert/index.ts";
import { verifyTflite } from "../../src/node/index.ts";
import { loadMnist, type MnistSet } from "../../src/preprocess/mnist.ts";
import { resize } from "../../src/preprocess/resize.ts";
import type { ShapedArray } from "../../src/preprocess/shaped-array.ts";
import { useWasmBackend } from "../../src/training/wasm/index.ts";
import { NSFWJS_FEATURES, nsfwjsHandler } from "../support/nsfwjs.ts";

/** A real feature vector, 1792 numbers of a MobileNetV2, on digits, which it was not trained for. */
const CLASSES = 5;
const EACH = 40;

interface Digits {
  readonly images: ShapedArray<Float32Array>;
  readonly labels: Uint8Array;
}

let featureVector: FeatureVector;
let classifier: HubClassifier;
let held: Digits;
let conversion: Conversion;

/** The first digits of each class, from 0 to 1, RGB, 224x224. */
function digits({ images, labels }: MnistSet): Digits {
  const rows = Array.from({ length: CLASSES }, (_, digit) =>
    [...labels.keys()].filter((row) => labels[row] === digit).slice(0, EACH),
  ).flat();
  const rgb = new Float32Array(rows.length * 784 * 3);
  for (const [i, row] of rows.entries()) {
    for (let pixel = 0; pixel < 784; pixel++) {
      rgb.fill(images[row * 784 + pixel]! / 255, (i * 784 + pixel) * 3, (i * 784 + pixel + 1) * 3);
    }
  }
  return {
    images: resize({ data: rgb, shape: [rows.length, 28, 28, 3] }, [224, 224]),
    labels: Uint8Array.from(rows, (row) => labels[row]!),
  };
}

beforeAll(async () => {
  await useWasmBackend();
  const mnist = await loadMnist();
  held = digits(mnist.test);
  featureVector = await loadFeatureVector({ model: nsfwjsHandler(), node: NSFWJS_FEATURES });
  classifier = buildHubClassifier({ featureVector, classes: CLASSES, seed: 1 });
  const { images, labels } = digits(mnist.train);
  await classifier.fit(images, labels, { epochs: 30, batchSize: 20, seed: 1 });
  conversion = await convert(classifier);
}, 300_000);

afterAll(() => {
  classifier.dispose();
  featureVector.dispose();
});

test("at least 85 % of held-out images, from 40 of each class", async () => {
  const { accuracy } = await classifier.evaluate(held.images, held.labels);
  console.log(`held-out accuracy: ${accuracy}`);
  expect(accuracy).toBeGreaterThanOrEqual(0.85);
});

test("one file, which agrees with LiteRT, with the operators of MobileNetV2 and the head", async () => {
  const { bytes, report } = conversion;
  const some = { data: held.images.data.subarray(0, 20 * 224 * 224 * 3), shape: [20, 224, 224, 3] };
  const [comparison] = await verifyTflite(classifier, bytes, some);
  expect(comparison!.maxAbsoluteError).toBeLessThan(1e-5);
  expect(comparison!.argmaxAgreement).toBe(1);
  // The first depthwise convolution is the model's own scaling of its input, 2x - 1, before a padded convolution.
  expect(report.operators.after).toEqual({
    DEPTHWISE_CONV_2D: 18,
    CONV_2D: 35,
    ADD: 10,
    AVERAGE_POOL_2D: 1,
    RESHAPE: 1,
    FULLY_CONNECTED: 1,
    SOFTMAX: 1,
  });
});

test("saved and loaded it predicts and exports the same", async () => {
  let artifacts: tf.io.ModelArtifacts | undefined;
  await classifier.save({
    save: async (written) => {
      artifacts = written;
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" } };
    },
  });
  const before = tf.memory().numTensors;
  const loaded = await loadHubClassifier({ load: async () => artifacts! });
  // Compared by Buffer: a matcher takes minutes for 20 MB.
  expect(Buffer.compare(await toTflite(loaded), conversion.bytes)).toBe(0);
  loaded.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
