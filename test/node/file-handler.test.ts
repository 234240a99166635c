import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { loadLayersModel } from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildSequential, loadFeatureVector, toTflite } from "../../src/index.ts";
import { fileHandler, loadModel } from "../../src/node/index.ts";

let folder: string;

beforeAll(async () => {
  await tf.setBackend("cpu");
  folder = await mkdtemp(join(tmpdir(), "file-handler-"));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

it("saves and loads a model with its optimizer: the same file comes of both", async () => {
  const model = buildSequential({ inputShape: [4, 4], hidden: [3], classes: 2, seed: 1 });
  const path = join(folder, "digits.json");
  await model.save(fileHandler(path), { includeOptimizer: true });
  expect((await readdir(folder)).sort()).toEqual(["digits.json", "digits.weights.bin"]);
  const loaded = await loadLayersModel(fileHandler(path));
  expect(loaded.optimizer).toBeDefined();
  const bytes = await toTflite(model);
  expect(Buffer.compare(await toTflite(loaded), bytes)).toBe(0);
  expect(Buffer.compare(await toTflite(await loadModel(path)), bytes)).toBe(0);
});

it("gives a feature vector of a file", async () => {
  const model = buildSequential({ inputShape: [4, 4], hidden: [3], classes: 2, seed: 1, compile: false });
  const path = join(folder, "features.json");
  await model.save(fileHandler(path));
  const features = await loadFeatureVector({ model: fileHandler(path), layer: "dense" });
  expect(features.units).toBe(3);
  features.dispose();
  await expect(loadFeatureVector(path)).rejects.toThrow(/fileHandler of "tflite-forge\/node"/);
});

it("refuses what is no path, a folder that is not there, and broken files", async () => {
  expect(() => fileHandler(3 as never)).toThrow(/must be a file name/);
  const model = buildSequential({ inputShape: [4, 4], classes: 2, compile: false });
  const nowhere = fileHandler(join(folder, "none", "model.json"));
  await expect(model.save(nowhere)).rejects.toMatchObject({ code: "invalid-argument" });
  await mkdir(join(folder, "broken"));
  await writeFile(join(folder, "broken", "model.json"), "{");
  const broken = fileHandler(join(folder, "broken", "model.json"));
  await expect(loadLayersModel(broken)).rejects.toMatchObject({ code: "invalid-data" });
});
