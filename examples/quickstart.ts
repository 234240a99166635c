/**
 * From pixels to a file for a phone: trains a network on handwritten digits, writes it as `digits.tflite`, and has
 * Google's own runtime, LiteRT, answer the same 10,000 questions with it.
 *
 *     npm run quickstart                    about two minutes
 *     npm run quickstart -- --quick         seconds: too few images to learn much
 *     npm run quickstart -- --output FILE
 */
import { parseArgs } from "node:util";
import { type Tensor, tensor4d } from "@tensorflow/tfjs-core";
// In an application these three are "tflite-forge", "tflite-forge/node" and "tflite-forge/wasm".
import { buildCnn, convert, evaluate, fit, loadMnist, normalize, progressBar } from "../src/index.ts";
import { loadTflite, saveTflite } from "../src/node/index.ts";
import { useWasmBackend } from "../src/training/wasm/index.ts";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    output: { type: "string", default: "digits.tflite" },
  },
});
const sizes = options.quick
  ? { train: 600, test: 300, epochs: 1 }
  : { train: 12_000, test: 10_000, epochs: 3 };
const PIXELS = 28 * 28;

// 1. Data: pixels from 0 to 255 become numbers from 0 to 1.
const mnist = await loadMnist();
const train = {
  images: normalize(mnist.train.images.subarray(0, sizes.train * PIXELS)),
  labels: mnist.train.labels.subarray(0, sizes.train),
};
const test = {
  images: normalize(mnist.test.images.subarray(0, sizes.test * PIXELS)),
  labels: mnist.test.labels.subarray(0, sizes.test),
};

// 2. Model and training. The same seed gives the same network.
await useWasmBackend();
const model = buildCnn({ inputShape: [28, 28, 1], classes: 10, seed: 1 });
console.log(`Training ${model.countParams()} parameters on ${sizes.train} images.`);
await fit(model, train.images, train.labels, {
  epochs: sizes.epochs,
  batchSize: 64,
  seed: 1,
  callbacks: progressBar(),
});
const { accuracy = 0 } = await evaluate(model, test.images, test.labels, { batchSize: 250 });

// 3. Conversion.
const { bytes, report } = await convert(model);
const path = await saveTflite(options.output, bytes);

// 4. The same images through the file, in LiteRT. Its batch is dynamic: any number of images at once.
const tflite = await loadTflite(bytes);
const output = tflite.outputs[0]!.name;
let right = 0;
let same = 0;
for (let start = 0; start < sizes.test; start += 250) {
  const images = test.images.subarray(start * PIXELS, (start + 250) * PIXELS);
  const expected = await classesFromTfjs(images);
  const results = await tflite.run(images);
  for (const [i, digit] of classes(results[output]!.data).entries()) {
    if (digit === test.labels[start + i]) right++;
    if (digit === expected[i]) same++;
  }
}
tflite.close();

const operators = Object.entries(report.operators.after).map(([name, count]) => `${count} ${name}`);
console.log(`
${path}
  size       ${bytes.length.toLocaleString("en")} bytes, for TensorFlow Lite ${report.minimumRuntime} and later
  operators  ${operators.join(", ")}

On ${sizes.test.toLocaleString("en")} test images:
  accuracy in TensorFlow.js  ${percent(accuracy)}
  accuracy in LiteRT         ${percent(right / sizes.test)}
  same winning class         ${percent(same / sizes.test)} (${same} of ${sizes.test})

Next: copy the file into an Android or iOS app, or look at it in https://netron.app. Its input is a batch of
28x28 grey images from 0 (background) to 1 (ink), its output a probability for each digit. README.md says more.`);

const enough = options.quick || right / sizes.test >= 0.96;
if (!enough) console.error("Failed: less than 96 % of the test images are recognised.");
if (same < sizes.test) console.error("Failed: the file answers otherwise than the model.");
process.exitCode = enough && same === sizes.test ? 0 : 1;

async function classesFromTfjs(images: Float32Array): Promise<number[]> {
  const x = tensor4d(images, [images.length / PIXELS, 28, 28, 1]);
  const probabilities = model.predictOnBatch(x) as Tensor;
  const result = classes(await probabilities.data());
  x.dispose();
  probabilities.dispose();
  return result;
}

/** The digit with the largest of each ten probabilities. */
function classes(probabilities: ArrayLike<number | bigint>): number[] {
  return Array.from({ length: probabilities.length / 10 }, (_, image) => {
    const row = Array.from({ length: 10 }, (_, digit) => Number(probabilities[image * 10 + digit]));
    return row.indexOf(Math.max(...row));
  });
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
