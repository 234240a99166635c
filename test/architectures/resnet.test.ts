import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, loadLayersModel } from "@tensorflow/tfjs-layers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildResNet, ForgeError, type ResNetOptions } from "../../src/index.ts";
import { CASES, type CaseName, expectKerasNetwork, expectParameters, withModel } from "./resnet-facts.ts";

let before: number;
beforeEach(() => {
  before = tf.memory().numTensors;
});
afterEach(() => {
  expect(tf.memory().numTensors).toBe(before);
});

describe.each(["resnet50", "resnet50v2"] as const)("%s is Keras's", (variant) => {
  it.each(Object.keys(CASES) as CaseName[])("%s: names, classes, connections, weights, options", (name) => {
    expectKerasNetwork(variant, name);
  });
});

describe("options", () => {
  it.each<[ResNetOptions, number]>([
    [{}, 23_579_018],
    [{ variant: "resnet50", inputShape: [64, 64, 3], classes: 5 }, 23_597_957],
  ])("%j: %i parameters", expectParameters);

  it("name, activation, compile and classes reach the model", () => {
    const compile = { optimizer: "sgd", learningRate: 0.5 } as const;
    withModel({ name: "mine", activation: "sigmoid", classes: 1, compile }, (model) => {
      expect(model.name).toBe("mine");
      expect(model.getLayer("predictions").getConfig()).toMatchObject({ units: 1, activation: "sigmoid" });
      expect(model.optimizer.getConfig().learningRate).toBe(0.5);
      expect(model.loss).toBe("binaryCrossentropy");
    });
    withModel({ compile: false }, (model) => expect(model.optimizer ?? undefined).toBeUndefined());
  });

  it.each(["resnet50", "resnet50v2"] as const)("%s: the momentum of all batch normalizations", (variant) => {
    withModel({ ...CASES.avg, variant, batchNormalizationMomentum: 0.9 }, (model) => {
      const layers = model.layers.filter((layer) => layer.getClassName() === "BatchNormalization");
      expect(new Set(layers.map((layer) => layer.getConfig().momentum))).toEqual(new Set([0.9]));
    });
  });

  it("without its top a model has no classifier, and is not compiled", () => {
    withModel({ ...CASES.avg, compile: false }, (model) => {
      expect(model.outputs[0]!.shape).toEqual([null, 2048]);
      expect(model.optimizer ?? undefined).toBeUndefined();
    });
    withModel(CASES.features, (model) => expect(model.outputs[0]!.shape).toEqual([null, 2, 2, 2048]));
  });

  it("the same seed, the same weights, of Keras's glorotUniform distribution", () => {
    const kernel = (seed: number): Float32Array => {
      let values = new Float32Array();
      withModel({ seed }, (model) => {
        values = model.getLayer("conv2_block1_2_conv").getWeights()[0]!.dataSync<"float32">().slice();
      });
      return values;
    };
    const first = kernel(1);
    expect(kernel(1)).toEqual(first);
    expect(kernel(2)).not.toEqual(first);
    const limit = Math.sqrt(6 / (9 * 64 + 9 * 64));
    let largest = 0;
    let squares = 0;
    for (const value of first) {
      largest = Math.max(largest, Math.abs(value));
      squares += value * value;
    }
    expect(largest / limit).toBeGreaterThan(0.999);
    expect(largest / limit).toBeLessThanOrEqual(1.000001);
    // A uniform distribution's deviation is its half width over the root of 3.
    expect(Math.sqrt(squares / first.length) / (limit / Math.sqrt(3))).toBeCloseTo(1, 1);
  });

  it("weights by Keras's names load", () => {
    withModel({ ...CASES.avg, seed: 1 }, (model) => {
      withModel({ ...CASES.avg, seed: 2 }, (other) => {
        const named = Object.fromEntries(model.weights.map((weight) => [weight.originalName, weight.read()]));
        expect(named["conv4_block6_2_bn/moving_variance"]!.shape).toEqual([256]);
        other.loadWeights(named);
        const of = (m: LayersModel): unknown => m.getLayer("conv1_conv").getWeights()[0]!.arraySync();
        expect(of(other)).toEqual(of(model));
      });
    });
  });
});

it("saves and loads", async () => {
  const model = buildResNet({ ...CASES.top, seed: 1 });
  let artifacts: tf.io.ModelArtifacts = {};
  await model.save(
    tf.io.withSaveHandler(async (given) => {
      artifacts = given;
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(given) };
    }),
  );
  const loaded = await loadLayersModel(tf.io.fromMemory(artifacts));
  expect(loaded.layers.map(({ name }) => name)).toEqual(model.layers.map(({ name }) => name));
  expect(loaded.name).toBe(model.name);
  const kernel = (m: LayersModel): unknown => m.getLayer("conv2_block1_1_conv").getWeights()[0]!.arraySync();
  expect(kernel(loaded)).toEqual(kernel(model));
  model.dispose();
  loaded.dispose();
});

describe("wrong options: an error, and no weights left", () => {
  const headless = { includeTop: false } as const;
  it.each<[string, unknown, string, RegExp]>([
    ["a typo", { varient: "resnet50" }, "unknown-option", /"varient": did you mean "variant"/],
    ["another builder's", { hidden: [3] }, "unknown-option", /buildResNet: unknown option "hidden"/],
    ["no object", null, "invalid-argument", /options must be an object, got null/],
    ["variant", { variant: "resnet50V2" }, "invalid-argument", /did you mean "resnet50v2"/],
    ["variant of the prototype", { variant: "toString" }, "invalid-argument", /unknown variant/],
    ["variant, no text", { variant: 50 }, "invalid-argument", /unknown variant 50 \(known: "resnet50"/],
    ["inputShape", { inputShape: [32, 32] }, "invalid-argument", /\[height,width,channels\], got \[32,32\]/],
    ["small images", { inputShape: [28, 28, 1] }, "invalid-argument", /32x32 or more, got 28x28: resize/],
    ["one small side", { inputShape: [64, 31, 1] }, "invalid-argument", /got 64x31/],
    ["no channels", { inputShape: [32, 32, 0] }, "invalid-argument", /inputShape.*\[32,32,0\]/],
    ["classes", { classes: -1 }, "invalid-argument", /classes/],
    ["softmax of one", { classes: 1 }, "invalid-argument", /always 1/],
    ["includeTop", { includeTop: 0 }, "invalid-argument", /includeTop must be true or false, got 0/],
    ["pooling", { ...headless, pooling: "mean" }, "invalid-argument", /unknown pooling "mean"/],
    ["pooling with the top", { pooling: "avg" }, "invalid-argument", /includeTop: false/],
    ["classes without", { ...headless, classes: 3 }, "invalid-argument", /classes goes with the top/],
    ["activation without", { ...headless, activation: "linear" }, "invalid-argument", /activation goes with/],
    ["compile without", { ...headless, compile: {} }, "invalid-argument", /no loss to compile with/],
    ["momentum", { batchNormalizationMomentum: 1 }, "invalid-argument", /from 0 up to 1.*got 1/],
    ["optimizer", { compile: { optimizer: "adma" } }, "invalid-argument", /did you mean "adam"/],
  ])("%s", (_, options, code, message) => {
    let error: unknown;
    try {
      buildResNet(options as ResNetOptions);
    } catch (e) {
      error = e;
    }
    expect(error).toBeInstanceOf(ForgeError);
    expect((error as ForgeError).code).toBe(code);
    expect((error as ForgeError).message).toMatch(message);
  });

  it("are compile errors where types can say it", () => {
    const types = (): void => {
      // @ts-expect-error an unknown variant
      buildResNet({ variant: "resnet18" });
      // @ts-expect-error an image has three dimensions
      buildResNet({ inputShape: [32, 32] });
      // @ts-expect-error an unknown pooling
      buildResNet({ includeTop: false, pooling: "mean" });
    };
    expect(types).toBeTypeOf("function");
  });
});
