import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FeatureVector, loadFeatureVector } from "../../src/architectures/feature-vector.ts";
import { graphModel, smallNetwork } from "../support/small-graph-models.ts";

const image = (count: number, size: readonly number[] = [8, 8, 3]): tf.Tensor =>
  tf.randomUniform([count, ...size], 0, 1, "float32", 4);

/** What a layers model of one input gives, run by itself. */
function small(): tfl.LayersModel {
  return tfl.sequential({
    layers: [
      tfl.layers.conv2d({ inputShape: [8, 8, 3], filters: 4, kernelSize: 3, name: "conv" }),
      tfl.layers.globalAveragePooling2d({ name: "pool" }),
      tfl.layers.dense({ units: 3, activation: "softmax", name: "scores" }),
    ],
  });
}

const refusal = (source: unknown, options?: object): Promise<unknown> =>
  loadFeatureVector(source as never, options as never);

function expectFeatures(vector: FeatureVector, expected: (x: tf.Tensor) => tf.Tensor): void {
  tf.tidy(() => {
    const x = image(3);
    const features = vector.apply(x);
    expect(features.shape).toEqual([3, vector.units]);
    expect(Array.from(features.dataSync())).toEqual(Array.from(expected(x).dataSync()));
  });
}

describe("a graph model", () => {
  it("gives its output, or an inner node by its name or the end of it", async () => {
    const model = await graphModel(smallNetwork());
    const whole = await loadFeatureVector(model);
    expect([whole.units, whole.kind, whole.output]).toEqual([3, "graph", "scores"]);
    expect([whole.inputShape, whole.range]).toEqual([
      [8, 8, 3],
      [0, 1],
    ]);
    for (const node of ["features/pool", "pool", "features/pool:0"]) {
      const inner = await loadFeatureVector({ model, node });
      expect([inner.units, inner.output]).toEqual([6, "features/pool"]);
      expectFeatures(inner, (x) => model.execute(x, "features/pool") as tf.Tensor);
      // The filter and the bias: neither the axes nor the head.
      expect(inner.countParams()).toBe(3 * 3 * 3 * 6 + 6);
    }
    model.dispose();
  });

  it("pools what has height and width", async () => {
    const model = await graphModel(smallNetwork());
    const average = await loadFeatureVector({ model, node: "features/relu" }, { pooling: "avg" });
    expectFeatures(average, (x) => tf.mean(model.execute(x, "features/relu") as tf.Tensor, [1, 2]));
    const largest = await loadFeatureVector({ model, node: "features/relu" }, { pooling: "max" });
    expectFeatures(largest, (x) => tf.max(model.execute(x, "features/relu") as tf.Tensor, [1, 2]));
    model.dispose();
  });

  it("takes its size from inputShape where it leaves it open", async () => {
    const model = await graphModel(smallNetwork([-1, -1, -1, 3]));
    await expect(loadFeatureVector(model)).rejects.toThrow(
      'the model leaves the size open ("image" of [any,any,any,3]): say inputShape, such as [224, 224, 3]',
    );
    await expect(loadFeatureVector(model, { inputShape: [12, 12, 1] })).rejects.toThrow("does not fit");
    const vector = await loadFeatureVector({ model, node: "pool" }, { inputShape: [12, 10, 3] });
    expect(vector.inputShape).toEqual([12, 10, 3]);
    model.dispose();
  });

  it("is freed by dispose where it was loaded, and left alone where it was given", async () => {
    const before = tf.memory().numTensors;
    const loaded = await loadFeatureVector({ model: { load: async () => smallNetwork() }, node: "pool" });
    loaded.dispose();
    loaded.dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect(() => loaded.apply(image(1))).toThrow("was disposed");

    const model = await graphModel(smallNetwork());
    const given = await loadFeatureVector(model);
    given.dispose();
    tf.dispose(model.execute(tf.zeros([1, 8, 8, 3])));
    model.dispose();
  });
});

describe("a layers model", () => {
  it("gives its output, or an inner layer", async () => {
    const model = small();
    const whole = await loadFeatureVector(model, { range: [-1, 1] });
    expect([whole.units, whole.kind, whole.output, whole.range]).toEqual([3, "layers", "scores", [-1, 1]]);
    expectFeatures(whole, (x) => model.predict(x) as tf.Tensor);
    const inner = await loadFeatureVector({ model, layer: "pool" });
    expect([inner.units, inner.output]).toEqual([4, "pool"]);
    expect(inner.countParams()).toBe(3 * 3 * 3 * 4 + 4);
    const conv = await loadFeatureVector({ model, layer: "conv" }, { pooling: "avg" });
    expectFeatures(conv, (x) => tf.tidy(() => inner.apply(x)));
    inner.dispose();
    tf.dispose(model.predict(image(1)));
    model.dispose();
  });

  it("is told from a graph model by what a handler gives", async () => {
    const model = small();
    let artifacts: tf.io.ModelArtifacts | undefined;
    await model.save(
      tf.io.withSaveHandler(async (written) => {
        artifacts = written;
        return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" } };
      }),
    );
    const before = tf.memory().numTensors;
    const vector = await loadFeatureVector({ model: { load: async () => artifacts! }, layer: "pool" });
    expect(vector.kind).toBe("layers");
    vector.dispose();
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });

  it("has an inner layer that a nested or second model uses as well", async () => {
    const model = small();
    tfl.model({ inputs: model.inputs, outputs: model.getLayer("conv").output as tfl.SymbolicTensor });
    const again = tfl.input({ shape: [8, 8, 3] });
    model.getLayer("conv").apply(again);
    const vector = await loadFeatureVector({ model, layer: "conv" }, { pooling: "max" });
    expect(vector.units).toBe(4);
  });
});

describe("refuses", () => {
  it("names that are not there, with those that are", async () => {
    const graph = await graphModel(smallNetwork());
    const layered = small();
    await expect(refusal({ model: graph, node: "features/pol" })).rejects.toThrow(
      'there is no node "features/pol": did you mean "features/pool"',
    );
    await expect(refusal({ model: graph, node: "nothing" })).rejects.toThrow(/no node "nothing".*"scores"/);
    await expect(refusal({ model: layered, layer: "pol" })).rejects.toThrow(
      'there is no layer "pol": did you mean "pool"',
    );
    await expect(refusal({ model: graph, layer: "pool" })).rejects.toThrow("give { model, node }");
    await expect(refusal({ model: layered, node: "pool" })).rejects.toThrow("give { model, layer }");
    await expect(refusal({ model: graph, node: "pool", layer: "pool" })).rejects.toThrow("not both");
    await expect(refusal({ model: graph, node: "" })).rejects.toThrow("node must be a name");
    await expect(refusal({ model: graph, node: "pool", nod: 1 })).rejects.toMatchObject({
      code: "unknown-option",
    });
  });

  it("an output that is no vector, and says what helps", async () => {
    const model = await graphModel(smallNetwork());
    await expect(refusal({ model, node: "features/relu" })).rejects.toMatchObject({
      code: "invalid-argument",
      message: expect.stringMatching(/"features\/relu" gives \[count,8,8,6\].*pooling: "avg"/),
    });
    await expect(refusal({ model: small(), layer: "conv" })).rejects.toThrow(/\[count,6,6,4\].*pooling/);
  });

  it("what is no model", async () => {
    for (const source of [undefined, null, 3, {}, () => 0, graphModel(smallNetwork())]) {
      await expect(refusal(source)).rejects.toMatchObject({ code: "invalid-source" });
    }
    await expect(refusal(graphModel(smallNetwork()))).rejects.toThrow("await it first");
    await expect(refusal("model.json")).rejects.toThrow("nothing here can load");
    await expect(refusal(tfl.sequential())).rejects.toMatchObject({ code: "unbuilt-model" });
  });

  it("a model of several inputs, or of one image at a time", async () => {
    const [a, b] = [tfl.input({ shape: [4] }), tfl.input({ shape: [4] })];
    const two = tfl.model({ inputs: [a, b], outputs: tfl.layers.add().apply([a, b]) as tfl.SymbolicTensor });
    await expect(refusal(two)).rejects.toThrow("one input, the images");
    await expect(refusal(await graphModel(smallNetwork([1, 8, 8, 3])))).rejects.toThrow("1 images at a time");
  });

  it("options out of range", async () => {
    const model = small();
    await expect(refusal(model, { range: [1, 0] })).rejects.toThrow("range must be [low, high]");
    await expect(refusal(model, { range: 255 })).rejects.toThrow("range must be [low, high]");
    await expect(refusal(model, { pooling: "average" })).rejects.toThrow("unknown pooling");
    await expect(refusal(model, { pool: "avg" })).rejects.toThrow('did you mean "pooling"');
    await expect(refusal(model, { inputShape: [0, 1] })).rejects.toThrow("inputShape must be");
  });

  it("weights that are no numbers, and leaves no tensor", async () => {
    const artifacts = smallNetwork();
    new Float32Array(artifacts.weightData as ArrayBuffer)[0] = Number.NaN;
    const before = tf.memory().numTensors;
    await expect(refusal({ load: async () => artifacts })).rejects.toMatchObject({
      code: "invalid-data",
      message: expect.stringContaining("weights are corrupt"),
    });
    await expect(refusal({ model: { load: async () => smallNetwork() }, node: "x" })).rejects.toThrow();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("images of another size, with what helps", async () => {
    const vector = await loadFeatureVector(small());
    const cases: readonly (readonly [readonly number[], string])[] = [
      [[1, 9, 8, 3], "resize(images, [8, 8])"],
      [[2, 8, 8, 1], "tf.tile(images, [1, 1, 1, 3])"],
      [[8, 8, 3], "reshape(image, [1,8,8,3])"],
      [[2, 192], "expected images [count,8,8,3], got [2,192]"],
    ];
    for (const [shape, cure] of cases) expect(() => vector.apply(tf.zeros([...shape]))).toThrow(cure);
  });
});

describe("an address", () => {
  let server: Server;
  let url: string;
  const asked: string[] = [];

  beforeAll(async () => {
    const { weightData, weightSpecs, ...rest } = smallNetwork();
    const shard = Buffer.from(weightData as ArrayBuffer);
    const json = (path: string): string =>
      JSON.stringify({ ...rest, weightsManifest: [{ paths: [path], weights: weightSpecs }] });
    const answers: Readonly<Record<string, readonly [number, string | Buffer]>> = {
      "/good/model.json": [200, json("shard.bin")],
      "/good/shard.bin": [200, shard],
      "/short/model.json": [200, json("shard.bin")],
      "/short/shard.bin": [200, shard.subarray(8)],
      "/page/model.json": [200, json("shard.bin")],
      "/page/shard.bin": [404, "<html>not found</html>"],
      "/html": [200, "<html>A page</html>"],
      "/empty.json": [200, "{}"],
      "/other.json": [200, '{"modelTopology": {"a": 1}, "weightsManifest": []}'],
    };
    server = createServer((request, response) => {
      asked.push(request.url ?? "");
      const [status, body] = answers[(request.url ?? "").split("?")[0] ?? ""] ?? [404, "no such file"];
      response.writeHead(status).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it("is read, as text or URL, with a hub's suffix where asked to", async () => {
    const vector = await loadFeatureVector({ model: `${url}/good/model.json`, node: "pool" });
    expect(vector.units).toBe(6);
    (await loadFeatureVector(new URL(`${url}/good/model.json`))).dispose();
    asked.length = 0;
    const hub = await loadFeatureVector(`${url}/good`, { fromTFHub: true });
    expect(asked).toEqual(["/good/model.json?tfjs-format=file", "/good/shard.bin?tfjs-format=file"]);
    hub.dispose();
    vector.dispose();
  });

  it("of TensorFlow Hub or Kaggle is known as such", async () => {
    const fetched: string[] = [];
    const fetchFunc: typeof fetch = async (address) => {
      fetched.push(String(address));
      return new Response("gone", { status: 410 });
    };
    const page = "https://www.kaggle.com/models/google/mobilenet-v2/TfJs/100-224-feature-vector/3";
    for (const address of [page, `${page}/`, "https://tfhub.dev/google/tfjs-model/x/1/default/1"]) {
      await expect(loadFeatureVector(address, { fetchFunc })).rejects.toMatchObject({ code: "invalid-data" });
    }
    await expect(loadFeatureVector(page, { fetchFunc, fromTFHub: false })).rejects.toThrow("410");
    expect(fetched).toEqual([
      `${page}/model.json?tfjs-format=file`,
      `${page}/model.json?tfjs-format=file`,
      "https://tfhub.dev/google/tfjs-model/x/1/default/1/model.json?tfjs-format=file",
      page,
    ]);
  });

  it("that gives something else is refused", async () => {
    const before = tf.memory().numTensors;
    const cases: readonly (readonly [string, string])[] = [
      ["/missing/model.json", "status code 404"],
      ["/html", "Failed to parse model JSON"],
      ["/empty.json", "gives no model"],
      ["/other.json", "gives no model"],
      ["/short/model.json", "a shard is truncated, missing, or not a shard"],
      ["/page/model.json", "a shard is truncated, missing, or not a shard"],
    ];
    for (const [path, message] of cases) {
      await expect(loadFeatureVector(url + path)).rejects.toMatchObject({
        code: "invalid-data",
        message: expect.stringContaining(message),
      });
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it("can be given up", async () => {
    await expect(
      loadFeatureVector(`${url}/good/model.json`, { requestInit: { signal: AbortSignal.abort() } }),
    ).rejects.toMatchObject({ name: "AbortError" });
  });
});
