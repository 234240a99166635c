import * as tf from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import { convert, toTflite } from "../../../src/convert/index.ts";
import { LAYER_CASES, VANISHING } from "../../support/cases/layers.ts";
import { describeCases } from "../../support/describe-cases.ts";
import {
  expectClose,
  inputValues,
  modelCase,
  randomizeWeights,
  release,
  runFile,
  TOLERANCE,
} from "../../support/judge.ts";

describeCases("layers in LiteRT give what tfjs gives", LAYER_CASES);

describe("layers that do nothing at inference", () => {
  test.each(VANISHING)("%s leaves nothing but the copy of its input", async (name) => {
    const source = LAYER_CASES.find((layer) => layer.name === `layer ${name}`)!.source();
    const { report } = await convert(source);
    // An output that is an input must be a copy, or LiteRT gives zeros.
    expect(report.operators).toEqual({ before: {}, after: { RESHAPE: 1 } });
    release(source);
  });
});

describe("batch normalization along another axis than the last", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
  });

  // tfjs's kernel takes its statistics for those of the last axis whatever their shape, so that arithmetic
  // is the judge.
  test.each([1, 2])("axis %i is what its formula says", async (axis) => {
    const shape = [3, 4, 5];
    const model = sequential();
    model.add(layers.batchNormalization({ axis, inputShape: shape, epsilon: 0.01 }));
    randomizeWeights(model);
    const [x] = inputValues(
      modelCase("", () => model, [[null, ...shape]]),
      2,
    );
    const [gamma, beta, mean, variance] = model.getWeights().map((weights) => weights.dataSync());
    const inner = shape.slice(axis).reduce((product, size) => product * size, 1);
    const expected = Array.from(x!.data, (value, index) => {
      const channel = Math.floor(index / inner) % shape[axis - 1]!;
      const deviation = Math.sqrt(variance![channel]! + 0.01);
      return (gamma![channel]! * (value - mean![channel]!)) / deviation + beta![channel]!;
    });
    const { [model.outputNames[0]!]: y } = await runFile(await toTflite(model), [x!]);
    expectClose(y!.data, expected, TOLERANCE, "normalized");
    model.dispose();
  });
});
