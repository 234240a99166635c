import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { toTflite } from "../../../src/convert/index.ts";
import { SCATTER_CASES } from "../../support/cases/scatter.ts";
import { describeCases } from "../../support/describe-cases.ts";
import { runFile } from "../../support/judge.ts";

describeCases("values written to positions in LiteRT give what tfjs gives", SCATTER_CASES);

test("sums of integers by segment are integers, which tfjs's cpu backend makes floats", async () => {
  await tf.setBackend("cpu");
  const bytes = await toTflite({
    fn: (x, ids) => tf.unsortedSegmentSum(x, ids as tf.Tensor1D, 3),
    inputs: [
      { name: "x", shape: [4], dtype: "int32" },
      { name: "ids", shape: [4], dtype: "int32" },
    ],
  });
  const { output } = await runFile(bytes, [
    { shape: [4], dtype: "int32", data: [2 ** 24 + 1, 5, 7, -3] },
    { shape: [4], dtype: "int32", data: [2, 0, -1, 2] },
  ]);
  expect(output).toEqual({ shape: [3], dtype: "int32", data: [5, 0, 2 ** 24 - 2] });
});

test("an index outside of the tensor is refused where it is constant", async () => {
  const source = {
    fn: (x: tf.Tensor) => tf.tensorScatterUpdate(x, tf.tensor2d([[5]], [1, 1], "int32"), tf.ones([1, 2])),
    inputs: [{ name: "x", shape: [4, 2] }],
  };
  await expect(toTflite(source)).rejects.toThrow(/TensorScatterUpdate: its index 5 is outside of 4 rows/);
});
