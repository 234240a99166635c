import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { expect, test } from "vitest";
import { toTflite } from "../../src/convert/index.ts";
import type { ModelSource } from "../../src/convert/source.ts";
import { type VerifyOptions, verifyTflite } from "../../src/node/index.ts";
import {
  graphArtifacts,
  graphModel,
  node,
  placeholder,
  smallNetwork,
} from "../support/small-graph-models.ts";
import { DENSE_BIAS, DENSE_WEIGHTS, denseModel, OPERATOR, TYPE, writeTiny } from "./tiny-tflite.ts";

/** The layers model that {@link denseModel} is the file of, with an error added to one bias. */
function denseLayers(error = 0): tfl.LayersModel {
  const model = tfl.sequential({ layers: [tfl.layers.dense({ units: 3, inputShape: [4], name: "y" })] });
  tf.tidy(() => {
    const kernel = tf.transpose(tf.tensor2d(DENSE_WEIGHTS, [3, 4]));
    model.setWeights([kernel, tf.tensor1d(DENSE_BIAS.map((b, i) => (i === 1 ? b + error : b)))]);
  });
  return model;
}

const denseFn = (weights: tf.Tensor2D): ModelSource => ({
  fn: (x) => ({ y: tf.add(tf.matMul(x as tf.Tensor2D, weights, false, true), DENSE_BIAS) }),
  inputs: [{ name: "x", shape: [null, 4] }],
});

test("a layers model and a function agree with their file, on made and given samples", async () => {
  const model = denseLayers();
  const weights = tf.tensor2d(DENSE_WEIGHTS, [3, 4]);
  const given = tf.randomNormal([7, 4], 0, 1, "float32", 1);
  const before = tf.memory().numTensors;
  for (const source of [model, denseFn(weights)]) {
    for (const samples of [undefined, given, [given], new Float32Array(8).fill(0.5)]) {
      const [y, ...more] = await verifyTflite(source, denseModel(), samples);
      expect(more).toEqual([]);
      expect(y).toMatchObject({ name: "y", argmaxAgreement: 1 });
      expect(y!.maxAbsoluteError).toBeLessThan(1e-6);
      expect(y!.maxRelativeError).toBeLessThan(1e-6);
    }
  }
  expect(tf.memory().numTensors).toBe(before);
  expect(given.isDisposed).toBe(false);
  model.dispose();
  tf.dispose([weights, given]);
});

test("a difference is found: its size, its share, and how often the class changes", async () => {
  const model = denseLayers(100);
  const x = tf.tensor2d([1, 0, 0, 0, 0, 0, 1, 0], [2, 4]);
  const [y] = await verifyTflite(model, denseModel(), x);
  // Rows: [1.5, -1.5, 1] and [3.5, -0.5, 2]; the source adds 100 to the second class.
  expect(y).toEqual({
    name: "y",
    shape: [2, 3],
    maxAbsoluteError: expect.closeTo(100, 4),
    maxRelativeError: expect.closeTo(100 / 99.5, 4),
    meanAbsoluteError: expect.closeTo(200 / 6, 4),
    argmaxAgreement: 0,
  });
  model.dispose();
  x.dispose();
});

test("quantized inputs and outputs are compared as real numbers", async () => {
  const quantized = { shape: [1, 4], signature: [-1, 4], type: TYPE.int8, scale: 1 / 64, zeroPoint: -10 };
  const bytes = writeTiny({
    tensors: [
      { name: "x", ...quantized },
      { name: "y", ...quantized },
    ],
    operators: [{ code: OPERATOR.RELU, inputs: [0], outputs: [1], version: 2 }],
    inputs: [0],
    outputs: [1],
  });
  const source: ModelSource = { fn: (x) => tf.relu(x), inputs: [{ name: "x", shape: [null, 4] }] };
  const [y] = await verifyTflite(source, bytes, Float32Array.of(-1, 0.3, 0.7, 0.001));
  expect(y!.maxAbsoluteError).toBeGreaterThan(0);
  expect(y!.maxAbsoluteError).toBeLessThanOrEqual(1 / 128 + 1e-6);
});

test("a graph model that was cut is run between the same nodes", async () => {
  const model = await graphModel(smallNetwork([-1, -1, -1, 3]));
  const before = tf.memory().numTensors;
  const parts = [
    { inputs: { image: [null, 8, 8, 3] }, outputs: ["features/pool"] },
    { inputs: { image: [null, { nominal: 8 }, { nominal: 8 }, 3] }, outputs: ["scores", "features/relu"] },
    { inputs: { "features/pool": [null, 6] } },
    { inputs: { "features/pool": [2, 6] }, outputs: ["head/mat_mul"] },
  ];
  for (const part of parts) {
    const bytes = await toTflite(model, part);
    const comparison = await verifyTflite(model, bytes, undefined, part);
    expect(comparison.map(({ name }) => name)).toEqual(part.outputs ?? ["scores"]);
    for (const { maxAbsoluteError } of comparison) expect(maxAbsoluteError).toBeLessThan(1e-6);
  }
  expect(tf.memory().numTensors).toBe(before);
  // A file whose head is another function is told apart.
  const head = (op: string) =>
    graphModel(
      graphArtifacts(
        [placeholder("x", [-1, 6]), node("Relu", "features", ["x"]), node(op, "y", ["features"])],
        [],
        ["y"],
      ),
    );
  const [tanh, sigmoid] = await Promise.all([head("Tanh"), head("Sigmoid")]);
  const part = { inputs: { features: [null, 6] } };
  const file = await toTflite(tanh, part);
  const [same] = await verifyTflite(tanh, file, undefined, part);
  expect(same?.maxAbsoluteError).toBeLessThan(1e-6);
  // At 0, sigmoid(0) - tanh(0).
  const [other] = await verifyTflite(sigmoid, file, new Float32Array(6), part);
  expect(other?.maxAbsoluteError).toBeCloseTo(0.5, 6);
  const refused = (options: object): Promise<unknown> =>
    verifyTflite(tanh, file, undefined, options as VerifyOptions);
  await expect(refused({ outputs: ["featurs"] })).rejects.toThrow(
    /no node "featurs": did you mean "features"\?/,
  );
  await expect(refused({ outputs: "features" })).rejects.toThrow(/options.outputs must be a list of names/);
  await expect(refused({ state: "io" })).rejects.toThrow(/verifyTflite: unknown option "state"/);
  for (const each of [model, tanh, sigmoid]) each.dispose();
});

test("a shape that is given for no input is refused", async () => {
  const model = denseLayers();
  await expect(verifyTflite(model, denseModel(), undefined, { inputs: { z: [null, 4] } })).rejects.toThrow(
    /options.inputs: there is no input "z"/,
  );
  model.dispose();
});

test("what does not fit is refused, and nothing leaks", async () => {
  const model = denseLayers();
  const before = tf.memory().numTensors;
  const fails = async (source: unknown, message: RegExp, samples?: unknown) =>
    expect(verifyTflite(source as ModelSource, denseModel(), samples as never)).rejects.toThrow(message);
  await fails("model", /source must be/);
  await fails(model, /verifyTflite: input ".*" of shape \[-1,4\] needs a multiple of 4/, new Float32Array(3));
  const inputs = [{ name: "x", shape: [null, 4] }];
  await fails({ fn: () => 1, inputs }, /must return tensors, got 1/);
  await fails({ fn: (x: tf.Tensor) => [x, x], inputs }, /the file has 1 outputs, the source 2/);
  await fails({ fn: (x: tf.Tensor) => x, inputs }, /"y" has the shape \[4,3\] in the file and \[4,4\]/);
  await fails({ fn: (x: tf.Tensor) => x, inputs: [...inputs, { ...inputs[0], name: "z" }] }, /has 1 inputs/);
  const thrower = () => {
    tf.zeros([3]);
    throw new Error("mine");
  };
  await fails({ fn: thrower, inputs }, /mine/);
  expect(tf.memory().numTensors).toBe(before);
  model.dispose();
});
