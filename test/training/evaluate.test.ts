import * as tf from "@tensorflow/tfjs-core";
import { input, layers, model as tfModel } from "@tensorflow/tfjs-layers";
import { describe, expect, it, vi } from "vitest";
import { type EvaluateOptions, evaluate } from "../../src/training/evaluate.ts";
import { classes, features, featureTensor, oneHotTensor, SAMPLES, tinyModel } from "./tiny.ts";

describe("evaluate", () => {
  it("gives the numbers of tfjs's evaluate, by name", async () => {
    const model = tinyModel();
    const [loss, accuracy] = model.evaluate(featureTensor(), oneHotTensor()) as tf.Scalar[];
    const result = await evaluate(model, features, Uint8Array.from(classes), { batchSize: 7 });
    expect(Object.keys(result)).toEqual(["loss", "accuracy"]);
    expect(result.loss).toBeCloseTo(loss!.dataSync()[0]!, 5);
    expect(result.accuracy).toBeCloseTo(accuracy!.dataSync()[0]!, 5);
  });

  it("works without metrics", async () => {
    expect(Object.keys(await evaluate(tinyModel({ metrics: [] }), features, classes))).toEqual(["loss"]);
  });

  it("sums the losses of several outputs", async () => {
    const x = input({ shape: [1] });
    const dense = (name: string): typeof x =>
      layers.dense({ units: 1, name, kernelInitializer: "ones" }).apply(x) as typeof x;
    const model = tfModel({ inputs: x, outputs: [dense("a"), dense("b")] });
    model.compile({ optimizer: "sgd", loss: "meanSquaredError", metrics: ["mae"] });
    // Outputs are 2 and 2, targets 1 and 5: squared errors 1 and 9.
    const result = await evaluate(model, new Float32Array([2]), { b: [5], a: [1] });
    expect(result).toEqual({ loss: 10, a_loss: 1, b_loss: 9, a_mae: 1, b_mae: 3 });
  });

  it("tells callbacks of every batch", async () => {
    const calls: unknown[] = [];
    const result = await evaluate(tinyModel(), features, classes, {
      batchSize: 8,
      callbacks: [
        {
          setParams: (params) => void calls.push(params),
          onTestBegin: () => void calls.push("begin"),
          onTestBatchBegin: (batch, logs) => void calls.push([batch, logs.size]),
          onTestEnd: (logs) => void calls.push(logs),
        },
        { onTestBatchEnd: async (batch, logs) => void calls.push([batch, Object.keys(logs)]) },
      ],
    });
    const keys = ["batch", "size", "loss", "accuracy"];
    expect(calls).toEqual([
      { samples: SAMPLES, steps: 3, batchSize: 8 },
      "begin",
      [0, 8],
      [0, keys],
      [1, 8],
      [1, keys],
      [2, 4],
      [2, keys],
      result,
    ]);
  });

  it("leaves no tensor, and its arguments alone", async () => {
    const model = tinyModel();
    const x = featureTensor();
    const before = tf.memory().numTensors;
    await evaluate(model, x, classes, { batchSize: 3 });
    const boom = (): never => {
      throw new Error("boom");
    };
    for (const callbacks of [{ onTestBatchBegin: boom }, { onTestBatchEnd: boom }, { onTestEnd: boom }]) {
      await expect(evaluate(model, x, classes, { callbacks })).rejects.toThrow("boom");
    }
    expect(tf.memory().numTensors).toBe(before);
    expect(x.isDisposed).toBe(false);
  });

  it("stops at a signal", async () => {
    const onTestBatchBegin = vi.fn();
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(
      evaluate(tinyModel(), features, classes, { signal, callbacks: { onTestBatchBegin } }),
    ).rejects.toThrow("enough");
    expect(onTestBatchBegin).not.toHaveBeenCalled();
  });

  it.each<[object, string, RegExp]>([
    [{ batchsize: 3 }, "unknown-option", /did you mean "batchSize"/],
    [{ batchSize: -1 }, "invalid-argument", /batchSize/],
    [{ verbose: true }, "invalid-argument", /verbose/],
    [{ callbacks: "all" }, "invalid-argument", /callback/],
  ])("%o: an error", async (options, code, message) => {
    await expect(evaluate(tinyModel(), features, classes, options as EvaluateOptions)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it("refuses labels of another length or class", async () => {
    await expect(evaluate(tinyModel(), features, [0, 1])).rejects.toMatchObject({ code: "invalid-labels" });
    await expect(
      evaluate(
        tinyModel(),
        features,
        classes.map(() => 3),
      ),
    ).rejects.toMatchObject({
      code: "invalid-labels",
      message: expect.stringContaining("label 3 at index 0"),
    });
  });
});
