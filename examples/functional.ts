/**
 * Layers as functions: an image goes two ways, through small and through large convolutions, and both meet again.
 * A second model, made of the same layers, shows what the first one sees.
 *
 *     npx tsx examples/functional.ts                    about a minute
 *     npx tsx examples/functional.ts --quick            seconds: too few images to learn much
 *     npx tsx examples/functional.ts --output FOLDER
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { layers, model as tfModel } from "@tensorflow/tfjs-layers";
// In an application these three are "tflite-forge", "tflite-forge/node" and "tflite-forge/wasm".
import {
  buildFunctional,
  evaluate,
  fit,
  historyChart,
  loadMnist,
  type MnistSet,
  normalize,
  progressBar,
  summary,
  toTflite,
} from "../src/index.ts";
import { saveTflite, verifyTflite } from "../src/node/index.ts";
import { useWasmBackend } from "../src/training/wasm/index.ts";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    output: { type: "string", default: "output/functional" },
  },
});
const sizes = options.quick ? { train: 320, test: 100 } : { train: 12_000, test: 2000 };

// 1. Data: pixels from 0 to 255 become numbers from 0 to 1.
const mnist = await loadMnist();
const train = prepare(mnist.train, sizes.train);
const test = prepare(mnist.test, sizes.test);

// 2. Model: what goes in and what comes out are the builder's, what is between them is written here.
await useWasmBackend();
const model = buildFunctional({
  inputShape: [28, 28, 1],
  classes: 10,
  seed: 1,
  body: (image, run) => {
    const look = { filters: 8, strides: 2, padding: "same" } as const;
    const fine = run(layers.conv2d({ ...look, kernelSize: 3, name: "fine" }), image);
    const coarse = run(layers.conv2d({ ...look, kernelSize: 7, name: "coarse" }), image);
    const both = run(layers.concatenate({ name: "both" }), [fine, coarse]);
    const pooled = run(layers.maxPooling2d({ poolSize: 2 }), run(layers.reLU(), both));
    return run(layers.dense({ units: 32, activation: "relu" }), run(layers.flatten(), pooled));
  },
});
console.log(summary(model)); // "Connected to" says what goes where

// 3. Training.
const history = await fit(model, train.images, train.labels, {
  epochs: 2,
  validationSplit: 0.1,
  seed: 1,
  callbacks: progressBar(),
});
const { accuracy = 0 } = await evaluate(model, test.images, test.labels, { batchSize: 250 });

// 4. Conversion. A layer's output can be an output of the file: here the picture that both ways make together.
const both = model.getLayer("both").output;
const open = tfModel({ inputs: model.inputs, outputs: [...model.outputs, both].flat() });
const files = { digits: await toTflite(model), "digits-and-features": await toTflite(open) };
const [probabilities] = await verifyTflite(model, files.digits, test.images);
const withFeatures = await verifyTflite(open, files["digits-and-features"], test.images);

// 5. Files.
await mkdir(options.output, { recursive: true });
await writeFile(join(options.output, "history.svg"), historyChart(history));
for (const [name, bytes] of Object.entries(files)) {
  const path = await saveTflite(join(options.output, `${name}.tflite`), bytes);
  console.log(`${path}: ${bytes.length.toLocaleString("en")} bytes`);
}
const all = [probabilities!, ...withFeatures];
const largest = Math.max(...all.map(({ maxAbsoluteError }) => maxAbsoluteError));
console.log(`
Beside them: history.svg.
  accuracy             ${(100 * accuracy).toFixed(1)} % of ${sizes.test.toLocaleString("en")} test images
  outputs              ${withFeatures.map(({ name, shape }) => `${name} [${shape}]`).join(", ")}
  LiteRT against tfjs  ${largest.toExponential(1)} at most`);
process.exitCode = largest < 1e-4 && probabilities!.argmaxAgreement === 1 ? 0 : 1;

function prepare({ images, labels }: MnistSet, count: number): { images: Float32Array; labels: Uint8Array } {
  return { images: normalize(images.subarray(0, count * 28 * 28)), labels: labels.subarray(0, count) };
}
