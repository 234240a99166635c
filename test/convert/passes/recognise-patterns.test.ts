import * as tf from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { recognisePatterns } from "../../../src/convert/passes/recognise-patterns.ts";
import { operatorOf } from "../../../src/graph/builder.ts";
import { floatConstant, intConstant } from "../../../src/graph/tensors.ts";
import type { Operator, Subgraph, Tensor } from "../../../src/graph/types.ts";
import { writeTflite } from "../../../src/tflite-writer/write.ts";
import { constant, expectClose, fnCase, modelCase, runFile, TOLERANCE } from "../../support/judge.ts";
import { operatorsOf } from "./operators-of.ts";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

type Fn = (...x: tf.Tensor[]) => tf.Tensor;

const sumOfSquares = (x: tf.Tensor) => tf.sum(tf.square(x), -1, true);

describe("patterns that are one operator", () => {
  it.each<[string, Fn]>([
    ["LOG_SOFTMAX", (x) => tf.logSoftmax(x)],
    ["HARD_SWISH", (x) => tf.div(tf.mul(x, tf.relu6(tf.add(x, 3))), 6)],
    ["HARD_SWISH", (x) => tf.mul(tf.mul(tf.clipByValue(tf.add(3, x), 0, 6), 1 / 6), x)],
    ["HARD_SWISH", (x) => tf.mul(x, tf.div(tf.minimum(tf.relu(tf.add(x, 3)), 6), 6))],
    ["GELU", (x) => tf.mul(tf.mul(0.5, x), tf.add(1, tf.erf(tf.mul(x, Math.SQRT1_2))))],
    ["GELU", (x) => tf.div(tf.mul(x, tf.add(tf.erf(tf.div(x, Math.SQRT2)), 1)), 2)],
    [
      "GELU",
      (x) => {
        const inner = tf.add(x, tf.mul(0.044715, tf.pow(x, 3)));
        return tf.mul(x, tf.mul(0.5, tf.add(1, tf.tanh(tf.mul(Math.sqrt(2 / Math.PI), inner)))));
      },
    ],
    ["L2_NORMALIZATION", (x) => tf.div(x, tf.maximum(tf.norm(x, "euclidean", -1, true), 1e-6))],
    ["L2_NORMALIZATION", (x) => tf.mul(tf.rsqrt(tf.maximum(sumOfSquares(x), 1e-12)), x)],
    ["L2_NORMALIZATION", (x) => tf.div(x, tf.sqrt(tf.maximum(sumOfSquares(x), 1e-12)))],
    ["RSQRT", (x) => tf.div(1, tf.sqrt(tf.abs(x)))],
  ])("%s (%#)", async (operator, fn) => {
    const { ABS, ...counts } = await operatorsOf(fnCase(operator, [[null, 3, 4]], fn));
    expect(counts).toEqual({ [operator]: 1 });
    expect(ABS ?? 0).toBe(operator === "RSQRT" ? 1 : 0);
  });

  it.each(["gelu", "gelu_new", "logSoftmax"])("the activation %s of tfjs-layers", async (activation) => {
    const model = () =>
      sequential({ layers: [layers.activation({ activation: activation as "relu", inputShape: [5] })] });
    const counts = await operatorsOf(modelCase(activation, model, [[null, 5]]));
    expect(counts).toEqual({ [activation === "logSoftmax" ? "LOG_SOFTMAX" : "GELU"]: 1 });
  });

  it("NOT_EQUAL for an exclusive or", async () => {
    const [a, b] = [
      { shape: [null, 4], dtype: "bool", values: [0, 0, 1, 1] },
      { shape: [null, 4], dtype: "bool", values: [0, 1, 0, 1] },
    ] as const;
    const xor: Fn = (x, y) => tf.logicalXor(x as tf.Tensor, y as tf.Tensor);
    expect(await operatorsOf(fnCase("xor", [a, b], xor, 0))).toEqual({ NOT_EQUAL: 1 });
  });

  it("SQUARED_DIFFERENCE, with a mean that broadcasts", async () => {
    const variance: Fn = (x) =>
      tf.mean(tf.square(tf.sub(x as tf.Tensor, tf.mean(x as tf.Tensor, -1, true))), -1);
    const counts = await operatorsOf(fnCase("variance", [[null, 3, 4]], variance));
    expect(counts).toEqual({ MEAN: 2, SQUARED_DIFFERENCE: 1 });
  });
});

/** A softmax along the rows. */
const logSoftmaxOfRows = (x: tf.Tensor) => {
  const shifted = tf.sub(x, tf.max(x, 1, true));
  return tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), 1, true)));
};

describe("what only looks like a pattern", () => {
  it.each<[string, string, Fn]>([
    ["LOG_SOFTMAX", "along another axis", (x) => logSoftmaxOfRows(x as tf.Tensor)],
    ["HARD_SWISH", "with another number", (x) => tf.div(tf.mul(x, tf.relu6(tf.add(x, 2))), 6)],
    ["HARD_SWISH", "of two tensors", (x) => tf.div(tf.mul(tf.sin(x), tf.relu6(tf.add(x, 3))), 6)],
    ["GELU", "with another number", (x) => tf.mul(tf.mul(0.5, x), tf.add(1, tf.erf(tf.mul(x, 0.7))))],
    ["L2_NORMALIZATION", "with another bound", (x) => tf.div(x, tf.sqrt(tf.maximum(sumOfSquares(x), 1e-3)))],
    ["L2_NORMALIZATION", "without a bound", (x) => tf.div(x, tf.sqrt(sumOfSquares(x)))],
    [
      "L2_NORMALIZATION",
      "of two tensors",
      (x) => tf.div(tf.sin(x), tf.maximum(tf.norm(x, 2, -1, true), 1e-6)),
    ],
    ["RSQRT", "with another number", (x) => tf.div(2, tf.sqrt(tf.abs(x)))],
  ])("%s %s", async (operator, _, fn) => {
    expect(await operatorsOf(fnCase("no pattern", [[null, 3, 4]], fn))).not.toHaveProperty(operator);
  });

  it("a difference that others read", async () => {
    const fn: Fn = (x) => {
      const difference = tf.sub(x as tf.Tensor, tf.mean(x as tf.Tensor, -1, true));
      return tf.div(difference, tf.add(tf.square(difference), 1));
    };
    expect(await operatorsOf(fnCase("shared", [[null, 3, 4]], fn))).not.toHaveProperty("SQUARED_DIFFERENCE");
  });
});

describe("a dilated convolution", () => {
  const dilation = 2;

  /** As TensorFlow writes it: padded, split, convolved, put together, cut. */
  function split(size: number, pads: readonly number[], crops: readonly number[]): Subgraph {
    const padded = size + pads[0]! + pads[1]!;
    const x: Tensor = { name: "x", type: "float32", shape: [1, size, size, 2] };
    const cells: Tensor = { name: "cells", type: "float32", shape: [4, padded / 2, padded / 2, 2] };
    const y: Tensor = { name: "y", type: "float32", shape: [4, padded / 2 - 2, padded / 2 - 2, 3] };
    const out = padded - 4 - crops[0]! - crops[1]!;
    const output: Tensor = { name: "output", type: "float32", shape: [1, out, out, 3] };
    const filter = tf.transpose(constant([3, 3, 2, 3]), [3, 0, 1, 2]).dataSync<"float32">();
    const block = intConstant("block", [2], [dilation, dilation]);
    const weights = floatConstant("weights", [3, 3, 3, 2], filter);
    const bias = floatConstant("bias", [3], new Float32Array(3));
    const options = { padding: "VALID", stride_h: 1, stride_w: 1 } as const;
    const operators = [
      operatorOf(
        "SPACE_TO_BATCH_ND",
        [x, block, intConstant("pads", [2, 2], [...pads, ...pads])],
        [cells],
        {},
      ),
      operatorOf("CONV_2D", [cells, weights, bias], [y], options),
      operatorOf(
        "BATCH_TO_SPACE_ND",
        [y, block, intConstant("crops", [2, 2], [...crops, ...crops])],
        [output],
        {},
      ),
    ] as Operator[];
    return { name: "main", inputs: [x], outputs: [output], operators };
  }

  const recognised = async (subgraph: Subgraph): Promise<Subgraph> =>
    recognisePatterns().run(subgraph, { applied() {}, skipped() {} });

  it.each([
    ["same", 7, [2, 3], [0, 1]],
    ["same", 8, [2, 2], [0, 0]],
    ["valid", 8, [0, 0], [0, 0]],
    ["valid", 7, [0, 1], [0, 1]],
  ] as const)("%s, %i cells", async (padding, size, pads, crops) => {
    const graph = split(size, pads, crops);
    const after = await recognised(graph);
    expect(after.operators.map(({ type }) => type)).toEqual(
      padding === "same" ? ["PAD", "CONV_2D"] : ["CONV_2D"],
    );
    const x = constant([1, size, size, 2], 3);
    const expected = tf.conv2d(
      x as tf.Tensor4D,
      constant([3, 3, 2, 3]) as tf.Tensor4D,
      1,
      padding,
      "NHWC",
      dilation,
    );
    const inputs = [{ shape: x.shape, dtype: "float32", data: x.dataSync() }];
    for (const subgraph of [graph, after]) {
      const signatures = [
        {
          key: "serving_default",
          subgraph: 0,
          inputs: [{ name: "x", position: 0 }],
          outputs: [{ name: "output", position: 0 }],
        },
      ];
      const bytes = writeTflite({ subgraphs: [subgraph], signatures, metadata: [] });
      const { output } = await runFile(bytes, inputs);
      expect(output!.shape).toEqual(expected.shape);
      expectClose(output!.data, expected.dataSync(), TOLERANCE, padding);
    }
  });
});
