import { ForgeError } from "../errors.ts";
import { checkOptions, describe, didYouMean } from "../options.ts";
import type { TrainingHistory } from "../training/fit.ts";
import { displayName } from "../training/metric-names.ts";
import { niceScale, type Scale, valueText } from "./scale.ts";
import {
  type ChartTheme,
  checkText,
  checkTheme,
  coordinate,
  element,
  escapeText,
  picture,
  textLine,
} from "./svg.ts";
import { cutText, textWidth } from "./text-width.ts";

/** Options of {@link historyChart}. */
export interface HistoryChartOptions {
  /** The heading. Default `"Training history"`. */
  readonly title?: string;
  /** Which metrics to show, in this order (`["loss", "accuracy"]`). Default all, the loss first. */
  readonly metrics?: readonly string[];
  /** Default `"auto"`: light or dark as the reader's system is. */
  readonly theme?: ChartTheme;
  /** What the lines and the axis are called, in the reader's language. Default `Training`, `Validation`, `Epoch`. */
  readonly words?: {
    /** The line of training. */
    readonly training?: string;
    /** The line of validation. */
    readonly validation?: string;
    /** The axis below. */
    readonly epoch?: string;
  };
}

/** The numbers of one line: not finite where training had none. */
interface Series {
  readonly kind: "first" | "second";
  readonly name: string;
  readonly values: readonly number[];
}

/** A metric's panel. */
interface Panel {
  readonly metric: string;
  readonly series: readonly Series[];
}

const WIDTH = 480;
const PLOT_HEIGHT = 132;
/** Room for the last values, right of the lines. */
const RIGHT = 74;
/** Up to so many epochs, each has a dot. */
const DOTS = 30;
/** Of a digit at size 1. */
const DIGIT = 0.58;

/**
 * Draws loss and metrics by epoch, training and validation, as an SVG: a panel for each metric, one below the other.
 * Gaps and crosses on the axis are epochs whose value was NaN or infinite.
 *
 * The text is a whole SVG file that loads nothing, in light and dark, and grows and shrinks with its place in a page.
 * The same history gives the same text.
 *
 * @example
 * ```ts
 * const history = await fit(model, images, labels, { epochs: 5, validationSplit: 0.1 });
 * await writeFile("history.svg", historyChart(history));
 * ```
 * @param history What {@link fit} returns, tfjs's `History` (`model.history`), or its numbers by metric.
 * @throws ForgeError `invalid-argument` for no history, an empty one, or a metric that it lacks; `unknown-option`.
 */
export function historyChart(
  history: TrainingHistory | TrainingHistory["history"],
  options: HistoryChartOptions = {},
): string {
  const where = "historyChart";
  checkOptions(options, ["title", "metrics", "theme", "words"], where);
  const { title = "Training history", theme = "auto", words = {} } = options;
  checkText(title, "title", where);
  checkTheme(theme, where);
  checkOptions(words, ["training", "validation", "epoch"], `${where}: words`);
  const { training = "Training", validation = "Validation", epoch = "Epoch" } = words;
  for (const [name, word] of Object.entries({ training, validation, epoch }))
    checkText(word, `words.${name}`, where);

  const { epochs, values } = numbersOf(history, where);
  const panels = panelsOf(values, options.metrics, { training, validation }, where);
  const shown = [...new Set(panels.flatMap(({ series }) => series.map(({ kind }) => kind)))];

  const content = [textLine(cutText(title, 52), 16, 28, { size: 16, "font-weight": 600 })];
  let y = 48;
  let x = 16;
  for (const [kind, name] of [
    ["first", training],
    ["second", validation],
  ] as const) {
    if (!shown.includes(kind)) continue;
    content.push(
      element("path", { class: `tff-line tff-${kind}-line`, d: `M${x} ${y - 4}h22` }),
      textLine(cutText(name, 24), x + 28, y, { size: 12, kind: "muted" }),
    );
    x += 28 + textWidth(cutText(name, 24)) * 12 * DIGIT + 22;
  }
  y += 12;
  panels.forEach((panel, i) => {
    const drawn = drawPanel(panel, epochs, y, i === panels.length - 1 ? epoch : undefined);
    content.push(...drawn.content);
    y = drawn.bottom;
  });
  return picture({
    width: WIDTH,
    height: y + 12,
    title,
    description: panels.map((panel) => describePanel(panel, epochs)).join(" "),
    theme,
    content,
  });
}

interface Numbers {
  /** Counted from 1. */
  readonly epochs: readonly number[];
  readonly values: ReadonlyMap<string, readonly number[]>;
}

function numbersOf(history: TrainingHistory | TrainingHistory["history"], where: string): Numbers {
  const given = history as Partial<TrainingHistory> | null | undefined;
  const isWhole = typeof given === "object" && given !== null && isObject(given.history);
  const byName: unknown = isWhole ? given.history : given;
  if (!isObject(byName)) {
    throw new ForgeError(
      "invalid-argument",
      `${where}: expected a training history, got ${describe(history)}.`,
    );
  }
  const values = new Map<string, readonly number[]>();
  for (const [name, list] of Object.entries(byName)) {
    if (!Array.isArray(list) || !list.every((value) => typeof value === "number")) {
      throw new ForgeError(
        "invalid-argument",
        `${where}: "${name}" must be a list of numbers, got ${describe(list)}.`,
      );
    }
    values.set(displayName(name), list);
  }
  const count = Math.max(0, ...[...values.values()].map((list) => list.length));
  if (count === 0)
    throw new ForgeError("invalid-argument", `${where}: the history is empty: no epoch has run.`);
  const own = isWhole && Array.isArray(given.epoch) && given.epoch.length === count ? given.epoch : undefined;
  return { epochs: Array.from({ length: count }, (_, i) => (own?.[i] ?? i) + 1), values };
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function panelsOf(
  values: ReadonlyMap<string, readonly number[]>,
  wanted: readonly string[] | undefined,
  words: { readonly training: string; readonly validation: string },
  where: string,
): Panel[] {
  const known = [...new Set([...values.keys()].map((name) => name.replace(/^val_/, "")))];
  // A stable sort: the others stay in their order.
  known.sort((a, b) => Number(b === "loss") - Number(a === "loss"));
  if (wanted !== undefined && (!Array.isArray(wanted) || wanted.length === 0)) {
    throw new ForgeError(
      "invalid-argument",
      `${where}: metrics must be a list of names, got ${describe(wanted)}.`,
    );
  }
  return (wanted ?? known).map((name) => {
    const metric = displayName(String(name));
    if (!known.includes(metric)) {
      throw new ForgeError(
        "invalid-argument",
        `${where}: the history has no metric ${describe(name)}${didYouMean(String(name), known)}.`,
      );
    }
    const lines: readonly Series[] = [
      { kind: "first", name: words.training, values: values.get(metric) ?? [] },
      { kind: "second", name: words.validation, values: values.get(`val_${metric}`) ?? [] },
    ];
    return { metric, series: lines.filter((line) => line.values.length > 0) };
  });
}

function drawPanel(
  { metric, series }: Panel,
  epochs: readonly number[],
  top: number,
  axis: string | undefined,
): { content: string[]; bottom: number } {
  const finite = series.flatMap(({ values }) => values.filter(Number.isFinite));
  const scale = niceScale(finite, 4);
  const labels = scale.ticks.map(valueText);
  const left = 16 + Math.max(...labels.map(textWidth)) * 11 * DIGIT + 8;
  const plot = { left, right: WIDTH - RIGHT, top: top + 30, bottom: top + 30 + PLOT_HEIGHT };
  const y = (value: number): number =>
    plot.bottom - ((value - scale.low) / (scale.high - scale.low)) * (plot.bottom - plot.top);
  const x = epochPlaces(epochs, plot);

  const content = [textLine(cutText(metric, 50), 16, top + 17, { size: 13, "font-weight": 600 })];
  scale.ticks.forEach((tick, i) => {
    content.push(
      element("path", {
        class: "tff-grid",
        d: `M${coordinate(plot.left)} ${coordinate(y(tick))}H${coordinate(plot.right)}`,
      }),
      textLine(labels[i]!, plot.left - 8, y(tick) + 4, { size: 11, kind: "muted", "text-anchor": "end" }),
    );
  });
  for (const tick of epochTicks(epochs)) {
    content.push(
      textLine(String(tick), x(tick), plot.bottom + 17, { size: 11, kind: "muted", "text-anchor": "middle" }),
    );
  }
  for (const line of series) content.push(...drawSeries(line, epochs, x, y, plot.bottom));
  content.push(...drawLastValues(series, y, plot.right + 8));
  if (finite.length === 0) {
    content.push(
      textLine("no finite values", (plot.left + plot.right) / 2, (plot.top + plot.bottom) / 2, {
        kind: "muted",
        "text-anchor": "middle",
      }),
    );
  }
  if (axis === undefined) return { content, bottom: plot.bottom + 28 };
  content.push(
    textLine(cutText(axis, 40), (plot.left + plot.right) / 2, plot.bottom + 34, {
      kind: "muted",
      "text-anchor": "middle",
    }),
  );
  return { content, bottom: plot.bottom + 40 };
}

/** One epoch alone stands in the middle. */
function epochPlaces(
  epochs: readonly number[],
  { left, right }: { readonly left: number; readonly right: number },
): (epoch: number) => number {
  const [first, last] = [epochs[0]!, epochs[epochs.length - 1]!];
  if (first === last) return () => (left + right) / 2;
  return (epoch) => left + 6 + ((epoch - first) / (last - first)) * (right - left - 12);
}

function epochTicks(epochs: readonly number[]): number[] {
  const [first, last] = [epochs[0]!, epochs[epochs.length - 1]!];
  if (first === last) return [first];
  const { ticks }: Scale = niceScale([first, last], 8, 1);
  return ticks.filter((tick) => tick >= first && tick <= last);
}

function drawSeries(
  { kind, name, values }: Series,
  epochs: readonly number[],
  x: (epoch: number) => number,
  y: (value: number) => number,
  floor: number,
): string[] {
  const content: string[] = [];
  const runs: number[][] = [[]];
  values.forEach((value, i) => {
    if (Number.isFinite(value)) runs[runs.length - 1]!.push(i);
    else runs.push([]);
  });
  const place = (i: number): string => `${coordinate(x(epochs[i]!))} ${coordinate(y(values[i]!))}`;
  for (const run of runs.filter(({ length }) => length > 1)) {
    content.push(element("path", { class: `tff-line tff-${kind}-line`, d: `M${run.map(place).join("L")}` }));
  }
  values.forEach((value, i) => {
    const at = x(epochs[i]!);
    const title = element("title", {}, `${escapeText(name)}, ${epochs[i]}: ${valueText(value)}`);
    if (!Number.isFinite(value)) {
      const d = `M${coordinate(at - 3)} ${coordinate(floor - 3)}l6 6m0 -6l-6 6`;
      content.push(element("path", { class: `tff-line tff-${kind}-line`, d }, title));
    } else if (values.length <= DOTS || runs.some((run) => run.length === 1 && run[0] === i)) {
      content.push(element("circle", { class: `tff-${kind}`, cx: at, cy: y(value), r: 2.6 }, title));
    }
  });
  return content;
}

/** The last values beside the ends of their lines, apart from each other. */
function drawLastValues(series: readonly Series[], y: (value: number) => number, x: number): string[] {
  const last = series
    .map(({ kind, values }) => ({ kind, value: values[values.length - 1]! }))
    .filter(({ value }) => Number.isFinite(value))
    .map((end) => ({ ...end, y: y(end.value) }))
    .sort((a, b) => a.y - b.y);
  const [upper, lower] = last;
  if (upper !== undefined && lower !== undefined && lower.y - upper.y < 14) {
    const middle = (upper.y + lower.y) / 2;
    [upper.y, lower.y] = [middle - 7, middle + 7];
  }
  return last.map((end) =>
    textLine(valueText(end.value), x, end.y + 4, { size: 11, kind: end.kind, "font-weight": 600 }),
  );
}

function describePanel({ metric, series }: Panel, epochs: readonly number[]): string {
  const parts = series.map(({ name, values }) => {
    const finite = values.filter(Number.isFinite);
    const missing = values.length - finite.length;
    const rest = missing > 0 ? `, ${missing} not finite` : "";
    if (finite.length === 0) return `${name} has no finite values`;
    return `${name} from ${valueText(finite[0]!)} to ${valueText(finite[finite.length - 1]!)}${rest}`;
  });
  const [first, last] = [epochs[0]!, epochs[epochs.length - 1]!];
  const when = first === last ? `epoch ${first}` : `epochs ${first} to ${last}`;
  return `${metric}, ${when}: ${parts.join("; ")}.`;
}
