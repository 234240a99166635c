/**
 * The shortest way to a file: a stack of dense layers learns handwritten digits. Its summary, how training went
 * (`history.svg`) and which digits it takes for which (`confusion.svg`) come with it.
 *
 *     npx tsx examples/sequential.ts                    about a minute
 *     npx tsx examples/sequential.ts --quick            seconds: too few images to learn much
 *     npx tsx examples/sequential.ts --output FOLDER
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Tensor, tensor } from "@tensorflow/tfjs-core";
// In an application these three are "tflite-forge", "tflite-forge/node" and "tflite-forge/wasm".
import {
  buildSequential,
  confusionMatrix,
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
    output: { type: "string", default: "output/sequential" },
  },
});
const sizes = options.quick
  ? { train: 1000, test: 200, epochs: 2 }
  : { train: 60_000, test: 10_000, epochs: 5 };

// 1. Data: pixels from 0 to 255 become numbers from 0 to 1.
const mnist = await loadMnist();
const train = prepare(mnist.train, sizes.train);
const test = prepare(mnist.test, sizes.test);

// 2. Model.
await useWasmBackend();
const model = buildSequential({ inputShape: [28, 28], classes: 10, hidden: [128], dropout: 0.2, seed: 1 });
console.log(summary(model));

// 3. Training; a tenth of the images tells how it goes on others.
const history = await fit(model, train.images, train.labels, {
  epochs: sizes.epochs,
  validationSplit: 0.1,
  seed: 1,
  callbacks: progressBar(),
});
const { accuracy = 0 } = await evaluate(model, test.images, test.labels, { batchSize: 250 });
const probabilities = model.predict(tensor(test.images, [sizes.test, 28, 28])) as Tensor;
const confusion = confusionMatrix(test.labels, probabilities);

// 4. Conversion, and the same images through the file, in LiteRT.
const bytes = await toTflite(model);
const [comparison] = await verifyTflite(model, bytes, test.images);
const { maxAbsoluteError, argmaxAgreement } = comparison!;

// 5. Files.
await mkdir(options.output, { recursive: true });
const path = await saveTflite(join(options.output, "digits.tflite"), bytes);
await writeFile(join(options.output, "history.svg"), historyChart(history));
await writeFile(join(options.output, "confusion.svg"), confusion.svg);

console.log(`
${path}
  size                 ${bytes.length.toLocaleString("en")} bytes
  accuracy             ${(100 * accuracy).toFixed(1)} % of ${sizes.test.toLocaleString("en")} test images
  LiteRT against tfjs  ${maxAbsoluteError.toExponential(1)} at most between probabilities

Beside it: history.svg, confusion.svg.`);
process.exitCode = maxAbsoluteError < 1e-5 && argmaxAgreement === 1 ? 0 : 1;

function prepare({ images, labels }: MnistSet, count: number): { images: Float32Array; labels: Uint8Array } {
  return { images: normalize(images.subarray(0, count * 28 * 28)), labels: labels.subarray(0, count) };
}
