import * as tf from "@tensorflow/tfjs-core";
import {
  initializers,
  input,
  type LayersModel,
  layers,
  loadLayersModel,
  type SymbolicTensor,
  sequential,
  model as tfModel,
} from "@tensorflow/tfjs-layers";
import { describe, expect, it } from "vitest";
import { buildSubclassed } from "../../src/architectures/subclassed.ts";
import { type CallOptions, SubclassedModel } from "../../src/architectures/subclassed-model.ts";
import { parseTflite, toTflite } from "../../src/convert/index.ts";
import { ForgeError } from "../../src/errors.ts";
import { verifyTflite } from "../../src/node/index.ts";
import { evaluate } from "../../src/training/evaluate.ts";
import { fit as train } from "../../src/training/fit.ts";
import {
  CLASSES,
  Classifier,
  COMPILE,
  Encoder,
  FEATURES,
  features,
  featureTensor,
  labels,
  modelOf,
  Penalized,
  valuesOf,
  weightValues,
} from "./subclassed-models.ts";

const NAMES = [
  "encoder/dense/kernel",
  "encoder/dense/bias",
  "encoder/normalization/gamma",
  "encoder/normalization/beta",
  "blocks/0/kernel",
  "blocks/0/bias",
  "blocks/1/kernel",
  "blocks/1/bias",
  "heads/classes/kernel",
  "heads/classes/bias",
  "encoder/normalization/moving_mean",
  "encoder/normalization/moving_variance",
];

const classifier = (): Classifier => {
  const model = new Classifier({ inputShape: [FEATURES] });
  model.compile(COMPILE);
  return model;
};
const seeded = (seed = 1): SubclassedModel =>
  buildSubclassed({ inputShape: [FEATURES], classes: CLASSES, hidden: [6, 6], dropout: 0.3, seed });

const thrown = async (run: () => unknown): Promise<ForgeError> => {
  try {
    await run();
  } catch (error) {
    expect(error).toBeInstanceOf(ForgeError);
    return error as ForgeError;
  }
  throw new Error("nothing was thrown");
};

describe("weights", () => {
  it("are named by their paths, the same in each instance", () => {
    for (const model of [new Classifier({ inputShape: [FEATURES] }), classifier()]) {
      expect(model.weights.map(({ name }) => name)).toEqual(NAMES);
    }
  });

  it("are counted: trainable and not", () => {
    const model = classifier();
    const dense = (from: number, to: number): number => (from + 1) * to;
    const trainable = dense(4, 6) + 12 + dense(6, 5) + dense(5, 5) + dense(5, 3);
    expect(model.countParams()).toBe(trainable + 12);
    expect(model.trainableWeights).toHaveLength(10);
    expect(model.nonTrainableWeights).toHaveLength(2);
  });

  it("are as they were initialised after building, which runs the model both ways", () => {
    const { "encoder/normalization/moving_mean": mean, "encoder/normalization/moving_variance": variance } =
      weightValues(classifier());
    expect(mean).toEqual([0, 0, 0, 0, 0, 0]);
    expect(variance).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it("of a frozen layer are not trained", async () => {
    const model = classifier();
    model.encoder.trainable = false;
    expect(model.trainableWeights.map(({ name }) => name)).toEqual(NAMES.slice(4, 10));
    const before = weightValues(model);
    await model.fit(features, labels, { epochs: 1 });
    const after = weightValues(model);
    expect(after["encoder/dense/kernel"]).toEqual(before["encoder/dense/kernel"]);
    expect(after["blocks/0/kernel"]).not.toEqual(before["blocks/0/kernel"]);
  });

  it("keep the names that the user gave, and count where they are alike", () => {
    class Named extends SubclassedModel {
      readonly first = layers.dense({ units: 2, name: "projection" });
      readonly second = layers.dense({ units: 2, name: "projection" });
      readonly _third = layers.dense({ units: 2 });
      readonly nested = sequential({
        layers: [layers.dense({ units: 2, inputShape: [2] }), layers.dense({ units: 2 })],
      });
      readonly backwards = layers.bidirectional({
        layer: layers.simpleRNN({ units: 1, recurrentInitializer: "zeros" }) as never,
        mergeMode: "sum",
      });
      call(x: tf.Tensor): tf.Tensor {
        const all = [this.first, this.second, this._third, this.nested];
        const y = all.reduce((h, layer) => this.run(layer, h), x);
        return this.run(this.backwards, tf.expandDims(y, 2));
      }
    }
    const names = new Named({ inputShape: [2] }).weights.map(({ name }) => name);
    expect(names.filter((name) => name.endsWith("kernel"))).toEqual([
      "projection/kernel",
      "projection_1/kernel",
      "third/kernel",
      "nested/dense/kernel",
      "nested/dense_1/kernel",
      "backwards/kernel",
      "backwards/recurrent_kernel",
    ]);
    expect(new Named({ inputShape: [2] }).weights.map(({ name }) => name)).toEqual(names);
  });

  it("of the model's own are trained, saved and named", async () => {
    class Scaled extends SubclassedModel {
      readonly scale = this.addWeight("scale", [1], "float32", initializers.ones());
      call(x: tf.Tensor): tf.Tensor {
        return tf.mul(x, this.scale.read());
      }
    }
    const model = new Scaled({ inputShape: [1] });
    model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    await train(model, Float32Array.of(1), { data: Float32Array.of(3), shape: [1, 1] }, { epochs: 1 });
    // Gradient of (s - 3)^2 at 1 is -4, and sgd's step is 0.01.
    expect(weightValues(model).scale![0]).toBeCloseTo(1.04, 5);
    const tensors = tf.memory().numTensors;
    model.dispose();
    // The weight, and the optimizer's learning rate.
    expect(tf.memory().numTensors).toBe(tensors - 2);
  });

  it("come and go as tfjs's do", () => {
    const [a, b] = [classifier(), classifier()];
    b.setWeights(a.getWeights());
    expect(weightValues(b)).toEqual(weightValues(a));
  });
});

describe("training", () => {
  it("learns: the loss falls, moving statistics move, dropout and branch are in training only", async () => {
    const model = classifier();
    model.compile({ ...COMPILE, optimizer: tf.train.adam(0.02) });
    const told: boolean[] = [];
    const { call } = model.encoder;
    model.encoder.call = (x, options) => {
      told.push(options.training);
      return call(x, options);
    };
    const { history } = await model.fit(features, labels, { epochs: 12, seed: 1, validationSplit: 0.2 });
    expect(history.loss!.at(-1)!).toBeLessThan(0.9 * history.loss![0]!);
    expect(weightValues(model)["encoder/normalization/moving_mean"]).not.toContain(0);
    expect(new Set(told)).toEqual(new Set([true, false]));
    expect(history.val_accuracy).toHaveLength(12);

    told.length = 0;
    const x = featureTensor();
    const [first, second] = [valuesOf(model.predict(x)), valuesOf(model.predict(x))];
    expect(first).toEqual(second);
    await model.evaluate(x, labels);
    expect(new Set(told)).toEqual(new Set([false]));
    x.dispose();
  });

  it("is the same by method, by function and by tfjs's own", async () => {
    const [a, b] = [seeded(), seeded()];
    await a.fit(features, labels, { epochs: 2, seed: 3 });
    await train(b, features, labels, { epochs: 2, seed: 3 });
    expect(weightValues(b)).toEqual(weightValues(a));
    const direct = await evaluate(a, features, labels);
    expect(await a.evaluate(features, labels)).toEqual(direct);
  });

  it("through tfjs's own step gives the same weights", async () => {
    const [a, b] = [new Penalized({ inputShape: [2] }), new Penalized({ inputShape: [2] })];
    for (const model of [a, b]) model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    const x = tf.tensor2d([[1, 2]]);
    const y = tf.tensor2d([[0, 1]]);
    await a.fit(x, y, { epochs: 1 });
    await b.trainOnBatch(x, y);
    expect(weightValues(b)).toEqual(weightValues(a));
  });

  it("with the same seed gives the same result, with another one another", async () => {
    const run = async (seed: number): Promise<unknown> => {
      const model = seeded(seed);
      await model.fit(features, labels, { epochs: 2, seed });
      return weightValues(model);
    };
    const first = await run(1);
    expect(await run(1)).toEqual(first);
    expect(await run(2)).not.toEqual(first);
  });

  it("counts the losses of regularizers", async () => {
    const model = new Penalized({ inputShape: [2] });
    model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    // 0.5 * the sum of four squared ones; the outputs are right, so that nothing else is lost.
    const y = { data: Float32Array.of(3, 3), shape: [1, 2] };
    const { history } = await model.fit(Float32Array.of(1, 2), y, { epochs: 1 });
    expect(history.loss![0]).toBeCloseTo(2, 6);
    // Gradient 2 * 0.5 * 1 from the penalty alone, and sgd's step is 0.01.
    for (const value of weightValues(model)["dense/kernel"]!) expect(value).toBeCloseTo(0.99, 6);
  });

  it("trains layers that run in training only", async () => {
    class Auxiliary extends SubclassedModel {
      readonly dense = layers.dense({ units: CLASSES });
      readonly extra = layers.batchNormalization();
      call(x: tf.Tensor, { training }: CallOptions): tf.Tensor {
        const y = this.run(this.dense, x);
        return tf.softmax(training ? this.run(this.extra, y) : y);
      }
    }
    const model = new Auxiliary({ inputShape: [FEATURES] });
    model.compile(COMPILE);
    const before = weightValues(model);
    expect(before["extra/moving_mean"]).toEqual([0, 0, 0]);
    await model.fit(features, labels);
    expect(weightValues(model)["extra/moving_mean"]).not.toContain(0);
    expect(weightValues(model)["extra/gamma"]).not.toEqual(before["extra/gamma"]);
  });

  it("keeps a layer in inference where it is told so", async () => {
    class Frozen extends SubclassedModel {
      readonly normalization = layers.batchNormalization();
      readonly dense = layers.dense({ units: CLASSES, activation: "softmax" });
      call(x: tf.Tensor): tf.Tensor {
        return this.run(this.dense, this.run(this.normalization, x, { training: false }));
      }
    }
    const model = new Frozen({ inputShape: [FEATURES] });
    model.compile(COMPILE);
    await model.fit(features, labels);
    expect(weightValues(model)["normalization/moving_mean"]).toEqual([0, 0, 0, 0]);
  });

  it("builds itself at the first sight of data, compiled or not", async () => {
    const model = new Classifier();
    model.compile(COMPILE);
    await model.fit({ data: features, shape: [60, FEATURES] }, labels);
    expect(model.inputs[0]!.shape).toEqual([null, FEATURES]);
    const other = new Encoder();
    const x = featureTensor();
    expect((other.predict(x) as tf.Tensor).shape).toEqual([60, 6]);
    expect(other.weights).toHaveLength(6);
    x.dispose();
  });
});

describe("files", () => {
  const save = async (model: LayersModel, config?: tf.io.SaveConfig): Promise<tf.io.ModelArtifacts> => {
    let saved: tf.io.ModelArtifacts = {};
    const handler = tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" } };
    });
    await model.save(handler, config);
    return saved;
  };

  it("bring the same predictions to a new instance, built or not", async () => {
    const model = classifier();
    await model.fit(features, labels, { epochs: 2 });
    const saved = await save(model);
    expect(saved.weightSpecs!.map(({ name }) => name).sort()).toEqual([...NAMES].sort());
    const x = featureTensor();
    const expected = valuesOf(model.predict(x));
    for (const options of [{ inputShape: [FEATURES] }, {}]) {
      const loaded = await new Classifier(options).load(tf.io.fromMemory(saved));
      expect(valuesOf(loaded.predict(x))).toEqual(expected);
    }
    x.dispose();
  });

  it("bring the optimizer too where it was saved", async () => {
    const model = seeded();
    model.compile({ ...COMPILE, optimizer: "adam" });
    await model.fit(features, labels, { epochs: 2, seed: 1 });
    const saved = await save(model, { includeOptimizer: true });
    const loaded = await seeded(2).load(tf.io.fromMemory(saved));
    await model.fit(features, labels, { epochs: 3, initialEpoch: 2, seed: 1 });
    await loaded.fit(features, labels, { epochs: 3, initialEpoch: 2, seed: 1 });
    expect(weightValues(loaded)).toEqual(weightValues(model));
  });

  it("load with tfjs's own function where the class is registered", async () => {
    class Registered extends Encoder {
      static override readonly className = "Registered";
    }
    tf.serialization.registerClass(Registered);
    const model = new Registered({ inputShape: [FEATURES] });
    const loaded = await loadLayersModel(tf.io.fromMemory(await save(model)));
    expect(loaded).toBeInstanceOf(Registered);
    expect(weightValues(loaded as Registered)).toEqual(weightValues(model));

    const around = sequential({ layers: [model, layers.dense({ units: 2 })] });
    const again = await loadLayersModel(tf.io.fromMemory(await save(around)));
    const x = featureTensor();
    expect(valuesOf(again.predict(x))).toEqual(valuesOf(around.predict(x)));
    x.dispose();
  });

  it("of another model are refused, with every difference, and change nothing", async () => {
    const saved = await save(new Encoder({ inputShape: [3] }));
    const model = new Encoder({ inputShape: [FEATURES] });
    const before = weightValues(model);
    const error = await thrown(() => model.load(tf.io.fromMemory(saved)));
    expect(error.code).toBe("invalid-data");
    expect(error.message).toBe(
      'Encoder: these weights were saved by another model: "dense/kernel" has the shape [3,6], not [4,6].',
    );
    expect(weightValues(model)).toEqual(before);
    const other = await thrown(() => new Penalized({ inputShape: [3] }).load(tf.io.fromMemory(saved)));
    expect(other.message).toContain('"normalization/gamma" is not one of the model\'s');
    const empty = await thrown(() => model.load(tf.io.fromMemory({ modelTopology: {} })));
    expect(empty.code).toBe("invalid-data");
    expect((await thrown(() => model.load("nowhere://x"))).code).toBe("invalid-argument");
  });
});

describe("conversion", () => {
  it("agrees with LiteRT, and names tensors by the layers' paths", async () => {
    const model = classifier();
    await model.fit(features, labels, { epochs: 3, seed: 1 });
    const bytes = await toTflite(model);
    const [comparison] = await verifyTflite(model, bytes, { data: features, shape: [60, FEATURES] });
    expect(comparison!.maxAbsoluteError).toBeLessThan(1e-5);
    const { subgraphs } = parseTflite(bytes);
    const names = subgraphs[0]!.operators.flatMap(({ outputs }) => outputs.map(({ name }) => name));
    // What plain operations make is named after their kernels.
    expect(names).toEqual(["encoder/normalization", "Relu", "Relu_1", "Add", "heads/classes/Add", "output"]);
    expect(subgraphs[0]!.inputs[0]!.name).toBe("input");
  });

  it("works within other models, and of several inputs and outputs", async () => {
    class Pair extends SubclassedModel {
      readonly dense = layers.dense({ units: 2 });
      call([a, b]: tf.Tensor[]): tf.Tensor[] {
        return [this.run(this.dense, a!), tf.sub(a!, b!)];
      }
    }
    const pair = new Pair({ inputShape: [[3], [3]] });
    expect(pair.inputNames).toEqual(["input_0", "input_1"]);
    expect(pair.outputNames).toEqual(["output_0", "output_1"]);
    for (const source of [pair, sequential({ layers: [new Encoder({ inputShape: [FEATURES] })] })]) {
      for (const { maxAbsoluteError } of await verifyTflite(source, await toTflite(source))) {
        expect(maxAbsoluteError).toBeLessThan(1e-5);
      }
    }
  });
});

describe("within other models", () => {
  const compile = { optimizer: "sgd", loss: "meanSquaredError" };
  const x = Float32Array.of(1, 2);
  const y = { data: Float32Array.of(3, 3), shape: [1, 2] };

  it.each([
    ["first of a Sequential", () => sequential({ layers: [new Penalized({ inputShape: [2] })] })],
    [
      "later in a Sequential",
      () =>
        sequential({
          layers: [layers.reshape({ targetShape: [2], inputShape: [2] }), new Penalized({ inputShape: [2] })],
        }),
    ],
    [
      "a functional model, by apply",
      () => {
        const inputs = input({ shape: [2] });
        return tfModel({ inputs, outputs: new Penalized().apply(inputs) as SymbolicTensor });
      },
    ],
    [
      "a functional model, by its outputs",
      () => {
        const { inputs, outputs } = new Penalized({ inputShape: [2] });
        const outer = layers.activation({ activation: "linear" });
        return tfModel({ inputs, outputs: outer.apply(outputs[0]!) as SymbolicTensor });
      },
    ],
    [
      "another subclassed model",
      () => {
        class Outer extends SubclassedModel {
          readonly inner = new Penalized();
          call(given: tf.Tensor): tf.Tensor {
            return this.run(this.inner, given);
          }
        }
        return new Outer({ inputShape: [2] });
      },
    ],
  ] as [string, () => LayersModel][])("%s: trains, with its penalty", async (_, build) => {
    const model = build();
    model.compile(compile);
    const { history } = await train(model, x, y, { epochs: 1 });
    expect(history.loss![0]).toBeCloseTo(2, 6);
    expect(model.countParams()).toBe(6);
    expect(model.getWeights()[0]!.dataSync()[0]).toBeCloseTo(0.99, 6);
    const before = tf.memory().numTensors;
    expect(model.dispose().numDisposedVariables).toBeGreaterThan(0);
    expect(tf.memory().numTensors).toBeLessThan(before);
  });

  it("is run by its call too, without being built before", async () => {
    class Outer extends SubclassedModel {
      readonly inner = new Encoder();
      readonly dense = layers.dense({ units: CLASSES, activation: "softmax" });
      call = (x: tf.Tensor, options: CallOptions): tf.Tensor =>
        this.run(this.dense, this.inner.call(x, options) as tf.Tensor);
    }
    const model = new Outer({ inputShape: [FEATURES] });
    model.compile(COMPILE);
    await model.fit(features, labels);
    expect(weightValues(model)["inner/normalization/moving_mean"]).not.toContain(0);
  });

  it("may share layers: each is counted, trained and freed once", async () => {
    class Shared extends SubclassedModel {
      readonly first = new Penalized();
      readonly second = this.first;
      readonly again = { dense: this.first.dense };
      readonly unused = layers.dense({ units: 100 });
      call(x: tf.Tensor): tf.Tensor {
        return this.run(this.second, this.run(this.first, x));
      }
    }
    const before = tf.memory().numTensors;
    const model = new Shared({ inputShape: [2] });
    expect(model.weights.map(({ name }) => name)).toEqual(["first/dense/kernel", "first/dense/bias"]);
    expect(model.countParams()).toBe(6);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect(() => model.predict(tf.zeros([1, 2]))).toThrow(/disposed/);
  });

  it("does not change the names by which a model of tfjs within it is saved", () => {
    const base = sequential({ layers: [layers.dense({ units: 2, inputShape: [2], name: "base_dense" })] });
    class Around extends SubclassedModel {
      readonly base = base;
      call(x: tf.Tensor): tf.Tensor {
        return this.run(this.base, x);
      }
    }
    const [kernel] = new Around({ inputShape: [2] }).weights;
    expect(kernel!.name).toBe("base/base_dense/kernel");
    expect(kernel!.originalName).toBe("base_dense/kernel");
  });

  it("is told whether it trains", async () => {
    const encoder = new Encoder({ inputShape: [FEATURES] });
    const model = sequential({ layers: [encoder, layers.dense({ units: CLASSES, activation: "softmax" })] });
    model.compile(COMPILE);
    await train(model, features, labels, { epochs: 1 });
    expect(weightValues(encoder)["normalization/moving_mean"]).not.toContain(0);
  });
});

describe("memory", () => {
  it("no tensor is left by fit, evaluate, predict, save, load, conversion, and all are freed", async () => {
    const before = tf.memory().numTensors;
    const model = classifier();
    await model.fit(features, labels, { epochs: 1 });
    const during = tf.memory().numTensors;
    await model.fit(features, labels, { epochs: 1, validationSplit: 0.2 });
    await model.evaluate(features, labels);
    const x = featureTensor();
    valuesOf(model.predict(x));
    valuesOf(model.apply(x, { training: true }) as tf.Tensor);
    x.dispose();
    let saved: tf.io.ModelArtifacts = {};
    await model.save(
      tf.io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" } };
      }),
    );
    await model.load(tf.io.fromMemory(saved));
    await toTflite(model);
    expect(tf.memory().numTensors).toBe(during);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("what it says", () => {
  it("summary: a row per layer, its shape and parameters", () => {
    const model = classifier();
    const lines: string[] = [];
    const text = model.summary(undefined, undefined, (line) => lines.push(String(line)));
    expect(lines).toEqual([text]);
    expect(text).toMatchInlineSnapshot(`
      "Model: "classifier"
      _________________________________________________________________
       Layer (type)                Output Shape              Param #
      =================================================================
       encoder (Encoder)           (None, 6)                 54

       blocks/0 (Dense)            (None, 5)                 35

       blocks/1 (Dense)            (None, 5)                 30

       heads/classes (Dense)       (None, 3)                 18

       dropout (Dropout)           (None, 5)                 0
      =================================================================
      Total params: 137 (548.00 B)
      Trainable params: 125 (500.00 B)
      Non-trainable params: 12 (48.00 B)"
    `);
    expect(model.getLayer("blocks/0").outputShape).toEqual([null, 5]);
  });

  it("layers, by name too", () => {
    const model = classifier();
    expect(model.layers.map(({ name }) => name)).toEqual([
      "encoder",
      "blocks/0",
      "blocks/1",
      "heads/classes",
      "dropout",
    ]);
    expect(model.getLayer("encoder")).toBe(model.encoder);
    expect(model.name).toBe("classifier");
  });
});

describe("errors", () => {
  const dense = layers.dense({ units: 2 });

  it.each([
    [
      "a call that returns nothing",
      () => modelOf(() => undefined),
      "Given: call must return a tensor or a list of them, got undefined: is a return missing?",
    ],
    [
      "a call that returns a promise",
      () => modelOf(async (x) => x),
      "Given: call must return a tensor or a list of them, got a promise: call must be synchronous",
    ],
    ["a call that returns a number", () => modelOf(() => 3), "got 3: is a return missing?"],
    [
      "other shapes in training",
      () => modelOf((x, { training }) => (training ? tf.slice(x, [0, 0], [-1, 2]) : x)),
      "Given: call gives [batch,2] in training and [batch,4] at inference: both must be the same.",
    ],
    ["an output without the batch", () => modelOf((x) => tf.sum(x)), "its first dimension must be the batch"],
    [
      "a layer that is in no field",
      () => modelOf((x) => dense.apply(x)),
      "which no field of the model had when it was built",
    ],
    [
      "a layer made in call",
      () => modelOf((x) => layers.dense({ units: 2 }).apply(x)),
      "A layer made in call would be a new one each time.",
    ],
    [
      "a plain variable",
      () => modelOf((x) => x, { scale: tf.variable(tf.scalar(1)) }),
      'field "scale" is a tf.Variable',
    ],
    ["a field that hides the model's own", () => modelOf((x) => x, {}), ""],
  ] as const)("%s", async (_, build, message) => {
    if (message === "") {
      class Hiding extends SubclassedModel {
        override readonly layers = [layers.dense({ units: 2 })];
        call(x: tf.Tensor): tf.Tensor {
          return this.run(this.layers[0]!, x);
        }
      }
      const error = await thrown(() => new Hiding({ inputShape: [2] }).build());
      expect(error.message).toContain('field "layers" hides the model\'s own "layers"');
      return;
    }
    const before = tf.memory().numTensors;
    const error = await thrown(() => {
      const model = build();
      return toTflite(model);
    });
    expect(error.code).toBe("invalid-source");
    expect(error.message).toContain(message);
    expect(tf.memory().numTensors - before).toBeLessThanOrEqual(4);
  });

  it("a layer in a #private field, and the cure", async () => {
    class Hidden extends SubclassedModel {
      readonly #dense = layers.dense({ units: 2 });
      call(x: tf.Tensor): tf.Tensor {
        return this.run(this.#dense, x);
      }
    }
    const error = await thrown(() => new Hidden({ inputShape: [2] }).build());
    expect(error.code).toBe("invalid-source");
    expect(error.message).toContain("Declare it as a field (private, not #private), or track it");

    class Tracked extends SubclassedModel {
      readonly #dense = this.track("dense", layers.dense({ units: 2 }));
      call(x: tf.Tensor): tf.Tensor {
        return this.run(this.#dense, x);
      }
    }
    expect(new Tracked({ inputShape: [2] }).weights.map(({ name }) => name)).toEqual([
      "dense/kernel",
      "dense/bias",
    ]);
  });

  it("a class without call, and a layer that gives several tensors where one is expected", async () => {
    const lstm = layers.simpleRNN({ units: 2, returnState: true, recurrentInitializer: "zeros" });
    class Several extends SubclassedModel {
      readonly rnn = lstm;
      call(x: tf.Tensor): tf.Tensor {
        return this.run(this.rnn, x);
      }
    }
    const error = await thrown(() => new Several({ inputShape: [3, 2] }).build());
    expect(error.message).toBe('Several: layer "rnn" gives 2 tensors: run it with runAll.');
    class Both extends Several {
      override call(x: tf.Tensor): tf.Tensor {
        return this.runAll(this.rnn, x)[1]!;
      }
    }
    expect(new Both({ inputShape: [3, 2] }).outputs[0]!.shape).toEqual([null, 2]);

    const Callless = SubclassedModel as unknown as new () => SubclassedModel;
    expect((await thrown(() => new Callless().build([null, 2]))).message).toContain("write one");
  });

  it("a layer that came after building", async () => {
    const model = new Classifier({ inputShape: [FEATURES] });
    model.build();
    Object.assign(model, { dropout: layers.dense({ units: 5 }) });
    const error = await thrown(() => model.predict(tf.zeros([1, FEATURES])));
    expect(error.message).toContain('Classifier: call runs layer "dense_Dense');
  });

  it("an input shape that nobody knows", async () => {
    const model = new Classifier();
    model.compile(COMPILE);
    for (const use of [
      () => model.weights,
      () => toTflite(model),
      () => train(model, features, labels),
      () => model.fit(features, labels),
      () => sequential({ layers: [model] }),
    ]) {
      const error = await thrown(use);
      expect(error.code).toBe("unbuilt-model");
      expect(error.message).toContain("new Classifier({ inputShape: [...] })");
    }
    expect((await thrown(() => model.build([null, null, 3]))).code).toBe("unbuilt-model");
  });

  it("wrong options, and data that does not fit", async () => {
    expect((await thrown(() => new Encoder({ inputShape: [0] }))).code).toBe("invalid-argument");
    expect((await thrown(() => new Encoder({ name: "" }))).code).toBe("invalid-argument");
    const misspelt = await thrown(() => new Encoder({ inputshape: [4] } as object));
    expect(misspelt.message).toBe('Encoder: unknown option "inputshape": did you mean "inputShape"?.');
    expect((await thrown(() => classifier().fit(features, labels.slice(1)))).code).toBe("invalid-labels");
    expect((await thrown(() => new Encoder({ inputShape: [4] }).fit(features, labels))).code).toBe(
      "invalid-argument",
    );
  });
});

describe("buildSubclassed", () => {
  it("is the tutorial's network: 101,770 parameters", async () => {
    const model = buildSubclassed();
    expect(model.countParams()).toBe(101_770);
    expect(model.weights.map(({ name }) => name)).toEqual([
      "hidden/0/kernel",
      "hidden/0/bias",
      "dense/kernel",
      "dense/bias",
    ]);
    const [comparison] = await verifyTflite(model, await toTflite(model));
    expect(comparison!.maxAbsoluteError).toBeLessThan(1e-5);
    expect(Object.keys(comparison!)).toContain("argmaxAgreement");
  });

  it("takes the builders' options", async () => {
    const model = buildSubclassed({
      inputShape: [FEATURES],
      classes: 2,
      activation: "linear",
      hidden: [5, 6],
      dropout: 0.5,
      name: "mlp",
      seed: 1,
    });
    expect(model.name).toBe("mlp");
    expect(model.countParams()).toBe(5 * 5 + 6 * 6 + 7 * 2);
    expect(model.layers.filter((layer) => layer.getClassName() === "Dropout")).toHaveLength(2);
    expect(model.optimizer.getClassName()).toBe("Adam");
    expect(weightValues(buildSubclassed({ inputShape: [4], seed: 3 }))).toEqual(
      weightValues(buildSubclassed({ inputShape: [4], seed: 3 })),
    );
    expect((await thrown(() => buildSubclassed({ dropout: 1 }))).code).toBe("invalid-argument");
    expect((await thrown(() => buildSubclassed({ hiden: [3] } as object))).code).toBe("unknown-option");
  });
});
