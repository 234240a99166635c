import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { convert, type FunctionSource } from "../../../src/convert/index.ts";
import type { InputSizes } from "../../../src/convert/trace/input-sizes.ts";
import {
  constant,
  expectedOf,
  expectSameOutputs,
  fnCase,
  inputValues,
  runFile,
} from "../../support/judge.ts";
import { withSizes } from "../../support/with-sizes.ts";

const TIME = { nominal: 6 };

interface Model {
  readonly name: string;
  readonly inputs: readonly InputSizes[];
  readonly fn: FunctionSource["fn"];
  readonly operators?: Readonly<Record<string, number>>;
}

const MODELS: readonly Model[] = [
  {
    name: "dense layer on a sequence",
    inputs: [[null, TIME, 4]],
    fn: (a) => tf.fused.matMul({ a, b: constant([4, 3]), bias: constant([3], 2), activation: "relu" }),
    operators: { FULLY_CONNECTED: 1 },
  },
  {
    name: "matMul of one constant matrix, transposed",
    inputs: [[null, 4, TIME]],
    fn: (a) => tf.matMul(a, constant([3, 4]), true, true),
  },
  {
    name: "attention",
    inputs: [
      [null, TIME, 4],
      [null, TIME, 4],
    ],
    fn: (q, k) => tf.matMul(tf.softmax(tf.matMul(q, k, false, true)), k),
  },
  {
    name: "einsum with one constant",
    inputs: [[null, TIME, 4]],
    fn: (x) => tf.einsum("btd,dhk->bthk", x, constant([4, 2, 3])),
  },
  {
    name: "einsum with one constant, transposed",
    inputs: [[null, TIME, 4]],
    fn: (x) => tf.einsum("btd,dk->bkt", x, constant([4, 3])),
  },
  {
    name: "einsum of attention with heads",
    inputs: [
      [null, TIME, 2, 4],
      [null, TIME, 2, 4],
    ],
    fn: (q, k) => tf.einsum("bhqk,bkhd->bqhd", tf.einsum("bqhd,bkhd->bhqk", q, k), k),
  },
  {
    name: "einsum that sums the time",
    inputs: [[null, TIME, 4]],
    fn: (x) => tf.einsum("btd,bte->bde", x, x),
  },
  {
    name: "einsum of an outer product",
    inputs: [[null, TIME], [3]],
    fn: (x, y) => tf.einsum("bt,k->tbk", x, y),
  },
];

describe("products at a dynamic batch and time in LiteRT give what tfjs gives", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
  });
  test.each(MODELS.map((model) => [model.name, model] as const))("%s", async (_, model) => {
    const { fn, inputs, operators } = model;
    const source = { fn, inputs: inputs.map((shape, index) => ({ name: `in_${index}`, shape })) };
    const { bytes, report } = await convert(source);
    if (operators !== undefined) expect(report.operators.after).toEqual(operators);
    for (const time of [6, 1, 9]) {
      const shapes = inputs.map((shape) => shape.map((size) => (size === TIME ? time : (size as null))));
      const values = inputValues(fnCase("", shapes, fn), 2);
      const expected = expectedOf(source, values);
      const file = withSizes(bytes, values, Object.values(expected));
      expectSameOutputs(await runFile(file, values), expected, 1e-5, `time ${time}`);
    }
  });
});
