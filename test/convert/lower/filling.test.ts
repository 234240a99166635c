import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { toTflite } from "../../../src/convert/index.ts";
import { FILLING_CASES } from "../../support/cases/filling.ts";
import { describeCases } from "../../support/describe-cases.ts";
import { runFile } from "../../support/judge.ts";

describeCases("tensors of one value, diagonals and draws in LiteRT give what tfjs gives", FILLING_CASES);

test.each([
  ["logits", false, [Math.log(0.1), Math.log(0.6), Math.log(0.3)]],
  ["probabilities", true, [0.1, 0.6, 0.3]],
] as const)("draws from %s are as frequent as they are probable", async (_, normalized, data) => {
  await tf.setBackend("cpu");
  const draws = 4000;
  const bytes = await toTflite({
    fn: (x) => tf.multinomial(x as tf.Tensor2D, draws, 3, normalized),
    inputs: [{ name: "x", shape: [1, 3] }],
  });
  const { output } = await runFile(bytes, [{ shape: [1, 3], dtype: "float32", data }]);
  const drawn = Array.from(output?.data ?? []);
  const shares = [0, 1, 2].map((event) => drawn.filter((value) => value === event).length / draws);
  // Four standard deviations of a share: 4 * sqrt(0.6 * 0.4 / 4000).
  for (const [event, share] of [0.1, 0.6, 0.3].entries()) {
    expect(Math.abs((shares[event] as number) - share)).toBeLessThan(0.031);
  }
});

test("without a seed the same source gives the same bytes", async () => {
  const source = {
    fn: (x: tf.Tensor) => tf.multinomial(x as tf.Tensor2D, 5),
    inputs: [{ name: "x", shape: [null, 3] }],
  };
  expect(await toTflite(source)).toEqual(await toTflite(source));
});
