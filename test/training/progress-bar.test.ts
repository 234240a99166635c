import * as tf from "@tensorflow/tfjs-core";
import { callbacks } from "@tensorflow/tfjs-layers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { evaluate } from "../../src/training/evaluate.ts";
import { fit as train } from "../../src/training/fit.ts";
import { formatBar, formatEta, formatMetric, formatPace } from "../../src/training/keras-format.ts";
import { type ProgressBarOptions, progressBar } from "../../src/training/progress-bar.ts";
import { classes, features, featureTensor, oneHotTensor, tinyModel } from "./tiny.ts";

/** Strings that Keras 2.15 prints (keras/src/utils/generic_utils.py, class Progbar). */
describe("Keras's formats", () => {
  it.each([
    [0.2613, "0.2613"],
    [0.92541, "0.9254"],
    [12, "12.0000"],
    [0.000912, "9.1200e-04"],
    [0.001, "1.0000e-03"],
    [0, "0.0000e+00"],
    [1.5e-12, "1.5000e-12"],
    [-0.5, "-0.5000"],
    [Number.NaN, "nan"],
    [Number.POSITIVE_INFINITY, "inf"],
  ])("metric %d", (value, text) => expect(formatMetric(value)).toBe(text));

  it.each([
    [0.002, "2ms/step"],
    [0.00035, "350us/step"],
    [4.2, "4s/step"],
    [0, "0s/step"],
  ])("pace %d", (value, text) => expect(formatPace(value, "step")).toBe(text));

  it.each([
    [0.4, "0s"],
    [42.9, "42s"],
    [65, "1:05"],
    [7209, "2:00:09"],
  ])("ETA %d", (value, text) => expect(formatEta(value)).toBe(text));

  it.each([
    [1875, 1875, "1875/1875 [==============================]"],
    [938, 1875, " 938/1875 [==============>...............]"],
    [1, 1875, "   1/1875 [..............................]"],
    [63, 1875, "  63/1875 [>.............................]"],
    [7, undefined, "      7/Unknown"],
  ])("bar %d/%d", (current, target, text) => expect(formatBar(current, target, 30)).toBe(text));
});

/** A bar whose clock a test moves, and what it wrote. */
function recorded(options: ProgressBarOptions = {}) {
  const clock = { ms: 0 };
  const written: string[] = [];
  const bar = progressBar({ now: () => clock.ms, write: (text) => void written.push(text), ...options });
  return { bar, clock, text: () => written.join("") };
}

describe("progressBar", () => {
  it("redraws one line on a terminal, and ends it with the epoch's values", async () => {
    const { bar, clock, text } = recorded({ terminal: true, width: 10 });
    bar.setParams({ epochs: 5, steps: 4 });
    await bar.onEpochBegin(0);
    clock.ms = 1000;
    await bar.onBatchEnd(0, { batch: 0, size: 2, loss: 4, acc: 0.5 });
    clock.ms = 3000;
    await bar.onBatchEnd(1, { batch: 1, size: 2, loss: 2, acc: 1 });
    clock.ms = 3010;
    await bar.onBatchEnd(2, { batch: 2, size: 2, loss: 0, acc: 0 });
    clock.ms = 4000;
    await bar.onBatchEnd(3, { batch: 3, size: 1, loss: 1, acc: 1 });
    await bar.onEpochEnd(0, { loss: 2, acc: 0.6, val_loss: 1.5, val_acc: 0.25 });
    // Means: 4; (8 + 4) / 4 = 3; the third comes 10 ms later and waits; (8 + 4 + 0 + 1) / 7 = 1.8571.
    // After the first step (at 1 s): 2 s a step, then 1 s a step.
    expect(text()).toBe(
      "Epoch 1/5\n" +
        "\r1/4 [=>........] - ETA: 3s - loss: 4.0000 - accuracy: 0.5000" +
        "\r2/4 [====>.....] - ETA: 4s - loss: 3.0000 - accuracy: 0.7500" +
        "\r4/4 [==========] - ETA: 0s - loss: 1.8571 - accuracy: 0.5714" +
        "\r4/4 [==========] - 4s 1s/step - loss: 2.0000 - accuracy: 0.6000 - val_loss: 1.5000 - val_accuracy: 0.2500\n",
    );
  });

  it("covers a longer line with spaces", async () => {
    const { bar, clock, text } = recorded({ terminal: true, width: 1 });
    bar.setParams({ epochs: 1, steps: 2 });
    await bar.onEpochBegin(0);
    clock.ms = 100_000;
    await bar.onBatchEnd(0, { size: 1, loss: 1000 });
    clock.ms = 100_100;
    await bar.onBatchEnd(1, { size: 1, loss: -998 });
    const [, long, short] = text().split("\r");
    expect(long).toBe("1/2 [.] - ETA: 1:40 - loss: 1000.0000");
    expect(short).toBe("2/2 [=] - ETA: 0s - loss: 1.0000     ");
    expect(short).toHaveLength(long!.length);
  });

  it("writes sparse lines elsewhere", async () => {
    const { bar, clock, text } = recorded();
    bar.setParams({ epochs: 1, steps: 100 });
    await bar.onEpochBegin(0);
    for (let step = 0; step < 100; step++) {
      clock.ms += 250;
      await bar.onBatchEnd(step, { size: 1, loss: 1 });
    }
    await bar.onEpochEnd(0, { loss: 1 });
    // 25 s: lines at 10 s and 20 s, and the last.
    expect(text().split("\n")).toEqual([
      "Epoch 1/1",
      " 40/100 [===========>..................] - ETA: 15s - loss: 1.0000",
      " 80/100 [=======================>......] - ETA: 5s - loss: 1.0000",
      "100/100 [==============================] - 25s 250ms/step - loss: 1.0000",
      "",
    ]);
    expect(text()).not.toContain("\r");
  });

  it('style "line" is Keras\'s verbose=2', async () => {
    const { bar, clock, text } = recorded({ style: "line" });
    bar.setParams({ epochs: 3, steps: 200 });
    await bar.onEpochBegin(1);
    for (let step = 0; step < 200; step++) await bar.onBatchEnd(step, { size: 1, loss: 0.5 });
    clock.ms = 4000;
    await bar.onEpochEnd(1, { loss: 0.5, val_loss: 0.25 });
    expect(text()).toBe("Epoch 2/3\n200/200 - 4s - loss: 0.5000 - val_loss: 0.2500 - 4s/epoch - 20ms/step\n");
  });

  it("knows nothing of the number of steps where nobody tells", async () => {
    const { bar, clock, text } = recorded({ terminal: true });
    await bar.onEpochBegin(0);
    clock.ms = 2000;
    await bar.onBatchEnd(0, { size: 1, loss: 1 });
    await bar.onEpochEnd(0, {});
    expect(text()).toBe(
      "Epoch 1\n\r      1/Unknown - 2s 2s/step - loss: 1.0000" +
        "\r1/1 [==============================] - 2s 2s/step - loss: 1.0000\n",
    );
  });

  it.each<[string, ProgressBarOptions, RegExp]>([
    ["width", { width: 0 }, /width/],
    ["interval", { interval: -1 }, /interval/],
    ["style", { style: "dots" as "bar" }, /style/],
    ["write", { write: 1 as unknown as () => void }, /write/],
    ["a typo", { widht: 3 } as ProgressBarOptions, /did you mean "width"/],
  ])("%s: an error", (_, options, message) => expect(() => progressBar(options)).toThrow(message));
});

describe("in use", () => {
  const last = (text: string): string =>
    text
      .trimEnd()
      .split(/[\r\n]/)
      .at(-1)!;
  const DONE = /^5\/5 \[={30}\] - \d+s \d+(ms|us|s)\/step - loss: \d\.\d{4} - accuracy: 0\.\d{4}/;

  it("with fit", async () => {
    const { bar, text } = recorded();
    const { history } = await train(tinyModel(), features, classes, {
      epochs: 2,
      batchSize: 4,
      validationData: [features, classes],
      callbacks: bar,
    });
    expect(text().match(/^Epoch \d\/2$/gm)).toEqual(["Epoch 1/2", "Epoch 2/2"]);
    const end = (name: string): string => `${name}: ${history[name]![1]!.toFixed(4)}`;
    expect(last(text())).toMatch(DONE);
    expect(last(text())).toContain(["loss", "accuracy", "val_loss", "val_accuracy"].map(end).join(" - "));
  });

  it.each([1, 2, 3])("with plain model.fit, alone and beside tfjs's callbacks (%d)", async (form) => {
    const { bar, text } = recorded();
    const model = tinyModel();
    const before = tf.memory().numTensors;
    const [x, y] = [featureTensor(), oneHotTensor()];
    const list = [bar, [bar], [bar, callbacks.earlyStopping({ monitor: "loss" })]][form - 1]!;
    await model.fit(x, y, { epochs: 1, batchSize: 4, verbose: 0, callbacks: list });
    tf.dispose([x, y]);
    expect(last(text())).toMatch(DONE);
    expect(tf.memory().numTensors - before).toBe(0);
  });

  it("with evaluate: one line, no epoch", async () => {
    const { bar, text } = recorded();
    const { loss, accuracy } = await evaluate(tinyModel(), features, classes, {
      batchSize: 4,
      callbacks: bar,
    });
    expect(text().split("\n")).toHaveLength(2);
    expect(last(text())).toMatch(DONE);
    expect(last(text())).toContain(`loss: ${loss.toFixed(4)} - accuracy: ${accuracy!.toFixed(4)}`);
  });

  describe("verbose", () => {
    const written = (): string =>
      vi
        .mocked(process.stdout.write)
        .mock.calls.map(([text]) => text)
        .join("");
    afterEach(() => void vi.restoreAllMocks());

    it.each<[0 | 1 | 2, RegExp]>([
      [0, /^$/],
      [
        1,
        /^Epoch 1\/1\n[\s\S]*20\/20 \[={30}\] - .*step - loss: .*\n20\/20 \[={30}\] - .*step - loss: .*\n$/,
      ],
      [2, /^Epoch 1\/1\n20\/20 - \d+s - loss: .*\/epoch - .*\/step\n20\/20 - \d+s - loss: .*\/step\n$/],
    ])("%d writes to standard output what Keras does", async (verbose, expected) => {
      const model = tinyModel();
      vi.spyOn(process.stdout, "write").mockReturnValue(true);
      await train(model, features, classes, { batchSize: 1, verbose });
      await evaluate(model, features, classes, { batchSize: 1, verbose });
      expect(written()).toMatch(expected);
    });
  });
});
