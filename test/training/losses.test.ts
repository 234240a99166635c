import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import type { ModelCompileArgs } from "@tensorflow/tfjs-layers";
import { describe, expect, it } from "vitest";
import { withKnownNames } from "../../src/architectures/compile.ts";
import { buildFunctional } from "../../src/architectures/functional.ts";
import { fit } from "../../src/training/fit.ts";
import { huber } from "../../src/training/losses/huber.ts";
import type { LossName } from "../../src/training/losses/known-losses.ts";
import type { LossFunction } from "../../src/training/losses/loss-function.ts";
import { rootMeanSquaredError } from "../../src/training/losses/root-mean-squared-error.ts";

const { log, sqrt, cosh } = Math;

/** The function that a model trains with when it is compiled by a name. */
function lossNamed(loss: LossName): LossFunction {
  const model = buildFunctional({ inputShape: [1], classes: 2, compile: { loss } });
  const found = model.lossFunctions[0]!;
  model.dispose();
  return found;
}

interface Case {
  /** All spellings. */
  readonly names: readonly LossName[];
  readonly yTrue: number[][];
  readonly yPred: number[][];
  /** By hand, a value a sample; one for the batch where it is a number. */
  readonly expected: number[] | number;
}

// Errors 0.5 and 0; -2 and 3.
const yTrue = [
  [1, 2],
  [3, 4],
];
const yPred = [
  [1.5, 2],
  [1, 7],
];

const CASES: readonly Case[] = [
  {
    names: ["meanSquaredError", "mean_squared_error", "mse"],
    yTrue,
    yPred,
    expected: [0.25 / 2, (4 + 9) / 2],
  },
  {
    names: ["meanAbsoluteError", "mean_absolute_error", "mae"],
    yTrue,
    yPred: [
      [1.5, 2.25],
      [1, 7],
    ],
    expected: [0.75 / 2, 5 / 2],
  },
  {
    names: ["rootMeanSquaredError", "root_mean_squared_error", "rmse"],
    yTrue,
    yPred,
    expected: sqrt((0.25 + 4 + 9) / 4),
  },
  {
    names: ["huber", "huberLoss", "huber_loss"],
    yTrue,
    yPred,
    // 0.5^2 / 2; 2 - 1/2 and 3 - 1/2.
    expected: [0.125 / 2, (1.5 + 2.5) / 2],
  },
  {
    names: ["meanAbsolutePercentageError", "mean_absolute_percentage_error", "mape"],
    yTrue,
    yPred: [
      [1.5, 3],
      [1, 7],
    ],
    expected: [(100 * (1 / 2 + 1 / 2)) / 2, (100 * (2 / 3 + 3 / 4)) / 2],
  },
  {
    names: ["meanSquaredLogarithmicError", "mean_squared_logarithmic_error", "msle"],
    yTrue,
    yPred,
    expected: [log(2.5 / 2) ** 2 / 2, (log(4 / 2) ** 2 + log(8 / 5) ** 2) / 2],
  },
  {
    names: ["binaryCrossentropy", "binary_crossentropy"],
    yTrue: [[1, 0]],
    yPred: [[0.8, 0.4]],
    expected: [-(log(0.8) + log(0.6)) / 2],
  },
  {
    names: ["categoricalCrossentropy", "categorical_crossentropy"],
    yTrue: [
      [0, 1],
      [0.25, 0.75],
    ],
    yPred: [
      [0.2, 0.8],
      [0.5, 0.5],
    ],
    expected: [-log(0.8), log(2)],
  },
  {
    names: ["sparseCategoricalCrossentropy", "sparse_categorical_crossentropy"],
    yTrue: [[1], [0]],
    yPred: [
      [0.2, 0.8],
      [0.5, 0.5],
    ],
    expected: [-log(0.8), log(2)],
  },
  { names: ["hinge"], yTrue: [[1, -1]], yPred: [[0.5, 0.5]], expected: [(0.5 + 1.5) / 2] },
  {
    names: ["squaredHinge", "squared_hinge"],
    yTrue: [[1, -1]],
    yPred: [[0.5, 0.5]],
    expected: [(0.5 ** 2 + 1.5 ** 2) / 2],
  },
  {
    names: ["categoricalHinge", "categorical_hinge"],
    yTrue: [[0, 1]],
    yPred: [[0.3, 0.6]],
    expected: [1 + 0.3 - 0.6],
  },
  {
    names: ["logcosh", "log_cosh"],
    yTrue: [[1, 2]],
    yPred: [[1.5, 0]],
    expected: [log(cosh(0.5) * cosh(2)) / 2],
  },
  {
    names: ["kullbackLeiblerDivergence", "kullback_leibler_divergence", "kl_divergence", "kld"],
    yTrue: [[0.5, 0.5]],
    yPred: [[0.25, 0.75]],
    expected: [0.5 * log(0.5 / 0.25) + 0.5 * log(0.5 / 0.75)],
  },
  { names: ["poisson"], yTrue: [[2, 0]], yPred: [[3, 1]], expected: [(3 - 2 * log(3) + 1) / 2] },
  {
    names: ["cosineProximity", "cosine_proximity"],
    yTrue: [[1, 0]],
    yPred: [[2, 2]],
    expected: [-1 / sqrt(2)],
  },
];

describe("losses by name", () => {
  const spelt = CASES.flatMap(({ names, ...rest }) => names.map((name) => ({ name, ...rest })));

  it.each(spelt)("$name: the arithmetic", ({ name, yTrue, yPred, expected }) => {
    const loss = lossNamed(name);
    const value = tf.tidy(() => loss(tf.tensor2d(yTrue), tf.tensor2d(yPred)).arraySync());
    const pairs =
      typeof expected === "number"
        ? [[value, expected]]
        : expected.map((e, i) => [(value as number[])[i], e]);
    expect([value].flat()).toHaveLength(pairs.length);
    for (const [got, wanted] of pairs) expect(got as number).toBeCloseTo(wanted as number, 4);
  });

  it.each(CASES)("$names.0: the gradient, against differences", ({ names, yTrue, yPred }) => {
    const loss = lossNamed(names[0]!);
    const target = tf.tensor2d(yTrue);
    const mean = (x: tf.Tensor): tf.Scalar => tf.tidy(() => tf.mean(loss(target, x)) as tf.Scalar);
    const slopes = tf
      .grad(mean as (x: tf.Tensor) => tf.Tensor)(tf.tensor2d(yPred))
      .arraySync() as number[][];
    const step = 1 / 64;
    const at = (row: number, column: number, by: number): number =>
      mean(
        tf.tensor2d(yPred.map((r, i) => r.map((v, k) => (i === row && k === column ? v + by : v)))),
      ).dataSync()[0]!;
    yPred.forEach((row, i) => {
      row.forEach((_, k) => {
        const difference = (at(i, k, step) - at(i, k, -step)) / (2 * step);
        expect(Math.abs(slopes[i]![k]! - difference)).toBeLessThan(4e-3 * Math.max(1, Math.abs(difference)));
      });
    });
  });

  it("takes the other spellings of Keras too, and compiles by tfjs's names where it has them", () => {
    for (const name of ["MeanSquaredError", "MSE", "mse"]) {
      expect(buildFunctional({ inputShape: [1], compile: { loss: name as LossName } }).loss).toBe(
        "meanSquaredError",
      );
    }
    const { loss } = buildFunctional({ inputShape: [1], compile: { loss: "RMSE" as LossName } });
    expect(loss).toBe(rootMeanSquaredError);
  });

  it.each([
    ["mean_squard_error", /did you mean "meanSquaredError"/],
    ["hubber", /did you mean "huber"/],
    ["rsme", /did you mean "(rmse|mse)"/],
    ["nonsense of nobody", /known: .*"rootMeanSquaredError", "rmse"/],
  ])("%s: unknown", (loss, message) => {
    expect(() => buildFunctional({ compile: { loss: loss as LossName } })).toThrow(message);
  });
});

describe("gradients in closed form", () => {
  const gradient = (loss: LossFunction, y: number[], p: number[]): number[] =>
    tf.tidy(() => [
      ...tf
        .grad((x) => tf.mean(loss(tf.tensor2d([y]), x)))(tf.tensor2d([p]))
        .dataSync(),
    ]);

  it("root mean squared error: e / (n * rmse)", () => {
    const root = sqrt((9 + 16) / 2);
    const [a, b] = gradient(rootMeanSquaredError, [0, 0], [3, -4]);
    expect(a).toBeCloseTo(3 / (2 * root), 5);
    expect(b).toBeCloseTo(-4 / (2 * root), 5);
  });

  it("root mean squared error: none where there is no error, and never NaN", () => {
    expect(gradient(rootMeanSquaredError, [1, 2], [1, 2])).toEqual([0, 0]);
    expect(rootMeanSquaredError(tf.tensor1d([1]), tf.tensor1d([1])).dataSync()[0]).toBeLessThan(1e-14);
  });

  it("huber: the error within delta, delta with its sign beyond", () => {
    const slopes = gradient(huber({ delta: 2 }), [0, 0, 0, 0], [1, -1, 5, -5]);
    expect(slopes).toEqual([1 / 4, -1 / 4, 2 / 4, -2 / 4]);
  });
});

describe("huber", () => {
  it("joins its two halves at delta", () => {
    const loss = huber({ delta: 3 });
    const value = (error: number): number => loss(tf.tensor2d([[0]]), tf.tensor2d([[error]])).dataSync()[0]!;
    expect(value(2)).toBe(2);
    expect(value(3)).toBe(4.5);
    expect(value(-5)).toBe(3 * 5 - 4.5);
  });

  it("takes integer targets", () => {
    expect(huber()(tf.tensor2d([[1]], [1, 1], "int32"), tf.tensor2d([[3]])).dataSync()[0]).toBe(1.5);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, "1"])("delta %s: an error", (delta) => {
    expect(() => huber({ delta: delta as number })).toThrow(/delta must be above 0/);
  });
});

describe("training", () => {
  const x = Float32Array.from({ length: 32 }, (_, i) => i / 16 - 1);
  // y = 3 x - 1.
  const y = x.map((v) => 3 * v - 1);

  it.each<LossName>(["mse", "mae", "rmse", "huber", "logcosh"])("%s finds a line", async (loss) => {
    const model = buildFunctional({
      inputShape: [1],
      hidden: [],
      classes: 1,
      activation: "linear",
      seed: 1,
      compile: { loss, optimizer: "adam", learningRate: 0.1 },
    });
    const { history } = await fit(model, x, y, { epochs: 80, batchSize: 8, seed: 1 });
    expect(Object.keys(history)).toEqual(["loss"]);
    const [kernel, bias] = model.getWeights().map((w) => w.dataSync()[0]!);
    expect(kernel).toBeCloseTo(3, 0);
    expect(bias).toBeCloseTo(-1, 0);
    expect(history.loss!.at(-1)).toBeLessThan(0.25);
  });

  it("leaves no tensor", async () => {
    const model = buildFunctional({
      inputShape: [1],
      hidden: [],
      classes: 1,
      activation: "linear",
      compile: { loss: "rmse", metrics: ["huber", "rmse"] },
    });
    await fit(model, x, y);
    const before = tf.memory().numTensors;
    await fit(model, x, y);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("compiled by a model's own method", () => {
  const resolved = (loss: unknown, metrics: unknown = ["rmse", "accuracy"]): ModelCompileArgs =>
    withKnownNames({ optimizer: "sgd", loss, metrics } as ModelCompileArgs, "compile");
  const names = (metrics: unknown): string[] =>
    (metrics as (string | LossFunction)[]).map((metric) =>
      typeof metric === "string" ? metric : metric.name,
    );

  it("names are known: one, a list, by output", () => {
    expect(resolved("mse").loss).toBe("meanSquaredError");
    expect(names(resolved("mse").metrics)).toEqual(["rmse", "accuracy"]);
    expect(resolved(["mse", "rmse"]).loss).toEqual(["meanSquaredError", rootMeanSquaredError]);
    expect(resolved({ a: "mae", b: "huber" }).loss).toEqual({
      a: "meanAbsoluteError",
      b: expect.any(Function),
    });
    const byOutput = resolved("mse", { a: ["rmse"], b: "mae" }).metrics as Record<string, unknown>;
    expect(names(byOutput.a)).toEqual(["rmse"]);
    expect(names([byOutput.b])).toEqual(["mae"]);
    expect(withKnownNames({ optimizer: "sgd", loss: "mse" }, "compile")).toEqual({
      optimizer: "sgd",
      loss: "meanSquaredError",
    });
  });

  it("unknown names are refused", () => {
    expect(() => resolved(["mse", "rmsee"])).toThrow(/compile: unknown loss "rmsee": did you mean "rmse"/);
    expect(() => resolved("mse", { a: ["acuracy"] })).toThrow(/unknown metric "acuracy"/);
  });
});
