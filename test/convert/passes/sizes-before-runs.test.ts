import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { type FunctionSource, parseTflite, toTflite } from "../../../src/convert/index.ts";
import { expectedOf, expectSameOutputs, runFile, type Values } from "../../support/judge.ts";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const of = (shape: readonly (number | null)[]): FunctionSource => ({
  fn: (x) => tf.topk(x as tf.Tensor, 2),
  inputs: [{ name: "x", shape, dtype: "float32" }],
});

const VALUES: Values = { shape: [2, 2, 3], dtype: "float32", data: [3, 1, 2, 6, 5, 4, 7, 9, 8, 0, -1, 1] };

test.each([
  ["one dynamic size", [null, 2, 3], "RESHAPE"],
  ["two dynamic sizes", [null, null, 3], "MAXIMUM"],
])("TOPK_V2 reads a tensor that is declared without %s", async (_, shape, copied) => {
  const source = of(shape as (number | null)[]);
  const bytes = await toTflite(source);
  const [main] = parseTflite(bytes).subgraphs;
  expect(main?.operators.map(({ type }) => type)).toEqual([copied, "TOPK_V2"]);
  // The outputs keep their dynamic sizes: that is how an application knows of them.
  expect(main?.operators[1]?.inputs[0]?.shapeSignature).toBeUndefined();
  expect(main?.outputs[0]?.shapeSignature?.[0]).toBe(-1);
  expectSameOutputs(await runFile(bytes, [VALUES]), expectedOf(source, [VALUES]), 0, "a batch of 2");
});

test("a number of results that follows a dynamic size is known as early", async () => {
  const source: FunctionSource = {
    fn: (x) => tf.topk(tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D, false, true), (x as tf.Tensor).shape[0]),
    inputs: [{ name: "x", shape: [null, 2], dtype: "float32" }],
  };
  const bytes = await toTflite(source);
  const top = parseTflite(bytes).subgraphs[0]?.operators.at(-1);
  expect(top?.type).toBe("TOPK_V2");
  expect(top?.inputs[0]?.shapeSignature).toBeUndefined();
  const x: Values = { shape: [3, 2], dtype: "float32", data: [1, 2, -3, 1, 5, -7] };
  expectSameOutputs(await runFile(bytes, [x]), expectedOf(source, [x]), 1e-6, "a batch of 3");
});

test("sizes that are fixed need no copy", async () => {
  const [main] = parseTflite(await toTflite(of([2, 2, 3]))).subgraphs;
  expect(main?.operators.map(({ type }) => type)).toEqual(["TOPK_V2"]);
});
