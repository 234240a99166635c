/**
 * Transfer learning: a network that others trained on photos, MobileNetV2, learns five digits from 40 images of each.
 * Only a small head is trained; one file holds both.
 *
 *     npx tsx examples/hub.ts                    two minutes
 *     npx tsx examples/hub.ts --quick            half a minute: two classes, few images
 *     npx tsx examples/hub.ts --output FILE
 */
import { parseArgs } from "node:util";
// In an application these three are "tflite-forge", "tflite-forge/node" and "tflite-forge/wasm".
import {
  buildHubClassifier,
  convert,
  loadFeatureVector,
  loadMnist,
  type MnistSet,
  normalize,
  progressBar,
  resize,
  type ShapedArray,
  summary,
} from "../src/index.ts";
import { saveTflite, verifyTflite } from "../src/node/index.ts";
import { useWasmBackend } from "../src/training/wasm/index.ts";
// A model from TensorFlow Hub that comes in an npm package, so that this runs without a network.
import { nsfwjsHandler } from "../test/support/nsfwjs.ts";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    output: { type: "string", default: "hub.tflite" },
  },
});
const sizes = options.quick ? { classes: 2, each: 8 } : { classes: 5, each: 40 };

// 1. The feature vector: a classifier, cut where its own head begins. From the hub itself it would be
//    loadFeatureVector("https://www.kaggle.com/models/google/mobilenet-v2/TfJs/100-224-feature-vector/3").
await useWasmBackend();
const featureVector = await loadFeatureVector(
  { model: nsfwjsHandler(), node: "feature_vector/SpatialSqueeze" },
  { range: [0, 1] },
);
const [height, width] = featureVector.inputShape as [number, number, number];
console.log(`${featureVector.units} features of images of ${height}x${width}.`);

// 2. Images as it wants them: RGB, in its size, from 0 to 1.
const mnist = await loadMnist();
const train = prepare(mnist.train);
const test = prepare(mnist.test);

// 3. The head learns. Features are computed once per image: the first epoch takes its time, the others none.
const classifier = buildHubClassifier({ featureVector, classes: sizes.classes, seed: 1 });
console.log(summary(classifier.model));
await classifier.fit(train.images, train.labels, {
  epochs: 20,
  batchSize: 20,
  seed: 1,
  callbacks: progressBar(),
});
const { accuracy = 0 } = await classifier.evaluate(test.images, test.labels);

// 4. One file, and a few images through it, in LiteRT.
const { bytes, report } = await convert(classifier);
const path = await saveTflite(options.output, bytes);
const few = { data: test.images.data.subarray(0, 4 * height * width * 3), shape: [4, height, width, 3] };
const [comparison] = await verifyTflite(classifier, bytes, few);
const { maxAbsoluteError, argmaxAgreement } = comparison!;

console.log(`
${path}
  size                ${bytes.length.toLocaleString("en")} bytes
  operators           ${Object.values(report.operators.after).reduce((sum, count) => sum + count, 0)}
  accuracy            ${(100 * accuracy).toFixed(1)} % of ${test.labels.length} test images
  LiteRT against tfjs ${maxAbsoluteError.toExponential(1)} at most between probabilities of 4 images`);
process.exitCode = maxAbsoluteError < 1e-5 && argmaxAgreement === 1 ? 0 : 1;

/** The first images of each class, grey made RGB and enlarged. */
function prepare({ images, labels }: MnistSet): {
  readonly images: ShapedArray<Float32Array>;
  readonly labels: Uint8Array;
} {
  const rows = Array.from({ length: sizes.classes }, (_, digit) =>
    [...labels.keys()].filter((row) => labels[row] === digit).slice(0, sizes.each),
  ).flat();
  const rgb = new Uint8Array(rows.length * 28 * 28 * 3);
  rows.forEach((row, i) => {
    images.subarray(row * 784, (row + 1) * 784).forEach((grey, pixel) => {
      rgb.fill(grey, (i * 784 + pixel) * 3, (i * 784 + pixel + 1) * 3);
    });
  });
  return {
    images: resize({ data: normalize(rgb), shape: [rows.length, 28, 28, 3] }, [height, width]),
    labels: Uint8Array.from(rows, (row) => labels[row]!),
  };
}
