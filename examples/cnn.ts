/**
 * A convolutional network with batch normalization and dropout, and a file that takes pixels as they come, from 0 to
 * 255: scaling is part of it, and costs nothing there, as batch normalization does. The report says what became of
 * both.
 *
 *     npx tsx examples/cnn.ts                    about a minute
 *     npx tsx examples/cnn.ts --quick            seconds: too few images to learn much
 *     npx tsx examples/cnn.ts --output FOLDER
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Tensor, tensor } from "@tensorflow/tfjs-core";
// In an application these three are "tflite-forge", "tflite-forge/node" and "tflite-forge/wasm".
import {
  buildCnn,
  confusionMatrix,
  convert,
  type FunctionSource,
  fit,
  historyChart,
  loadMnist,
  normalize,
  progressBar,
  summary,
} from "../src/index.ts";
import { saveTflite, verifyTflite } from "../src/node/index.ts";
import { useWasmBackend } from "../src/training/wasm/index.ts";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    output: { type: "string", default: "output/cnn" },
  },
});
const sizes = options.quick ? { train: 320, test: 100, epochs: 1 } : { train: 12_000, test: 2000, epochs: 2 };

// 1. Data.
const mnist = await loadMnist();
const images = normalize(mnist.train.images.subarray(0, sizes.train * 28 * 28));
const labels = mnist.train.labels.subarray(0, sizes.train);

// 2. Model and training.
await useWasmBackend();
const model = buildCnn({
  inputShape: [28, 28, 1],
  classes: 10,
  blocks: [
    { filters: 16, pool: 2, batchNormalization: true },
    { filters: 32, pool: 2, batchNormalization: true, dropout: 0.25 },
  ],
  dense: [64],
  seed: 1,
});
console.log(summary(model));
const history = await fit(model, images, labels, {
  epochs: sizes.epochs,
  validationSplit: 0.1,
  seed: 1,
  callbacks: progressBar(),
});

// 3. Conversion: not of the model, but of a function that scales pixels as training did and then asks the model.
const source: FunctionSource = {
  fn: (pixels) => model.apply(normalize(pixels)) as Tensor,
  inputs: [{ name: "pixels", shape: [null, 28, 28, 1] }],
};
const { bytes, report } = await convert(source);

// 4. Test images as they are in MNIST's files: through that function in tfjs, and through the file in LiteRT.
const pixels = Float32Array.from(mnist.test.images.subarray(0, sizes.test * 28 * 28));
const [comparison] = await verifyTflite(source, bytes, pixels);
const { maxAbsoluteError, argmaxAgreement } = comparison!;
const probabilities = source.fn(tensor(pixels, [sizes.test, 28, 28, 1])) as Tensor;
const { accuracy, perClass, svg } = confusionMatrix(mnist.test.labels.subarray(0, sizes.test), probabilities);

// 5. Files.
await mkdir(options.output, { recursive: true });
const path = await saveTflite(join(options.output, "digits.tflite"), bytes);
await writeFile(join(options.output, "history.svg"), historyChart(history));
await writeFile(join(options.output, "confusion.svg"), svg);

const worst = perClass.toSorted((a, b) => a.recall - b.recall)[0]!;
console.log(`
${path}
  size                 ${bytes.length.toLocaleString("en")} bytes
  operators            ${JSON.stringify(report.operators.after)}
  folded and fused     ${[...new Set(report.fused.map(({ rule }) => rule))].join(", ")}
  accuracy             ${(100 * accuracy).toFixed(1)} % of ${sizes.test.toLocaleString("en")} test images
  hardest digit        ${worst.name}: ${(100 * worst.recall).toFixed(0)} % of ${worst.support} found
  LiteRT against tfjs  ${maxAbsoluteError.toExponential(1)} at most between probabilities

Beside it: history.svg, confusion.svg.`);
process.exitCode = maxAbsoluteError < 1e-5 && argmaxAgreement === 1 ? 0 : 1;
