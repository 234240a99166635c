import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { initializers, type LayersModel, layers } from "@tensorflow/tfjs-layers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildCnn, type CnnOptions } from "../../src/architectures/cnn.ts";
import { buildFunctional, type FunctionalOptions } from "../../src/architectures/functional.ts";
import type { BuildOptions } from "../../src/architectures/options.ts";
import { buildSequential, type SequentialOptions } from "../../src/architectures/sequential.ts";
import { ForgeError } from "../../src/errors.ts";
import { evaluate } from "../../src/training/evaluate.ts";
import { fit as train } from "../../src/training/fit.ts";

const kinds = (model: LayersModel): string[] => model.layers.map((layer) => layer.getClassName());
const configs = (model: LayersModel, kind: string, field: string): unknown[] =>
  model.layers.filter((layer) => layer.getClassName() === kind).map((layer) => layer.getConfig()[field]);
const weightsOf = (model: LayersModel): number[][] => model.getWeights().map((w) => [...w.dataSync()]);

/** Small ones, for tests that look at values. */
const SMALL: readonly [string, (options?: BuildOptions) => LayersModel][] = [
  ["buildSequential", (o) => buildSequential({ inputShape: [4, 4], hidden: [6], classes: 3, ...o })],
  ["buildFunctional", (o) => buildFunctional({ inputShape: [4, 4], hidden: [6], classes: 3, ...o })],
  [
    "buildCnn",
    (o) =>
      buildCnn({
        ...o,
        inputShape: [4, 4, 1],
        blocks: [{ filters: 2 }],
        dense: [],
        classes: o?.classes ?? 3,
      }),
  ],
];

describe("defaults are the tutorials'", () => {
  it("Sequential: 101,770 parameters", () => {
    const model = buildSequential();
    // 784 * 128 + 128, and 128 * 10 + 10.
    expect(model.countParams()).toBe(101_770);
    expect(kinds(model)).toEqual(["InputLayer", "Flatten", "Dense", "Dense"]);
    expect(configs(model, "Dense", "activation")).toEqual(["relu", "softmax"]);
    expect(model.inputs[0]!.shape).toEqual([null, 28, 28]);
    expect(model.outputs[0]!.shape).toEqual([null, 10]);
    expect(buildSequential({ inputShape: [28, 28, 1] }).countParams()).toBe(101_770);
    expect(buildSequential({ inputShape: [784] }).countParams()).toBe(101_770);
  });

  it("Functional: 101,770 parameters", () => {
    const model = buildFunctional();
    expect(model.countParams()).toBe(101_770);
    expect(kinds(model)).toEqual(["InputLayer", "Flatten", "Dense", "Dense"]);
    expect(buildFunctional({ inputShape: [28, 28, 1] }).countParams()).toBe(101_770);
  });

  it("CNN: 93,322 parameters", () => {
    const model = buildCnn();
    // 320 + 18,496 + 36,928 + 576 * 64 + 64 + 650.
    expect(model.countParams()).toBe(93_322);
    expect(kinds(model)).toEqual([
      "InputLayer",
      "Conv2D",
      "MaxPooling2D",
      "Conv2D",
      "MaxPooling2D",
      "Conv2D",
      "Flatten",
      "Dense",
      "Dense",
    ]);
    expect(configs(model, "Conv2D", "filters")).toEqual([32, 64, 64]);
    expect(configs(model, "Conv2D", "padding")).toEqual(["valid", "valid", "valid"]);
    expect(configs(model, "Conv2D", "activation")).toEqual(["relu", "relu", "relu"]);
  });

  it.each(SMALL)("%s: compiled with Adam, cross-entropy and accuracy", (_, build) => {
    const model = build();
    expect(model.optimizer.getClassName()).toBe("Adam");
    expect(model.loss).toBe("categoricalCrossentropy");
    expect(model.metricsNames).toEqual(["loss", "acc"]);
  });
});

describe("options change the structure", () => {
  const units = fc.integer({ min: 1, max: 5 });
  const common = fc.record({
    classes: fc.integer({ min: 2, max: 4 }),
    activation: fc.constantFrom("softmax" as const, "sigmoid" as const, "linear" as const),
    name: fc.constantFrom("net", "digits"),
  });

  const checkCommon = (model: LayersModel, { classes, activation, name }: BuildOptions): void => {
    expect(model.name).toBe(name);
    expect(model.outputs[0]!.shape).toEqual([null, classes]);
    expect(configs(model, "Dense", "activation").at(-1)).toBe(activation);
  };

  it("Sequential: units, dropout, inputs, outputs", () => {
    const inputShape = fc.array(units, { minLength: 1, maxLength: 3 });
    const hidden = fc.array(units, { maxLength: 3 });
    const dropout = fc.constantFrom(0, 0.25, 0.5);
    fc.assert(
      fc.property(common, inputShape, hidden, dropout, (shared, shape, widths, rate) => {
        const model = buildSequential({
          ...shared,
          inputShape: shape,
          hidden: widths,
          dropout: rate,
          compile: false,
        });
        checkCommon(model, shared);
        expect(kinds(model)).toEqual([
          "InputLayer",
          ...(shape.length > 1 ? ["Flatten"] : []),
          ...widths.flatMap(() => (rate > 0 ? ["Dense", "Dropout"] : ["Dense"])),
          "Dense",
        ]);
        expect(configs(model, "Dense", "units")).toEqual([...widths, shared.classes]);
        const sizes = [shape.reduce((a, b) => a * b, 1), ...widths, shared.classes];
        const params = sizes.slice(1).reduce((sum, size, i) => sum + (sizes[i]! + 1) * size, 0);
        expect(model.countParams()).toBe(params);
        model.dispose();
      }),
      { numRuns: 30 },
    );
  });

  it("CNN: blocks and dense layers", () => {
    const block = fc.record({
      filters: units,
      kernelSize: fc.oneof(units, fc.tuple(units, units)),
      pool: fc.constantFrom(false, true, 1, 2, 3),
      batchNormalization: fc.boolean(),
      dropout: fc.constantFrom(0, 0.5),
    });
    const dense = fc.array(units, { maxLength: 2 });
    fc.assert(
      fc.property(
        common,
        fc.array(block, { minLength: 1, maxLength: 2 }),
        dense,
        (shared, blocks, widths) => {
          const model = buildCnn({
            ...shared,
            inputShape: [28, 24, 2],
            blocks,
            dense: widths,
            compile: false,
          });
          checkCommon(model, shared);
          let [height, width, channels, params] = [28, 24, 2, 0];
          const expected = ["InputLayer"];
          for (const { filters, kernelSize, pool, batchNormalization, dropout } of blocks) {
            const [kh, kw] = typeof kernelSize === "number" ? [kernelSize, kernelSize] : kernelSize;
            const by = pool === true ? 2 : pool === false ? 1 : pool;
            params += kh * kw * channels * filters + (batchNormalization ? 4 * filters : filters);
            [height, width, channels] = [
              Math.floor((height - kh + 1) / by),
              Math.floor((width - kw + 1) / by),
              filters,
            ];
            expected.push("Conv2D");
            if (batchNormalization) expected.push("BatchNormalization", "Activation");
            if (by > 1) expected.push("MaxPooling2D");
            if (dropout > 0) expected.push("Dropout");
          }
          expect(kinds(model)).toEqual([...expected, "Flatten", ...widths.map(() => "Dense"), "Dense"]);
          const sizes = [height * width * channels, ...widths, shared.classes];
          for (let i = 1; i < sizes.length; i++) params += (sizes[i - 1]! + 1) * sizes[i]!;
          expect(model.countParams()).toBe(params);
          model.dispose();
        },
      ),
      { numRuns: 30 },
    );
  });

  it("Functional: a body of one's own, with and without hidden layers", () => {
    const model = buildFunctional({
      inputShape: [8, 8, 1],
      classes: 2,
      body: (x, run) => {
        const a = run(layers.conv2d({ filters: 3, kernelSize: 3, padding: "same" }), x);
        const b = run(layers.conv2d({ filters: 3, kernelSize: 5, padding: "same" }), x);
        return run(layers.concatenate(), [a, b]);
      },
    });
    expect(kinds(model)).toEqual(["InputLayer", "Conv2D", "Conv2D", "Concatenate", "Flatten", "Dense"]);
    // 30 + 78, and 8 * 8 * 6 * 2 + 2.
    expect(model.countParams()).toBe(878);
    // `apply` as it is, and the body may do nothing.
    const plain = buildFunctional({
      inputShape: [4],
      body: (x) => layers.dense({ units: 7 }).apply(x),
      hidden: [5],
    });
    expect(configs(plain, "Dense", "units")).toEqual([7, 5, 10]);
    expect(kinds(buildFunctional({ inputShape: [4], body: (x) => x }))).toEqual(["InputLayer", "Dense"]);
  });

  it("layers have the same names in every model", () => {
    const names = (): string[] => buildCnn().layers.map((layer) => layer.name);
    expect(names()).toEqual(names());
    expect(names()).toContain("conv2d_2");
  });
});

describe("seed", () => {
  it.each(SMALL)("%s: the same seed, the same weights; another seed, others", (_, build) => {
    expect(weightsOf(build({ seed: 1 }))).toEqual(weightsOf(build({ seed: 1 })));
    expect(weightsOf(build({ seed: 1 }))).not.toEqual(weightsOf(build({ seed: 2 })));
    expect(weightsOf(build())).not.toEqual(weightsOf(build()));
  });

  it("each layer has weights of its own", () => {
    const model = buildSequential({ inputShape: [6], hidden: [6, 6], seed: 1 });
    const [first, , second] = weightsOf(model);
    expect(first).not.toEqual(second);
  });

  it("keeps the initializer's distribution: glorotNormal's standard deviation is sqrt(2 / (in + out))", () => {
    const [kernel, bias] = weightsOf(buildSequential({ seed: 3 }));
    const deviation = Math.sqrt(kernel!.reduce((sum, v) => sum + v * v, 0) / kernel!.length);
    // tfjs draws from a normal distribution that is cut at two deviations, which narrows it to 0.88 of them.
    expect(deviation / Math.sqrt(2 / (784 + 128))).toBeGreaterThan(0.85);
    expect(deviation / Math.sqrt(2 / (784 + 128))).toBeLessThan(1.02);
    expect(new Set(bias)).toEqual(new Set([0]));
  });

  it("reaches the layers of a body, and leaves seeds that the user gave", () => {
    const build = (seed: number, own?: number): number[][] =>
      weightsOf(
        buildFunctional({
          inputShape: [4, 4, 1],
          seed,
          body: (x, run) => {
            const y = run(layers.separableConv2d({ filters: 2, kernelSize: 2 }), x);
            const kernelInitializer =
              own === undefined ? "glorotUniform" : initializers.glorotUniform({ seed: own });
            return run(layers.conv2d({ filters: 2, kernelSize: 2, kernelInitializer }), y);
          },
        }),
      );
    const a = build(1);
    expect(build(1)).toEqual(a);
    const b = build(2);
    // Depthwise, pointwise and the second layer's kernels; biases are zeros.
    for (const i of [0, 1, 3]) expect(b[i]).not.toEqual(a[i]);
    expect(build(1, 5)[3]).toEqual(build(2, 5)[3]);
  });

  it("gives dropout masks that are repeatable and change from call to call, in plain tfjs too", () => {
    const masks = (seed: number): number[][] => {
      const model = buildSequential({ inputShape: [8], hidden: [32], dropout: 0.5, seed });
      const x = tf.ones([1, 8]);
      return [0, 1, 2].map(() => [...(model.apply(x, { training: true }) as tf.Tensor).dataSync()]);
    };
    const first = masks(1);
    expect(masks(1)).toEqual(first);
    expect(new Set(first.map(String)).size).toBe(3);
  });

  it("with fit's seed, two programs get the same model", async () => {
    const x = Float32Array.from({ length: 10 * 16 }, (_, i) => Math.sin(i));
    const y = Uint8Array.from({ length: 10 }, (_, i) => i % 3);
    const run = async (seed: number): Promise<number[][]> => {
      const model = buildSequential({ inputShape: [4, 4], hidden: [6], classes: 3, dropout: 0.3, seed });
      await train(model, x, y, { epochs: 2, batchSize: 4, seed });
      return weightsOf(model);
    };
    expect(await run(1)).toEqual(await run(1));
    expect(await run(1)).not.toEqual(await run(2));
  });
});

describe("compile", () => {
  const x = Float32Array.from({ length: 12 * 16 }, (_, i) => Math.sin(i * i));

  it.each(SMALL)("%s: class numbers and one-hot rows train alike, for every activation", async (_, build) => {
    const classes = Uint8Array.from({ length: 12 }, (_v, i) => i % 3);
    const oneHot = Float32Array.from({ length: 36 }, (_v, i) =>
      i % 3 === classes[Math.floor(i / 3)] ? 1 : 0,
    );
    for (const activation of ["softmax", "sigmoid", "linear"] as const) {
      for (const loss of [undefined, "sparseCategoricalCrossentropy"] as const) {
        if (loss !== undefined && activation !== "softmax") continue;
        const run = async (y: Uint8Array | Float32Array): Promise<number[][]> => {
          const model = build({ seed: 1, activation, ...(loss && { compile: { loss } }) });
          const { history } = await train(model, x, y, { epochs: 2, seed: 1 });
          expect(Object.keys(history)).toEqual(["loss", "accuracy"]);
          return weightsOf(model);
        };
        expect(await run(classes)).toEqual(await run(oneHot));
      }
    }
  });

  it("linear outputs are logits: the loss is softmax cross-entropy, gradients included", async () => {
    const build = (activation: "softmax" | "linear"): LayersModel =>
      buildSequential({
        inputShape: [16],
        hidden: [5],
        classes: 3,
        seed: 1,
        activation,
        compile: { optimizer: "sgd", ...(activation === "softmax" && { loss: "categoricalCrossentropy" }) },
      });
    const y = Uint8Array.from({ length: 12 }, (_, i) => i % 3);
    const [a, b] = [build("softmax"), build("linear")];
    const [ha, hb] = [
      await train(a, x, y, { epochs: 3, seed: 2 }),
      await train(b, x, y, { epochs: 3, seed: 2 }),
    ];
    for (const i of [0, 1, 2]) {
      expect(hb.history.loss![i]).toBeCloseTo(ha.history.loss![i]!, 4);
      expect(hb.history.accuracy![i]).toBe(ha.history.accuracy![i]);
    }
  });

  it("one class: binary cross-entropy from a probability or from a logit", async () => {
    const build = (activation: "sigmoid" | "linear"): LayersModel =>
      buildSequential({ inputShape: [16], hidden: [5], classes: 1, seed: 1, activation });
    const y = Uint8Array.from({ length: 12 }, (_, i) => i % 2);
    const [a, b] = [await evaluate(build("sigmoid"), x, y), await evaluate(build("linear"), x, y)];
    expect(Object.keys(b)).toEqual(["loss", "accuracy"]);
    expect(b.loss).toBeCloseTo(a.loss, 5);
    expect(b.accuracy).toBe(a.accuracy);
    const { history } = await train(build("linear"), x, y, { epochs: 2, seed: 1 });
    expect(history.loss![1]).toBeLessThan(history.loss![0]!);
  });

  it("plain model.fit and evaluate work", async () => {
    const model = buildSequential({ inputShape: [16], classes: 3 });
    const y = tf.oneHot(tf.tensor1d([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2], "int32"), 3);
    const { history } = await model.fit(tf.tensor(x, [12, 16]), y, { epochs: 3, verbose: 0 });
    expect(history.acc).toHaveLength(3);
  });

  it("false leaves the model as it is", () => {
    expect(buildCnn({ compile: false }).optimizer ?? undefined).toBeUndefined();
  });

  it("takes other names and a learning rate", () => {
    const model = buildSequential({
      compile: { optimizer: "sgd", learningRate: 0.5, loss: "meanSquaredError", metrics: ["mae"] },
    });
    expect(model.optimizer.getClassName()).toBe("SGD");
    expect(model.optimizer.getConfig().learningRate).toBe(0.5);
    expect(model.loss).toBe("meanSquaredError");
    expect(model.metricsNames).toEqual(["loss", "mae"]);
    const own = tf.train.adam(0.1);
    expect(buildSequential({ compile: { optimizer: own, metrics: [] } }).optimizer).toBe(own);
  });

  it("disposes what it made, with the model", async () => {
    const before = tf.memory().numTensors;
    for (const [, build] of SMALL) {
      const model = build({ seed: 1 });
      await train(model, x, new Uint8Array(12));
      model.dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("wrong options", () => {
  const ownOptimizer = tf.train.sgd(1);
  const cases: [string, () => unknown, string, RegExp][] = [
    [
      "a typo",
      () => buildSequential({ hiden: [3] } as SequentialOptions),
      "unknown-option",
      /"hiden": did you mean "hidden"/,
    ],
    [
      "another builder's",
      () => buildCnn({ hidden: [3] } as CnnOptions),
      "unknown-option",
      /buildCnn: unknown option "hidden"/,
    ],
    ["no object", () => buildCnn([] as CnnOptions), "invalid-argument", /options must be an object/],
    [
      "inputShape",
      () => buildSequential({ inputShape: [28, 0] }),
      "invalid-argument",
      /inputShape.*got \[28,0\]/,
    ],
    [
      "inputShape of a CNN",
      () => buildCnn({ inputShape: [28, 28] as unknown as [1, 2, 3] }),
      "invalid-argument",
      /\[height,width,channels\], got \[28,28\]/,
    ],
    ["classes", () => buildFunctional({ classes: 2.5 }), "invalid-argument", /classes.*2.5/],
    [
      "activation",
      () => buildCnn({ activation: "softmx" as "softmax" }),
      "invalid-argument",
      /did you mean "softmax"/,
    ],
    ["softmax of one", () => buildCnn({ classes: 1 }), "invalid-argument", /always 1/],
    ["seed", () => buildCnn({ seed: Number.NaN }), "invalid-argument", /seed/],
    ["name", () => buildCnn({ name: "" }), "invalid-argument", /name/],
    ["hidden", () => buildSequential({ hidden: [8, -1] }), "invalid-argument", /hidden.*\[8,-1\]/],
    [
      "dropout",
      () => buildSequential({ dropout: 1 }),
      "invalid-argument",
      /dropout must be from 0 up to 1.*got 1/,
    ],
    [
      "dense",
      () => buildCnn({ dense: 64 as unknown as number[] }),
      "invalid-argument",
      /dense must be a list/,
    ],
    [
      "body",
      () => buildFunctional({ body: 3 as unknown as NonNullable<FunctionalOptions["body"]> }),
      "invalid-argument",
      /body must be a function/,
    ],
    [
      "a body's result",
      () => buildFunctional({ body: (v) => [v, v] }),
      "invalid-argument",
      /body must return one symbolic tensor, got \[/,
    ],
    ["blocks", () => buildCnn({ blocks: {} as never }), "invalid-argument", /blocks must be a list/],
    [
      "a block's typo",
      () => buildCnn({ blocks: [{ filters: 3, pol: 2 } as never] }),
      "unknown-option",
      /blocks\[0\]: unknown option "pol": did you mean "pool"/,
    ],
    [
      "filters",
      () => buildCnn({ blocks: [{} as never] }),
      "invalid-argument",
      /blocks\[0\]: filters.*undefined/,
    ],
    [
      "kernelSize",
      () => buildCnn({ blocks: [{ filters: 1, kernelSize: [3] as never }] }),
      "invalid-argument",
      /kernelSize.*\[3\]/,
    ],
    ["pool", () => buildCnn({ blocks: [{ filters: 1, pool: 0 }] }), "invalid-argument", /pool.*got 0/],
    [
      "batchNormalization",
      () => buildCnn({ blocks: [{ filters: 1, batchNormalization: 1 as never }] }),
      "invalid-argument",
      /batchNormalization/,
    ],
    [
      "nothing left",
      () => buildCnn({ inputShape: [9, 9, 1] }),
      "invalid-argument",
      /blocks\[1\] leaves nothing of an image of \[3,3\]/,
    ],
    [
      "compile",
      () => buildCnn({ compile: true as never }),
      "invalid-argument",
      /compile must be an object or false/,
    ],
    [
      "optimizer",
      () => buildCnn({ compile: { optimizer: "adma" as "adam" } }),
      "invalid-argument",
      /optimizer "adma": did you mean "adam"/,
    ],
    [
      "loss",
      () => buildCnn({ compile: { loss: "crossentropy" as never } }),
      "invalid-argument",
      /unknown loss/,
    ],
    [
      "metric",
      () => buildCnn({ compile: { metrics: ["acuracy" as never] } }),
      "invalid-argument",
      /did you mean "accuracy"/,
    ],
    [
      "learningRate",
      () => buildCnn({ compile: { learningRate: 0 } }),
      "invalid-argument",
      /learningRate must be above 0/,
    ],
    [
      "two rates",
      () => buildCnn({ compile: { learningRate: 1, optimizer: ownOptimizer } }),
      "invalid-argument",
      /yours has its own/,
    ],
    [
      "compile's typo",
      () => buildCnn({ compile: { optimiser: "adam" } as never }),
      "unknown-option",
      /did you mean "optimizer"/,
    ],
  ];
  it.each(cases)("%s: an error, and no weights left", (_, build, code, message) => {
    const before = tf.memory().numTensors;
    let error: unknown;
    try {
      build();
    } catch (e) {
      error = e;
    }
    expect(error).toBeInstanceOf(ForgeError);
    expect((error as ForgeError).code).toBe(code);
    expect((error as ForgeError).message).toMatch(message);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("are compile errors where types can say it", () => {
    const types = (): void => {
      // @ts-expect-error a misspelt option
      buildSequential({ hiden: [3] });
      // @ts-expect-error an unknown activation
      buildCnn({ activation: "relu" });
      // @ts-expect-error an image has three dimensions
      buildCnn({ inputShape: [28, 28] });
      // @ts-expect-error a block needs filters
      buildCnn({ blocks: [{ pool: 2 }] });
      // @ts-expect-error an unknown optimizer
      buildFunctional({ compile: { optimizer: "nadam" } });
      // @ts-expect-error another builder's option
      buildFunctional({ dropout: 0.5 });
      // @ts-expect-error compile is no flag
      buildCnn({ compile: true });
    };
    expect(types).toBeTypeOf("function");
  });
});
