import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { fnCase } from "../../support/judge.ts";
import { operatorsOf } from "./operators-of.ts";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const turned = (x: tf.Tensor): tf.Tensor4D => tf.transpose(x, [1, 2, 3, 0]) as tf.Tensor4D;

test("a scale of as many channels as the batch has items is no depthwise convolution", async () => {
  const scaled = fnCase("a scale", [[null, 2, 3, 1]], (x) => tf.add(tf.mul(turned(x), 0.5), 2));
  expect(await operatorsOf(scaled)).toEqual({ TRANSPOSE: 1, MUL: 1, ADD: 1 });
});

test("a pool of one cell over as many channels as the batch has items stays a pool", async () => {
  const pooled = fnCase("a pool", [[null, 4, 4, 2]], (x) => tf.maxPool(turned(x), 1, 2, "valid"));
  expect(await operatorsOf(pooled)).toEqual({ TRANSPOSE: 1, MAX_POOL_2D: 1 });
});
