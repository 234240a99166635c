import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { type FunctionSource, toTflite } from "../../../src/convert/index.ts";
import { ELEMENTWISE_CASES } from "../../support/cases/elementwise.ts";
import { describeCases } from "../../support/describe-cases.ts";
import { expectedOf, runFile } from "../../support/judge.ts";

describeCases("elementwise kernels in LiteRT give what tfjs gives", ELEMENTWISE_CASES);

/** Comparisons that would tell NaN apart cost more operators than the kernel itself, and split XNNPACK's partition. */
describe("NaN where LiteRT's kernel does not keep it and tfjs's does", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
  });

  const cases: readonly [string, FunctionSource["fn"], number][] = [
    ["the larger of a number and NaN is the number", (x) => tf.maximum(tf.neg(x), tf.mul(x, Number.NaN)), -1],
    [
      "the largest of a number and NaN is the number",
      (x) => tf.max(tf.mul(x, tf.tensor1d([1, Number.NaN])), 0),
      1,
    ],
    ["the logarithm of NaN is a number", (x) => tf.log(tf.mul(x, Number.NaN)), 88.78173065185547],
  ];
  test.each(cases)("%s", async (_, fn, result) => {
    const source = { fn, inputs: [{ name: "x", shape: [2] }] };
    const values = [{ data: [1, 1], shape: [2], dtype: "float32" }];
    const { output } = await runFile(await toTflite(source), values);
    expect(output?.data[0]).toBe(result);
    expect(expectedOf(source, values).output?.data[0]).toBeNaN();
  });
});
