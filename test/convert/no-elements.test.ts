import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, it } from "vitest";
import { type FunctionSource, parseTflite, toTflite } from "../../src/convert/index.ts";
import { intsOf } from "../../src/graph/tensors.ts";
import type { ConstantTensor } from "../../src/graph/types.ts";
import { expectedOf, expectSameOutputs, runFile, type Values } from "../support/judge.ts";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const of = (shape: readonly (number | null)[], fn: (x: tf.Tensor) => tf.Tensor): FunctionSource => ({
  fn: (x) => fn(x as tf.Tensor),
  inputs: [{ name: "x", shape, dtype: "float32" }],
});
const noRows = (x: tf.Tensor): tf.Tensor => tf.slice(x, [0, 0], [0, 2]);
const noColumns = (x: tf.Tensor): tf.Tensor => tf.slice(x, [0, 0], [-1, 0]);
const X: Values = { shape: [3, 2], dtype: "float32", data: [1, -2, 3, -4, 5, -6] };

it.each([
  ["sum", (x: tf.Tensor) => tf.add(x, tf.sum(tf.mul(noRows(x), 2), 0))],
  ["product", (x: tf.Tensor) => tf.add(x, tf.matMul(noColumns(x), noRows(x)))],
  [
    "pad",
    (x: tf.Tensor) =>
      tf.add(
        x,
        tf.pad(
          noRows(x),
          [
            [1, 2],
            [0, 0],
          ],
          4,
        ),
      ),
  ],
  ["part of a concatenation", (x: tf.Tensor) => tf.concat([tf.relu(noRows(x)), x])],
  ["gathering of nothing", (x: tf.Tensor) => tf.add(x, tf.sum(tf.gather(x, tf.tensor1d([], "int32")), 0))],
])("a %s of no elements is constant", async (_, fn) => {
  const source = of([3, 2], fn);
  const bytes = await toTflite(source);
  const made = parseTflite(bytes).subgraphs[0]?.operators.flatMap(({ outputs }) => outputs);
  expect(made?.filter(({ shape }) => shape.includes(0))).toEqual([]);
  expectSameOutputs(await runFile(bytes, [X]), expectedOf(source, [X]), 1e-6, "no elements");
});

it("of a dynamic size it is a slice that XNNPACK does not take for all", async () => {
  const source = of([null, 2], (x) => tf.sum(tf.relu(noColumns(x)), 1));
  const bytes = await toTflite(source);
  const [slice] = parseTflite(bytes).subgraphs[0]?.operators ?? [];
  // An end of 0 is the end of the dimension to XNNPACK.
  expect(slice).toMatchObject({ type: "STRIDED_SLICE", options: { begin_mask: 1, end_mask: 1 } });
  const bounds = slice?.inputs.slice(1, 3).map((bound) => intsOf(bound as ConstantTensor)[1]);
  expect(bounds).toEqual([1, 1]);
  expectSameOutputs(await runFile(bytes, [X]), expectedOf(source, [X]), 0, "a batch of 3");
});

it("products of a dynamic size are refused, all at once", async () => {
  const product = (x: tf.Tensor): tf.Tensor => tf.matMul(noColumns(x), noRows(x));
  await expect(
    toTflite(of([null, 2], (x) => tf.concat([product(x), product(tf.neg(x))]))),
  ).rejects.toMatchObject({
    code: "unsupported-kernel",
    message: expect.stringMatching(
      /products of tensors without elements.*\n {2}BATCH_MATMUL "BatchMatMul" of \[-1,0\].*\n {2}BATCH_MATMUL .*\nFix the sizes/,
    ),
  });
});
