import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { describe, expect, it } from "vitest";
import { type FeatureVector, loadFeatureVector } from "../../src/architectures/feature-vector.ts";
import { buildHubClassifier, type HubClassifierOptions } from "../../src/architectures/hub-classifier.ts";
import { loadHubClassifier } from "../../src/architectures/hub-classifier-load.ts";
import type { HubClassifier } from "../../src/architectures/hub-classifier-model.ts";
import { convert, parseTflite, toTflite } from "../../src/convert/index.ts";
import { verifyTflite } from "../../src/node/index.ts";
import { randomFrom } from "../../src/training/random.ts";
import { randomizeWeights } from "../support/judge.ts";
import { graphModel, smallNetwork } from "../support/small-graph-models.ts";

const CLASSES = 3;
const SIZE = 8 * 8 * 3;

/** Images of three kinds, each with another channel bright, and their kinds. */
function data(count: number, seed = 1): { images: Float32Array; labels: Uint8Array } {
  const random = randomFrom(seed);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % CLASSES);
  const images = new Float32Array(count * SIZE);
  for (let i = 0; i < images.length; i++) {
    const label = labels[Math.floor(i / SIZE)]!;
    images[i] = random() * (i % 3 === label ? 1 : 0.3);
  }
  return { images, labels };
}

async function graphFeatures(): Promise<FeatureVector> {
  return loadFeatureVector({ model: { load: async () => smallNetwork() }, node: "features/pool" });
}

/** With batch normalization and dropout, so that it matters whether it trains or not. */
function smallBase(): tfl.LayersModel {
  const model = tfl.sequential({
    layers: [
      tfl.layers.conv2d({ inputShape: [8, 8, 3], filters: 6, kernelSize: 3, name: "conv" }),
      tfl.layers.batchNormalization({ name: "norm" }),
      tfl.layers.reLU({ name: "relu" }),
      tfl.layers.dropout({ rate: 0.5, name: "drop" }),
      tfl.layers.conv2d({ filters: 5, kernelSize: 3, activation: "relu", name: "conv_1" }),
      tfl.layers.globalAveragePooling2d({ name: "pool" }),
      tfl.layers.dense({ units: 4, name: "old_head" }),
    ],
  });
  randomizeWeights(model);
  return model;
}

const layersFeatures = (model: tfl.LayersModel = smallBase()): Promise<FeatureVector> =>
  loadFeatureVector({ model, layer: "pool" });

async function built(options: Partial<HubClassifierOptions> = {}): Promise<HubClassifier> {
  return buildHubClassifier({
    featureVector: await graphFeatures(),
    classes: CLASSES,
    seed: 1,
    compile: { learningRate: 0.05 },
    ...options,
  });
}

const predictions = async (classifier: HubClassifier, images: Float32Array): Promise<number[]> => {
  const answers = await classifier.predict(images);
  const values = Array.from(await answers.data());
  answers.dispose();
  return values;
};

/** Counts how many images a feature vector is run on. */
function countImages(features: FeatureVector): () => number {
  let count = 0;
  const { run } = features.base;
  (features.base as { run: typeof run }).run = (images) => {
    count += images.shape[0]!;
    return run(images);
  };
  return () => count;
}

describe("training the head", () => {
  it("learns, and leaves no tensor but the optimizer's", async () => {
    const classifier = await built();
    const { images, labels } = data(60);
    const before = tf.memory().numTensors;
    const { history } = await classifier.fit(images, labels, { epochs: 8, seed: 1, batchSize: 10 });
    expect(history.accuracy!.at(-1)).toBeGreaterThan(0.9);
    // Adam: two moments for kernel and bias, and its two powers of beta.
    expect(tf.memory().numTensors - before).toBeLessThanOrEqual(6);
    const after = tf.memory().numTensors;
    await classifier.fit(images, labels, { epochs: 2, seed: 2 });
    const held = data(30, 2);
    const { loss, accuracy } = await classifier.evaluate(held.images, held.labels);
    expect(accuracy).toBeGreaterThan(0.9);
    expect(loss).toBeLessThan(1);
    await predictions(classifier, held.images);
    expect(tf.memory().numTensors).toBe(after);
  });

  it("is freed as a whole", async () => {
    const before = tf.memory().numTensors;
    const featureVector = await graphFeatures();
    const classifier = buildHubClassifier({ featureVector, hidden: [4], dropout: 0.1, classes: CLASSES });
    const { images, labels } = data(12);
    await classifier.fit(images, labels);
    classifier.dispose();
    featureVector.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("runs the feature vector once an image, whatever the epochs", async () => {
    const featureVector = await graphFeatures();
    const classifier = await built({ featureVector });
    const { images, labels } = data(25);
    const held = data(7, 2);
    const count = countImages(featureVector);
    await classifier.fit(images, labels, {
      epochs: 4,
      batchSize: 4,
      validationData: [held.images, held.labels],
      validationBatchSize: 3,
    });
    expect(count()).toBe(25 + 7);
  });

  it("computes anew what the cache has no room for, with the same result", async () => {
    const { images, labels } = data(20);
    const runs: number[][] = [];
    const counts: number[] = [];
    // 6 features are 24 bytes: room for all, for 5 images, for none.
    for (const featureCacheBytes of [undefined, 24 * 5 + 23, 0]) {
      const featureVector = await graphFeatures();
      const classifier = await built({ featureVector });
      const count = countImages(featureVector);
      const { history } = await classifier.fit(images, labels, {
        epochs: 3,
        batchSize: 8,
        seed: 1,
        validationSplit: 0.2,
        ...(featureCacheBytes !== undefined && { featureCacheBytes }),
      });
      counts.push(count());
      runs.push([...history.loss!, ...history.val_loss!]);
    }
    expect(counts).toEqual([20, 20 + 2 * 15, 3 * 20]);
    for (const run of runs.slice(1)) {
      for (const [i, loss] of run.entries()) expect(loss).toBeCloseTo(runs[0]![i]!, 5);
    }
  });

  it("does what training the whole with a frozen feature vector does", async () => {
    const { images, labels } = data(20);
    const cached = await built();
    const whole = await built();
    const options = { epochs: 2, batchSize: 8, seed: 3 };
    const a = await cached.fit(images, labels, options);
    const { fit } = await import("../../src/training/fit.ts");
    const b = await fit(whole.model, images, labels, options);
    for (const [i, loss] of a.history.loss!.entries()) expect(loss).toBeCloseTo(b.history.loss![i]!, 5);
  });

  it("takes tensors, { data, shape }, one-hot rows, callbacks and class weights", async () => {
    const classifier = await built();
    const { images, labels } = data(12);
    const x = tf.tensor4d(images, [12, 8, 8, 3]);
    const y = tf.oneHot(tf.tensor1d(labels, "int32"), CLASSES);
    const epochs: number[] = [];
    await classifier.fit(x, y, {
      epochs: 2,
      classWeight: { 0: 1, 1: 2, 2: 1 },
      callbacks: { onEpochEnd: async (epoch) => void epochs.push(epoch) },
    });
    expect(epochs).toEqual([0, 1]);
    await classifier.fit({ data: images, shape: [12, 8, 8, 3] }, Array.from(labels));
    const answers = await classifier.predict(x, { batchSize: 5 });
    expect(answers.shape).toEqual([12, CLASSES]);
    expect(classifier.model.history).toBeDefined();
  });

  it("stops at a signal, and can be trained again", async () => {
    const classifier = await built();
    const { images, labels } = data(12);
    const before = tf.memory().numTensors;
    const reason = new Error("enough");
    await expect(classifier.fit(images, labels, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(tf.memory().numTensors).toBe(before);
    await classifier.fit(images, labels);
    const twice = [classifier.fit(images, labels), classifier.fit(images, labels)];
    await expect(twice[1]).rejects.toThrow("being trained already");
    await twice[0];
  });

  it("depends on the seed alone", async () => {
    const { images, labels } = data(12);
    const answers: number[][] = [];
    for (const seed of [7, 7, 8]) {
      const classifier = await built({ seed, hidden: [5], dropout: 0.3 });
      await classifier.fit(images, labels, { epochs: 2, seed });
      answers.push(await predictions(classifier, images));
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]).not.toEqual(answers[2]);
  });
});

describe("fine-tuning", () => {
  it("moves the last layers with weights, and neither statistics nor what is before them", async () => {
    const base = smallBase();
    const classifier = buildHubClassifier({
      featureVector: await layersFeatures(base),
      classes: CLASSES,
      trainable: 1,
      seed: 1,
    });
    expect(classifier.unfrozenLayers).toBe(1);
    const before = base.weights.map((weight) => Array.from(weight.read().dataSync()));
    const { images, labels } = data(30);
    const { history } = await classifier.fit(images, labels, { epochs: 3, seed: 1 });
    expect(history.loss!.at(-1)).toBeLessThan(history.loss![0]!);
    const moved = base.weights.filter(
      (weight, i) => !Array.from(weight.read().dataSync()).every((value, k) => value === before[i]![k]),
    );
    expect(moved.map(({ originalName }) => originalName)).toEqual(["conv_1/kernel", "conv_1/bias"]);
  });

  it("trains all layers end to end with trainable: true", async () => {
    const base = smallBase();
    const classifier = buildHubClassifier({
      featureVector: await layersFeatures(base),
      classes: CLASSES,
      trainable: true,
      seed: 1,
    });
    expect(classifier.unfrozenLayers).toBe(3);
    const before = base.weights.map((weight) => Array.from(weight.read().dataSync()));
    const { images, labels } = data(30);
    await classifier.fit(images, labels, { epochs: 2, seed: 1, validationData: [images, labels] });
    const moved = base.weights.filter(
      (weight, i) => !Array.from(weight.read().dataSync()).every((value, k) => value === before[i]![k]),
    );
    // Not the moving averages, and not the old head.
    expect(moved.map(({ originalName }) => originalName)).toEqual([
      "conv/kernel",
      "conv/bias",
      "norm/gamma",
      "norm/beta",
      "conv_1/kernel",
      "conv_1/bias",
    ]);
  });

  it("comes after the head, with an optimizer of its own, and ends with unfreeze(0)", async () => {
    const classifier = buildHubClassifier({
      featureVector: await layersFeatures(),
      classes: CLASSES,
      seed: 1,
    });
    const { images, labels } = data(12);
    await classifier.fit(images, labels);
    const tensors = tf.memory().numTensors;
    classifier.unfreeze(2, { optimizer: "sgd", learningRate: 1e-3 });
    // What Adam remembered is gone.
    expect(tf.memory().numTensors).toBeLessThan(tensors);
    expect(classifier.model.optimizer.getClassName()).toBe("SGD");
    await classifier.fit(images, labels);
    classifier.unfreeze(0);
    expect(classifier.unfrozenLayers).toBe(0);
    await classifier.fit(images, labels);
  });

  it("is refused of a graph model, and of more layers than there are", async () => {
    const graph = await graphFeatures();
    const before = tf.memory().numTensors;
    expect(() => buildHubClassifier({ featureVector: graph, trainable: true })).toThrow(
      "part of a graph model, whose weights are constants",
    );
    const featureVector = await layersFeatures();
    const layered = tf.memory().numTensors;
    expect(() => buildHubClassifier({ featureVector, trainable: 9 })).toThrow("has 3 with weights");
    expect(tf.memory().numTensors).toBe(layered);
    expect(before).toBeLessThanOrEqual(layered);
    const classifier = await built({ featureVector: graph });
    expect(() => classifier.unfreeze()).toThrow("it stays frozen");
    expect(() => classifier.unfreeze(-1)).toThrow();
  });
});

describe("images of the wrong range", () => {
  const cases: readonly (readonly [string, readonly [number, number], (v: number) => number, string])[] = [
    ["bytes for 0 to 1", [0, 1], (v) => Math.round(v * 255), "normalize(images) scales bytes"],
    ["bytes for -1 to 1", [-1, 1], (v) => Math.round(v * 255), "{ mean: 127.5, std: 127.5 }"],
    ["-1 to 1 for 0 to 1", [0, 1], (v) => v * 2 - 1, "{ mean: -1, std: 2 }"],
    ["0 to 1 for bytes", [0, 255], (v) => v, "give the bytes as they are"],
    ["0 to 1 for -1 to 1", [-1, 1], (v) => v, "{ mean: 0.5, std: 0.5 }"],
    ["NaN", [0, 1], () => Number.NaN, "one of the images' is NaN"],
    ["far away", [0, 1], (v) => v * 5000, "scale them with normalize"],
  ];

  it.each(cases)("%s are refused, with what helps", async (_, range, change, cure) => {
    const featureVector = await loadFeatureVector({ model: smallBase(), layer: "pool" }, { range });
    const classifier = buildHubClassifier({ featureVector, classes: CLASSES });
    const { images, labels } = data(12);
    const wrong = images.map(change);
    for (const x of [wrong, tf.tensor4d(wrong, [12, 8, 8, 3]), { data: wrong, shape: [12, 8, 8, 3] }]) {
      for (const attempt of [
        () => classifier.fit(x, labels),
        () => classifier.evaluate(x, labels),
        () => classifier.predict(x),
      ]) {
        await expect(attempt()).rejects.toMatchObject({
          code: "invalid-labels",
          message: expect.stringContaining(cure),
        });
      }
    }
  });

  it("but those a little beyond it, black ones and right ones pass", async () => {
    const classifier = await built();
    const { images } = data(12);
    await predictions(
      classifier,
      images.map((v) => v * 1.05),
    );
    await predictions(classifier, new Float32Array(2 * SIZE));
    const featureVector = await loadFeatureVector({ model: smallBase(), layer: "pool" }, { range: [0, 255] });
    const bytes = buildHubClassifier({ featureVector, classes: CLASSES });
    tf.dispose(await bytes.predict(Uint8Array.from(images, (v) => v * 255)));
  });

  it("or size are refused, also in validation", async () => {
    const classifier = await built();
    const { images, labels } = data(12);
    const large = { data: new Float32Array(4 * 9 * 9 * 3), shape: [4, 9, 9, 3] };
    await expect(classifier.fit(large, [0, 1, 2, 0])).rejects.toThrow("resize(images, [8, 8]) helps");
    await expect(classifier.fit(images, labels, { validationData: [large, [0, 1, 2, 0]] })).rejects.toThrow(
      "validationData: expected images [count,8,8,3], got [4,9,9,3]",
    );
    await expect(classifier.predict(images.subarray(1))).rejects.toThrow("no whole number of images");
    await expect(classifier.fit(images, labels.subarray(1))).rejects.toMatchObject({
      code: "invalid-labels",
    });
    await expect(
      classifier.fit(
        images,
        labels.map((v) => v + 1),
      ),
    ).rejects.toMatchObject({
      code: "invalid-labels",
    });
  });
});

describe("options", () => {
  it("are checked", async () => {
    const featureVector = await graphFeatures();
    const attempt = (options: object) => () => buildHubClassifier(options as never);
    expect(attempt({})).toThrow("must be what loadFeatureVector gives (await it)");
    expect(attempt({ featureVector: graphFeatures() })).toThrow("await it");
    expect(attempt({ featureVector, inputShape: [8] })).toThrow("it is the feature vector's, [8,8,3]");
    expect(attempt({ featureVector, hiden: [3] })).toThrow('did you mean "hidden"');
    expect(attempt({ featureVector, dropout: 1 })).toThrow("dropout must be");
    expect(attempt({ featureVector, hidden: [0] })).toThrow("hidden must be");
    expect(attempt({ featureVector, trainable: -1 })).toThrow("trainable must be");
    expect(attempt({ featureVector, classes: 1 })).toThrow("sigmoid");
    const classifier = await built({ featureVector });
    const { images, labels } = data(3);
    await expect(classifier.fit(images, labels, { featureCacheBytes: -1 })).rejects.toThrow("0 or more");
    await expect(classifier.fit(images, labels, { epoch: 1 } as never)).rejects.toThrow("epochs");
    await expect(classifier.predict(images, { batch: 1 } as never)).rejects.toThrow("batchSize");
    const plain = await built({ compile: false });
    await expect(plain.fit(images, labels)).rejects.toThrow("not compiled");
  });

  it("shape the head", async () => {
    const classifier = await built({ hidden: [7, 5], dropout: 0.25, activation: "linear", name: "kinds" });
    expect(classifier.model.layers.map((layer) => layer.name)).toEqual([
      "image",
      "feature_vector",
      "dropout",
      "dense",
      "dropout_1",
      "dense_1",
      "dropout_2",
      "logits",
    ]);
    // The filter and bias of the feature vector, then 6 to 7 to 5 to 3.
    const head = 7 * 7 + 8 * 5 + 6 * 3;
    expect(classifier.countParams()).toBe(168 + head);
    expect(classifier.model.countParams()).toBe(168 + head);
    const summary = classifier.summary();
    expect(summary).toMatch(/feature_vector \(FeatureVector\) +\(None, 6\) +168/);
    expect(summary).toContain(`Total params: ${168 + head}`);
    expect(summary).toContain(`Trainable params: ${head}`);
    const { images, labels } = data(12);
    await classifier.fit(images, labels);
  });

  it("sigmoid for one class or several", async () => {
    const { images, labels } = data(12);
    const one = await built({ activation: "sigmoid", classes: 1 });
    await one.fit(
      images,
      labels.map((v) => (v === 0 ? 1 : 0)),
    );
    const many = await built({ activation: "sigmoid" });
    await many.fit(images, labels);
  });
});

describe("one file", () => {
  it.each([
    ["a graph model", graphFeatures],
    ["a layers model", () => layersFeatures()],
  ])("of %s and the head, which answers as the classifier does", async (_, features) => {
    const featureVector = await features();
    const classifier = await built({ featureVector, hidden: [5], dropout: 0.2 });
    const { images, labels } = data(30);
    await classifier.fit(images, labels, { epochs: 3, seed: 1 });
    const before = tf.memory().numTensors;
    const bytes = await toTflite(classifier);
    expect(tf.memory().numTensors).toBe(before);
    const { inputs, outputs } = parseTflite(bytes).signatures[0]!;
    expect([inputs[0]!.name, outputs[0]!.name]).toEqual([featureVector.base.inputName, "probabilities"]);
    const [comparison] = await verifyTflite(classifier, bytes, images);
    expect(comparison!.maxAbsoluteError).toBeLessThan(1e-5);
    // The same images again, and the same bytes for the model within.
    expect(await toTflite(classifier)).toEqual(bytes);
    expect(await toTflite(classifier.model)).toEqual(bytes);
  });

  it("has the operators that it needs", async () => {
    const { report } = await convert(await built());
    expect(report.name).toBe("hub_classifier");
    expect(report.operators.after).toEqual({ CONV_2D: 1, MEAN: 1, FULLY_CONNECTED: 1, SOFTMAX: 1 });
  });
});

describe("saving and loading", () => {
  interface Stored {
    artifacts?: tf.io.ModelArtifacts;
  }
  const storing = (stored: Stored): tf.io.IOHandler => ({
    save: async (artifacts) => {
      // As every handler does: JSON and bytes.
      const { weightData, ...rest } = artifacts;
      stored.artifacts = { ...JSON.parse(JSON.stringify(rest)), weightData };
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" } };
    },
  });
  const stored = async (
    classifier: HubClassifier,
    options: Parameters<HubClassifier["save"]>[1] = {},
  ): Promise<tf.io.IOHandler> => {
    const place: Stored = {};
    await classifier.save(storing(place), options);
    return { load: async () => place.artifacts! };
  };

  it.each([
    ["a graph model", graphFeatures],
    ["a layers model", () => layersFeatures()],
  ])("keeps all of %s: equal predictions, equal files", async (_, features) => {
    const classifier = await built({ featureVector: await features(), hidden: [4], name: "kinds" });
    const { images, labels } = data(20);
    await classifier.fit(images, labels, { seed: 1 });
    const before = tf.memory().numTensors;
    const handler = await stored(classifier);
    expect(tf.memory().numTensors).toBe(before);
    const loaded = await loadHubClassifier(handler);
    expect(loaded.name).toBe("kinds");
    expect(await predictions(loaded, images)).toEqual(await predictions(classifier, images));
    expect(await toTflite(loaded)).toEqual(await toTflite(classifier));
    await loaded.fit(images, labels, { seed: 1 });
    loaded.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("keeps a graph model that does not have its bytes any more", async () => {
    const artifacts = smallNetwork();
    const model = await graphModel(artifacts);
    delete artifacts.weightData;
    const featureVector = await loadFeatureVector({ model, node: "pool" });
    const classifier = await built({ featureVector });
    const { images } = data(4);
    const loaded = await loadHubClassifier(await stored(classifier));
    expect(await predictions(loaded, images)).toEqual(await predictions(classifier, images));
  });

  it("keeps what fine-tuning made of the base", async () => {
    const classifier = await built({ featureVector: await layersFeatures(), trainable: 2 });
    const { images, labels } = data(20);
    await classifier.fit(images, labels, { seed: 1 });
    await expect(classifier.save(storing({}), { base: "reference" })).rejects.toThrow("were unfrozen");
    const loaded = await loadHubClassifier(await stored(classifier));
    expect(loaded.unfrozenLayers).toBe(2);
    expect(await predictions(loaded, images)).toEqual(await predictions(classifier, images));
  });

  it("leaves the base out as a reference, which has to be given again or has an address", async () => {
    const featureVector = await graphFeatures();
    const classifier = await built({ featureVector });
    const handler = await stored(classifier, { base: "reference" });
    const { weightSpecs } = await handler.load!();
    expect(weightSpecs!.map(({ name }) => name)).toEqual([
      "head/probabilities/kernel",
      "head/probabilities/bias",
    ]);
    await expect(loadHubClassifier(handler)).rejects.toThrow("give { featureVector }");
    const loaded = await loadHubClassifier(handler, { featureVector });
    const { images } = data(6);
    expect(await predictions(loaded, images)).toEqual(await predictions(classifier, images));
    loaded.dispose();
    // Given, so not disposed.
    tf.dispose(featureVector.apply(tf.zeros([1, 8, 8, 3])));
    const other = await layersFeatures();
    await expect(loadHubClassifier(handler, { featureVector: other })).rejects.toThrow(
      "was trained on 6 features of images [8,8,3], but this feature vector gives 5",
    );

    const { weightData, weightSpecs: specs, ...rest } = smallNetwork();
    const model = { ...rest, weightsManifest: [{ paths: ["shard.bin"], weights: specs }] };
    const fetchFunc: typeof fetch = async (address) =>
      new Response(String(address).endsWith(".json") ? JSON.stringify(model) : (weightData as ArrayBuffer));
    const fetched = await loadFeatureVector(
      { model: "https://models.test/model.json", node: "features/pool" },
      { fetchFunc },
    );
    const addressed = await stored(await built({ featureVector: fetched }), { base: "reference" });
    const again = await loadHubClassifier(addressed, { fetchFunc });
    expect(await predictions(again, images)).toEqual(await predictions(classifier, images));
  });

  it("refuses what is no saved classifier, or half of one", async () => {
    await expect(loadHubClassifier({ load: async () => smallNetwork() })).rejects.toMatchObject({
      code: "invalid-data",
      message: expect.stringContaining("no saved HubClassifier"),
    });
    const handler = await stored(await built());
    const artifacts = await handler.load!();
    const before = tf.memory().numTensors;
    const half = { ...artifacts, weightData: (artifacts.weightData as ArrayBuffer).slice(8) };
    await expect(loadHubClassifier({ load: async () => half })).rejects.toMatchObject({
      code: "invalid-data",
    });
    const newer = { ...artifacts, modelTopology: { ...artifacts.modelTopology, version: 2 } };
    await expect(loadHubClassifier({ load: async () => newer })).rejects.toThrow("later version");
    await expect(loadHubClassifier(3 as never)).rejects.toMatchObject({ code: "invalid-source" });
    expect(tf.memory().numTensors).toBe(before);
    await expect((await built()).save("nowhere")).rejects.toThrow("nothing here can save");
    await expect((await built()).save(storing({}), { base: "half" } as never)).rejects.toThrow(
      "unknown base",
    );
  });
});

it("nests nothing of the user's: a model that was given runs and trains as before", async () => {
  const base = smallBase();
  base.compile({ optimizer: "sgd", loss: "meanSquaredError" });
  const x = tf.zeros([2, 8, 8, 3]);
  const before = Array.from((base.predict(x) as tf.Tensor).dataSync());
  const classifier = await built({ featureVector: await layersFeatures(base) });
  const { images, labels } = data(6);
  await classifier.fit(images, labels);
  classifier.featureVector.dispose();
  classifier.dispose();
  expect(Array.from((base.predict(x) as tf.Tensor).dataSync())).toEqual(before);
  await base.fit(x, tf.zeros([2, 4]), { verbose: 0 });
  expect(await graphModel(smallNetwork())).toBeDefined();
});
