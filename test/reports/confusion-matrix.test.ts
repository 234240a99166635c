import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import type { ClassValues } from "../../src/reports/class-numbers.ts";
import { type ConfusionMatrixOptions, confusionMatrix } from "../../src/reports/confusion-matrix.ts";
import { findAll, parseXml, type XmlElement } from "./xml.ts";

const labels = [0, 0, 0, 1, 1, 2];
const predictions = [0, 0, 1, 1, 0, 2];
const counts = [
  [2, 1, 0],
  [1, 1, 0],
  [0, 0, 1],
];

const cells = (svg: XmlElement): string[] => findAll(svg, "g").map((cell) => findAll(cell, "title")[0]!.text);

describe("confusionMatrix", () => {
  it("counts, and scores every class", () => {
    const { matrix, accuracy, perClass } = confusionMatrix(labels, predictions, {
      classNames: ["a", "b", "c"],
    });
    expect(matrix).toEqual(counts);
    expect(accuracy).toBeCloseTo(4 / 6, 12);
    expect(perClass).toEqual([
      { name: "a", support: 3, predicted: 3, precision: 2 / 3, recall: 2 / 3, f1: 2 / 3 },
      { name: "b", support: 2, predicted: 2, precision: 1 / 2, recall: 1 / 2, f1: 1 / 2 },
      { name: "c", support: 1, predicted: 1, precision: 1, recall: 1, f1: 1 },
    ]);
  });

  const hot = (values: readonly number[]): number[][] =>
    values.map((v) => [0, 1, 2].map((c) => Number(c === v)));
  const logits = (values: readonly number[]): number[][] =>
    values.map((v) => [0, 1, 2].map((c) => (c === v ? 3.5 : -c)));
  const forms: readonly [string, (values: readonly number[]) => ClassValues][] = [
    ["a list", (v) => v],
    ["bytes", (v) => Uint8Array.from(v)],
    ["an int32 tensor", (v) => tf.tensor1d([...v], "int32")],
    ["a float32 tensor [n,1]", (v) => tf.tensor2d([...v], [v.length, 1])],
    ["{ data, shape }", (v) => ({ data: Int32Array.from(v), shape: [v.length] })],
    ["one-hot rows", hot],
    ["a one-hot tensor", (v) => tf.tensor2d(hot(v))],
    ["rows of logits", logits],
    ["{ data, shape } of rows", (v) => ({ data: Float32Array.from(logits(v).flat()), shape: [v.length, 3] })],
  ];

  it.each(forms)("takes %s", (_, make) => {
    expect(confusionMatrix(make(labels), predictions).matrix).toEqual(counts);
    expect(confusionMatrix(labels, make(predictions)).matrix).toEqual(counts);
  });

  it("one probability a sample is of class 1", () => {
    const sigmoid = tf.tensor2d([0.1, 0.5, 0.9, 1], [4, 1]);
    expect(confusionMatrix([0, 0, 1, 1], sigmoid).matrix).toEqual([
      [1, 1],
      [0, 2],
    ]);
  });

  it("reads tensors, and leaves them and nothing else", () => {
    const rows = tf.tensor2d(hot(predictions));
    const before = tf.memory().numTensors;
    confusionMatrix(labels, rows);
    expect(tf.memory().numTensors).toBe(before);
    expect(rows.isDisposed).toBe(false);
  });

  it("classes that do not occur: NaN where there is nothing to divide by", () => {
    const { matrix, perClass } = confusionMatrix([0, 1], [0, 0], { classes: 4 });
    expect(matrix).toHaveLength(4);
    expect(perClass[1]).toEqual({
      name: "1",
      support: 1,
      predicted: 0,
      precision: Number.NaN,
      recall: 0,
      f1: 0,
    });
    expect(perClass[3]).toMatchObject({ precision: Number.NaN, recall: Number.NaN, f1: Number.NaN });
  });

  it("draws a cell for every pair that occurs, with count and share of its row", () => {
    const { svg: source } = confusionMatrix(labels, predictions, { classNames: ["cat", "dog", "owl"] });
    const svg = parseXml(source);
    expect(cells(svg)).toEqual([
      "cat, cat: 2 (66.7 %)",
      "cat, dog: 1 (33.3 %)",
      "dog, cat: 1 (50 %)",
      "dog, dog: 1 (50 %)",
      "owl, owl: 1 (100 %)",
    ]);
    const boxes = findAll(svg, "rect").slice(1);
    expect(boxes.map(({ attributes }) => attributes.class)).toEqual([
      "tff-first",
      "tff-second",
      "tff-second",
      "tff-first",
      "tff-first",
    ]);
    expect(svg.attributes).toMatchObject({ role: "img", "aria-label": "Confusion matrix" });
    expect(svg.children[1]!.text).toBe(
      "3 classes, 6 samples, 66.7 % right. Most frequent errors: cat taken for dog 1 time; dog taken for cat 1 time.",
    );
    expect(source).toContain("@media (prefers-color-scheme:dark)");
    expect(source).not.toMatch(/href|url\(|@import|NaN|undefined/);
    expect(confusionMatrix(labels, predictions, { classNames: ["cat", "dog", "owl"] }).svg).toBe(source);
  });

  it("everything lies within the picture", () => {
    for (const count of [1, 2, 10, 30, 31, 100]) {
      const all = Array.from({ length: count }, (_, i) => i);
      const svg = parseXml(confusionMatrix(all, all).svg);
      const [, , width, height] = svg.attributes.viewBox!.split(" ").map(Number);
      for (const { attributes } of findAll(svg, "rect").slice(1)) {
        expect(Number(attributes.x) + Number(attributes.width)).toBeLessThanOrEqual(width!);
        expect(Number(attributes.y) + Number(attributes.height)).toBeLessThanOrEqual(height!);
      }
      expect(cells(svg)).toHaveLength(count);
    }
  });

  it("one class", () => {
    const { matrix, accuracy, svg } = confusionMatrix([0, 0], [0, 0]);
    expect([matrix, accuracy]).toEqual([[[2]], 1]);
    expect(parseXml(svg).children[1]!.text).toBe("1 class, 2 samples, 100 % right.");
  });

  it("many classes: cells without counts, some of the names, all in tooltips", () => {
    const all = Array.from({ length: 200 }, (_, i) => i);
    const svg = parseXml(confusionMatrix(all, all, { classNames: all.map((i) => `class ${i}`) }).svg);
    expect(cells(svg)[199]).toBe("class 199, class 199: 1 (100 %)");
    expect(findAll(svg, "text").filter(({ text }) => text.startsWith("class"))).toHaveLength(80);
  });

  it("long names are cut on the axes, whole in tooltips; texts are escaped", () => {
    const name = `<b>"a & b"</b> that goes on and on`;
    const svg = parseXml(
      confusionMatrix([0, 1], [0, 1], {
        classNames: [name, "가나다\u0001"],
        title: "T<",
        words: { label: "정답 &", prediction: "예측 >" },
      }).svg,
    );
    const texts = findAll(svg, "text").map(({ text }) => text);
    expect(texts).toEqual(
      expect.arrayContaining(["T<", "정답 &", "예측 >", `<b>"a & b"</b> th…`, "가나다\ufffd"]),
    );
    expect(cells(svg)[0]).toBe(`${name}, ${name}: 1 (100 %)`);
  });

  it.each<[string, ClassValues, ClassValues, ConfusionMatrixOptions, string, RegExp]>([
    ["nothing", [], [], {}, "invalid-labels", /no samples/],
    ["different counts", [0, 1], [0], {}, "invalid-labels", /2 labels but 1 predictions.*need a shape/],
    ["a negative label", [0, -1], [0, 1], {}, "invalid-labels", /labels: label -1 at index 1/],
    ["a fraction", [0, 1], [0, 1.5], {}, "invalid-labels", /predictions: label 1.5 at index 1/],
    ["NaN", [0, Number.NaN], [0, 1], {}, "invalid-labels", /label NaN at index 1/],
    [
      "more than there are names",
      [0, 2],
      [0, 1],
      { classNames: ["a", "b"] },
      "invalid-labels",
      /label 2 at index 1.*0 to 1/,
    ],
    ["more than there are columns", [0, 3], hot([0, 1]), {}, "invalid-labels", /label 3 at index 1.*0 to 2/],
    ["NaN in a row", [0], [[0, Number.NaN]], {}, "invalid-labels", /row 0 holds NaN/],
    ["rows of different lengths", [0, 1], [[0, 1], [1]], {}, "invalid-labels", /row 1 is not a row of 2/],
    ["a picture", [0], tf.zeros([1, 2, 2]), {}, "invalid-labels", /got \[1,2,2\]/],
    ["text", "cat" as never, [0], {}, "invalid-labels", /got "cat"/],
    ["a million classes", [999_999], [0], {}, "invalid-labels", /too many/],
    [
      "names of another count",
      [0],
      [0],
      { classNames: ["a"], classes: 2 },
      "invalid-argument",
      /1 classNames for 2/,
    ],
    ["names that are none", [0], [0], { classNames: [1] as never }, "invalid-argument", /classNames must be/],
    ["half a class", [0], [0], { classes: 1.5 }, "invalid-argument", /classes must be/],
    [
      "a misspelt option",
      [0],
      [0],
      { classnames: ["a"] } as never,
      "unknown-option",
      /did you mean "classNames"/,
    ],
    ["a theme", [0], [0], { theme: "lihgt" as never }, "invalid-argument", /did you mean "light"/],
  ])("%s: an error", (_, y, p, options, code, message) => {
    expect(() => confusionMatrix(y, p, options)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });
});
