import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { convert, type FunctionSource } from "../../src/convert/index.ts";

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

  test.each<[string, FunctionSource["fn"], RegExp]>([
    [
      "outputs without elements",
      (x) => ({ all: tf.relu(x), none: tf.slice(x, [0, 0], [0, 3]) }),
      /^Outputs have no elements: "none" \[0,3\]\. .*CompiledModel/,
    ],
    [
      "more dimensions than CompiledModel loads",
      (x) => tf.sum(tf.reshape(x, [1, 1, 1, 1, 1, 1, 1, 1, -1])),
      /^LiteRT's CompiledModel loads no file .* 8 dimensions.*: "Reshape" has 9\. Join/,
    ],
    [
      "outputs that values decide the size of",
      (x) => tf.unique(tf.reshape(x, [-1])),
      /^Values decide how large outputs are: "values" \[-1\]\. .*option \{ outputs \}/,
    ],
    [
      "sizes that are known only in a run",
      (x) => ({ before: tf.relu(x), draws: tf.multinomial(x as tf.Tensor2D, 4, 7) }),
      /^LiteRT's CompiledModel runs .*outputs "draws" \[-1,4\] come behind MULTINOMIAL "Multinomial"/,
    ],
  ])("%s", async (_, fn, expected) => {
    const { report } = await convert({ fn, inputs });
    expect(report.warnings).toContainEqual(expect.stringMatching(expected));
  });

  test("no draws of a fixed batch", async () => {
    const fn = (x: tf.Tensor) => tf.multinomial(x as tf.Tensor2D, 4, 7);
    const { report } = await convert({ fn, inputs }, { batch: 2 });
    expect(report.warnings).toEqual([]);
  });

  test("nothing where an operation compares with infinity", async () => {
    const { report } = await convert({ fn: (x) => tf.isInf(x), inputs });
    expect(report.warnings).toEqual([]);
  });
});
