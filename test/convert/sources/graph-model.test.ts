import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LoadedGraphModel } from "../../../src/architectures/feature-vector-graph.ts";
import { convert, type GraphModelSource, parseTflite, toTflite } from "../../../src/convert/index.ts";
import { loadTflite, verifyTflite } from "../../../src/node/index.ts";
import { useWasmBackend } from "../../../src/training/wasm/index.ts";
import { expectClose } from "../../support/judge.ts";
import { nsfwjsArtifacts } from "../../support/nsfwjs.ts";
import { photos } from "../../support/photos.ts";
import {
  conv2d,
  graphArtifacts,
  graphModel,
  meanOf,
  node,
  placeholder,
  smallNetwork,
} from "../../support/small-graph-models.ts";

interface Node {
  readonly name: string;
  readonly category: string;
}

const nodesOf = (model: LoadedGraphModel): Record<string, Node> =>
  (model as unknown as { executor: { graph: { nodes: Record<string, Node> } } }).executor.graph.nodes;

/** All that there is to see of a model's nodes. */
const propertiesOf = (model: LoadedGraphModel): object =>
  Object.fromEntries(
    Object.entries(nodesOf(model)).map(([name, properties]) => [
      name,
      Object.getOwnPropertyDescriptors(properties),
    ]),
  );

const tensorNames = (bytes: Uint8Array): string[] =>
  parseTflite(bytes)
    .subgraphs[0]!.operators.flatMap(({ outputs }) => outputs)
    .map(({ name }) => name);

describe("a real model: nsfwjs's MobileNetV2", () => {
  let model: LoadedGraphModel;
  let bytes: Uint8Array;

  beforeAll(async () => {
    await useWasmBackend();
    model = await graphModel(nsfwjsArtifacts());
    bytes = await toTflite(model);
  });

  afterAll(async () => {
    model.dispose();
    await tf.setBackend("cpu");
  });

  it.each([1, 2])("agrees with LiteRT within 1e-4 of the output's range at batch %i", async (batch) => {
    const [comparison] = await verifyTflite(model, bytes, photos(batch, [224, 224]));
    expect(comparison!.name).toBe("Identity");
    expect(comparison!.maxRelativeError).toBeLessThan(1e-4);
    expect(comparison!.argmaxAgreement).toBe(1);
  });

  it("has the operators that TFLiteConverter writes, and its own scaling of the input", async () => {
    const { report } = await convert(model);
    expect(report.operators.after).toEqual({
      DEPTHWISE_CONV_2D: 18,
      CONV_2D: 35,
      ADD: 10,
      AVERAGE_POOL_2D: 1,
      RESHAPE: 1,
      FULLY_CONNECTED: 1,
      SOFTMAX: 1,
    });
    expect(report.warnings).toEqual([]);
  });

  it("names tensors after nodes", () => {
    const names = tensorNames(bytes);
    for (const node of [
      "MobilenetV2/Conv/Relu6",
      "MobilenetV2/expanded_conv_15/add",
      "MobilenetV2/Logits/AvgPool",
    ]) {
      expect(names.filter((name) => name.endsWith(`/${node}`))).toHaveLength(1);
    }
    expect(names.at(-1)).toBe("Identity");
  });
});

describe("small models", () => {
  it("convert, with names of nodes, and agree at any batch", async () => {
    const model = await graphModel(smallNetwork());
    const bytes = await toTflite(model);
    expect(tensorNames(bytes)).toEqual(["features/relu", "features/pool", "head/mat_mul", "scores"]);
    const [signature] = parseTflite(bytes).signatures;
    expect(signature!.inputs.map(({ name }) => name)).toEqual(["image"]);
    expect(signature!.outputs.map(({ name }) => name)).toEqual(["scores"]);
    for (const batch of [1, 3]) {
      const [comparison] = await verifyTflite(model, bytes, photos(batch, [8, 8]));
      expect(comparison!.maxAbsoluteError).toBeLessThan(1e-6);
    }
    model.dispose();
  });

  it("give all of their outputs, by name and in order", async () => {
    const { modelTopology, weightSpecs, weightData } = smallNetwork();
    const several = graphArtifacts([placeholder("image", [-1, 8, 8, 3])], [], ["scores", "features/pool"]);
    const model = await graphModel({
      ...several,
      modelTopology: modelTopology!,
      weightSpecs: weightSpecs!,
      weightData: weightData!,
    });
    const bytes = await toTflite(model);
    const file = await loadTflite(bytes);
    expect(file.outputs.map(({ name }) => name)).toEqual(["scores", "features/pool"]);
    file.close();
    const comparisons = await verifyTflite(model, bytes, photos(2, [8, 8]));
    expect(comparisons.map(({ name }) => name)).toEqual(["scores", "features/pool"]);
    for (const { maxAbsoluteError } of comparisons) expect(maxAbsoluteError).toBeLessThan(1e-6);
    model.dispose();
  });

  it("take two inputs, each by its name", async () => {
    const model = await graphModel(
      graphArtifacts(
        [
          placeholder("left", [-1, 4]),
          placeholder("right", [-1, 4]),
          node("Sub", "difference", ["left", "right"]),
        ],
        [],
        ["difference"],
      ),
    );
    const file = await loadTflite(await toTflite(model));
    const { difference } = await file.run({ right: [1, 2, 3, 4], left: [5, 5, 5, 5] });
    expect(Array.from(difference!.data as Float32Array)).toEqual([4, 3, 2, 1]);
    file.close();
  });

  it("get sizes that they leave open from the option inputs", async () => {
    const model = await graphModel(smallNetwork([-1, -1, -1, 3]));
    await expect(toTflite(model)).rejects.toMatchObject({
      code: "invalid-argument",
      message: expect.stringContaining('{ inputs: { "image": [...] } }'),
    });
    const bytes = await toTflite(model, { inputs: { image: [null, 10, 12, 3] } });
    expect([...parseTflite(bytes).subgraphs[0]!.inputs[0]!.shapeSignature!]).toEqual([-1, 10, 12, 3]);
    const x = { data: photos(1, [12, 12]).data.subarray(0, 10 * 12 * 3), shape: [1, 10, 12, 3] };
    const [comparison] = await verifyTflite(model, bytes, x);
    expect(comparison!.maxAbsoluteError).toBeLessThan(1e-6);
    const fixed = await toTflite(model, { inputs: { image: [1, 8, 8, 3] }, batch: 1 });
    expect([...parseTflite(fixed).subgraphs[0]!.inputs[0]!.shape]).toEqual([1, 8, 8, 3]);
  });

  it("convert the same way whatever ran before, and with strides and kept dimensions", async () => {
    const artifacts = graphArtifacts(
      [
        placeholder("x", [-1, 9, 9, 2]),
        conv2d("conv", "x", "filter", 2),
        node("Relu6", "relu", ["conv"]),
        meanOf("mean", "relu", "axes", true),
        node("Identity", "y", ["mean"]),
      ],
      [
        { name: "filter", shape: [3, 3, 2, 4] },
        { name: "axes", shape: [2], dtype: "int32", values: [1, 2] },
      ],
      ["y"],
    );
    const [a, b] = [await graphModel(artifacts), await graphModel(artifacts)];
    tf.dispose(b.execute(tf.ones([3, 9, 9, 2])));
    expect(await toTflite(a)).toEqual(await toTflite(b));
    const [comparison] = await verifyTflite(a, await toTflite(a));
    expect(comparison!.maxAbsoluteError).toBeLessThan(1e-6);
  });
});

describe("a part of a model", () => {
  it("ends at the nodes that the option outputs names", async () => {
    const model = await graphModel(smallNetwork());
    const outputs = ["features/pool", "features/relu:0"];
    const file = await loadTflite(await toTflite(model, { outputs, batch: 1 }));
    expect(file.outputs.map(({ name }) => name)).toEqual(["features/pool", "features/relu"]);
    const { data, shape } = photos(1, [8, 8]);
    const actual = Object.values(await file.run([{ data, shape }]));
    const expected = model.execute(tf.tensor(data, [...shape]), outputs) as tf.Tensor[];
    for (const [index, tensor] of expected.entries())
      expectClose(actual[index]!.data as Float32Array, await tensor.data(), 1e-6, outputs[index]!);
    file.close();
  });

  it("begins at the nodes that the option inputs names, and leaves out inputs that are not needed", async () => {
    const model = await graphModel(smallNetwork());
    const file = await loadTflite(await toTflite(model, { inputs: { "features/pool": [null, 6] } }));
    expect(file.inputs.map(({ name }) => name)).toEqual(["features/pool"]);
    const data = [0.5, -1, 2, 0, 0.25, 1];
    const { scores } = await file.run([{ data, shape: [1, 6] }]);
    const expected = (model as unknown as GraphModelSource).execute(
      { "features/pool": tf.tensor2d(data, [1, 6]) },
      "scores",
    ) as tf.Tensor;
    expectClose(scores!.data as Float32Array, await expected.data(), 1e-6, "scores");
    file.close();
  });

  it("is named by nodes that exist", async () => {
    const model = await graphModel(smallNetwork());
    await expect(toTflite(model, { outputs: ["features/pol"] })).rejects.toMatchObject({
      code: "invalid-argument",
      message: expect.stringContaining(
        'options.outputs: the graph model has no node "features/pol": did you mean "features/pool"?',
      ),
    });
    await expect(toTflite(model, { inputs: { "features/rel": [1, 8, 8, 6] } })).rejects.toMatchObject({
      code: "invalid-argument",
      message: expect.stringMatching(/there is no input "features\/rel".*did you mean "features\/relu"\?/),
    });
    await expect(toTflite(model, { outputs: [] })).rejects.toMatchObject({ code: "invalid-argument" });
  });

  it("tells all nodes that cannot be converted at once, and how to go on without them", async () => {
    const model = await graphModel(
      graphArtifacts(
        [
          placeholder("x", [-1, 4]),
          node("Relu", "good", ["x"]),
          node("Mystery", "one", ["good"]),
          node("Riddle", "two", ["one"]),
        ],
        [],
        ["two"],
      ),
    );
    await expect(toTflite(model)).rejects.toMatchObject({
      code: "unsupported-kernel",
      message: expect.stringMatching(/2 nodes.*\n- "two": Unknown op 'Riddle'.*\n- "one": .*\n.*outputs/),
    });
    expect(await toTflite(model, { outputs: ["good"] })).toBeInstanceOf(Uint8Array);
  });
});

describe("weights that tfjs-converter has quantized", () => {
  it.each(["uint8", "uint16", "float16"] as const)("as %s are what it makes of them", async (dtype) => {
    const { weightSpecs, weightData, ...rest } = smallNetwork();
    const spec = weightSpecs!.find(({ name }) => name === "head/kernel")!;
    const { min, scale } = { min: -1, scale: dtype === "uint8" ? 2 / 255 : 2 / 65535 };
    const codes = new Uint16Array(18).map((_, index) =>
      dtype === "float16" ? 0x3000 + 97 * index : 11 * index,
    );
    const stored = dtype === "uint8" ? Uint8Array.from(codes) : codes;
    const others = (weightData as ArrayBuffer).slice(0, (weightData as ArrayBuffer).byteLength - 18 * 4);
    const bytes = Buffer.concat([Buffer.from(others), Buffer.from(stored.buffer)]);
    const quantization = dtype === "float16" ? { dtype } : { dtype, min, scale };
    const model = await graphModel({
      ...rest,
      weightSpecs: weightSpecs!.map((each) => (each === spec ? { ...each, quantization } : each)),
      weightData: new Uint8Array(bytes).buffer,
    });
    const [comparison] = await verifyTflite(model, await toTflite(model), photos(2, [8, 8]));
    expect(comparison!.maxAbsoluteError).toBeLessThan(1e-6);
  });
});

describe("a conversion", () => {
  it("leaves nodes, tensors and the model as they were", async () => {
    const model = await graphModel(smallNetwork());
    const before = propertiesOf(model);
    tf.dispose(model.execute(tf.zeros([1, 8, 8, 3])));
    const tensors = tf.memory().numTensors;
    await toTflite(model);
    await convert(model, { batch: 2 });
    expect(propertiesOf(model)).toEqual(before);
    expect(tf.memory().numTensors).toBe(tensors);
    tf.dispose(model.execute(tf.zeros([1, 8, 8, 3])));
  });

  it("that fails does so too, and names the node", async () => {
    const model = await graphModel(
      graphArtifacts(
        [
          placeholder("x", [-1, 4]),
          node("Relu", "first/relu", ["x"]),
          node("LinSpace", "second/line", ["first/relu", "first/relu", "count"]),
        ],
        [{ name: "count", shape: [], dtype: "int32", values: [2] }],
        ["second/line"],
      ),
    );
    const before = propertiesOf(model);
    const tensors = tf.memory().numTensors;
    await expect(toTflite(model)).rejects.toMatchObject({
      code: "unsupported-kernel",
      message: expect.stringMatching(/"second\/line" \(LinSpace\): "start" depends on values/),
    });
    expect(propertiesOf(model)).toEqual(before);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it("says which node tfjs-converter does not know", async () => {
    const model = await graphModel(
      graphArtifacts(
        [placeholder("x", [-1, 4]), node("Mystery", "part/mystery", ["x"])],
        [],
        ["part/mystery"],
      ),
    );
    const before = propertiesOf(model);
    await expect(toTflite(model)).rejects.toMatchObject({
      code: "unsupported-kernel",
      message: expect.stringMatching(/^Node "part\/mystery" cannot be run: Unknown op 'Mystery'/),
    });
    expect(propertiesOf(model)).toEqual(before);
  });

  it("of inputs that are no numbers, or of a disposed model, is refused", async () => {
    const words = await graphModel(
      graphArtifacts([placeholder("words", [-1], "DT_STRING"), node("Identity", "y", ["words"])], [], ["y"]),
    );
    await expect(toTflite(words)).rejects.toThrow('Input "words" is of string');
    const model = await graphModel(smallNetwork());
    model.dispose();
    await expect(toTflite(model)).rejects.toMatchObject({
      code: "invalid-source",
      message: "The graph model was disposed.",
    });
  });
});
