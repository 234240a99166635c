import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import {
  convert,
  type Extension,
  type FunctionSource,
  type Pass,
  parseTflite,
  type Rule,
  rulesPass,
  toTflite,
} from "../../src/convert/index.ts";
import { expectSameOutputs, runFile } from "../support/judge.ts";

/** A kernel that no tfjs operation calls: it halves what is above a threshold. */
tf.registerKernel({
  kernelName: "HalveAbove",
  backendName: "cpu",
  kernelFunc: ({ inputs, attrs }) => {
    const x = tf.engine().makeTensorFromTensorInfo(inputs.x as tf.TensorInfo);
    const { threshold } = attrs as unknown as { readonly threshold: number };
    return tf.tidy(() => tf.where(tf.greater(x, threshold), tf.mul(x, 0.5), x));
  },
});

const halveAbove = (x: tf.Tensor, threshold: number): tf.Tensor =>
  tf.engine().runKernel("HalveAbove", { x }, { threshold }) as tf.Tensor;

const source: FunctionSource = {
  fn: (x) => tf.abs(halveAbove(x, 0.5)),
  inputs: [{ name: "x", shape: [null, 4] }],
};

const halving = (lower: NonNullable<Extension["kernels"]>[string]["lower"]): Extension => ({
  kernels: { HalveAbove: { outputs: ({ x }) => x ?? [], lower } },
});

const asBuiltins = halving((call) => {
  const x = call.input("x");
  const { threshold } = call.attributes as { readonly threshold: number };
  const half = call.add("MUL", [x, call.scalar(0.5)]);
  return call.add("SELECT_V2", [call.add("GREATER", [x, call.scalar(threshold)]), half, x]);
});

beforeAll(async () => {
  await tf.setBackend("cpu");
});

describe("a kernel of a user's own", () => {
  test("without an extension is an error that says how to register one", async () => {
    await expect(toTflite(source)).rejects.toThrow(
      'Cannot convert kernel "HalveAbove": it is not a kernel of tfjs-core: register a lowering of it with the option { extensions }.',
    );
  });

  test("is lowered to operators, with a dynamic batch", async () => {
    const bytes = await toTflite(source, { extensions: [asBuiltins] });
    const data = [-3, 0.25, 0.5, 0.75, 1, 2, -0.5, 8];
    const outputs = await runFile(bytes, [{ shape: [2, 4], dtype: "float32", data }]);
    const expected = data.map((value) => Math.abs(value > 0.5 ? value / 2 : value));
    expectSameOutputs(
      outputs,
      { output: { shape: [2, 4], dtype: "float32", data: expected } },
      0,
      "halved above 0.5",
    );
  });

  test("becomes a CUSTOM operator with its option bytes", async () => {
    const options = Uint8Array.of(1, 2, 250);
    const extension = halving((call) => call.custom("HalveAbove", call.list(), options, call.outputs));
    const { bytes, report } = await convert(source, { extensions: [extension] });
    const [custom] = parseTflite(bytes).subgraphs[0]?.operators ?? [];
    expect(custom?.type).toBe("CUSTOM");
    expect(custom?.customCode).toBe("HalveAbove");
    expect(custom?.customOptions).toEqual(options);
    expect(custom?.outputs[0]?.shapeSignature).toEqual([-1, 4]);
    expect(report.operators.after).toEqual({ CUSTOM: 1, ABS: 1 });
  });

  test("that refuses is reported with its reason", async () => {
    const extension = halving((call) => call.fail("its threshold is not known to the device"));
    await expect(toTflite(source, { extensions: [extension] })).rejects.toThrow(
      "HalveAbove: its threshold is not known to the device",
    );
  });
});

test("a lowering of a user's own takes the place of ours", async () => {
  const extension: Extension = {
    kernels: {
      Tanh: { lower: (call) => call.custom("FastTanh", call.list(), new Uint8Array(), call.outputs) },
    },
  };
  const { report } = await convert(
    { fn: (x) => tf.tanh(tf.abs(x)), inputs: [{ name: "x", shape: [2] }] },
    { extensions: [extension] },
  );
  expect(report.operators.after).toEqual({ ABS: 1, CUSTOM: 1 });
});

describe("a pass of a user's own", () => {
  /** |x| of what is never negative: SQUARE before ABS. */
  const squareIsPositive: Rule = {
    name: "ABS of a square",
    roots: ["ABS"],
    apply: (root, view) => {
      const [x] = root.inputs;
      const [y] = root.outputs;
      if (x == null || y === undefined || view.producer(x)?.type !== "SQUARE") return null;
      return view.isOutput(y)
        ? "it is an output"
        : { remove: [root], insert: [], replace: new Map([[y, x]]) };
    },
  };
  const pass: Pass = rulesPass("positive", [squareIsPositive]);
  const squares: FunctionSource = {
    fn: (x) => tf.exp(tf.abs(tf.square(x))),
    inputs: [{ name: "x", shape: [null, 3] }],
  };

  test("runs where the user puts it, and is in the report", async () => {
    const { bytes, report } = await convert(squares, {
      extensions: [{ passes: (passes) => [pass, ...passes] }],
    });
    expect(report.operators.after).toEqual({ SQUARE: 1, EXP: 1 });
    expect(report.fused.map(({ rule }) => rule)).toContain("ABS of a square");
    const outputs = await runFile(bytes, [{ shape: [1, 3], dtype: "float32", data: [0, -1, 0.5] }]);
    const expected = [1, Math.E, Math.exp(0.25)];
    expectSameOutputs(outputs, { output: { shape: [1, 3], dtype: "float32", data: expected } }, 1e-6, "exp");
  });

  test("can leave out one of ours", async () => {
    const relu: FunctionSource = {
      fn: (x) => tf.relu(tf.add(x, 1)),
      inputs: [{ name: "x", shape: [3] }],
    };
    const kept = await convert(relu, {
      extensions: [{ passes: (passes) => passes.filter(({ name }) => name !== "fuse activations") }],
    });
    expect(kept.report.operators.after).toEqual({ ADD: 1, RELU: 1 });
    expect((await convert(relu)).report.operators.after).toEqual({ ADD: 1 });
  });

  test("that leaves the graph invalid is named", async () => {
    const broken: Pass = { name: "lose everything", run: (subgraph) => ({ ...subgraph, operators: [] }) };
    await expect(toTflite(squares, { extensions: [{ passes: () => [broken] }] })).rejects.toThrow(
      /after the pass "lose everything": the output ".+" is never made/,
    );
  });
});
