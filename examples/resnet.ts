/**
 * A deep residual network, ResNet50V2, from digits to a file: images grow from 28x28 to the 32x32 that the network
 * needs at least, 23.6 million parameters learn from them, and LiteRT answers as the model does.
 *
 *     npx tsx examples/resnet.ts                    about ten minutes
 *     npx tsx examples/resnet.ts --quick            under a minute: a few steps, too few to learn much
 *     npx tsx examples/resnet.ts --output FILE
 */
import { parseArgs } from "node:util";
// In an application these three are "tflite-forge", "tflite-forge/node" and "tflite-forge/wasm".
import {
  buildResNet,
  convert,
  evaluate,
  fit,
  loadMnist,
  type MnistSet,
  normalize,
  progressBar,
  reshape,
  resize,
  type ShapedArray,
} from "../src/index.ts";
import { saveTflite, verifyTflite } from "../src/node/index.ts";
import { useWasmBackend } from "../src/training/wasm/index.ts";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    output: { type: "string", default: "resnet.tflite" },
  },
});
const sizes = options.quick ? { train: 96, test: 16 } : { train: 6400, test: 1000 };

// 1. Data: pixels from 0 to 255 become numbers from 0 to 1, images of 28x28 become 32x32.
const mnist = await loadMnist();
const train = prepare(mnist.train, sizes.train);
const test = prepare(mnist.test, sizes.test);

// 2. Model and training. Another network is another variant: "resnet101v2", "resnet50", ...
await useWasmBackend();
const model = buildResNet({
  variant: "resnet50v2",
  inputShape: [32, 32, 1],
  classes: 10,
  // Keras's 0.99 is for long training: running statistics would lag behind.
  batchNormalizationMomentum: 0.9,
  seed: 1,
});
console.log(`Training ${model.countParams().toLocaleString("en")} parameters on ${sizes.train} images.`);
await fit(model, train.images, train.labels, { batchSize: 32, seed: 1, callbacks: progressBar() });
const { accuracy = 0 } = await evaluate(model, test.images, test.labels);

// 3. Conversion, and the same images through the file, in LiteRT.
const { bytes, report } = await convert(model);
const path = await saveTflite(options.output, bytes);
const few = prepare(mnist.test, 16);
const [probabilities] = await verifyTflite(model, bytes, few.images);
const { maxAbsoluteError, argmaxAgreement } = probabilities!;

const operators = Object.values(report.operators.after).reduce((sum, count) => sum + count, 0);
console.log(`
${path}
  size                ${bytes.length.toLocaleString("en")} bytes
  operators           ${operators}
  accuracy            ${(100 * accuracy).toFixed(1)} % of ${sizes.test} test images
  LiteRT against tfjs ${maxAbsoluteError.toExponential(1)} at most between probabilities of 16 images`);
process.exitCode = argmaxAgreement === 1 ? 0 : 1;

/** The first images of a set, ready for the network, and their labels. */
function prepare(
  set: MnistSet,
  count: number,
): { readonly images: ShapedArray<Float32Array>; readonly labels: Uint8Array } {
  const pixels = normalize(set.images.subarray(0, count * 28 * 28));
  const images = resize(reshape(pixels, [count, 28, 28, 1]), [32, 32]);
  return { images, labels: set.labels.subarray(0, count) };
}
