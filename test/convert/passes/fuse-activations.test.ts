import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { fnCase } from "../../support/judge.ts";
import { operatorsOf } from "./operators-of.ts";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

/** Operators of the bounds alone: MUL brings their operand beyond them, and may take one activation. */
async function boundsOf(bounds: (x: tf.Tensor) => tf.Tensor): Promise<Record<string, number>> {
  const { MUL, ...others } = await operatorsOf(
    fnCase("bounds", [[null, 2, 3]], (x) => bounds(tf.mul(x, tf.tensor1d([5, -5, 1]))), 0),
  );
  expect(MUL).toBe(1);
  return others;
}

describe("bounds that mean one activation", () => {
  it.each<[string, (x: tf.Tensor) => tf.Tensor]>([
    ["relu and clip (a rectifier with a largest value)", (x) => tf.clipByValue(tf.relu(x), 0, 6)],
    ["relu and minimum", (x) => tf.minimum(tf.relu(x), 6)],
    ["minimum and relu", (x) => tf.relu(tf.minimum(x, 6))],
    ["maximum and minimum", (x) => tf.minimum(tf.maximum(x, 0), 6)],
    ["maximum", (x) => tf.maximum(x, 0)],
    ["minimum and maximum", (x) => tf.maximum(tf.minimum(x, 1), -1)],
    ["an inner and an outer clip", (x) => tf.clipByValue(tf.clipByValue(x, -1, 1), -3, 3)],
    ["relu twice", (x) => tf.relu(tf.relu(x))],
  ])("fuses %s", async (_, bounds) => {
    expect(await boundsOf(bounds)).toEqual({});
  });

  it.each<[string, (x: tf.Tensor) => tf.Tensor, Record<string, number>]>([
    ["that end elsewhere", (x) => tf.minimum(tf.relu(x), 1), { MINIMUM: 1 }],
    ["that are one for each channel", (x) => tf.maximum(x, tf.tensor1d([0, 1, 2])), { MAXIMUM: 1 }],
    [
      "of which others read the first",
      (x) => {
        const rectified = tf.relu(x);
        return tf.sub(tf.minimum(rectified, 6), rectified);
      },
      { MINIMUM: 1, SUB: 1 },
    ],
  ])("keeps bounds %s", async (_, bounds, operators) => {
    expect(await boundsOf(bounds)).toEqual(operators);
  });
});
