import * as tf from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { toTflite } from "../../../src/convert/index.ts";
import { inspectTflite } from "../../../src/tflite-reader/inspect.ts";
import { fnCase, modelCase } from "../../support/judge.ts";
import { operatorsOf } from "./operators-of.ts";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

describe("openSlices", () => {
  it("writes a slice that keeps the batch as STRIDED_SLICE", async () => {
    const crop = (x: tf.Tensor) => tf.slice(x, [0, 1, 0, 1], [-1, 3, -1, 2]);
    expect(await operatorsOf(fnCase("crop", [[null, 5, 4, 3]], crop, 0))).toEqual({ STRIDED_SLICE: 1 });
  });

  it("writes a slice of all from a place on as STRIDED_SLICE", async () => {
    const crop = (x: tf.Tensor) => tf.sum(tf.slice(tf.concat([x, x, x]), [2, 0]), 0);
    expect(await operatorsOf(fnCase("crop", [[null, 3]], crop, 1e-6))).toEqual({
      CONCATENATION: 1,
      STRIDED_SLICE: 1,
      SUM: 1,
    });
  });

  it("keeps a slice of fixed sizes", async () => {
    const crop = (x: tf.Tensor) => tf.slice(x, [0, 1], [1, 3]);
    expect(await operatorsOf(fnCase("crop", [[1, 5]], crop, 0))).toEqual({ SLICE: 1 });
  });

  it("leaves a transposed convolution whose windows overlap in one piece for XNNPACK", async () => {
    const model = () =>
      sequential({
        layers: [
          layers.conv2dTranspose({
            filters: 3,
            kernelSize: 4,
            strides: 2,
            padding: "same",
            inputShape: [4, 5, 2],
          }),
          layers.conv2d({ filters: 2, kernelSize: 1 }),
        ],
      });
    const upscale = modelCase("upscale", model, [[null, 4, 5, 2]]);
    expect(await operatorsOf(upscale)).toMatchObject({ STRIDED_SLICE: 1, DEPTH_TO_SPACE: 1 });
    expect(inspectTflite(await toTflite(model())).xnnpack).toMatchObject({ expectedPartitions: 1, left: [] });
  });
});
