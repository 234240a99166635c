import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { toTflite } from "../../../src/convert/index.ts";
import { SHAPE_CASES } from "../../support/cases/shape.ts";
import { describeCases } from "../../support/describe-cases.ts";
import { expectedOf, expectSameOutputs, fnCase, inputValues, runFile } from "../../support/judge.ts";

describeCases("reductions, shapes and images in LiteRT give what tfjs gives", SHAPE_CASES);

test("depth to space of channels first, which tfjs's cpu backend does not have", async () => {
  await tf.setBackend("cpu");
  const first = fnCase("", [[null, 8, 2, 3]], (x) => tf.depthToSpace(x as tf.Tensor4D, 2, "NCHW"));
  const last = fnCase("", [[null, 8, 2, 3]], (x) =>
    tf.transpose(tf.depthToSpace(tf.transpose(x, [0, 2, 3, 1]) as tf.Tensor4D, 2), [0, 3, 1, 2]),
  );
  const values = inputValues(first, 2);
  const outputs = await runFile(await toTflite(first.source()), values);
  expect(outputs.output?.shape).toEqual([2, 2, 4, 6]);
  expectSameOutputs(outputs, expectedOf(last.source(), values), 0, "channels first");
});
