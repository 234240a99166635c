/**
 * Writes what the peers are measured on: `export.ts FOLDER`. For each model its file as this package writes it, its
 * weights, the inputs and what tfjs (cpu) answers to them, as plain float32 in the order of `manifest.json`. Prints the
 * seconds that each conversion took, as JSON.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { disposeVariables, randomUniform, type Tensor, tensor } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { buildCnn, buildSequential, fit, loadMnist, normalize, toTflite } from "../../src/index.ts";
import { useBackend } from "../backends.ts";
import { MODELS } from "../models.ts";

const folder = process.argv[2];
if (folder === undefined) throw new Error("usage: export.ts FOLDER");
const IMAGES = 100;
const PIXELS = 28 * 28;

const mnist = await loadMnist();
const digits = normalize(mnist.test.images.subarray(0, IMAGES * PIXELS));

await useBackend("wasm");
const trained = [
  { name: "mlp", model: await train(buildSequential({ seed: 1 })), inputs: digits },
  { name: "cnn", model: await train(buildCnn({ seed: 1 })), inputs: digits },
];
await useBackend("cpu");
const noise = randomUniform([IMAGES, 32, 32, 1], 0, 1, "float32", 1);
const stack = {
  name: "resnet50v2",
  model: MODELS["ResNet50V2-like"](),
  // The plain cpu backend takes seconds for each.
  inputs: (await noise.data<"float32">()).subarray(0, 5 * 32 * 32),
};
const manifest = [];
const seconds: Record<string, number> = {};
for (const { name, model, inputs } of [...trained, stack]) {
  const start = performance.now();
  const bytes = await toTflite(model);
  seconds[name] = (performance.now() - start) / 1000;
  await writeFile(join(folder, `${name}.ours.tflite`), bytes);
  const weights = model.getWeights();
  const values = await Promise.all(weights.map((weight) => weight.data()));
  await writeFile(join(folder, `${name}.weights`), Buffer.concat(values.map(bytesOf)));
  await writeFile(join(folder, `${name}.inputs`), bytesOf(inputs));
  await writeFile(join(folder, `${name}.expected`), bytesOf(await answers(model, inputs)));
  manifest.push({
    name,
    input: model.inputs[0]!.shape.slice(1),
    weights: model.weights.map(({ originalName, shape }) => ({ name: originalName, shape })),
  });
}
await writeFile(join(folder, "manifest.json"), JSON.stringify(manifest));
disposeVariables();
console.log(JSON.stringify(seconds));

async function train<T extends LayersModel>(model: T): Promise<T> {
  const count = 6000;
  const images = normalize(mnist.train.images.subarray(0, count * PIXELS));
  await fit(model, images, mnist.train.labels.subarray(0, count), { epochs: 2, batchSize: 64, seed: 1 });
  return model;
}

async function answers(model: LayersModel, inputs: Float32Array): Promise<Float32Array> {
  const sizes = model.inputs[0]!.shape.slice(1) as number[];
  const count = inputs.length / sizes.reduce((product, size) => product * size, 1);
  const x = tensor(inputs, [count, ...sizes]);
  const y = model.predict(x) as Tensor;
  const values = await y.data<"float32">();
  x.dispose();
  y.dispose();
  return values;
}

function bytesOf(values: { buffer: ArrayBufferLike; byteOffset: number; byteLength: number }): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
