/**
 * A model as a class: layers are fields, `call` computes with them and with any TensorFlow.js operation, and knows
 * whether it trains. It is trained on handwritten digits, saved, loaded into a new instance, and written as a
 * `.tflite` file that LiteRT runs.
 *
 *     npx tsx examples/subclassed.ts                    about a minute
 *     npx tsx examples/subclassed.ts --quick            seconds: too few images to learn much
 *     npx tsx examples/subclassed.ts --output FILE
 */
import { parseArgs } from "node:util";
import * as tf from "@tensorflow/tfjs-core";
import { layers } from "@tensorflow/tfjs-layers";
// In an application these three are "tflite-forge", "tflite-forge/node" and "tflite-forge/wasm".
import {
  type CallOptions,
  loadMnist,
  type MnistSet,
  normalize,
  progressBar,
  SubclassedModel,
  toTflite,
} from "../src/index.ts";
import { saveTflite, verifyTflite } from "../src/node/index.ts";
import { useWasmBackend } from "../src/training/wasm/index.ts";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    output: { type: "string", default: "subclassed.tflite" },
  },
});
const sizes = options.quick ? { train: 640, test: 200 } : { train: 12_000, test: 2000 };

// 1. A block, and a model that has two of them. Weights are called "blocks/0/dense/kernel" and so on.
class Block extends SubclassedModel {
  private readonly dense: layers.Layer;
  private readonly normalization = layers.batchNormalization({ momentum: 0.9 });

  constructor(units: number) {
    super();
    this.dense = layers.dense({ units, useBias: false });
  }

  /** Batch normalization trains where the model does: `run` tells it. */
  call(x: tf.Tensor): tf.Tensor {
    return tf.relu(this.run(this.normalization, this.run(this.dense, x)));
  }
}

class Digits extends SubclassedModel {
  private readonly blocks = [new Block(128), new Block(64)];
  private readonly scores = layers.dense({ units: 10 });

  constructor() {
    super({ inputShape: [28, 28] });
  }

  call(images: tf.Tensor, { training }: CallOptions): tf.Tensor {
    // Any operation: pixels from 0 to 1 become -1 to 1, and a little noise helps to learn.
    let x = tf.sub(tf.mul(tf.reshape(images, [-1, 28 * 28]), 2), 1);
    if (training) x = tf.add(x, tf.randomNormal(x.shape, 0, 0.2));
    for (const block of this.blocks) x = this.run(block, x);
    return tf.softmax(this.run(this.scores, x));
  }
}

// 2. Training, with the methods that every model has.
const mnist = await loadMnist();
const train = prepare(mnist.train, sizes.train);
const test = prepare(mnist.test, sizes.test);
await useWasmBackend();
const model = new Digits();
model.compile({ optimizer: "adam", loss: "categoricalCrossentropy", metrics: ["accuracy"] });
console.log(model.summary());
await model.fit(train.images, train.labels, { epochs: options.quick ? 2 : 5, callbacks: progressBar() });
const { accuracy = 0 } = await model.evaluate(test.images, test.labels);

// 3. Saved and loaded: code makes the model, the files hold its weights. Here in memory; "indexeddb://digits" in a page.
let saved: tf.io.ModelArtifacts = {};
await model.save(
  tf.io.withSaveHandler(async (artifacts) => {
    saved = artifacts;
    return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
  }),
);
const loaded = await new Digits().load(tf.io.fromMemory(saved));

// 4. Conversion. The noise is in training only, so it is not in the file.
const bytes = await toTflite(loaded);
const path = await saveTflite(options.output, bytes);
const [comparison] = await verifyTflite(model, bytes, test.images.subarray(0, 100 * 28 * 28));
const { maxAbsoluteError, argmaxAgreement } = comparison!;
console.log(`
${path}
  size                 ${bytes.length.toLocaleString("en")} bytes
  accuracy             ${(100 * accuracy).toFixed(1)} % of ${sizes.test} test images
  LiteRT against tfjs  ${maxAbsoluteError.toExponential(1)} at most between probabilities of 100 images`);
process.exitCode = maxAbsoluteError < 1e-5 && argmaxAgreement === 1 ? 0 : 1;

function prepare({ images, labels }: MnistSet, count: number): { images: Float32Array; labels: Uint8Array } {
  return { images: normalize(images.subarray(0, count * 28 * 28)), labels: labels.subarray(0, count) };
}
