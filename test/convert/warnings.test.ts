import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { convert } from "../../src/convert/index.ts";

const inputs = [{ name: "x", shape: [null, 3] }] as const;

describe("a report warns of", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
  });

  test.each([
    ["NaN", Number.NaN],
    ["infinity", Number.NEGATIVE_INFINITY],
  ])("weights that hold %s", async (_, value) => {
    const { report } = await convert({ fn: (x) => tf.add(x, tf.tensor1d([1, value, 2])), inputs });
    expect(report.warnings).toEqual([expect.stringMatching(/^Weights hold NaN or infinity: /)]);
  });

  test("nothing where an operation compares with infinity", async () => {
    const { report } = await convert({ fn: (x) => tf.isInf(x), inputs });
    expect(report.warnings).toEqual([]);
  });
});
