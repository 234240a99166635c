import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { convert, toTflite } from "../../../src/convert/index.ts";
import { MATMUL_CASES } from "../../support/cases/matmul.ts";
import { describeCases } from "../../support/describe-cases.ts";
import { fnCase } from "../../support/judge.ts";

describeCases("matrix products and normalizations in LiteRT give what tfjs gives", MATMUL_CASES);

test("matrices that tfjs pairs wrongly are an error with a cure", async () => {
  const { source } = fnCase(
    "",
    [
      [3, 2, 4, 5],
      [3, 1, 5, 4],
    ],
    (a, b) => tf.matMul(a, b),
  );
  await expect(toTflite(source())).rejects.toThrow(
    "tfjs pairs matrices of [3,2] and [3,1] wrongly: make the leading dimensions equal with tf.tile",
  );
});

test("a batch of one matrix is a matrix: runtime 2.14 is wrong of one beside a first factor that is transposed", async () => {
  const { source } = fnCase(
    "",
    [
      [null, 5, 4],
      [1, 5, 3],
    ],
    (a, b) => tf.matMul(a, b, true),
  );
  const { report } = await convert(source());
  expect(report.operators.after).toEqual({ RESHAPE: 1, BATCH_MATMUL: 1 });
});
