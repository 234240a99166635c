import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { ForgeError, type FunctionSource, type InputSpec, toTflite } from "../../../src/convert/index.ts";

const ROW: InputSpec = { name: "x", shape: [null, 6] };
const IMAGE: InputSpec = { name: "x", shape: [null, 9, 7, 2] };
const image = (x: tf.Tensor): tf.Tensor4D => x as tf.Tensor4D;

async function refusal(fn: FunctionSource["fn"], input: InputSpec): Promise<ForgeError> {
  try {
    await toTflite({ fn, inputs: [input] });
  } catch (error) {
    if (error instanceof ForgeError) return error;
    throw error;
  }
  throw new Error("it was converted");
}

/** What a kernel cannot be, as an error that says so, never a file that computes something else. */
describe("kernels that are refused", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
  });

  const cases: readonly [string, InputSpec, FunctionSource["fn"], RegExp][] = [
    [
      "max pool with a window outside of the image",
      IMAGE,
      (x) => tf.maxPool(image(x), 2, 2, 2, "ceil"),
      /MaxPool: some of its windows lie outside/,
    ],
    [
      "average pool with a window outside of the image",
      IMAGE,
      (x) => tf.avgPool(image(x), 2, 2, 2, "ceil"),
      /AvgPool: some of its windows lie outside/,
    ],
    [
      "sub of booleans",
      { ...ROW, dtype: "bool" },
      (x) => tf.sub(x, x),
      /Sub: it is of booleans: cast them to "int32" or "float32" first/,
    ],
    ["neg of booleans", { ...ROW, dtype: "bool" }, (x) => tf.neg(x), /Neg: it is of booleans/],
    ["addN of booleans", { ...ROW, dtype: "bool" }, (x) => tf.addN([x, x]), /AddN: it is of booleans/],
    ["mod of booleans", { ...ROW, dtype: "bool" }, (x) => tf.mod(x, x), /Mod: it is of booleans/],
    ["log1p of booleans", { ...ROW, dtype: "bool" }, (x) => tf.log1p(x), /Log1p: it is of booleans/],
    [
      "a running product over a dynamic batch",
      ROW,
      (x) => tf.cumprod(x, 0),
      /Cumprod: it needs a fixed size of dimension 0, which is dynamic/,
    ],
    ["relu of booleans", { ...ROW, dtype: "bool" }, (x) => tf.relu(x), /Relu: it is of booleans/],
    [
      "a strided slice of two items of a dynamic batch",
      ROW,
      (x) => tf.stridedSlice(x, [0, 0], [2, 6], [1, 1]),
      /StridedSlice: it takes 2 items of a dynamic batch: fix the batch with the option \{ batch: 2 \}/,
    ],
    [
      "a strided slice that begins two items before the end of the batch",
      ROW,
      (x) => tf.stridedSlice(x, [(x.shape[0] as number) - 2, 0], [x.shape[0] as number, 6], [1, 1]),
      /StridedSlice: it takes 2 items of a dynamic batch: .* or give it a nominal size of \{ nominal: 2 \}/,
    ],
    [
      "a strided slice of the last two items of a dynamic batch",
      ROW,
      (x) => tf.stridedSlice(x, [-2, 0], [0, 6], [1, 1], 0, 1),
      /StridedSlice: it takes 2 items of a dynamic batch/,
    ],
    [
      "a strided slice of an item of a dynamic batch, without its dimension",
      ROW,
      (x) => tf.stridedSlice(x, [2], [3], [1], 0, 0, 0, 0, 1),
      /StridedSlice: it takes 3 items of a dynamic batch/,
    ],
    [
      "a slice of two items of a dynamic batch",
      ROW,
      (x) => tf.slice(x, [0, 0], [2, -1]),
      /Slice: it takes 2 items of a dynamic batch/,
    ],
    [
      "a slice of the second item of a dynamic batch",
      ROW,
      (x) => tf.slice(x, [1, 0], [1, -1]),
      /Slice: it takes 2 items of a dynamic batch/,
    ],
  ];
  test.each(cases)("%s", async (_, input, fn, message) => {
    const error = await refusal(fn, input);
    expect(error.code).toBe("unsupported-kernel");
    expect(error.message).toMatch(message);
  });
});
