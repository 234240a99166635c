import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { type FunctionSource, parseTflite, type Target, toTflite } from "../../../src/convert/index.ts";
import { expectedOf, expectSameOutputs, runFile, type Values } from "../../support/judge.ts";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const X: Values = { shape: [3, 2], dtype: "float32", data: [1, -2, 3, -4, 5, -6] };

/** Outputs that need no input, and one that does. */
const SETTLED: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  floats: () => tf.tensor1d([1, Number.NaN, Number.POSITIVE_INFINITY, -0, -2.5]),
  number: () => tf.scalar(3),
  integers: () => tf.tensor1d([5, -7, 2 ** 31 - 1, -(2 ** 31)], "int32"),
  booleans: () => tf.tensor1d([1, 0, 1], "bool"),
  "as many as there are": (x) => tf.onesLike(x),
  "as many integers": (x) => tf.onesLike(tf.cast(x, "int32")),
  "as many booleans": (x) => tf.zerosLike(tf.greater(x, 0)),
  "how many there are": (x) => tf.sum(tf.onesLike(x), 0),
  input: (x) => tf.abs(x),
};

const source: FunctionSource = {
  fn: (x) => Object.fromEntries(Object.entries(SETTLED).map(([name, fn]) => [name, fn(x as tf.Tensor)])),
  inputs: [{ name: "x", shape: [null, 2], dtype: "float32" }],
};

test("outputs that depend on constants and shapes alone are made in every run", async () => {
  const bytes = await toTflite(source);
  expectSameOutputs(await runFile(bytes, [X]), expectedOf(source, [X]), 0, "dynamic batch of 3");
  const [main] = parseTflite(bytes).subgraphs;
  const made = main?.operators.filter(({ outputs: [output] }) => main.outputs.includes(output as never));
  // Operators of which no kernel writes its result when memory is allocated.
  expect(new Set(made?.map(({ type }) => type))).toEqual(new Set(["MAXIMUM", "LOGICAL_OR", "ABS"]));
});

test.each<Target>([{ runtime: "1.14" }, "microcontroller"])("for %o as well", async (target) => {
  const fixed: FunctionSource = { ...source, inputs: [{ name: "x", shape: [3, 2], dtype: "float32" }] };
  const bytes = await toTflite(fixed, { target });
  expectSameOutputs(await runFile(bytes, [X]), expectedOf(fixed, [X]), 0, "fixed sizes");
});
