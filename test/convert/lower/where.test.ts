import { expect, test } from "vitest";
import { lower } from "../../../src/convert/lower/lower.ts";
import type { Trace, TraceTensor } from "../../../src/convert/trace/types.ts";
import { writeTflite } from "../../../src/tflite-writer/write.ts";
import { runFile } from "../../support/judge.ts";

/** What a front end records of `tf.whereAsync`, and sums of what it gives: an output has a size before a run. */
function whereTrace(condition: TraceTensor): Trace {
  const rank = condition.shape.length;
  const found: TraceTensor = {
    shape: [1, rank],
    shapeSignature: [-1, rank],
    probes: [
      [1009, rank],
      [1011, rank],
    ],
    dtype: "int32",
  };
  const sums: TraceTensor = { shape: [rank], dtype: "int32" };
  const none = { attributes: {}, dynamicAttributes: new Map(), layer: "" };
  return {
    name: "where",
    inputs: [{ name: "condition", tensor: condition }],
    outputs: [{ name: "sums", tensor: sums }],
    nodes: [
      { ...none, kernel: "Where", inputs: { condition }, outputs: [found] },
      {
        ...none,
        kernel: "Sum",
        inputs: { x: found },
        attributes: { axis: [0], keepDims: false },
        outputs: [sums],
      },
    ],
  };
}

const lowered = (condition: TraceTensor) =>
  lower([{ key: "serving_default", trace: whereTrace(condition) }], { target: { allows: () => true } });

test.each([
  ["bool", [1, 0, 1, 0, 0, 1]],
  ["float32", [0.5, 0, -1, 0, 0, 2]],
  ["int32", [3, 0, -1, 0, 0, 2]],
] as const)("the coordinates of what is not zero, of %s", async (dtype, data) => {
  const graph = await lowered({ shape: [2, 3], dtype });
  const { sums } = await runFile(writeTflite(graph), [{ shape: [2, 3], dtype, data }]);
  // [0, 0], [0, 2] and [1, 2].
  expect(sums?.data).toEqual([1, 4]);
});

test("a condition without dimensions is refused", async () => {
  await expect(lowered({ shape: [], dtype: "bool" })).rejects.toThrow(
    /Where: its condition has no dimensions/,
  );
});
