import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { describe, expect, test } from "vitest";
import { useWasmBackend } from "../../src/training/wasm/index.ts";
import { expectClose, random, train, type Values } from "./both-backends.ts";

const { layers } = tfl;
type Layer = tfl.layers.Layer;

async function trainOnBoth(...args: Parameters<typeof train>): Promise<{ cpu: Values; wasm: Values }> {
  await tf.setBackend("cpu");
  const cpu = await train(...args);
  await useWasmBackend();
  return { cpu, wasm: await train(...args) };
}

const oneHot = (rows: number, classes: number) => () =>
  tf.tidy(() =>
    tf.cast(
      tf.oneHot(
        tf.tensor1d(
          [...Array(rows).keys()].map((i) => i % classes),
          "int32",
        ),
        classes,
      ),
      "float32",
    ),
  );

/** The tutorial's CNN with fewer filters and smaller images, so that the cpu backend keeps up. */
function smallCnn(): tfl.LayersModel {
  const model = tfl.sequential({
    layers: [
      layers.conv2d({ filters: 6, kernelSize: 3, activation: "relu", inputShape: [18, 18, 1] }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.conv2d({ filters: 8, kernelSize: 3, activation: "relu" }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.conv2d({ filters: 8, kernelSize: 3, activation: "relu" }),
      layers.flatten(),
      layers.dense({ units: 16, activation: "relu" }),
      layers.dense({ units: 10, activation: "softmax" }),
    ],
  });
  model.compile({ optimizer: "adam", loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  return model;
}

test("three Adam steps of the tutorial's CNN, reduced, give the weights that cpu gives", async () => {
  const { cpu, wasm } = await trainOnBoth(smallCnn, () => random([8, 18, 18, 1], 99), oneHot(8, 10), 3);
  expectClose(wasm, cpu, 1e-3);
});

test("the tutorial's CNN itself trains, and no step leaves anything behind", async () => {
  await useWasmBackend();
  const model = tfl.sequential({
    layers: [
      layers.conv2d({ filters: 32, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.conv2d({ filters: 64, kernelSize: 3, activation: "relu" }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.conv2d({ filters: 64, kernelSize: 3, activation: "relu" }),
      layers.flatten(),
      layers.dense({ units: 64, activation: "relu" }),
      layers.dense({ units: 10, activation: "softmax" }),
    ],
  });
  model.compile({ optimizer: "adam", loss: "categoricalCrossentropy" });
  const [x, y] = [random([32, 28, 28, 1], 1), oneHot(32, 10)()];
  const counts = () => [tf.memory().numTensors, tf.engine().backend.numDataIds()];
  const first = (await model.trainOnBatch(x, y)) as number;
  const before = counts();
  let last = first;
  for (let step = 0; step < 10; step++) last = (await model.trainOnBatch(x, y)) as number;
  expect(last).toBeLessThan(first);
  expect(counts()).toEqual(before);
  model.dispose();
  tf.dispose([x, y]);
});

/** Layers between an input and a dense output of two values; each must train as on the cpu backend. */
const STACKS: Readonly<Record<string, { readonly input: number[]; readonly stack: () => Layer[] }>> = {
  "conv1d, strided": {
    input: [9, 3],
    stack: () => [
      layers.conv1d({ filters: 4, kernelSize: 3, strides: 2, padding: "same", activation: "tanh" }),
    ],
  },
  conv2dTranspose: {
    input: [4, 5, 2],
    stack: () => [layers.conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2, padding: "same" })],
  },
  depthwiseConv2d: {
    input: [7, 6, 3],
    stack: () => [
      layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, strides: 2, activation: "relu6" }),
    ],
  },
  separableConv2d: {
    input: [7, 6, 3],
    stack: () => [layers.separableConv2d({ filters: 4, kernelSize: 3, padding: "same", activation: "elu" })],
  },
  "dense on rank 3, sigmoid": {
    input: [4, 3],
    stack: () => [layers.dense({ units: 5, activation: "sigmoid" })],
  },
  "averagePooling2d, maxPooling2d": {
    input: [8, 8, 3],
    stack: () => [
      layers.averagePooling2d({ poolSize: 3, strides: 1, padding: "same" }),
      layers.maxPooling2d({ poolSize: 3, strides: 2, padding: "same" }),
    ],
  },
  "global pooling": { input: [5, 4, 3], stack: () => [layers.globalMaxPooling2d({})] },
  "batchNormalization of images": {
    input: [5, 4, 3],
    stack: () => [layers.batchNormalization(), layers.activation({ activation: "selu" })],
  },
  "batchNormalization of rows, layerNormalization": {
    input: [6],
    stack: () => [layers.batchNormalization(), layers.layerNormalization({})],
  },
  dropout: { input: [6], stack: () => [layers.dropout({ rate: 0.5, seed: 3 })] },
  upSampling2d: {
    input: [3, 4, 2],
    stack: () => [
      layers.upSampling2d({ size: [2, 2] }),
      layers.upSampling2d({ size: [2, 2], interpolation: "bilinear" }),
    ],
  },
  "zeroPadding2d, cropping2D": {
    input: [5, 5, 2],
    stack: () => [
      layers.zeroPadding2d({ padding: 2 }),
      layers.conv2d({ filters: 3, kernelSize: 3, activation: "softplus" }),
      layers.cropping2D({
        cropping: [
          [1, 0],
          [0, 1],
        ],
      }),
    ],
  },
  "leakyReLU, prelu, softmax": {
    input: [6],
    stack: () => [
      layers.leakyReLU({ alpha: 0.2 }),
      layers.dense({ units: 6 }),
      layers.prelu({}),
      layers.softmax({}),
    ],
  },
  "permute, reshape, repeatVector": {
    input: [6],
    stack: () => [
      layers.reshape({ targetShape: [2, 3] }),
      layers.permute({ dims: [2, 1] }),
      layers.flatten(),
      layers.repeatVector({ n: 2 }),
    ],
  },
  lstm: { input: [4, 3], stack: () => [layers.lstm({ units: 4, recurrentInitializer: "glorotUniform" })] },
  gru: { input: [4, 3], stack: () => [layers.gru({ units: 4, recurrentInitializer: "glorotUniform" })] },
};

describe("one step of each layer", () => {
  test.each(Object.keys(STACKS))("%s", async (name) => {
    const { input, stack } = STACKS[name]!;
    const build = () => {
      const symbolic = tfl.input({ shape: input });
      const apply = (tensor: tfl.SymbolicTensor, layer: Layer) => layer.apply(tensor) as tfl.SymbolicTensor;
      const body = stack().reduce(apply, symbolic);
      const rows = body.shape.length > 2 ? apply(body, layers.flatten()) : body;
      const end = apply(rows, layers.dense({ units: 2 }));
      const model = tfl.model({ inputs: symbolic, outputs: end });
      model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
      return model;
    };
    const { cpu, wasm } = await trainOnBoth(
      build,
      () => random([4, ...input], 99),
      () => random([4, 2], 98),
      2,
    );
    expectClose(wasm, cpu, 1e-3, name);
  });

  test("embedding, concatenate, add, multiply, average, maximum", async () => {
    const build = () => {
      const words = tfl.input({ shape: [5], dtype: "int32" });
      const table = layers.embedding({ inputDim: 7, outputDim: 4 }).apply(words) as tfl.SymbolicTensor;
      const flat = layers.flatten().apply(table) as tfl.SymbolicTensor;
      const branch = () => layers.dense({ units: 3 }).apply(flat) as tfl.SymbolicTensor;
      const [a, b] = [branch(), branch()];
      const merged = [
        layers.add(),
        layers.multiply(),
        layers.average(),
        layers.maximum(),
        layers.minimum(),
      ].map((layer) => layer.apply([a, b]) as tfl.SymbolicTensor);
      const all = layers.concatenate().apply(merged) as tfl.SymbolicTensor;
      const model = tfl.model({
        inputs: words,
        outputs: layers.dense({ units: 2 }).apply(all) as tfl.SymbolicTensor,
      });
      model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
      return model;
    };
    const words = () => tf.tensor2d([0, 1, 2, 2, 6, 5, 5, 5, 0, 1], [2, 5], "int32");
    const { cpu, wasm } = await trainOnBoth(build, words, () => random([2, 2], 98), 2);
    expectClose(wasm, cpu, 1e-3);
  });
});

const dense = (compile: tfl.ModelCompileArgs, activation: "softmax" | "sigmoid") => () => {
  const model = tfl.sequential({
    layers: [
      layers.dense({ units: 5, activation: "relu", inputShape: [4], kernelRegularizer: "l1l2" }),
      layers.dense({ units: 3, activation, kernelConstraint: "maxNorm" }),
    ],
  });
  model.compile(compile);
  return model;
};

test.each(["sgd", "momentum", "adagrad", "adadelta", "adam", "adamax", "rmsprop"])(
  "optimizer %s",
  async (name) => {
    const optimizer = () => (name === "momentum" ? tf.train.momentum(0.1, 0.9) : name);
    const build = () => dense({ optimizer: optimizer(), loss: "categoricalCrossentropy" }, "softmax")();
    const { cpu, wasm } = await trainOnBoth(build, () => random([6, 4], 99), oneHot(6, 3), 3);
    expectClose(wasm, cpu, 1e-3);
  },
);

test.each([
  "meanSquaredError",
  "meanAbsoluteError",
  "meanAbsolutePercentageError",
  "meanSquaredLogarithmicError",
  "squaredHinge",
  "hinge",
  "categoricalHinge",
  "logcosh",
  "categoricalCrossentropy",
  "sparseCategoricalCrossentropy",
  "binaryCrossentropy",
  "kullbackLeiblerDivergence",
  "poisson",
  "cosineProximity",
])("loss %s", async (loss) => {
  const labels = loss.startsWith("sparse") ? () => tf.tensor2d([0, 1, 2, 0, 1, 2], [6, 1]) : oneHot(6, 3);
  const build = dense({ optimizer: "sgd", loss }, "sigmoid");
  const { cpu, wasm } = await trainOnBoth(build, () => random([6, 4], 99), labels, 2);
  expectClose(wasm, cpu, 1e-3);
});
