import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { type FunctionSource, type InputSpec, toTflite } from "../../src/convert/index.ts";
import { loadTflite } from "../../src/node/index.ts";
import { expectedOf, expectSameOutputs, runFile, type Values } from "../support/judge.ts";
import { writeTiny } from "./tiny-tflite.ts";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const ones = tf.ones;
const one = (fn: (x: tf.Tensor) => tf.Tensor, shape: InputSpec["shape"] = [null, 3]): FunctionSource => ({
  fn: (x) => fn(x as tf.Tensor),
  inputs: [{ name: "x", shape, dtype: "float32" }],
});

function values(shape: readonly number[]): Values {
  const count = shape.reduce((product, size) => product * size, 1);
  return {
    shape: [...shape],
    dtype: "float32",
    data: Array.from({ length: count }, (_, i) => ((i * 7) % 11) / 4 - 1),
  };
}

/** What becomes of the size of an output when that of an input changes. */
const GROWTH: Readonly<Record<string, readonly [FunctionSource, ...(readonly number[])[]]>> = {
  "stays: a sum over the batch": [one((x) => tf.sum(x, 0)), [1, 3], [5, 3]],
  "by as much: a constant beside": [one((x) => tf.concat([x, ones([2, 3])])), [1, 3], [2, 3], [7, 3]],
  "by half of it: windows with a stride": [
    one((x) => tf.avgPool(x as tf.Tensor4D, 2, 2, "same"), [1, { nominal: 4 }, 5, 2]),
    [1, 4, 5, 2],
  ],
  "to the square: all pairs": [one((x) => tf.matMul(x, x, false, true)), [1, 3], [2, 3], [4, 3]],
  "in two: height and width": [one((x) => tf.relu(x), [null, null, null, 2]), [2, 3, 4, 2], [1, 1, 5, 2]],
  "to a product: all pixels": [one((x) => tf.reshape(x, [-1, 2]), [null, null, null, 2]), [2, 3, 4, 2]],
  "to a computed size: pixels in front": [
    one(
      (x) => {
        const [n, h, w] = x.shape as [number, number, number, number];
        return tf.reshape(x, [n, h * w, 2]);
      },
      [null, null, null, 2],
    ),
    [2, 3, 4, 2],
    [1, 2, 2, 2],
  ],
};

describe("an output grows", () => {
  it.each(Object.entries(GROWTH))("%s", async (_, [source, ...shapes]) => {
    const bytes = await toTflite(source);
    for (const shape of shapes) {
      const inputs = [values(shape)];
      expectSameOutputs(await runFile(bytes, inputs), expectedOf(source, inputs), 1e-6, `[${shape}]`);
    }
  });
});

it("behind an operator that is not known here as the batch does, and not with another size", async () => {
  const shape = { shape: [1, 1], signature: [-1, -1] };
  const model = await loadTflite(
    writeTiny({
      tensors: [
        { name: "x", ...shape },
        { name: "y", ...shape },
      ],
      // ADD_N of schema.fbs.
      operators: [{ code: 106, inputs: [0, 0], outputs: [1] }],
      inputs: [0],
      outputs: [1],
    }),
  );
  const { y } = await model.run({ data: Float32Array.of(1, 2, 3), shape: [3, 1] });
  expect(y).toMatchObject({ data: Float32Array.of(2, 4, 6), shape: [3, 1] });
  await expect(model.run({ data: new Float32Array(6), shape: [3, 2] })).rejects.toThrow(
    /another batch than \[1,1\] but no other size.*"y" of shape \[-1,-1\]/,
  );
  model.close();
});
