import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { input, layers, model, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import {
  type ConvertOptions,
  convert,
  type FunctionSource,
  type Graph,
  parseTflite,
  type Target,
  toTflite,
} from "../../src/convert/index.ts";
import { loadTflite } from "../../src/node/index.ts";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

type Layer = { apply(x: SymbolicTensor): unknown };

/** A model of one input and of layers one behind the other. */
function chain(shape: readonly number[], ...chained: readonly Layer[]) {
  const x = input({ shape: [...shape], name: "x" });
  const y = chained.reduce((value, layer) => layer.apply(value) as SymbolicTensor, x);
  return model({ inputs: x, outputs: y });
}

const classifier = () =>
  chain(
    [4, 4, 3],
    layers.conv2d({ filters: 2, kernelSize: 3, activation: "relu", name: "features" }),
    layers.flatten(),
    layers.dense({ units: 3, activation: "softmax", name: "classes" }),
  );

const vector = (
  fn: FunctionSource["fn"],
  dtype: "float32" | "int32" | "bool" = "float32",
): FunctionSource => ({
  fn,
  inputs: [{ name: "x", shape: [null, 4], dtype }],
});

const signatures = (graph: Graph) =>
  graph.subgraphs
    .flatMap(({ inputs, outputs }) => [...inputs, ...outputs])
    .map(({ shapeSignature }) => shapeSignature);

/** The message of what a conversion fails with, line by line. */
async function refusalOf(source: FunctionSource | ReturnType<typeof chain>, options: ConvertOptions) {
  const error = await toTflite(source, options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code: "unsupported-target" });
  return (error as Error).message.split("\n");
}

describe.each<Target>(["microcontroller", "web"])("the target %o", (target) => {
  test("takes fixed sizes, and by default a batch of 1", async () => {
    const graph = parseTflite(await toTflite(classifier(), { target }));
    expect(graph.subgraphs[0]?.inputs.map(({ shape }) => shape)).toEqual([[1, 4, 4, 3]]);
    expect(signatures(graph)).toEqual([undefined, undefined]);
  });

  test("takes another batch", async () => {
    const graph = parseTflite(await toTflite(classifier(), { target, batch: 5 }));
    expect(graph.subgraphs[0]?.outputs.map(({ shape }) => shape)).toEqual([[5, 3]]);
  });

  test("refuses a dynamic batch", async () => {
    await expect(toTflite(classifier(), { target, batch: "dynamic" })).rejects.toMatchObject({
      code: "invalid-argument",
      message:
        'options.batch: the target takes files of fixed sizes only: give a number instead of "dynamic".',
    });
  });
});

describe("microcontrollers", () => {
  const target = "microcontroller";

  test("refuse operators by the layers that they come from, all at once", async () => {
    const volumes = chain(
      [3, 3, 3, 1],
      layers.conv3d({ filters: 2, kernelSize: 2, name: "first" }),
      layers.conv3d({ filters: 1, kernelSize: 2, name: "second" }),
    );
    expect(await refusalOf(volumes, { target })).toEqual([
      "TensorFlow Lite for Microcontrollers cannot run this model:",
      '  CONV_3D ("first"): has no kernel',
      '  CONV_3D ("second"): has no kernel',
      "Choose another target with the option { target }, or leave these operations out of what is converted.",
    ]);
  });

  test("refuse more dimensions than a kernel takes", async () => {
    const source: FunctionSource = {
      fn: (x) => tf.transpose(x, [5, 4, 3, 2, 1, 0]),
      inputs: [{ name: "x", shape: [2, 2, 2, 2, 2, 2] }],
    };
    const [, reason] = await refusalOf(source, { target });
    expect(reason).toBe('  TRANSPOSE ("output"): takes at most 5 dimensions, and has 6');
  });

  test("refuse sizes that only a run knows", async () => {
    const source = vector((x) =>
      tf.image.nonMaxSuppression(tf.reshape(x, [1, 4]) as tf.Tensor2D, tf.tensor1d([1]), 1),
    );
    expect((await refusalOf(source, { target })).join("\n")).toContain("makes sizes that only a run knows");
  });
});

describe("LiteRT.js", () => {
  test.each([
    ["bool inputs", vector((x) => tf.cast(x, "int32"), "bool"), ['"x" is of bool']],
    ["bool outputs", vector((x) => tf.greater(x, 0)), ['"output" is of bool']],
    ["both", vector((x) => tf.logicalNot(x), "bool"), ['"x" is of bool', '"output" is of bool']],
  ])("does not take %s, which the error says how to avoid", async (_, source, named) => {
    const lines = await refusalOf(source, { target: "web" });
    expect(lines[0]).toBe("LiteRT.js cannot run this model:");
    expect(lines.slice(1, -1)).toEqual(
      named.map(
        (name) =>
          `  ${name}, and it takes float32, int32 and uint8: pass one of them, and cast it in the model`,
      ),
    );
  });

  test.each(["float32", "int32"] as const)("takes inputs of %s", async (dtype) => {
    const file = await loadTflite(
      await toTflite(
        vector((x) => tf.maximum(x, tf.scalar(0, dtype)), dtype),
        { target: "web" },
      ),
    );
    try {
      const { output } = await file.run([{ data: [1, -2, 3, -4], shape: [1, 4] }]);
      expect(Array.from(output?.data as Float32Array)).toEqual([1, 0, 3, 0]);
    } finally {
      file.close();
    }
  });
});

describe("what is left to the CPU", () => {
  test("by the GPU delegate", async () => {
    const mixed = vector((x) => tf.add(tf.topk(tf.abs(x), 2).values, 1));
    expect((await convert(mixed, { target: "gpu" })).report.refusals).toEqual([
      { operator: "TOPK_V2", at: "TopK", reason: "is not taken" },
    ]);
    expect((await convert(classifier(), { target: "gpu" })).report.refusals).toEqual([]);
  });

  test("by the Edge TPU, which takes no floats", async () => {
    const { refusals } = (await convert(classifier(), { target: "edgetpu" })).report;
    expect(refusals).toContainEqual({
      operator: "CONV_2D",
      at: "features",
      reason: 'has "x" of float32, and int8 is taken',
    });
    const wave = await convert(
      vector((x) => tf.sin(x)),
      { target: "edgetpu" },
    );
    expect(wave.report.refusals).toEqual([{ operator: "SIN", at: "output", reason: "is not taken" }]);
  });

  test("is nothing where the target is the CPU", async () => {
    for (const target of [undefined, { runtime: "2.4" }, "web", "microcontroller"] as const) {
      const { report } = await convert(classifier(), target === undefined ? {} : { target });
      expect(report.refusals).toEqual([]);
    }
  });
});

describe("runtimes", () => {
  test.each(["1.14", "1.14.0", "2.4", "2.14.1", "3.0"])("%s is one", async (runtime) => {
    await expect(toTflite(classifier(), { target: { runtime } })).resolves.toBeInstanceOf(Uint8Array);
  });

  test.each([
    ["1.13", "the oldest runtime is 1.14"],
    ["0.9", "the oldest runtime is 1.14"],
    ["2", "options.target must be"],
    ["v2.4", "options.target must be"],
    [2.4, "options.target must be"],
  ])("%o is none", async (runtime, message) => {
    await expect(toTflite(classifier(), { target: { runtime: runtime as never } })).rejects.toMatchObject({
      code: "invalid-argument",
      message: expect.stringContaining(message),
    });
  });

  // GELU came with 2.9, SELECT_V2 with 2.2; what is older is made of operators that are older still.
  test.each([
    [{ runtime: "2.14" }, "2.2.0"],
    [{ runtime: "2.1" }, "1.14.0"],
  ])("for %o the file says that it needs %s", async (target, needed) => {
    const { bytes, report } = await convert(
      vector((x) => tf.where(tf.greater(x, 0), x, tf.scalar(2))),
      { target },
    );
    expect(report.minimumRuntime).toBe(needed);
    const entry = parseTflite(bytes).metadata.find(({ name }) => name === "min_runtime_version");
    expect(new TextDecoder().decode(entry?.data).replace(/\0+$/, "")).toBe(needed);
  });

  test("that lack operators are named with the runtimes that have them, all at once", async () => {
    const source: FunctionSource = {
      fn: (x) => tf.bitwiseAnd(x, tf.tensor1d([6, 3, 1, 12], "int32")),
      inputs: [{ name: "x", shape: [4], dtype: "int32" }],
    };
    const lines = await refusalOf(source, { target: { runtime: "2.4" } });
    expect(lines[0]).toBe("runtime 2.4 cannot run this model:");
    expect(lines.slice(1, -1).every((line) => /version \d needs runtime 2\.\d+\.0$/.test(line))).toBe(true);
    for (const operator of ["RIGHT_SHIFT", "BITWISE_XOR"]) expect(lines.join()).toContain(operator);
  });
});

test("the web takes no variables, which the fused LSTM keeps its state in", async () => {
  const lstm = layers.lstm({
    units: 3,
    recurrentActivation: "sigmoid",
    recurrentInitializer: "glorotUniform",
  });
  const made = chain([4, 2], lstm as Layer);
  const conversion = toTflite(made, { batch: 1, recurrent: "fused", target: "web" });
  await expect(conversion).rejects.toMatchObject({
    code: "unsupported-target",
    message: expect.stringContaining("is a variable"),
  });
  made.dispose();
});
