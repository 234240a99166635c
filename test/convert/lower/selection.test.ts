import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { type FunctionSource, toTflite } from "../../../src/convert/index.ts";
import { SELECTION_CASES } from "../../support/cases/selection.ts";
import { describeCases } from "../../support/describe-cases.ts";
import { expectedOf, runFile } from "../../support/judge.ts";

describeCases("the largest, the different and the best in LiteRT give what tfjs gives", SELECTION_CASES);

/** What tfjs and LiteRT make of a vector of six. */
async function both(fn: FunctionSource["fn"], data: readonly number[]) {
  await tf.setBackend("cpu");
  const source: FunctionSource = { fn, inputs: [{ name: "x", shape: [6] }] };
  const values = [{ shape: [6], dtype: "float32", data }];
  const tfjs = expectedOf(source, values).output;
  const litert = (await runFile(await toTflite(source), values)).output;
  return { tfjs: Array.from(tfjs?.data ?? []), litert: Array.from(litert?.data ?? []) };
}

describe("where LiteRT differs from tfjs", () => {
  test("topk: NaN is the largest in LiteRT where not all are taken, and left out in tfjs", async () => {
    const { tfjs, litert } = await both((x) => tf.topk(x, 3).values, [1, NaN, 3, 0, NaN, 2]);
    expect(tfjs).toEqual([3, 2, 1]);
    expect(litert).toEqual([NaN, 3, 2]);
  });

  test("unique: all NaN are one value in tfjs, and LiteRT takes them for any", async () => {
    const { tfjs, litert } = await both((x) => tf.unique(x).indices, [1, NaN, 1, NaN, 2, NaN]);
    expect(tfjs).toEqual([0, 1, 0, 1, 2, 1]);
    expect(litert).toEqual([0, 0, 0, 0, 1, 0]);
  });

  test("nonMaxSuppression: boxes of equal scores come in another order", async () => {
    const boxes = tf.tensor2d(
      [0, 5, 10, 15, 20, 25].map((left) => [0, left, 1, left + 1]),
      [6, 4],
    );
    const chosen = (scores: tf.Tensor): tf.Tensor =>
      tf.image.nonMaxSuppressionPadded(boxes, scores as tf.Tensor1D, 6, 0.5, 0, true)
        .selectedIndices as tf.Tensor;
    const { tfjs, litert } = await both(chosen, [0.5, 0.5, 0.5, 0.9, 0.5, 0.5]);
    expect(tfjs).toEqual([3, 0, 1, 2, 4, 5]);
    expect(litert).toEqual([3, 1, 5, 2, 4, 0]);
  });
});

test("unique rows are refused", async () => {
  const source: FunctionSource = {
    fn: (x) => tf.unique(x, 0).indices,
    inputs: [{ name: "x", shape: [3, 2] }],
  };
  await expect(toTflite(source)).rejects.toThrow(
    /Unique: TensorFlow Lite knows the unique values of a vector only/,
  );
});
