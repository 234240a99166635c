import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { ForgeError, toTflite } from "../../src/convert/index.ts";
import { OperatorList } from "../../src/graph/builder.ts";
import type { Operator } from "../../src/graph/types.ts";
import { writeTflite } from "../../src/tflite-writer/write.ts";
import { ALL_CASES } from "../support/cases/all.ts";
import {
  expectedOf,
  expectSameOutputs,
  inputValues,
  type OperatorCase,
  release,
  type Values,
} from "../support/judge.ts";
import { runInTfliteWeb, TFLITE_WEB_VERSION } from "../support/tflite-web.ts";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

/** One operator of a given version on one float. */
function fileWith(type: "SIGN" | "ABS" | "EXP", version: number): Uint8Array {
  const x = { name: "x", type: "float32", shape: [1] } as const;
  const list = new OperatorList();
  const y = list.add(type, [x], {}, "y");
  const operators = list.operators.map((operator): Operator => ({ ...operator, version }));
  return writeTflite({
    subgraphs: [{ name: "main", inputs: [x], outputs: [y], operators }],
    signatures: [
      {
        key: "serving_default",
        subgraph: 0,
        inputs: [{ name: "x", position: 0 }],
        outputs: [{ name: "y", position: 0 }],
      },
    ],
    metadata: [],
  });
}

type Outputs = Readonly<Record<string, Values>>;

const ONE = [{ shape: [1], dtype: "float32", data: [-2] }];

test(`the judge is TensorFlow Lite ${TFLITE_WEB_VERSION}`, async () => {
  // SIGN came with 2.11; with 2.12 its version 2, ABS of integers and EXP of quantized values.
  expect(await runInTfliteWeb(fileWith("SIGN", 1), ONE)).toEqual({
    y: { shape: [1], dtype: "float32", data: [-1] },
  });
  for (const [type, version] of [
    ["SIGN", 2],
    ["ABS", 5],
    ["EXP", 2],
  ] as const) {
    await expect(runInTfliteWeb(fileWith(type, version), ONE)).rejects.toThrow(
      `'${type}' version '${version}'`,
    );
  }
});

describe(`every case for runtime ${TFLITE_WEB_VERSION}, in that runtime, at a batch of 3`, () => {
  test.each(ALL_CASES.map((operatorCase) => [operatorCase.name, operatorCase] as const))(
    "%s",
    async (_, operatorCase) => {
      await judge(operatorCase);
    },
  );
});

/** What no runtime of this version has, and nothing older stands in for. */
const REFUSED = /RIGHT_SHIFT|BITWISE_XOR/;

/** XNNPACK's kernels of this version give a bound in place of NaN (`vminmax`), as of all other values. */
const BOUND_IN_PLACE_OF_NAN: ReadonlySet<string> = new Set([
  "clip of NaN and infinities",
  "maximum with a number of NaN and infinities",
  "minimum with a number of NaN and infinities",
  "relu6 of NaN and infinities",
]);

/** Its XNNPACK loses images that SAME pads for a filter shorter than its stride: docs/differences.md, "Images". */
const LOST: ReadonlySet<string> = new Set([
  "conv2d: 2x1, stride 4, same",
  "depthwise conv2d: 2x1, stride 4, same",
  "conv2d: 2x3, stride 3,1, same",
]);

async function judge(operatorCase: OperatorCase): Promise<void> {
  const { name, tolerance } = operatorCase;
  const source = operatorCase.source();
  const values = inputValues(operatorCase, 3);
  try {
    const bytes = await toTflite(source, { target: { runtime: TFLITE_WEB_VERSION } });
    const expected = expectedOf(source, values);
    const actual = await runInTfliteWeb(bytes, values);
    if (LOST.has(name)) {
      expect(Object.values(actual).some(({ data }) => Array.from(data).includes(0))).toBe(true);
      expect(Object.values(expected).some(({ data }) => Array.from(data).includes(0))).toBe(false);
      return;
    }
    const comparable = BOUND_IN_PLACE_OF_NAN.has(name) ? withNaN(actual, expected) : actual;
    expectSameOutputs(comparable, expected, tolerance, TFLITE_WEB_VERSION);
  } catch (error) {
    if (!(error instanceof ForgeError) || error.code !== "unsupported-target") throw error;
    expect(error.message).toMatch(REFUSED);
  } finally {
    release(source);
  }
}

/** Outputs with NaN where it is expected: something else must be there, or the case belongs to the others. */
function withNaN(actual: Outputs, expected: Outputs): Outputs {
  return Object.fromEntries(
    Object.entries(actual).map(([name, values]) => {
      const wanted = Array.from(expected[name]?.data ?? []);
      expect(
        Array.from(values.data).some((value, at) => !Number.isNaN(value) && Number.isNaN(wanted[at])),
      ).toBe(true);
      const data = Array.from(values.data, (value, at) => (Number.isNaN(wanted[at]) ? Number.NaN : value));
      return [name, { ...values, data }];
    }),
  );
}
