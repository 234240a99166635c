import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { expect, it } from "vitest";
import { parseTflite, toTflite } from "../../../src/convert/index.ts";
import { graphModel, smallNetwork } from "../../support/small-graph-models.ts";

/** A layers model, and what it was saved as. */
async function savedLayers(): Promise<{ bytes: Uint8Array; artifacts: tf.io.ModelArtifacts }> {
  const model = sequential({ layers: [layers.dense({ units: 3, inputShape: [4], activation: "relu" })] });
  let artifacts: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (saved) => {
      artifacts = saved;
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(saved) };
    }),
  );
  const bytes = await toTflite(model);
  model.dispose();
  return { bytes, artifacts: artifacts as tf.io.ModelArtifacts };
}

it("a saved graph model gives the file of the loaded one, and leaves no tensor", async () => {
  const model = await graphModel(smallNetwork());
  const bytes = await toTflite(model);
  model.dispose();
  const tensors = tf.memory().numTensors;
  expect(await toTflite(smallNetwork())).toEqual(bytes);
  expect(tf.memory().numTensors).toBe(tensors);
});

it("a saved layers model gives the file of the loaded one, and leaves no tensor", async () => {
  const { bytes, artifacts } = await savedLayers();
  const tensors = tf.memory().numTensors;
  expect(await toTflite(artifacts)).toEqual(bytes);
  expect(tf.memory().numTensors).toBe(tensors);
});

it("saved models are signatures of one file", async () => {
  const { artifacts } = await savedLayers();
  const bytes = await toTflite({ signatures: { layers: artifacts, graph: smallNetwork() } });
  expect(parseTflite(bytes).signatures.map(({ key }) => key)).toEqual(["layers", "graph"]);
});

it("a model.json alone is refused: it holds no weights", async () => {
  const { modelTopology, weightSpecs } = smallNetwork();
  await expect(toTflite({ modelTopology: modelTopology! })).rejects.toMatchObject({
    code: "invalid-source",
    message: expect.stringContaining("source.weightSpecs must be given"),
  });
  await expect(toTflite({ modelTopology: modelTopology!, weightSpecs: weightSpecs! })).rejects.toMatchObject({
    code: "invalid-source",
    message: expect.stringContaining("source.weightData"),
  });
});

it("weights that are too short or too long are refused", async () => {
  const { weightData, ...rest } = smallNetwork();
  const data = weightData as ArrayBuffer;
  const size = data.byteLength;
  for (const other of [data.slice(4), new ArrayBuffer(size + 1)]) {
    await expect(toTflite({ ...rest, weightData: other })).rejects.toMatchObject({
      code: "invalid-data",
      message: expect.stringContaining(
        `lists ${size} bytes of weights, and source.weightData has ${other.byteLength}`,
      ),
    });
  }
});

it("a topology of another kind, and a graph without its weights, are refused and leave no tensor", async () => {
  const { weightSpecs, weightData, ...rest } = smallNetwork();
  const tensors = tf.memory().numTensors;
  await expect(
    toTflite({ modelTopology: {}, weightSpecs: [], weightData: new ArrayBuffer(0) }),
  ).rejects.toMatchObject({
    code: "invalid-source",
    message: expect.stringContaining("source.modelTopology"),
  });
  const missing = {
    ...rest,
    weightSpecs: weightSpecs!.slice(1),
    weightData: (weightData as ArrayBuffer).slice(3 * 3 * 3 * 6 * 4),
  };
  await expect(toTflite(missing)).rejects.toMatchObject({
    code: "unsupported-kernel",
    message: expect.stringContaining('"features/filter" cannot be run: its weights are missing'),
  });
  expect(tf.memory().numTensors).toBe(tensors);
});
