import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import { convert, type ModelSource } from "../../../src/convert/index.ts";
import { expectedOf, expectSameOutputs, randomizeWeights, release, runFile } from "../../support/judge.ts";

function normalized(): ModelSource {
  const model = sequential();
  model.add(layers.layerNormalization({ inputShape: [6, 8] }));
  randomizeWeights(model);
  return model;
}

const CASES: readonly [
  name: string,
  source: () => ModelSource,
  shapes: readonly (readonly number[])[],
  operators: Readonly<Record<string, number>>,
][] = [
  [
    "a layer normalization",
    normalized,
    [[3, 6, 8]],
    { MEAN: 2, SQUARED_DIFFERENCE: 1, SUB: 1, ADD: 2, RSQRT: 1, MUL: 2 },
  ],
  [
    "an operand that is repeated",
    () => ({
      fn: (x, y) => tf.add(x, tf.tile(y, [1, 1, 4])),
      inputs: [
        { name: "x", shape: [null, 3, 4] },
        { name: "y", shape: [null, 3, 1] },
      ],
    }),
    [
      [2, 3, 4],
      [2, 3, 1],
    ],
    { ADD: 1 },
  ],
  [
    "what is done to each copy",
    () => ({
      fn: (x, y) => tf.mul(x, tf.rsqrt(tf.add(tf.tile(tf.abs(y), [1, 4]), 0.5))),
      inputs: [
        { name: "x", shape: [null, 4] },
        { name: "y", shape: [null, 1] },
      ],
    }),
    [
      [2, 4],
      [2, 1],
    ],
    { ABS: 1, ADD: 1, RSQRT: 1, MUL: 1 },
  ],
  [
    "a copy that makes the result larger stays",
    () => ({
      fn: (x) => tf.add(tf.tile(x, [1, 3]), 1),
      inputs: [{ name: "x", shape: [null, 1] }],
    }),
    [[2, 1]],
    { ADD: 1, TILE: 1 },
  ],
  [
    "several items side by side stay",
    () => ({
      fn: (x, y) => tf.add(x, tf.tile(y, [1, 2])),
      inputs: [
        { name: "x", shape: [null, 4] },
        { name: "y", shape: [null, 2] },
      ],
    }),
    [
      [2, 4],
      [2, 2],
    ],
    { TILE: 1, ADD: 1 },
  ],
];

describe("repeating what broadcasts anyway", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
  });

  test.each(CASES)("%s", async (name, make, shapes, operators) => {
    const source = make();
    const { bytes, report } = await convert(source);
    expect(report.operators.after).toEqual(operators);
    const values = shapes.map((shape, index) => ({
      shape,
      dtype: "float32",
      data: Array.from({ length: tf.util.sizeFromShape([...shape]) }, (_, at) => Math.sin(at + 3 * index)),
    }));
    expectSameOutputs(await runFile(bytes, values), expectedOf(source, values), 1e-5, name);
    release(source);
  });
});
