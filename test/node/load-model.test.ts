import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { GraphModel } from "@tensorflow/tfjs-converter";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { type LayersModel, layers, sequential } from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadModel } from "../../src/node/index.ts";
import { graphArtifacts, saveLayers, writeModel } from "../cli/run-cli.ts";

let folder: string;
let model: LayersModel;
let saved: string;

beforeAll(async () => {
  await tf.setBackend("cpu");
  folder = await mkdtemp(join(tmpdir(), "load-model-"));
  model = sequential({ layers: [layers.dense({ units: 200, inputShape: [6] }), layers.dense({ units: 2 })] });
  model.compile({ optimizer: "adam", loss: "meanSquaredError" });
  await model.fit(tf.ones([4, 6]), tf.zeros([4, 2]), { verbose: 0 });
  saved = await saveLayers(join(folder, "layers"), model, { includeOptimizer: true });
});
afterAll(() => rm(folder, { recursive: true }));

async function predict(loaded: LayersModel): Promise<number[]> {
  return [...(await (loaded.predict(tf.ones([1, 6])) as tf.Tensor).data())];
}

test("loads a layers model from its shards, ready to train on", async () => {
  const read: number[] = [];
  const loaded = (await loadModel(saved, { onProgress: (fraction) => read.push(fraction) })) as LayersModel;
  expect(await predict(loaded)).toEqual(await predict(model));
  expect(loaded.optimizer.getClassName()).toBe("Adam");
  expect(await loaded.optimizer.getWeights()).not.toHaveLength(1);
  expect(read.length).toBeGreaterThan(2);
  expect(read.at(-1)).toBe(1);
});

test("leaves out what only training needs, and leaves no tensor but the weights", async () => {
  const { numTensors } = tf.memory();
  const loaded = (await loadModel(pathToFileURL(saved), { training: false })) as LayersModel;
  expect(loaded.optimizer).toBeFalsy();
  expect(tf.memory().numTensors - numTensors).toBe(loaded.weights.length);
});

test("loads a graph model", async () => {
  const path = await writeModel(join(folder, "graph"), graphArtifacts());
  const loaded = (await loadModel(path)) as GraphModel;
  const [y] = [...(await (loaded.predict(tf.tensor2d([[1, 0, 0]])) as tf.Tensor).data())];
  expect(y).toBeCloseTo(1 / (1 + Math.E), 6);
});

test("says what is wrong", async () => {
  await expect(loadModel("")).rejects.toMatchObject({ code: "invalid-argument" });
  await expect(loadModel(saved, { trainin: false } as never)).rejects.toThrow('did you mean "training"?');
  await expect(loadModel("no.json")).rejects.toMatchObject({ code: "invalid-data" });
  await expect(loadModel("package.json")).rejects.toMatchObject({ code: "invalid-source" });
});
