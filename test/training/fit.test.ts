import * as tf from "@tensorflow/tfjs-core";
import {
  callbacks,
  initializers,
  input,
  type LayersModel,
  layers,
  regularizers,
  sequential,
  model as tfModel,
} from "@tensorflow/tfjs-layers";
import { describe, expect, it, vi } from "vitest";
import { ForgeError } from "../../src/errors.ts";
import { type FitOptions, fit as train } from "../../src/training/fit.ts";
import {
  CLASSES,
  classes,
  FEATURES,
  features,
  featureTensor,
  largestDifference,
  oneHotTensor,
  SAMPLES,
  tinyModel,
  weightsOf,
} from "./tiny.ts";

const codeOf = async (promise: Promise<unknown>): Promise<{ code: string; message: string }> => {
  const error = await promise.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(ForgeError);
  const { code, message } = error as ForgeError;
  return { code, message };
};

describe("fit does what tfjs's model.fit does", () => {
  const twins = async (
    build: () => LayersModel,
    options: FitOptions,
    y: () => tf.Tensor = oneHotTensor,
  ): Promise<{
    ours: LayersModel;
    theirs: LayersModel;
    oursLoss: readonly number[];
    theirsLoss: number[];
  }> => {
    const [ours, theirs] = [build(), build()];
    const { validationData: _, callbacks: __, ...rest } = options;
    const a = await train(ours, featureTensor(), y(), { shuffle: false, ...options });
    const b = await theirs.fit(featureTensor(), y(), { shuffle: false, ...(rest as object) });
    return { ours, theirs, oursLoss: a.history.loss!, theirsLoss: b.history.loss as number[] };
  };

  it.each<[string, () => LayersModel, FitOptions]>([
    ["sgd", () => tinyModel(), { epochs: 3, batchSize: 8 }],
    ["adam", () => tinyModel({ optimizer: "adam" }), { epochs: 2, batchSize: 5 }],
    ["class weights", () => tinyModel(), { epochs: 2, batchSize: 8, classWeight: { 0: 1, 1: 3, 2: 0.5 } }],
    ["a split", () => tinyModel(), { epochs: 2, batchSize: 6, validationSplit: 0.3 }],
    ["initialEpoch", () => tinyModel(), { epochs: 4, initialEpoch: 2 }],
  ])("%s: same weights, same loss", async (_, build, options) => {
    const { ours, theirs, oursLoss, theirsLoss } = await twins(build, options);
    expect(largestDifference(weightsOf(ours), weightsOf(theirs))).toBeLessThan(1e-6);
    expect(oursLoss).toHaveLength(theirsLoss.length);
    for (const [i, loss] of oursLoss.entries()) expect(loss).toBeCloseTo(theirsLoss[i]!, 5);
  });

  it("regularizers count in the loss and move the weights", async () => {
    const build = (): LayersModel => {
      const model = sequential();
      const kernelRegularizer = regularizers.l2({ l2: 0.1 });
      model.add(
        layers.dense({
          units: CLASSES,
          activation: "softmax",
          inputShape: [FEATURES],
          kernelRegularizer,
          kernelInitializer: "ones",
        }),
      );
      model.compile({ optimizer: "sgd", loss: "categoricalCrossentropy" });
      return model;
    };
    const { ours, theirs, oursLoss, theirsLoss } = await twins(build, { epochs: 2 });
    expect(largestDifference(weightsOf(ours), weightsOf(theirs))).toBeLessThan(1e-6);
    // 12 ones: 0.1 * 12 on top of a cross-entropy.
    expect(oursLoss[0]).toBeGreaterThan(1.2);
    expect(oursLoss[0]).toBeCloseTo(theirsLoss[0]!, 5);
  });

  it("batch normalization learns its statistics", async () => {
    const build = (): LayersModel => {
      const model = sequential();
      model.add(layers.batchNormalization({ inputShape: [FEATURES] }));
      model.add(layers.dense({ units: CLASSES, activation: "softmax", kernelInitializer: "ones" }));
      model.compile({ optimizer: "sgd", loss: "categoricalCrossentropy" });
      return model;
    };
    const { ours, theirs } = await twins(build, { epochs: 2 });
    expect(largestDifference(weightsOf(ours), weightsOf(theirs))).toBeLessThan(1e-6);
  });

  it("several inputs and outputs, in order or by name", async () => {
    const build = (): LayersModel => {
      const a = input({ shape: [FEATURES], name: "a" });
      const b = input({ shape: [FEATURES], name: "b" });
      const sum = layers.add().apply([a, b]) as typeof a;
      const dense = (units: number, name: string): typeof a =>
        layers.dense({ units, name, kernelInitializer: "ones" }).apply(sum) as typeof a;
      const model = tfModel({ inputs: [a, b], outputs: [dense(1, "one"), dense(2, "two")] });
      model.compile({ optimizer: tf.train.sgd(0.01), loss: "meanSquaredError", metrics: ["mae"] });
      return model;
    };
    const x = featureTensor();
    const one = tf.ones([SAMPLES, 1]);
    const two = tf.zeros([SAMPLES, 2]);
    const [ours, named, theirs] = [build(), build(), build()];
    const a = await train(ours, [x, x], [one, two], { shuffle: false, epochs: 2 });
    await train(
      named,
      { b: x, a: features },
      { two, one: new Uint8Array(SAMPLES).fill(1) },
      { shuffle: false, epochs: 2 },
    );
    const b = await theirs.fit([x, x], [one, two], { shuffle: false, epochs: 2 });
    expect(largestDifference(weightsOf(ours), weightsOf(theirs))).toBeLessThan(1e-5);
    expect(largestDifference(weightsOf(named), weightsOf(theirs))).toBeLessThan(1e-5);
    expect(Object.keys(a.history)).toEqual(Object.keys(b.history));
    for (const [name, values] of Object.entries(b.history)) {
      for (const [i, value] of values.entries()) expect(a.history[name]![i]).toBeCloseTo(value as number, 4);
    }
  });
});

describe("labels", () => {
  const trained = async (loss: string, y: Parameters<typeof train>[2]): Promise<number[][]> => {
    const model = tinyModel({ loss });
    await train(model, features, y, { shuffle: false, epochs: 2 });
    return weightsOf(model);
  };
  const forms: [string, () => Parameters<typeof train>[2]][] = [
    ["a list", () => classes],
    ["Uint8Array", () => Uint8Array.from(classes)],
    ["Int32Array", () => Int32Array.from(classes)],
    ["Float64Array", () => Float64Array.from(classes)],
    ["an int32 tensor", () => tf.tensor1d(classes, "int32")],
    ["a float32 tensor [n,1]", () => tf.tensor2d(classes, [SAMPLES, 1])],
    ["{ data, shape }", () => ({ data: Uint8Array.from(classes), shape: [SAMPLES] })],
    ["a one-hot int32 tensor", oneHotTensor],
    ["one-hot bytes", () => Uint8Array.from(classes.flatMap((c) => [0, 1, 2].map((k) => (k === c ? 1 : 0))))],
  ];

  it.each(forms)("%s: sparse and categorical losses train alike", async (_, make) => {
    const theirs = tinyModel();
    await theirs.fit(featureTensor(), oneHotTensor(), { shuffle: false, epochs: 2 });
    const expected = weightsOf(theirs);
    for (const loss of ["sparseCategoricalCrossentropy", "categoricalCrossentropy"]) {
      expect(largestDifference(await trained(loss, make()), expected)).toBeLessThan(1e-5);
    }
  });

  it("segmentation: a class for each position", async () => {
    const build = (): LayersModel => {
      const model = sequential();
      model.add(
        layers.conv2d({
          filters: 2,
          kernelSize: 1,
          activation: "softmax",
          inputShape: [2, 2, 1],
          kernelInitializer: "ones",
        }),
      );
      model.compile({ optimizer: "sgd", loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] });
      return model;
    };
    const x = tf.ones([1, 2, 2, 1]);
    const { history } = await train(build(), x, new Uint8Array([0, 0, 0, 1]), {});
    // Equal kernels and no bias: both classes have probability 1/2 everywhere.
    expect(history.loss![0]).toBeCloseTo(Math.log(2), 5);
    expect(history.accuracy![0]).toBeCloseTo(0.75, 5);
  });

  it.each<[string, Parameters<typeof train>[2], RegExp]>([
    ["too large", classes.map((c, i) => (i === 5 ? 3 : c)), /label 3 at index 5 is no class.*0 to 2/],
    ["negative", Int32Array.from(classes, (c, i) => (i === 2 ? -1 : c)), /label -1 at index 2/],
    ["fractional", Float32Array.from(classes, (c, i) => (i === 7 ? 0.5 : c)), /label 0.5 at index 7/],
    ["NaN", classes.map((c, i) => (i === 0 ? Number.NaN : c)), /label NaN at index 0/],
    ["a tensor out of range", tf.tensor1d([...classes.slice(1), 9], "int32"), /label 9 at index 19/],
    ["too few", classes.slice(1), /20 samples but 19 labels/],
    ["too few in a tensor", tf.tensor1d(classes.slice(1), "int32"), /20 samples but 19 labels/],
    [
      "a wrong shape",
      tf.zeros([SAMPLES, 4]),
      /expected \[20\] class numbers or \[20,3\], got shape \[20,4\]/,
    ],
    ["one-hot of 2s", tf.fill([SAMPLES, CLASSES], 2), /value 2 at index 0 is no probability/],
    ["text", "cat" as unknown as number[], /got "cat"/],
  ])("%s: an error before the first step", async (_, y, message) => {
    for (const loss of ["sparseCategoricalCrossentropy", "categoricalCrossentropy"]) {
      const model = tinyModel({ loss });
      const before = weightsOf(model);
      const onBatchBegin = vi.fn();
      const error = await codeOf(train(model, features, y, { callbacks: { onBatchBegin } }));
      expect(error.code).toBe("invalid-labels");
      expect(error.message).toMatch(message);
      expect(onBatchBegin).not.toHaveBeenCalled();
      expect(weightsOf(model)).toEqual(before);
    }
  });

  it("soft labels: fine for the categorical loss, an error for the sparse one", async () => {
    const soft = tf.fill([SAMPLES, CLASSES], 1 / 3);
    const { history } = await train(tinyModel(), features, soft);
    expect(history.loss![0]).toBeGreaterThan(Math.log(3) - 1e-6);
    const error = await codeOf(train(tinyModel({ loss: "sparseCategoricalCrossentropy" }), features, soft));
    expect(error.message).toMatch(/row 0 is not one-hot/);
  });

  it("binary: 0 and 1, and nothing beyond", async () => {
    const build = (): LayersModel => {
      const model = sequential();
      model.add(
        layers.dense({ units: 1, activation: "sigmoid", inputShape: [1], kernelInitializer: "zeros" }),
      );
      model.compile({ optimizer: "sgd", loss: "binaryCrossentropy", metrics: ["accuracy"] });
      return model;
    };
    const { history } = await train(build(), new Float32Array(4), new Uint8Array([0, 1, 1, 0]));
    expect(history.loss![0]).toBeCloseTo(Math.log(2), 5);
    const error = await codeOf(train(build(), new Float32Array(4), [0, 1, 2, 0]));
    expect(error).toMatchObject({
      code: "invalid-labels",
      message: expect.stringContaining("value 2 at index 2"),
    });
  });
});

describe("inputs", () => {
  it("takes tensors, typed arrays and { data, shape } of any dtype alike", async () => {
    const bytes = Uint8Array.from(features, (v) => Math.round(Math.abs(v) * 9));
    const trained = await Promise.all(
      [
        bytes,
        Float64Array.from(bytes),
        { data: bytes, shape: [SAMPLES, FEATURES] },
        tf.tensor(bytes, [SAMPLES, FEATURES], "int32"),
      ].map(async (x) => {
        const model = tinyModel();
        await train(model, x, classes, { shuffle: false });
        return weightsOf(model);
      }),
    );
    for (const weights of trained) expect(weights).toEqual(trained[0]);
  });

  it("gives whole numbers to an input that wants them", async () => {
    const tokens = input({ shape: [2], dtype: "int32", name: "tokens" });
    const embedded = layers
      .embedding({ inputDim: 4, outputDim: 1, embeddingsInitializer: "ones" })
      .apply(tokens);
    const sum = layers.globalAveragePooling1d().apply(embedded) as typeof tokens;
    const model = tfModel({ inputs: tokens, outputs: sum });
    model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    // Every embedding is 1, the target 3: an error of 4.
    const { history } = await train(model, Uint8Array.of(0, 1, 2, 3), [3, 3]);
    expect(history.loss).toEqual([4]);
  });

  it("the same seed gives the same weights from a tensor and from an array", async () => {
    const run = async (x: Parameters<typeof train>[1]): Promise<number[][]> => {
      const model = tinyModel();
      await train(model, x, classes, { epochs: 2, batchSize: 6, seed: 4 });
      return weightsOf(model);
    };
    expect(await run(featureTensor())).toEqual(await run(features));
  });

  it.each<[string, Parameters<typeof train>[1], RegExp]>([
    ["a wrong shape", tf.zeros([SAMPLES, 5]), /expected shape \[count,4\], got \[20,5\]/],
    [
      "no whole number of samples",
      new Float32Array(7),
      /7 values are no whole number of samples \[count,4\]/,
    ],
    ["no samples", new Float32Array(0), /there are no samples/],
    ["a list of lists", [[1, 2]] as unknown as Float32Array[], /got \[1,2\]/],
    ["two for one input", [features, features], /has 1 .*but 2 were given/],
    ["an unknown name", { imput: features }, /none is called "imput"/],
  ])("%s: an error that says what came", async (_, x, message) => {
    const error = await codeOf(train(tinyModel(), x, classes));
    expect(error.code).toBe("invalid-labels");
    expect(error.message).toMatch(message);
  });

  it("names addChannel where the channel is missing", async () => {
    const model = sequential();
    model.add(layers.flatten({ inputShape: [2, 2, 1] }));
    model.add(layers.dense({ units: 2, activation: "softmax" }));
    model.compile({ optimizer: "sgd", loss: "categoricalCrossentropy" });
    expect((await codeOf(train(model, tf.zeros([3, 2, 2]), [0, 1, 0]))).message).toMatch(
      /got \[3,2,2\]: addChannel/,
    );
  });
});

describe("seed", () => {
  const trained = async (seed: number | undefined, options: FitOptions = {}): Promise<number[][]> => {
    const model = tinyModel({}, { dropout: 0.5 });
    await train(model, features, classes, {
      epochs: 3,
      batchSize: 4,
      ...(seed !== undefined && { seed }),
      ...options,
    });
    return weightsOf(model);
  };

  it("the same seed gives identical weights, another seed others", async () => {
    expect(await trained(1)).toEqual(await trained(1));
    expect(await trained(1)).not.toEqual(await trained(2));
    expect(await trained(undefined)).not.toEqual(await trained(undefined));
  });

  it("rules the order of samples", async () => {
    const order = async (seed: number): Promise<number[][]> => {
      const model = tinyModel();
      await train(model, features, classes, { epochs: 2, batchSize: 4, seed });
      return weightsOf(model);
    };
    expect(await order(1)).toEqual(await order(1));
    expect(await order(1)).not.toEqual(await order(2));
  });

  it("draws nothing from Math.random, and leaves it alone when a callback throws", async () => {
    const { random } = Math;
    const model = tinyModel({}, { dropout: 0.5 });
    const spy = vi.spyOn(Math, "random");
    try {
      await train(model, features, classes, { seed: 1, yieldEvery: "never" });
      expect(spy).not.toHaveBeenCalled();
    } finally {
      spy.mockRestore();
    }
    const boom = { onBatchEnd: () => Promise.reject(new Error("boom")) };
    await expect(train(model, features, classes, { seed: 1, callbacks: boom })).rejects.toThrow("boom");
    expect(Math.random).toBe(random);
    expect(Object.hasOwn(model.layers[1]!, "call")).toBe(false);
  });

  it("two trainings at once do not disturb each other", async () => {
    const alone = await trained(5);
    const [a, b] = await Promise.all([
      trained(5, { yieldEvery: "batch" }),
      trained(6, { yieldEvery: "batch" }),
    ]);
    expect(a).toEqual(alone);
    expect(b).not.toEqual(alone);
  });

  it("goes on after initialEpoch as if it had not stopped", async () => {
    const model = tinyModel({}, { dropout: 0.5 });
    await train(model, features, classes, { epochs: 2, batchSize: 4, seed: 1 });
    await train(model, features, classes, { epochs: 3, initialEpoch: 2, batchSize: 4, seed: 1 });
    expect(weightsOf(model)).toEqual(await trained(1));
  });

  /** What a dropout makes of ones in each training step. */
  const masks = async (dropout: layers.Layer, options: FitOptions): Promise<string[]> => {
    const seen: string[] = [];
    const model = sequential();
    model.add(layers.inputLayer({ inputShape: [16] }));
    model.add(dropout);
    model.add(layers.dense({ units: 1 }));
    model.compile({
      optimizer: tf.train.sgd(0),
      // A linear layer of ones shows which units were kept.
      loss: (_, output) => {
        seen.push([...output.dataSync()].join());
        return tf.mean(output, -1);
      },
    });
    model.layers[model.layers.length - 1]!.setWeights([tf.ones([16, 1]), tf.zeros([1])]);
    await train(model, tf.ones([8, 16]), tf.zeros([8, 1]), { batchSize: 2, ...options });
    return seen;
  };

  it("a Dropout with a seed of its own changes its mask at every step, repeatably", async () => {
    const first = await masks(layers.dropout({ rate: 0.5, seed: 3 }), { epochs: 2 });
    expect(new Set(first).size).toBeGreaterThan(6);
    expect(await masks(layers.dropout({ rate: 0.5, seed: 3 }), { epochs: 2 })).toEqual(first);
    expect(await masks(layers.dropout({ rate: 0.5, seed: 4 }), { epochs: 2 })).not.toEqual(first);
  });

  it.each<[string, () => layers.Layer]>([
    ["dropout", () => layers.dropout({ rate: 0.5 })],
    ["gaussianNoise", () => layers.gaussianNoise({ stddev: 1 })],
    ["gaussianDropout", () => layers.gaussianDropout({ rate: 0.5 })],
    ["alphaDropout", () => layers.alphaDropout({ rate: 0.5 })],
  ])("%s follows fit's seed, another mask each step", async (_, make) => {
    const a = await masks(make(), { seed: 1 });
    expect(new Set(a).size).toBe(4);
    expect(await masks(make(), { seed: 1 })).toEqual(a);
    expect(await masks(make(), { seed: 2 })).not.toEqual(a);
  });

  const seeded = () => initializers.glorotUniform({ seed: 1 });
  it.each<[string, () => layers.Layer]>([
    ["a nested model", () => sequential({ layers: [layers.dropout({ rate: 0.5, inputShape: [3, 2] })] })],
    ["timeDistributed", () => layers.timeDistributed({ layer: layers.dropout({ rate: 0.5 }) })],
    [
      "recurrent dropout",
      () =>
        layers.gru({
          units: 2,
          dropout: 0.5,
          recurrentDropout: 0.5,
          returnSequences: true,
          kernelInitializer: seeded(),
          recurrentInitializer: seeded(),
        }),
    ],
  ])("reaches %s", async (_, make) => {
    const run = async (seed: number): Promise<number[][]> => {
      const model = sequential();
      model.add(layers.inputLayer({ inputShape: [3, 2] }));
      model.add(make());
      model.add(layers.flatten());
      model.add(layers.dense({ units: 1, kernelInitializer: "ones" }));
      model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
      await train(model, tf.ones([8, 3, 2]), tf.zeros([8, 1]), {
        seed,
        batchSize: 4,
        epochs: 2,
        shuffle: false,
      });
      return weightsOf(model);
    };
    expect(await run(1)).toEqual(await run(1));
    expect(await run(1)).not.toEqual(await run(2));
  });
});

describe("history and logs", () => {
  it("says accuracy, in Keras's order, as numbers", async () => {
    const seen: object[] = [];
    const model = tinyModel();
    const { epoch, history } = await train(model, features, classes, {
      epochs: 2,
      batchSize: 8,
      validationData: [featureTensor(), Uint8Array.from(classes)],
      callbacks: [
        { onBatchEnd: (_, logs) => void seen.push({ ...logs }) },
        { onEpochEnd: (_, logs) => void seen.push({ ...logs }) },
      ],
    });
    expect(epoch).toEqual([0, 1]);
    expect(Object.keys(history)).toEqual(["loss", "accuracy", "val_loss", "val_accuracy"]);
    expect(seen).toHaveLength(2 * (3 + 1));
    expect(seen[0]).toEqual({ batch: 0, size: 8, loss: expect.any(Number), accuracy: expect.any(Number) });
    expect(seen[2]).toMatchObject({ batch: 2, size: 4 });
    expect(Object.keys(seen[3]!)).toEqual(["loss", "accuracy", "val_loss", "val_accuracy"]);
    expect(model.history.history).toEqual(history);
    expect(model.metricsNames).toEqual(["loss", "acc"]);
  });

  it("means are weighted by batch sizes", async () => {
    const model = tinyModel({ optimizer: tf.train.sgd(0) });
    const { history } = await train(model, features, classes, { batchSize: 7, shuffle: false });
    const [loss, accuracy] = model.evaluate(featureTensor(), oneHotTensor()) as tf.Scalar[];
    expect(history.loss![0]).toBeCloseTo(loss!.dataSync()[0]!, 5);
    expect(history.accuracy![0]).toBeCloseTo(accuracy!.dataSync()[0]!, 5);
  });

  it("early stopping by accuracy, beside callbacks of functions", async () => {
    const epochs: number[] = [];
    const { epoch } = await train(tinyModel({ optimizer: tf.train.sgd(0) }), features, classes, {
      epochs: 9,
      validationSplit: 0.5,
      callbacks: [
        { onEpochEnd: (e) => void epochs.push(e) },
        callbacks.earlyStopping({ monitor: "val_accuracy" }),
      ],
    });
    // Nothing changes at a learning rate of 0: the second epoch is no better than the first.
    expect(epoch).toEqual([0, 1]);
    expect(epochs).toEqual([0, 1]);
  });

  it("a callback may stop training before an epoch's first batch", async () => {
    const model = tinyModel();
    const { epoch, history } = await train(model, features, classes, {
      epochs: 5,
      callbacks: { onEpochBegin: (e) => void (e === 1 && Object.assign(model, { stopTraining: true })) },
    });
    expect(epoch).toEqual([0, 1]);
    expect(history.loss).toHaveLength(1);
  });

  it("stepsPerEpoch takes other samples each epoch", async () => {
    const sizes: number[] = [];
    await train(tinyModel(), features, classes, {
      epochs: 2,
      batchSize: 6,
      stepsPerEpoch: 2,
      callbacks: { onBatchEnd: (_, logs) => void sizes.push(logs!.size!) },
    });
    expect(sizes).toEqual([6, 6, 6, 6]);
  });

  it("plain model.fit works on the same model afterwards", async () => {
    const model = tinyModel({}, { dropout: 0.5 });
    await train(model, features, classes, { seed: 1 });
    const { history } = await model.fit(featureTensor(), oneHotTensor(), { verbose: 0 });
    expect(Object.keys(history)).toEqual(["loss", "acc"]);
  });
});

describe("NaN", () => {
  const poisoned = Float32Array.from(features);
  poisoned[9 * FEATURES] = Number.NaN;
  const options: FitOptions = { shuffle: false, batchSize: 4, epochs: 2 };

  it("is an error that names epoch and batch", async () => {
    const error = await codeOf(train(tinyModel(), poisoned, classes, options));
    expect(error.code).toBe("nan-loss");
    expect(error.message).toMatch(/became NaN in epoch 1, batch 3 of 5/);
  });

  it('"stop" ends training there, "continue" goes on', async () => {
    const stopped = await train(tinyModel(), poisoned, classes, { ...options, onNaN: "stop" });
    expect(stopped.history.loss).toEqual([Number.NaN]);
    const continued = await train(tinyModel(), poisoned, classes, { ...options, onNaN: "continue" });
    expect(continued.history.loss).toEqual([Number.NaN, Number.NaN]);
  });
});

describe("tensors", () => {
  const leak = async (work: (model: LayersModel) => Promise<unknown>): Promise<number> => {
    const model = tinyModel({}, { dropout: 0.2 });
    const before = tf.memory().numTensors;
    await work(model).catch(() => undefined);
    return tf.memory().numTensors - before;
  };

  it("none is left, whatever happens", async () => {
    const boom = (): never => {
      throw new Error("boom");
    };
    expect(
      await leak((m) =>
        train(m, features, classes, { epochs: 2, validationSplit: 0.2, classWeight: { 0: 1, 1: 1, 2: 2 } }),
      ),
    ).toBe(0);
    expect(await leak((m) => train(m, features, classes, { callbacks: { onBatchBegin: boom } }))).toBe(0);
    expect(await leak((m) => train(m, features, classes, { callbacks: { onBatchEnd: boom } }))).toBe(0);
    expect(await leak((m) => train(m, features, classes, { callbacks: { onEpochEnd: boom } }))).toBe(0);
    expect(await leak((m) => train(m, features, classes.slice(1)))).toBe(0);
    expect(
      await leak((m) =>
        train(
          m,
          features.map(() => Number.NaN),
          classes,
        ),
      ),
    ).toBe(0);
    const x = featureTensor();
    const y = tf.tensor1d(classes, "int32");
    expect(await leak((m) => train(m, x, y, { epochs: 2, seed: 1, validationData: [x, y] }))).toBe(0);
    expect(x.isDisposed || y.isDisposed).toBe(false);
  });
});

describe("signal", () => {
  it("stops between steps with its reason", async () => {
    const controller = new AbortController();
    let batches = 0;
    const promise = train(tinyModel(), features, classes, {
      epochs: 5,
      batchSize: 4,
      signal: controller.signal,
      callbacks: { onBatchEnd: () => void (++batches === 3 && controller.abort(new Error("enough"))) },
    });
    await expect(promise).rejects.toThrow("enough");
    expect(batches).toBe(3);
  });

  it("reaches a timer: training lets others run", async () => {
    const signal = AbortSignal.timeout(150);
    await expect(train(tinyModel(), features, classes, { epochs: 1e6, signal })).rejects.toMatchObject({
      name: "TimeoutError",
    });
  });
});

describe("wrong arguments", () => {
  it.each<[string, object, string, RegExp]>([
    ["epoch", { epoch: 3 }, "unknown-option", /unknown option "epoch": did you mean "epochs"/],
    ["epochs", { epochs: 1.5 }, "invalid-argument", /epochs must be a whole number of at least 0, got 1.5/],
    ["batchSize", { batchSize: 0 }, "invalid-argument", /batchSize/],
    ["seed", { seed: 0.1 }, "invalid-argument", /seed must be a whole number, got 0.1/],
    ["validationSplit", { validationSplit: 1 }, "invalid-argument", /validationSplit/],
    ["validationData", { validationData: features }, "invalid-argument", /validationData must be \[x, y\]/],
    ["shuffle", { shuffle: "batch" }, "invalid-argument", /shuffle must be true or false/],
    ["verbose", { verbose: 3 }, "invalid-argument", /verbose must be 0, 1 or 2, got 3/],
    ["onNaN", { onNaN: "thow" }, "invalid-argument", /did you mean "throw"/],
    ["yieldEvery", { yieldEvery: "sometimes" }, "invalid-argument", /yieldEvery/],
    ["stepsPerEpoch", { stepsPerEpoch: 2 }, "invalid-argument", /20 samples give 1 steps of 32/],
    ["callbacks", { callbacks: [() => 1] }, "invalid-argument", /a callback must be an object/],
    ["classWeight", { classWeight: { 0: 1, 1: 1 } }, "invalid-argument", /class 2 .*needs a weight/],
    ["options", [], "invalid-argument", /options must be an object/],
  ])("%s", async (_, options, code, message) => {
    const error = await codeOf(train(tinyModel(), features, classes, options as FitOptions));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  it("a model that is none, is not built, not compiled, or being trained", async () => {
    expect((await codeOf(train({} as LayersModel, features, classes))).code).toBe("invalid-source");
    expect((await codeOf(train(undefined as unknown as LayersModel, features, classes))).code).toBe(
      "invalid-source",
    );
    const unbuilt = sequential();
    expect((await codeOf(train(unbuilt, features, classes))).code).toBe("unbuilt-model");
    const raw = sequential({ layers: [layers.dense({ units: 3, inputShape: [4] })] });
    expect((await codeOf(train(raw, features, classes))).message).toMatch(/not compiled/);
    const model = tinyModel();
    const first = train(model, features, classes);
    expect((await codeOf(train(model, features, classes))).message).toMatch(/being trained already/);
    await first;
    await train(model, features, classes);
  });
});
