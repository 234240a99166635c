import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { type Target, toTflite } from "../../../src/convert/index.ts";
import { ELEMENTARY_CASES } from "../../support/cases/elementary.ts";
import { describeCases } from "../../support/describe-cases.ts";
import { runFile } from "../../support/judge.ts";

describeCases("elementary functions in LiteRT give what tfjs gives", ELEMENTARY_CASES);

/** Floats of all magnitudes, and where functions have poles, branches and bounds. */
const MAGNITUDES = [
  ...Array.from({ length: 76 }, (_, index) => 1.7 * 10 ** (index - 37)),
  ...Array.from({ length: 120 }, (_, index) => 0.017 * index),
  ...[0, 1 - 2 ** -24, 1, 1 + 2 ** -23, 1.5707963, 1.5707964, 4.712389, 88, 89.3, 90, 3.4e38, Infinity],
];
const EVERYWHERE = Float32Array.from([...MAGNITUDES, ...MAGNITUDES.map((value) => -value), Number.NaN]);
const only = (keep: (x: number) => boolean): Float32Array => EVERYWHERE.filter(keep);
const ALL = EVERYWHERE;

/** With the arguments that LiteRT's own kernels have a right result for. */
const FUNCTIONS: readonly [string, (x: tf.Tensor) => tf.Tensor, Float32Array][] = [
  ["acos", tf.acos, ALL],
  ["acosh", tf.acosh, ALL],
  ["asin", tf.asin, ALL],
  ["asinh", tf.asinh, ALL],
  ["atan", tf.atan, ALL],
  ["atanh", tf.atanh, ALL],
  ["cosh", tf.cosh, ALL],
  // XNNPACK's EXP is infinite from 88.4 on, a float's largest logarithm is 88.7.
  ["expm1", tf.expm1, only((x) => !(x > 88.3 && x < 88.8))],
  ["log1p", tf.log1p, ALL],
  ["sinh", tf.sinh, ALL],
  // The reduction is exact up to here.
  ["tan", tf.tan, only((x) => !(Math.abs(x) > 8192 && Math.abs(x) < Infinity))],
];

/** Each value on its own: relative to itself, and to the smallest normal float. */
async function expectEverywhere(
  operation: (x: tf.Tensor) => tf.Tensor,
  values: Float32Array,
  target?: Target,
): Promise<void> {
  const { length } = values;
  const source = { fn: operation, inputs: [{ name: "x", shape: [length] }] };
  const bytes = await toTflite(source, target === undefined ? {} : { target });
  const { output } = await runFile(bytes, [{ data: values, shape: [length], dtype: "float32" }]);
  const expected = tf.tidy(() => operation(tf.tensor1d(values)).dataSync());
  const wrong = Array.from(values, (x, index) => ({
    x,
    expected: expected[index] as number,
    actual: Number(output?.data[index]),
  })).filter(
    ({ expected: a, actual: b }) =>
      !(Object.is(a, b) || a === b || (Number.isFinite(a) && Math.abs(a - b) <= 1e-5 * Math.abs(a) + 2e-38)),
  );
  expect(wrong).toEqual([]);
}

describe("over the whole range of floats, to 1e-5 of each value", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
  });

  test.each(FUNCTIONS)("%s", (_, operation, values) => expectEverywhere(operation, values));

  test.each(FUNCTIONS.filter(([name]) => ["acos", "asin", "atan"].includes(name)))(
    "%s for a runtime without ATAN2",
    (_, operation, values) => expectEverywhere(operation, values, { runtime: "2.4" }),
  );
});
