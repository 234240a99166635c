import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import {
  input,
  type LayersModel,
  layers,
  model,
  type SymbolicTensor,
  sequential,
} from "@tensorflow/tfjs-layers";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import {
  type ConvertOptions,
  convert,
  ForgeError,
  type FunctionSource,
  parseTflite,
  type Source,
  toTflite,
} from "../../../src/convert/index.ts";
import { floatsOf, isConstant } from "../../../src/graph/tensors.ts";
import { loadTflite } from "../../../src/node/index.ts";
import { useWasmBackend } from "../../../src/training/wasm/index.ts";
import { expectedOf, expectSameOutputs, randomizeWeights, runFile } from "../../support/judge.ts";

const memory = (): Record<string, number> => {
  const { numTensors, numDataBuffers, numBytes } = tf.memory();
  return { numTensors, numDataBuffers, numBytes };
};

async function errorOf(source: unknown, options?: ConvertOptions): Promise<ForgeError> {
  const error = await toTflite(source as Source, options).then(
    () => new Error("it was converted"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ForgeError);
  return error as ForgeError;
}

const rows = (fn: (x: tf.Tensor) => unknown): FunctionSource => ({
  fn: fn as FunctionSource["fn"],
  inputs: [{ name: "pixels", shape: [null, 4] }],
});

function small(): LayersModel {
  const made = sequential({ name: "small" });
  made.add(layers.dense({ units: 3, inputShape: [4], activation: "relu", name: "hidden" }));
  made.add(layers.dense({ units: 2, activation: "softmax", name: "classes" }));
  randomizeWeights(made);
  return made;
}

const signatureOf = (
  bytes: Uint8Array,
): { inputs: string[]; outputs: string[]; shapes: (readonly number[])[] } => {
  const { signatures, subgraphs } = parseTflite(bytes);
  const [signature] = signatures;
  const tensors = [...subgraphs[0]!.inputs, ...subgraphs[0]!.outputs];
  return {
    inputs: signature!.inputs.map(({ name }) => name),
    outputs: signature!.outputs.map(({ name }) => name),
    shapes: tensors.map(({ shape, shapeSignature }) => shapeSignature ?? shape),
  };
};

beforeAll(async () => {
  await tf.setBackend("cpu");
});

/** Whatever a conversion does, it ends as if it had never been. */
let before: { memory: Record<string, number>; backend: string; kernels: unknown };
beforeEach(() => {
  before = { memory: memory(), backend: tf.getBackend(), kernels: tf.engine().runKernel };
});
afterEach(() => {
  expect(memory()).toEqual(before.memory);
  expect(tf.getBackend()).toBe(before.backend);
  expect(tf.engine().runKernel).toBe(before.kernels);
  expect(Object.hasOwn(tf.engine(), "runKernel")).toBe(false);
});

describe("reading values in a traced function", () => {
  test.each<[string, (x: tf.Tensor) => unknown]>([
    ["dataSync", (x) => x.dataSync()],
    ["arraySync", (x) => x.arraySync()],
    ["bufferSync", (x) => x.bufferSync()],
    ["print", (x) => x.print()],
    ["toString", (x) => x.toString()],
    ["data without await", (x) => void x.data()],
    ["array in an asynchronous function", async (x) => await x.array()],
    ["data in an asynchronous function", async (x) => await x.data()],
  ])("%s is an error that names the input", async (_, read) => {
    const error = await errorOf(
      rows((x) => {
        const result = read(x);
        return result instanceof Promise ? result.then(() => x) : tf.abs(x);
      }),
    );
    expect(error.code).toBe("host-read");
    expect(error.message).toMatch(/^The values of input "pixels" were read \(data, dataSync,/);
  });

  test("names the kernel that made the tensor", async () => {
    const error = await errorOf(rows((x) => tf.add(x, (tf.max(x).arraySync() as number) > 0 ? 1 : 2)));
    expect(error.message).toContain('what kernel "Max" makes were read (');
  });

  test("names the layer", async () => {
    const made = small();
    const dense = made.getLayer("classes");
    dense.call = (inputs) => {
      const [x] = [inputs].flat() as tf.Tensor[];
      x!.dataSync();
      return x!;
    };
    const error = await errorOf(made);
    expect(error.code).toBe("host-read");
    expect(error.message).toContain('in layer "hidden" makes were read in layer "classes"');
    made.dispose();
  });

  test("constants may be read", async () => {
    const bytes = await toTflite(rows((x) => tf.mul(x, tf.scalar(3).dataSync()[0]!)));
    const { output } = await runFile(bytes, [{ shape: [1, 4], dtype: "float32", data: [1, 2, 3, 4] }]);
    expect(output!.data).toEqual([3, 6, 9, 12]);
  });

  test("a tensor that was kept is refused later too", async () => {
    let kept: tf.Tensor | undefined;
    await toTflite(
      rows((x) => {
        kept?.dispose();
        kept = tf.keep(tf.abs(x));
        return tf.relu(x);
      }),
    );
    await expect(kept!.data()).rejects.toMatchObject({ code: "host-read" });
    expect(() => kept!.dataSync()).toThrow(ForgeError);
    kept!.dispose();
  });
});

describe("sources that cannot be converted", () => {
  test.each<[string, unknown, string, RegExp]>([
    [
      "null",
      null,
      "invalid-source",
      /must be a tfjs-layers model, a graph model, or \{ fn, inputs.* got null/,
    ],
    ["a number", 3, "invalid-source", /got 3/],
    ["a bare function", (x: tf.Tensor) => x, "invalid-source", /Wrap a function as \{ fn, inputs \}/],
    ["a promise", Promise.resolve(), "invalid-source", /is a promise: await it first/],
    ["some object", { weights: [] }, "invalid-source", /got an object/],
    ["fn that is none", { fn: 3, inputs: [] }, "invalid-source", /source\.fn must be a function, got 3/],
    ["no inputs", { fn: tf.abs, inputs: [] }, "invalid-source", /source\.inputs must list/],
    [
      "an input without a name",
      { fn: tf.abs, inputs: [{ shape: [1] }] },
      "invalid-source",
      /inputs\[0\]\.name/,
    ],
    [
      "an input without a shape",
      { fn: tf.abs, inputs: [{ name: "x" }] },
      "invalid-source",
      /inputs\[0\]\.shape/,
    ],
    [
      "a fractional size",
      { fn: tf.abs, inputs: [{ name: "x", shape: [1.5] }] },
      "invalid-source",
      /shape must list/,
    ],
    [
      "a type that is none",
      { fn: tf.abs, inputs: [{ name: "x", shape: [1], dtype: "float64" }] },
      "invalid-source",
      /dtype must be one of "float32", "int32", .*; got "float64"/,
    ],
    [
      "two inputs of one name",
      {
        fn: tf.add,
        inputs: [
          { name: "x", shape: [1] },
          { name: "x", shape: [1] },
        ],
      },
      "invalid-source",
      /a second input "x"/,
    ],
    [
      "a function that returns nothing",
      rows(() => undefined),
      "invalid-source",
      /must return .*returned undefined/,
    ],
    [
      "a function that returns numbers",
      rows(() => [1, 2]),
      "invalid-source",
      /Output "output_0" must be a tensor, got 1/,
    ],
    ["an asynchronous function", rows(async (x) => tf.abs(x)), "invalid-source", /must be synchronous/],
    [
      "an asynchronous function that fails",
      rows(async () => {
        throw new Error("unheard");
      }),
      "invalid-source",
      /must be synchronous/,
    ],
  ])("%s", async (_, source, code, message) => {
    const error = await errorOf(source);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  test("a Sequential without a first layer", async () => {
    const made = sequential({ name: "empty_shape" });
    const error = await errorOf(made);
    expect(error.code).toBe("unbuilt-model");
    expect(error.message).toContain('Model "empty_shape"');
  });

  test("a Sequential that was never compiled or run is converted", async () => {
    const made = sequential();
    made.add(layers.dense({ units: 2, inputShape: [3] }));
    expect(signatureOf(await toTflite(made)).shapes).toEqual([
      [-1, 3],
      [-1, 2],
    ]);
    made.dispose();
  });

  test("an error of the function itself is passed on", async () => {
    const own = new RangeError("mine");
    const throws = rows(() => {
      throw own;
    });
    await expect(toTflite(throws)).rejects.toBe(own);
  });
});

describe("kernels without a lowering", () => {
  /** A gradient's kernel, which no forward computation calls. */
  const gradient = (kernel: string, x: tf.Tensor): tf.Tensor =>
    tf.engine().runKernel(kernel, { dy: x, y: x, input: x, output: x }, {}) as tf.Tensor;

  test("come all at once, with the layers that need them", async () => {
    const made = small();
    const first = (inputs: unknown): tf.Tensor => [inputs].flat()[0] as tf.Tensor;
    made.getLayer("hidden").call = (inputs) => gradient("EluGrad", tf.slice(first(inputs), [0, 0], [-1, 3]));
    made.getLayer("classes").call = (inputs) => gradient("MaxPoolGrad", first(inputs));
    const error = await errorOf(made);
    expect(error.code).toBe("unsupported-kernel");
    expect(error.message).toContain('"small" cannot be converted: 2 kernels have no form');
    expect(error.message).toMatch(
      /EluGrad: it is a gradient: .* \(layers: hidden\)\n.*MaxPoolGrad: it is a gradient: .* \(layers: classes\)/,
    );
    made.dispose();
  });

  test("of a function come all at once", async () => {
    const error = await errorOf(rows((x) => gradient("MaxPoolGrad", gradient("EluGrad", x))));
    expect(error.code).toBe("unsupported-kernel");
    expect(error.message).toMatch(/EluGrad: .*\n.*MaxPoolGrad: /);
  });

  test("a kernel whose output depends on values", async () => {
    const ragged = (x: tf.Tensor): tf.Tensor =>
      tf.engine().runKernel("RaggedRange", { starts: x, limits: x, deltas: x }) as tf.Tensor;
    const error = await errorOf(rows(ragged));
    expect(error.code).toBe("unsupported-kernel");
    expect(error.message).toContain('kernel "RaggedRange": the shape of its output depends on the values');
  });
});

describe("a conversion leaves no trace", () => {
  test("of a model: layers keep their call", async () => {
    const made = small();
    const calls = made.layers.map((layer) => [Object.hasOwn(layer, "call"), layer.call] as const);
    await toTflite(made);
    expect(made.layers.map((layer) => [Object.hasOwn(layer, "call"), layer.call])).toEqual(calls);
    const own = vi.fn((inputs: unknown) => tf.abs([inputs].flat()[0] as tf.Tensor));
    made.layers[1]!.call = own as never;
    await toTflite(made);
    expect(made.layers[1]!.call).toBe(own);
    expect(own).toHaveBeenCalled();
    made.dispose();
  });

  test("of a failure in a nested layer", async () => {
    const made = small();
    made.layers[1]!.call = () => {
      throw new Error("inside");
    };
    await expect(toTflite(made)).rejects.toThrow("inside");
    delete (made.layers[1] as { call?: unknown }).call;
    const bytes = await toTflite(made);
    const values = [{ shape: [2, 4], dtype: "float32", data: [1, -2, 3, 0.5, 0, 1, 2, 3] }];
    expectSameOutputs(await runFile(bytes, values), expectedOf(made, values), 1e-5, "afterwards");
    made.dispose();
  });

  test("of an unusable option", async () => {
    const made = small();
    expect((await errorOf(made, { batchs: 3 } as ConvertOptions)).message).toContain('did you mean "batch"?');
    for (const [options, message] of [
      [{ batch: 0 }, /options\.batch must be "dynamic" or a positive whole number, got 0/],
      [{ batch: "any" }, /options\.batch must be/],
      [{ inputs: [] }, /options\.inputs must be an object/],
      [{ signal: {} }, /options\.signal must be an AbortSignal/],
      [{ onProgress: true }, /options\.onProgress must be a function/],
    ] as const) {
      const error = await errorOf(made, options as unknown as ConvertOptions);
      expect(error.code).toBe("invalid-argument");
      expect(error.message).toMatch(message);
    }
    made.dispose();
  });

  test("of another backend's constants", async () => {
    const made = small();
    const onCpu = await toTflite(made);
    await useWasmBackend();
    const held = memory();
    const twin = small();
    const onWasm = await toTflite(twin);
    expect(onWasm).toEqual(onCpu);
    expect(tf.getBackend()).toBe("wasm");
    twin.dispose();
    expect(memory()).toEqual(held);
    // And weights that lie on the backend that is not the active one.
    expect(await toTflite(made)).toEqual(onCpu);
    await tf.setBackend("cpu");
    made.dispose();
  });
});

describe("conversions side by side", () => {
  const values = [{ shape: [3, 4], dtype: "float32", data: [1, -2, 3, 0.5, 0, 1, 2, 3, -1, -1, 0.25, 4] }];

  test("the same model gives the same bytes, again and at once", async () => {
    const made = small();
    const alone = await toTflite(made);
    const [one, other, third] = await Promise.all([
      toTflite(made),
      toTflite(rows((x) => tf.relu(x))),
      toTflite(made),
    ]);
    expect(one).toEqual(alone);
    expect(third).toEqual(alone);
    expect(other).toEqual(await toTflite(rows((x) => tf.relu(x))));
    made.dispose();
  });

  test("a training goes on as if there were no conversion, and the file holds the weights of one moment", async () => {
    const x = tf.tensor2d(
      Array.from({ length: 80 }, (_, index) => Math.sin(index)),
      [20, 4],
    );
    const labels = tf.tidy(() => {
      const classes = Array.from({ length: 20 }, (_, index) => index % 2);
      return tf.cast(tf.oneHot(tf.tensor1d(classes, "int32"), 2), "float32");
    });
    const train = async (
      onBatch: (made: LayersModel) => void,
    ): Promise<{ made: LayersModel; weights: number[][] }> => {
      const made = small();
      const optimizer = tf.train.sgd(0.5);
      made.compile({ optimizer, loss: "categoricalCrossentropy" });
      await made.fit(x, labels, {
        epochs: 3,
        batchSize: 5,
        shuffle: false,
        callbacks: { onBatchEnd: () => onBatch(made) },
      });
      optimizer.dispose();
      return { made, weights: made.getWeights().map((weights) => [...weights.dataSync()]) };
    };
    const alone = await train(() => {});
    const moments: { readonly weights: number[][]; readonly bytes: Promise<Uint8Array> }[] = [];
    const together = await train((made) => {
      moments.push({
        weights: made.getWeights().map((weights) => [...weights.dataSync()]),
        bytes: toTflite(made),
      });
    });
    expect(together.weights).toEqual(alone.weights);
    expect(moments).toHaveLength(12);
    for (const { weights, bytes } of moments) {
      const [hidden, classes] = parseTflite(await bytes).subgraphs[0]!.operators.filter(
        ({ type }) => type === "FULLY_CONNECTED",
      );
      const stored = [hidden, classes].flatMap((operator) =>
        operator!.inputs.slice(1).map((tensor) => (isConstant(tensor) ? [...floatsOf(tensor)] : [])),
      );
      const transposed = weights.map((list, index) =>
        index % 2 === 1 ? list : columns(list, index === 0 ? 3 : 2),
      );
      expect(stored).toEqual(transposed);
    }
    expect(new Set(moments.map(({ weights }) => String(weights))).size).toBe(12);
    alone.made.dispose();
    together.made.dispose();
    tf.dispose([x, labels]);
  });

  test("weights may be replaced while they are read", async () => {
    const made = small();
    const expected = expectedOf(made, values);
    const conversion = toTflite(made);
    await Promise.resolve();
    await Promise.resolve();
    const bytes = conversion;
    randomizeWeights(made, 77);
    const outputs = await runFile(await bytes, values);
    const either = [expected, expectedOf(made, values)].map((candidate) => {
      try {
        expectSameOutputs(outputs, candidate, 1e-5, "one of them");
        return true;
      } catch {
        return false;
      }
    });
    expect(either.filter(Boolean)).toHaveLength(1);
    made.dispose();
  });
});

/** A matrix in rows of `width` values, column by column. */
function columns(matrix: readonly number[], width: number): number[] {
  return Array.from({ length: width }, (_, column) =>
    matrix.filter((_, index) => index % width === column),
  ).flat();
}

describe("names, order and structure of a model", () => {
  test("several inputs and outputs, in the model's order", async () => {
    const [z, a] = [input({ shape: [3], name: "zebra" }), input({ shape: [2], name: "ant" })];
    const joined = layers.concatenate({ name: "joined" }).apply([z, a]) as SymbolicTensor;
    const late = layers.dense({ units: 2, name: "late" }).apply(joined) as SymbolicTensor;
    const early = layers.activation({ activation: "relu", name: "early" }).apply(a) as SymbolicTensor;
    const made = model({ inputs: [z, a], outputs: [late, early] });
    const bytes = await toTflite(made);
    const signature = signatureOf(bytes);
    expect(signature.inputs).toEqual(["zebra", "ant"]);
    expect(signature.outputs).toEqual(["late", "early"]);
    expect(signature.shapes).toEqual([
      [-1, 3],
      [-1, 2],
      [-1, 2],
      [-1, 2],
    ]);
    const values = [
      { shape: [2, 3], dtype: "float32", data: [1, 2, 3, -1, 0, 1] },
      { shape: [2, 2], dtype: "float32", data: [-4, 5, 6, -7] },
    ];
    expectSameOutputs(await runFile(bytes, values), expectedOf(made, values), 1e-5, "two outputs");
    made.dispose();
  });

  test("a record's outputs keep their names and order", async () => {
    const bytes = await toTflite(rows((x) => ({ second: tf.relu(x), first: tf.neg(x), same: x })));
    expect(signatureOf(bytes).outputs).toEqual(["second", "first", "same"]);
    const loaded = await loadTflite(bytes);
    const outputs = await loaded.run(Float32Array.of(1, -2, 3, -4));
    loaded.close();
    expect(Object.entries(outputs).map(([name, { data }]) => [name, [...(data as Float32Array)]])).toEqual([
      ["second", [1, 0, 3, 0]],
      ["first", [-1, 2, -3, 4]],
      ["same", [1, -2, 3, -4]],
    ]);
  });

  test("a shared layer and nested models", async () => {
    const inner = sequential({ name: "inner" });
    inner.add(layers.dense({ units: 3, inputShape: [4], activation: "tanh", name: "shared" }));
    const [a, b] = [input({ shape: [4], name: "left" }), input({ shape: [4], name: "right" })];
    const sum = layers.add({ name: "sum" });
    const outputs = sum.apply([inner.apply(a), inner.apply(b)] as SymbolicTensor[]);
    const made = model({ inputs: [a, b], outputs: outputs as SymbolicTensor });
    const { bytes, report } = await convert(made);
    // Two uses, one set of weights: 3 * 4 floats and 3 biases.
    expect(report.sizes.constants).toBe(15 * 4);
    const values = [0, 1].map((seed) => ({
      shape: [2, 4],
      dtype: "float32",
      data: Array.from({ length: 8 }, (_, index) => Math.cos(index + seed)),
    }));
    expectSameOutputs(await runFile(bytes, values), expectedOf(made, values), 1e-5, "shared");
    const names = parseTflite(bytes).subgraphs[0]!.operators.flatMap(({ outputs: made_ }) =>
      made_.map(({ name }) => name),
    );
    expect(names.some((name) => name.startsWith("inner/shared"))).toBe(true);
    made.dispose();
    inner.dispose();
  });
});

test("outputs by name are of graph models", async () => {
  const made = small();
  for (const source of [made, rows((x) => tf.relu(x))]) {
    const error = await errorOf(source, { outputs: ["hidden"] });
    expect(error.code).toBe("invalid-argument");
    expect(error.message).toMatch(/^options\.outputs names nodes of a graph model/);
  }
  made.dispose();
});

describe("batch and sizes", () => {
  const values = (batch: number) => [
    {
      shape: [batch, 4],
      dtype: "float32",
      data: Array.from({ length: 4 * batch }, (_, index) => Math.sin(index)),
    },
  ];

  test.each<[ConvertOptions, number]>([
    [{}, -1],
    [{ batch: "dynamic" }, -1],
    [{ batch: 1 }, 1],
    [{ batch: 4 }, 4],
  ])("%o", async (options, batch) => {
    const made = small();
    const bytes = await toTflite(made, options);
    expect(signatureOf(bytes).shapes).toEqual([
      [batch, 4],
      [batch, 2],
    ]);
    const given = values(batch === -1 ? 5 : batch);
    expectSameOutputs(await runFile(bytes, given), expectedOf(made, given), 1e-5, "probabilities");
    made.dispose();
  });

  test("a model whose batch is fixed keeps it, and may be given another", async () => {
    const made = sequential();
    made.add(layers.dense({ units: 2, batchInputShape: [3, 4] }));
    expect(signatureOf(await toTflite(made)).shapes).toEqual([
      [3, 4],
      [3, 2],
    ]);
    expect(signatureOf(await toTflite(made, { batch: 1 })).shapes).toEqual([
      [1, 4],
      [1, 2],
    ]);
    expect(signatureOf(await toTflite(made, { batch: "dynamic" })).shapes).toEqual([
      [-1, 4],
      [-1, 2],
    ]);
    made.dispose();
  });

  test("a fully convolutional model takes its sizes from the options", async () => {
    const made = sequential();
    made.add(
      layers.conv2d({
        filters: 2,
        kernelSize: 3,
        batchInputShape: [null, null, null, 3],
        name: "conv",
      } as never),
    );
    made.add(layers.globalAveragePooling2d({}));
    const name = "conv_input";
    const open = await errorOf(made);
    expect(open.code).toBe("invalid-argument");
    expect(open.message).toContain(`{ inputs: { "${name}": [...] } }`);
    const bytes = await toTflite(made, { inputs: { [name]: [null, 6, 8, 3] } });
    expect(signatureOf(bytes).shapes).toEqual([
      [-1, 6, 8, 3],
      [-1, 2],
    ]);
    const given = [
      { shape: [2, 6, 8, 3], dtype: "float32", data: Array.from({ length: 288 }, (_, i) => Math.sin(i)) },
    ];
    expectSameOutputs(await runFile(bytes, given), expectedOf(made, given), 1e-5, "means");
    const misspelt = await errorOf(made, { inputs: { [`${name}x`]: [null, 6, 8, 3] } });
    expect(misspelt.message).toContain(`did you mean "${name}"?`);
    for (const shape of [
      [null, 6, 8],
      [null, 6, 0, 3],
      [null, 6.5, 8, 3],
      [null, { nominal: 0 }, 8, 3],
    ]) {
      expect((await errorOf(made, { inputs: { [name]: shape } })).code).toBe("invalid-argument");
    }
    const strided = await errorOf(made, { inputs: { [name]: [null, null, 8, 3] } });
    expect(strided.code).toBe("batch-dependent");
    expect(strided.message).toContain("size of dimension 1");
    expect(strided.message).toContain("another nominal size");
    const dynamic = await toTflite(made, { inputs: { [name]: [null, { nominal: 6 }, { nominal: 8 }, 3] } });
    expect(signatureOf(dynamic).shapes).toEqual([
      [-1, -1, -1, 3],
      [-1, 2],
    ]);
    for (const [height, width] of [
      [6, 8],
      [9, 5],
    ] as const) {
      const data = Array.from({ length: 2 * height * width * 3 }, (_, i) => Math.sin(i));
      const images = [{ shape: [2, height, width, 3], dtype: "float32", data }];
      expectSameOutputs(await runFile(dynamic, images), expectedOf(made, images), 1e-5, "any size");
    }
    made.dispose();
  });

  test.each<[string, (x: tf.Tensor) => unknown]>([
    ["other kernels", (x) => (x.shape[0]! > 11 ? tf.relu(x) : tf.abs(x))],
    ["more kernels", (x) => (x.shape[0]! > 11 ? tf.relu(tf.abs(x)) : tf.abs(x))],
    ["an attribute that is not linear", (x) => tf.leakyRelu(x, 1 / x.shape[0]!)],
    [
      "a constant",
      (x) =>
        tf.matMul(
          x,
          tf.tensor2d(
            Array.from({ length: 16 }, (_, i) => i * x.shape[0]!),
            [4, 4],
          ),
        ),
    ],
    [
      "rows of a constant that differ",
      (x) =>
        tf.add(
          x,
          tf.tensor2d(
            Array.from({ length: 4 * x.shape[0]! }, (_, i) => i * i),
            [x.shape[0]!, 4],
          ),
        ),
    ],
    [
      "a size that is not linear",
      (x) => tf.reshape(tf.outerProduct(tf.sum(x, 1) as tf.Tensor1D, tf.sum(x, 1) as tf.Tensor1D), [-1]),
    ],
    ["a rank", (x) => tf.reshape(x, x.shape[0]! > 11 ? [-1, 2, 2] : [-1, 4])],
  ])("a function that depends on its batch by %s", async (_, fn) => {
    const error = await errorOf(rows(fn));
    expect(error.code).toBe("batch-dependent");
    expect(error.message).toContain("{ batch: 1 }");
    const bytes = await toTflite(rows(fn), { batch: 2 });
    const given = values(2);
    expectSameOutputs(await runFile(bytes, given), expectedOf(rows(fn), given), 1e-5, "fixed");
  });

  test("a constant of one row for each item is one row", async () => {
    const source = rows((x) => tf.add(x, tf.fill([x.shape[0]!, 4], 0.5)));
    const given = values(3);
    expectSameOutputs(
      await runFile(await toTflite(source), given),
      expectedOf(source, given),
      1e-6,
      "filled",
    );
  });

  test("a constant that the batch is no size of, under two shapes", async () => {
    const weights = tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]);
    const source = rows((x) => {
      const product = tf.matMul(x, weights);
      return tf.matMul(product, tf.reshape(weights, [2, 4]));
    });
    const given = values(3);
    expectSameOutputs(await runFile(await toTflite(source), given), expectedOf(source, given), 1e-5, "twice");
    weights.dispose();
  });
});

describe("ending early", () => {
  test("a signal that is aborted already", async () => {
    const made = small();
    const reason = new Error("no longer wanted");
    await expect(toTflite(made, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    made.dispose();
  });

  test("a signal that is aborted at any stage", async () => {
    const made = small();
    const stages: string[] = [];
    await convert(made, { onProgress: ({ stage }) => void stages.push(stage) });
    expect(stages.slice(0, 2)).toEqual(["trace", "lower"]);
    expect(stages.slice(-2)).toEqual(["write", "done"]);
    for (const last of stages.slice(0, -2)) {
      const controller = new AbortController();
      const seen: string[] = [];
      const conversion = convert(made, {
        signal: controller.signal,
        onProgress: ({ stage }) => {
          seen.push(stage);
          if (stage === last) controller.abort();
        },
      });
      await expect(conversion).rejects.toMatchObject({ name: "AbortError" });
      expect(seen.at(-1)).toBe(last);
    }
    made.dispose();
  });

  test("progress goes from 0 to 1 and never back", async () => {
    const fractions: number[] = [];
    await toTflite(
      { fn: tf.relu, inputs: [{ name: "x", shape: [null, 3] }] },
      { onProgress: ({ fraction }) => void fractions.push(fraction) },
    );
    expect(fractions[0]).toBe(0);
    expect(fractions.at(-1)).toBe(1);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions.length).toBeGreaterThan(5);
  });
});
