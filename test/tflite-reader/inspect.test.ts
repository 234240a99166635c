import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import type { Graph, Tensor } from "../../src/graph/types.ts";
import { inspectTflite, toTflite } from "../../src/index.ts";
import { writeTflite } from "../../src/tflite-writer/write.ts";
import { bytesOf, denseModel, OPERATOR, writeTiny } from "../node/tiny-tflite.ts";

beforeAll(() => tf.setBackend("cpu"));

describe("inspectTflite", () => {
  it("tells of a model of ours", async () => {
    const model = sequential({
      layers: [
        layers.conv2d({ filters: 4, kernelSize: 3, activation: "relu", inputShape: [8, 8, 1], name: "conv" }),
        layers.flatten({ name: "flat" }),
        layers.dense({ units: 2, activation: "softmax", name: "classes" }),
      ],
    });
    const bytes = await toTflite(model);
    const summary = inspectTflite(bytes);
    expect(summary).toMatchObject({
      minimumRuntime: "1.5.0",
      inputs: [{ name: "conv_input", type: "float32", shape: [-1, 8, 8, 1], bytes: 256, constant: false }],
      outputs: [{ name: "classes", type: "float32", shape: [-1, 2], bytes: 8, constant: false }],
      signatures: [
        {
          key: "serving_default",
          subgraph: 0,
          inputs: [{ name: "conv_input", tensor: "conv_input" }],
          outputs: [{ name: "classes", tensor: "classes" }],
        },
      ],
      operators: [
        { type: "CONV_2D", version: 1, count: 1 },
        { type: "RESHAPE", version: 1, count: 1 },
        { type: "FULLY_CONNECTED", version: 1, count: 1 },
        { type: "SOFTMAX", version: 1, count: 1 },
      ],
      metadata: [{ name: "min_runtime_version", bytes: 16 }],
      files: [],
      xnnpack: { expectedPartitions: 1, taken: 4, left: [] },
    });
    const [subgraph] = summary.subgraphs;
    expect(subgraph?.nodes[0]).toEqual({
      type: "CONV_2D",
      inputs: ["conv_input", expect.stringContaining("conv"), expect.stringContaining("conv")],
      outputs: ["conv"],
    });
    const constants = subgraph?.tensors.filter(({ constant }) => constant) ?? [];
    expect(constants.map(({ shape }) => shape)).toContainEqual([4, 3, 3, 1]);
    const { sizes } = summary;
    expect(sizes.weights + sizes.structure + sizes.metadata).toBe(bytes.length);
    expect(sizes.weights).toBeGreaterThanOrEqual(4 * model.countParams());
    expect(sizes.largest[0]).toMatchObject({ shape: [2, 144], bytes: 4 * 288, constant: true });
  });

  it("tells of files that others wrote, without signature and names of their own", () => {
    const summary = inspectTflite(denseModel({ signature: false }));
    expect(summary).toMatchObject({ signatures: [], inputs: [{ name: "input_tensor", shape: [-1, 4] }] });
    expect("description" in summary).toBe(false);
  });

  it("is plain data", () => {
    const summary = inspectTflite(denseModel());
    expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
  });

  it("gives versions, quantization and the runtime that the file itself names", () => {
    const x: Tensor = {
      name: "x",
      type: "int8",
      shape: [4],
      quantization: { scales: [0.5], zeroPoints: [3], dimension: 0 },
    };
    const y: Tensor = { ...x, name: "y" };
    const graph: Graph = {
      description: "made by hand",
      subgraphs: [
        {
          name: "main",
          inputs: [x],
          outputs: [y],
          operators: [
            { type: "CUSTOM", inputs: [x, null], outputs: [y], options: {}, version: 3, customCode: "Mine" },
          ],
        },
      ],
      signatures: [],
      metadata: [],
    };
    const summary = inspectTflite(writeTflite(graph));
    expect(summary.description).toBe("made by hand");
    expect(summary.operators).toEqual([{ type: "CUSTOM", customCode: "Mine", version: 3, count: 1 }]);
    expect(summary.inputs[0]?.quantization).toEqual({ scales: [0.5], zeroPoints: [3], dimension: 0 });
    expect(summary.subgraphs[0]?.nodes[0]?.inputs).toEqual(["x", null]);
    expect(summary.xnnpack.left).toEqual([
      { type: "CUSTOM", output: "y", reason: "no such operator in XNNPACK" },
    ]);
  });

  it("refuses what is no file", () => {
    expect(() => inspectTflite(new Uint8Array(20))).toThrow(/Not a valid \.tflite file/);
    expect(() => inspectTflite("x" as never)).toThrow(/must be a Uint8Array/);
  });
});

/** A chain of unary operators, each from the tensor before. */
function chain(...codes: readonly number[]): Uint8Array {
  const tensors = Array.from({ length: codes.length + 1 }, (_, i) => ({ name: `t${i}`, shape: [1, 4] }));
  const operators = codes.map((code, i) => ({ code, inputs: [i], outputs: [i + 1] }));
  return writeTiny({ tensors, operators, inputs: [0], outputs: [codes.length] });
}

const SIGN = 158;
const { RELU } = OPERATOR;

describe("pieces for XNNPACK", () => {
  it.each([
    ["all in one", [RELU, RELU], 1],
    ["none", [SIGN], 0],
    ["around an operator that stays", [RELU, SIGN, RELU], 2],
    ["one at the end", [SIGN, SIGN, RELU], 1],
  ])("%s", (_, codes, pieces) => {
    expect(inspectTflite(chain(...codes)).xnnpack.expectedPartitions).toBe(pieces);
  });

  it("go on past an operator that none of them waits for", () => {
    // x -> RELU -> a -> RELU -> b, and a -> SIGN -> c: SIGN runs when it can, and splits nothing.
    const bytes = writeTiny({
      tensors: ["x", "a", "c", "b"].map((name) => ({ name, shape: [1, 4] })),
      operators: [
        { code: RELU, inputs: [0], outputs: [1] },
        { code: SIGN, inputs: [1], outputs: [2] },
        { code: RELU, inputs: [1], outputs: [3] },
      ],
      inputs: [0],
      outputs: [2, 3],
    });
    const { xnnpack } = inspectTflite(bytes);
    expect(xnnpack).toMatchObject({ expectedPartitions: 1, taken: 2, left: [{ type: "SIGN", output: "c" }] });
  });

  it("leave a computed shape outside, as the delegate does", () => {
    const shape = { name: "shape", shape: [2], type: 2 };
    const bytes = writeTiny({
      tensors: [{ name: "x", shape: [1, 4] }, shape, { name: "y", shape: [1, 4] }],
      operators: [{ code: OPERATOR.RESHAPE, inputs: [0, 1], outputs: [2] }],
      inputs: [0, 1],
      outputs: [2],
    });
    expect(inspectTflite(bytes).xnnpack.left).toEqual([
      { type: "RESHAPE", output: "y", reason: "its input 1 is computed" },
    ]);
  });

  it("take what unpacks weights along", () => {
    const half = { name: "half", shape: [3, 4], type: 1, data: new Uint8Array(24) };
    const bytes = writeTiny({
      tensors: [
        { name: "x", shape: [1, 4] },
        half,
        { name: "w", shape: [3, 4] },
        { name: "b", shape: [3], data: bytesOf([1, 2, 3]) },
        { name: "y", shape: [1, 3] },
      ],
      operators: [
        { code: OPERATOR.DEQUANTIZE, inputs: [1], outputs: [2] },
        { code: OPERATOR.FULLY_CONNECTED, inputs: [0, 2, 3], outputs: [4] },
      ],
      inputs: [0],
      outputs: [4],
    });
    expect(inspectTflite(bytes).xnnpack).toMatchObject({ expectedPartitions: 1, taken: 2, left: [] });
  });
});
