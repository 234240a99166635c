import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import {
  buildResNet,
  convert,
  fit,
  loadMnist,
  normalize,
  type ResNetOptions,
  type ResNetVariant,
  reshape,
  resize,
} from "../../src/index.ts";
import { verifyTflite } from "../../src/node/index.ts";
import { randomFrom } from "../../src/training/random.ts";
import { useWasmBackend } from "../../src/training/wasm/index.ts";
import { CASES, type CaseName, expectKerasNetwork, expectParameters } from "./resnet-facts.ts";
import { giveLiveWeights } from "./resnet-live-weights.ts";

beforeAll(() => useWasmBackend());

describe.each(["resnet101", "resnet152", "resnet101v2", "resnet152v2"] as const)(
  "%s is Keras's",
  (variant) => {
    it.each(Object.keys(CASES) as CaseName[])("%s: names, classes, connections, weights, options", (name) => {
      expectKerasNetwork(variant, name);
    });
  },
);

it.each<[ResNetOptions, number]>([
  [{ variant: "resnet152v2" }, 58_345_866],
  [{ variant: "resnet101" }, 42_672_394],
  [{ variant: "resnet152" }, 58_385_162],
  [{ variant: "resnet101v2", inputShape: [32, 32, 3], classes: 7 }, 42_640_903],
])("%j: %i parameters", expectParameters);

describe("converted, with weights that cannot be folded away, LiteRT agrees", () => {
  it.each<[ResNetVariant, ResNetOptions, number]>([
    ["resnet50v2", {}, 98],
    ["resnet50", { inputShape: [48, 64, 3], classes: 5 }, 75],
    ["resnet101v2", {}, 183],
    ["resnet152", {}, 211],
    ["resnet50v2", { includeTop: false, pooling: "max" }, 96],
    ["resnet50v2", { includeTop: false }, 95],
  ])("%s %j: at most %i operators", async (variant, options, most) => {
    const model = giveLiveWeights(buildResNet({ ...options, variant, compile: false }));
    const { bytes, report } = await convert(model);
    const counts = report.operators.after;
    const operators = Object.values(counts).reduce((sum, count) => sum + count, 0);
    expect(operators).toBeLessThanOrEqual(most);
    expect(counts.SHAPE).toBeUndefined();

    const shape = options.inputShape ?? [32, 32, 1];
    const random = randomFrom(3);
    const data = Float32Array.from({ length: 4 * tf.util.sizeFromShape([...shape]) }, random);
    const [output] = await verifyTflite(model, bytes, { data, shape: [4, ...shape] });
    const { maxAbsoluteError, maxRelativeError } = output!;
    // Features have no range of their own, as probabilities have.
    expect(options.includeTop === false ? maxRelativeError : maxAbsoluteError).toBeLessThan(1e-5);
    model.dispose();
  });
});

it("ResNet50V2 trains: over 30 steps on MNIST at 32x32 the loss falls", async () => {
  const { train } = await loadMnist();
  const count = 30 * 32;
  const digits = normalize(train.images.subarray(0, count * 28 * 28));
  const images = resize(reshape(digits, [-1, 28, 28, 1]), [32, 32]);
  const model = buildResNet({ seed: 1 });
  const losses: number[] = [];
  await fit(model, images, train.labels.subarray(0, count), {
    batchSize: 32,
    seed: 1,
    callbacks: { onBatchEnd: (_, logs) => void losses.push(logs!.loss as number) },
  });
  expect(losses).toHaveLength(30);
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  expect(mean(losses.slice(-10))).toBeLessThan(0.75 * mean(losses.slice(0, 5)));
  model.dispose();
});
