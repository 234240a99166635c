/**
 * Train today, go on tomorrow: saves a trained model, loads it again, and writes the same file from both, byte for
 * byte. The classifier on a pretrained network is saved in its own way, with or without that network.
 *
 *     npx tsx examples/save-and-load.ts                    half a minute
 *     npx tsx examples/save-and-load.ts --quick            seconds
 *     npx tsx examples/save-and-load.ts --output FOLDER
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadLayersModel } from "@tensorflow/tfjs-layers";
// In an application these three are "tflite-forge", "tflite-forge/node" and "tflite-forge/wasm".
import {
  buildCnn,
  buildHubClassifier,
  fit,
  loadFeatureVector,
  loadHubClassifier,
  loadMnist,
  normalize,
  toTflite,
} from "../src/index.ts";
import { fileHandler, saveTflite } from "../src/node/index.ts";
import { useWasmBackend } from "../src/training/wasm/index.ts";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    output: { type: "string", default: "output/save-and-load" },
  },
});
const count = options.quick ? 200 : 6000;

// 1. A model that has learnt something.
await useWasmBackend();
const mnist = await loadMnist();
const images = normalize(mnist.train.images.subarray(0, count * 28 * 28));
const labels = mnist.train.labels.subarray(0, count);
const model = buildCnn({ inputShape: [28, 28, 1], classes: 10, seed: 1 });
await fit(model, images, labels, { seed: 1 });

// 2. Saved and loaded. On a page an address such as "indexeddb://digits" does instead of the file.
await mkdir(options.output, { recursive: true });
const digits = fileHandler(join(options.output, "digits.json"));
await model.save(digits);
const loaded = await loadLayersModel(digits);
const [before, after] = [await toTflite(model), await toTflite(loaded)];
const path = await saveTflite(join(options.output, "digits.tflite"), after);

// 3. A classifier on a pretrained network, here on the one above: its own save writes both.
const featureVector = await loadFeatureVector({ model, layer: "dense" });
const classifier = buildHubClassifier({ featureVector, classes: 10, seed: 2 });
await classifier.fit(images, labels, { seed: 2 });
const saved = fileHandler(join(options.output, "classifier.json"));
await classifier.save(saved);
const again = await loadHubClassifier(saved);

const isSame = Buffer.compare(before, after) === 0;
const isSameClassifier = Buffer.compare(await toTflite(classifier), await toTflite(again)) === 0;
console.log(`
${path}
  of the loaded model      ${isSame ? "the same bytes" : "OTHER BYTES"} (${after.length.toLocaleString("en")})
  of the loaded classifier ${isSameClassifier ? "the same bytes" : "OTHER BYTES"}`);
process.exitCode = isSame && isSameClassifier ? 0 : 1;
