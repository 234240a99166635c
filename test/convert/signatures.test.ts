import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import {
  input,
  type LayersModel,
  layers,
  model as modelOf,
  type SymbolicTensor,
} from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { convert, type FunctionSource, toTflite } from "../../src/convert/index.ts";
import { loadTflite } from "../../src/node/index.ts";
import { parseTflite } from "../../src/tflite-reader/parse.ts";
import { expectClose, randomizeWeights } from "../support/judge.ts";

const X = [0.5, -1, 2, 0.25, 1, 1, -0.5, 3, 0, 0.125, -2, 1];
const WIDTH = 64;

let embed: LayersModel;
let classify: LayersModel;

/** Two models with layers in common: what the first makes, the second classifies. */
beforeAll(async () => {
  await tf.setBackend("cpu");
  const x = input({ shape: [4], name: "x" });
  const hidden = layers
    .dense({ units: WIDTH, activation: "relu", name: "shared" })
    .apply(x) as SymbolicTensor;
  const square = layers.dense({ units: WIDTH, name: "square" }).apply(hidden) as SymbolicTensor;
  const classes = layers.dense({ units: 3, activation: "softmax", name: "classes" }).apply(square);
  embed = modelOf({ inputs: x, outputs: square, name: "embed" });
  classify = modelOf({ inputs: x, outputs: classes as SymbolicTensor, name: "classify" });
  randomizeWeights(classify);
});

afterAll(() => {
  tf.dispose([...classify.weights].map((weight) => weight.read()));
});

const scale: FunctionSource = {
  fn: (x) => ({ scaled: tf.mul(x, 2) }),
  inputs: [{ name: "values", shape: [null, 4] }],
};

async function outputsOf(bytes: Uint8Array, signature?: string): Promise<Record<string, ArrayLike<number>>> {
  const file = await loadTflite(bytes, signature === undefined ? {} : { signature });
  try {
    const outputs = await file.run([{ data: X, shape: [3, 4] }]);
    return Object.fromEntries(
      Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array]),
    );
  } finally {
    file.close();
  }
}

const predict = (model: LayersModel): Float32Array =>
  (model.predict(tf.tensor2d(X, [3, 4])) as tf.Tensor).dataSync<"float32">();

describe("a file of several signatures", () => {
  test("runs each of them in LiteRT", async () => {
    const bytes = await toTflite({ signatures: { classify, embed, scale } });
    const classes = await outputsOf(bytes, "classify");
    expect(Object.keys(classes)).toEqual(["classes"]);
    expectClose(classes.classes as Float32Array, predict(classify), 1e-5, "classify");
    const embedding = await outputsOf(bytes, "embed");
    expect(Object.keys(embedding)).toEqual(["square"]);
    expectClose(embedding.square as Float32Array, predict(embed), 1e-5, "embed");
    const scaled = await outputsOf(bytes, "scale");
    expect(scaled).toEqual({ scaled: Float32Array.from(X, (value) => 2 * value) });
  });

  test("runs the first where none is named", async () => {
    const bytes = await toTflite({ signatures: { scale, classify } });
    expect(Object.keys(await outputsOf(bytes))).toEqual(["scaled"]);
  });

  test("names them, and their inputs, in its own order", async () => {
    const { subgraphs, signatures } = parseTflite(await toTflite({ signatures: { scale, classify } }));
    expect(signatures.map(({ key, inputs }) => [key, inputs.map(({ name }) => name)])).toEqual([
      ["scale", ["values"]],
      ["classify", ["x"]],
    ]);
    expect(subgraphs.map(({ name }) => name)).toEqual(["main", "classify"]);
  });

  test("holds weights that they share once", async () => {
    const [alone, both] = [
      await toTflite(classify),
      await toTflite({ signatures: { classify, embed } }),
    ] as const;
    const square = 4 * WIDTH * WIDTH;
    expect(alone.length).toBeGreaterThan(square);
    expect(both.length - alone.length).toBeLessThan(square / 4);
  });

  test("has one report of them all", async () => {
    const { report } = await convert({ signatures: { classify, scale } });
    expect(report.name).toBe("classify, fn");
    expect(report.operators.after).toMatchObject({ FULLY_CONNECTED: 3, SOFTMAX: 1, MUL: 1 });
  });

  test("takes shapes by the names of all inputs", async () => {
    const bytes = await toTflite({ signatures: { classify, scale } }, { inputs: { values: [7, 4] } });
    const { subgraphs } = parseTflite(bytes);
    expect(subgraphs[1]?.inputs[0]?.shape).toEqual([7, 4]);
    expect(subgraphs[0]?.inputs[0]?.shapeSignature).toEqual([-1, 4]);
  });
});

describe("what cannot be a file of signatures is an error that says which", () => {
  test("a source that is none", async () => {
    const source = { signatures: { classify, wrong: { inputs: 3 } } } as never;
    await expect(toTflite(source)).rejects.toMatchObject({
      code: "invalid-source",
      message: expect.stringContaining('Signature "wrong"'),
    });
  });

  test.each([[{}], [[]], [null], [{ "": scale }]])("signatures %j", async (signatures) => {
    await expect(toTflite({ signatures } as never)).rejects.toMatchObject({
      code: "invalid-source",
      message: expect.stringContaining("source.signatures must be an object of models by signature key"),
    });
  });

  test("an operation of one of them that has no form", async () => {
    const complex: FunctionSource = {
      fn: (x) => tf.abs(tf.slice(tf.complex(x, x), [0, 1])),
      inputs: [{ name: "x", shape: [null, 4] }],
    };
    await expect(toTflite({ signatures: { scale, complex } })).rejects.toMatchObject({
      code: "unsupported-kernel",
      message: expect.stringContaining("Slice: tfjs does not compute it of complex numbers"),
    });
  });

  test("a signature that is not in the file", async () => {
    const bytes = await toTflite({ signatures: { scale, classify } });
    await expect(loadTflite(bytes, { signature: "clasify" })).rejects.toThrow('did you mean "classify"');
  });

  test("an input that none of them has", async () => {
    const file = toTflite({ signatures: { scale } }, { inputs: { value: [1, 4] } });
    await expect(file).rejects.toThrow('there is no input "value"');
  });
});
