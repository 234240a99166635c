import { describe, expect, it } from "vitest";
import { type HistoryChartOptions, historyChart } from "../../src/reports/history-chart.ts";
import { niceScale, valueText } from "../../src/reports/scale.ts";
import { findAll, parseXml, type XmlElement } from "./xml.ts";

const history = {
  epoch: [0, 1, 2],
  history: {
    acc: [0.5, 0.75, 1],
    loss: [2, 1, 0],
    val_acc: [0.5, 0.5, 0.75],
    val_loss: [2, 2, 1],
  },
};

const texts = (svg: XmlElement): string[] => findAll(svg, "text").map(({ text }) => text);
const lines = (svg: XmlElement, kind: "first" | "second"): string[] =>
  findAll(svg, "path")
    .filter(({ attributes }) => attributes.class === `tff-line tff-${kind}-line`)
    .map(({ attributes }) => attributes.d!);
const dots = (svg: XmlElement, kind: "first" | "second"): XmlElement[] =>
  findAll(svg, "circle").filter(({ attributes }) => attributes.class === `tff-${kind}`);

describe("historyChart", () => {
  it("has a panel for each metric, the loss first, with both lines and their last values", () => {
    const svg = parseXml(historyChart(history));
    const all = texts(svg);
    expect(all.indexOf("loss")).toBeLessThan(all.indexOf("accuracy"));
    expect(all).toEqual(
      expect.arrayContaining(["Training history", "Training", "Validation", "Epoch", "0.75"]),
    );
    expect(all).not.toContain("acc");
    // One in the legend, one a panel.
    expect(lines(svg, "first")).toHaveLength(3);
    expect(lines(svg, "second")).toHaveLength(3);
  });

  it("draws values in proportion", () => {
    const svg = parseXml(historyChart({ loss: [2, 1, 0] }));
    const [, line] = lines(svg, "first");
    const points = [...line!.matchAll(/([\d.]+) ([\d.]+)/g)].map(
      ([, x, y]) => [Number(x), Number(y)] as const,
    );
    expect(points).toHaveLength(3);
    const [a, b, c] = points as [
      readonly [number, number],
      readonly [number, number],
      readonly [number, number],
    ];
    // From the top of the plot, 132 high, to its bottom; epochs at equal distances.
    expect(c[1] - a[1]).toBeCloseTo(132, 1);
    expect(b[1] - a[1]).toBeCloseTo(66, 1);
    expect(b[0] - a[0]).toBeCloseTo(c[0] - b[0], 1);
    expect(findAll(svg, "circle").map((dot) => dot.text)).toEqual([
      "Training, 1: 2",
      "Training, 2: 1",
      "Training, 3: 0",
    ]);
  });

  it("is a whole picture: size by viewBox, words for those who cannot see it, light and dark, nothing loaded", () => {
    const source = historyChart(history, { title: "Digits" });
    const svg = parseXml(source);
    expect(svg.attributes).toMatchObject({
      xmlns: "http://www.w3.org/2000/svg",
      role: "img",
      "aria-label": "Digits",
      viewBox: expect.stringMatching(/^0 0 480 \d/),
    });
    expect(svg.attributes).not.toHaveProperty("width");
    expect(svg.children.slice(0, 3).map(({ name }) => name)).toEqual(["title", "desc", "style"]);
    expect(svg.children[1]!.text).toBe(
      "loss, epochs 1 to 3: Training from 2 to 0; Validation from 2 to 1. " +
        "accuracy, epochs 1 to 3: Training from 0.5 to 1; Validation from 0.5 to 0.75.",
    );
    expect(svg.children[2]!.text).toContain("@media (prefers-color-scheme:dark)");
    expect(source).not.toMatch(/href|url\(|@import|<script|NaN"|undefined/);
    expect(historyChart(history, { title: "Digits" })).toBe(source);
  });

  it("one theme, where it is asked for", () => {
    const style = (theme: "light" | "dark"): string =>
      parseXml(historyChart(history, { theme })).children[2]!.text;
    expect(style("light")).toContain(".tff-ground{fill:#ffffff}");
    expect(style("dark")).toContain(".tff-ground{fill:#0d1117}");
    expect(style("dark")).not.toContain("@media");
  });

  it("takes the history of tfjs, numbers alone, and a choice of metrics", () => {
    const chosen = parseXml(historyChart(history.history, { metrics: ["acc"] }));
    expect(texts(chosen)).toContain("accuracy");
    expect(texts(chosen)).not.toContain("loss");
    expect(historyChart(history, { metrics: ["accuracy"] })).toBe(
      historyChart(history.history, { metrics: ["acc"] }),
    );
  });

  it("epochs have their numbers, also when training went on later", () => {
    const svg = parseXml(historyChart({ epoch: [5, 6], history: { loss: [1, 2] } }));
    expect(findAll(svg, "circle").map((dot) => dot.text)).toEqual(["Training, 6: 1", "Training, 7: 2"]);
  });

  it("without validation, there is no word of it", () => {
    const svg = parseXml(historyChart({ loss: [1, 2] }));
    expect(texts(svg)).not.toContain("Validation");
    expect(lines(svg, "second")).toEqual([]);
  });

  it("one epoch: a dot in the middle, no line", () => {
    const svg = parseXml(historyChart({ loss: [0.3] }));
    expect(dots(svg, "first")).toHaveLength(1);
    // The legend's.
    expect(lines(svg, "first")).toHaveLength(1);
    expect(svg.children[1]!.text).toBe("loss, epoch 1: Training from 0.3 to 0.3.");
  });

  it("NaN and infinity: gaps and crosses, and no scale of them", () => {
    const svg = parseXml(
      historyChart({ loss: [3, 2, Number.NaN, Number.POSITIVE_INFINITY, 1, 2, Number.NaN] }),
    );
    expect(dots(svg, "first").map(({ text }) => text)).toEqual([
      "Training, 1: 3",
      "Training, 2: 2",
      "Training, 5: 1",
      "Training, 6: 2",
    ]);
    const crosses = lines(svg, "first").filter((d) => d.includes("l6 6"));
    expect(crosses).toHaveLength(3);
    // Legend, two runs, crosses.
    expect(lines(svg, "first")).toHaveLength(1 + 2 + 3);
    expect(svg.children[1]!.text).toContain("from 3 to 2, 3 not finite");
    const nothing = parseXml(historyChart({ loss: [Number.NaN] }));
    expect(texts(nothing)).toContain("no finite values");
    expect(nothing.children[1]!.text).toContain("Training has no finite values");
  });

  it("many epochs: lines without dots", () => {
    const svg = parseXml(historyChart({ loss: Array.from({ length: 500 }, (_, i) => 1 / (i + 1)) }));
    expect(findAll(svg, "circle")).toEqual([]);
    expect(texts(svg)).toEqual(expect.arrayContaining(["100", "500"]));
  });

  it.each(["<script>alert(1)</script>", `"'&<>`, "a\u0000b\u001b", "\ud800", "한글 제목", "]]>"])(
    "texts are escaped: %j",
    (title) => {
      const svg = parseXml(
        historyChart({ [title]: [1, 2] }, { title, words: { training: title, epoch: title } }),
      );
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is given.
      const clean = title.replace(/[\u0000\u001b\ud800]/g, "\ufffd");
      expect(svg.children[0]!.text).toBe(clean);
      expect(svg.attributes["aria-label"]).toBe(clean);
      const isCut = (text: string): boolean => text.endsWith("…") && clean.startsWith(text.slice(0, -1));
      expect(texts(svg).filter((text) => text === clean || isCut(text))).toHaveLength(4);
      expect(findAll(svg, "script")).toEqual([]);
    },
  );

  it.each<[unknown, HistoryChartOptions, RegExp]>([
    [undefined, {}, /expected a training history, got undefined/],
    [[1, 2], {}, /expected a training history/],
    [{ epoch: [], history: {} }, {}, /empty/],
    [{}, {}, /empty/],
    [{ loss: [] }, {}, /empty/],
    [{ loss: "low" }, {}, /"loss" must be a list of numbers/],
    [{ loss: [1, "2"] }, {}, /"loss" must be a list of numbers/],
    [history, { metrics: ["acuracy"] }, /no metric "acuracy": did you mean "accuracy"/],
    [history, { metrics: [] }, /metrics must be a list/],
    [history, { theme: "drak" as never }, /did you mean "dark"/],
    [history, { title: "" }, /title must be a text/],
    [history, { words: { epoch: 3 as never } }, /words.epoch must be a text/],
    [history, { titel: "x" } as never, /did you mean "title"/],
    [history, { words: { training: "a", valdation: "b" } as never }, /did you mean "validation"/],
  ])("%o with %o: an error", (given, options, message) => {
    expect(() => historyChart(given as never, options)).toThrow(message);
  });
});

describe("axes", () => {
  it.each([
    [[0.7, 0.99], 4, [0.7, 0.8, 0.9, 1]],
    [[0, 2], 4, [0, 0.5, 1, 1.5, 2]],
    [[1, 1], 4, [0.5, 1, 1.5]],
    [[0], 2, [-0.5, 0, 0.5]],
    [[-3, 7], 4, [-5, 0, 5, 10]],
    [[], 2, [0, 0.5, 1]],
    [[1e-7, 5e-7], 4, [1e-7, 2e-7, 3e-7, 4e-7, 5e-7]],
  ])("%j in %i: %j", (values, intervals, ticks) => {
    expect(niceScale(values, intervals).ticks).toEqual(ticks);
  });

  it("whole numbers have whole steps, and extremes a scale", () => {
    expect(niceScale([1, 3], 8, 1).ticks).toEqual([1, 2, 3]);
    const { low, high } = niceScale([-1.7e308, 1.7e308], 4);
    expect(low).toBeLessThanOrEqual(-1.7e308);
    expect(high).toBeGreaterThanOrEqual(1.7e308);
  });

  it.each([
    [0.9254321, "0.9254"],
    [12345.678, "12350"],
    [1234567, "1.23e6"],
    [0.00001, "1e-5"],
    [0, "0"],
    [-2.5, "-2.5"],
    [Number.NaN, "NaN"],
  ])("%d is written %s", (value, text) => {
    expect(valueText(value)).toBe(text);
  });
});
