import type { Scalar } from "@tensorflow/tfjs-core";
import { Callback } from "@tensorflow/tfjs-layers";
import { ForgeError } from "../errors.ts";
import { checkOptions, describe } from "../options.ts";
import type { TestCallback, TestParams } from "./callbacks.ts";
import { formatBar, formatCount, formatEta, formatMetrics, formatPace } from "./keras-format.ts";
import { displayName } from "./metric-names.ts";

/** Options of {@link progressBar}. */
export interface ProgressBarOptions {
  /**
   * Where text goes. By default standard output in Node; elsewhere the console, a line at a time.
   * Text ends in a newline, or begins with a carriage return that redraws the line.
   */
  readonly write?: (text: string) => void;
  /**
   * Whether the line is redrawn in place. By default `true` where standard output is a terminal and `write` is
   * not given.
   */
  readonly terminal?: boolean;
  /** Characters of the bar, between its brackets. Default 30, as in Keras. */
  readonly width?: number;
  /** Least time between two drawings of an epoch, in ms. Default 50 on a terminal, else 10,000. */
  readonly interval?: number;
  /** `"bar"` (Keras's `verbose=1`, the default) or `"line"`: one line an epoch (`verbose=2`). */
  readonly style?: "bar" | "line";
  /** A clock, in ms. Default `performance.now`. */
  readonly now?: () => number;
}

/** Logs as tfjs hands them to callback classes: numbers, or tensors that are tfjs's to dispose. */
export type RawLogs = { [name: string]: number | Scalar };

/**
 * Keras's progress bar, for {@link fit}, {@link evaluate} and plain `model.fit`.
 *
 * ```text
 * Epoch 1/5
 * 1875/1875 [==============================] - 4s 2ms/step - loss: 0.2613 - accuracy: 0.9254
 * ```
 *
 * On a terminal the line is redrawn in place. Elsewhere (a log file, a CI run) there is a line every ten
 * seconds and one when an epoch ends. Losses and metrics are means over the epoch so far.
 *
 * @example
 * ```ts
 * await fit(model, x, y, { epochs: 5, callbacks: progressBar() });
 * await model.fit(x, y, { epochs: 5, callbacks: [progressBar(), tf.callbacks.earlyStopping()] });
 * ```
 * @throws ForgeError `invalid-argument` for an option out of range; `unknown-option`.
 */
export function progressBar(options: ProgressBarOptions = {}): ProgressBar {
  return new ProgressBar(options);
}

/** The callback that {@link progressBar} makes. One bar serves one training or evaluation at a time. */
export class ProgressBar extends Callback implements TestCallback {
  readonly #write: (text: string) => void;
  readonly #terminal: boolean;
  readonly #width: number;
  readonly #interval: number;
  readonly #style: "bar" | "line";
  readonly #now: () => number;

  #current = 0;
  #seen = 0;
  #sums = new Map<string, number>();
  #start = 0;
  #afterFirstStep = 0;
  #lastDrawn = Number.NEGATIVE_INFINITY;
  /** The length of the line that stands on the terminal. */
  #drawn = 0;

  /** @internal */
  constructor(options: ProgressBarOptions) {
    super();
    checkOptions(options, ["write", "terminal", "width", "interval", "style", "now"], "progressBar");
    const output = options.write === undefined ? defaultOutput() : { write: options.write, terminal: false };
    const { write, terminal } = output;
    this.#write = write;
    this.#terminal = options.terminal ?? terminal;
    this.#width = options.width ?? 30;
    this.#interval = options.interval ?? (this.#terminal ? 50 : 10_000);
    this.#style = options.style ?? "bar";
    this.#now = options.now ?? (() => performance.now());
    if (typeof write !== "function") throw invalid("write must be a function", write);
    if (typeof this.#now !== "function") throw invalid("now must be a function", this.#now);
    if (!(Number.isInteger(this.#width) && this.#width > 0)) {
      throw invalid("width must be a positive whole number", this.#width);
    }
    if (!(this.#interval >= 0)) throw invalid("interval must be 0 or more milliseconds", this.#interval);
    if (this.#style !== "bar" && this.#style !== "line")
      throw invalid('style must be "bar" or "line"', this.#style);
  }

  /** Writes `Epoch 1/5`. */
  override async onEpochBegin(epoch: number): Promise<void> {
    const epochs = this.#param("epochs");
    this.#write(`Epoch ${epoch + 1}${epochs === undefined ? "" : `/${epochs}`}\n`);
    this.#begin();
  }

  /** Draws the bar, where the last drawing is long enough ago. */
  override async onBatchEnd(_batch: number, logs?: RawLogs): Promise<void> {
    await this.#step(logs ?? {});
  }

  /** Draws the finished line, with the epoch's own values. */
  override async onEpochEnd(_epoch: number, logs?: RawLogs): Promise<void> {
    await this.#finish(logs ?? {});
  }

  /** For {@link evaluate}. */
  onTestBegin(): void {
    this.#begin();
  }

  /** For {@link evaluate}. */
  async onTestBatchEnd(_batch: number, logs: RawLogs): Promise<void> {
    await this.#step(logs);
  }

  /** For {@link evaluate}. */
  async onTestEnd(logs: RawLogs): Promise<void> {
    await this.#finish(logs);
  }

  /** Told by training and evaluation: how many epochs, steps and samples there are. */
  override setParams(params: Callback["params"] | TestParams): void {
    super.setParams(params as Callback["params"]);
  }

  #param(name: string): number | undefined {
    const value: unknown = (this.params as Readonly<Record<string, unknown>> | undefined)?.[name];
    return typeof value === "number" && Number.isFinite(value) ? value : undefined;
  }

  /** Steps of an epoch; plain `model.fit` tells samples and batch size only, a dataset may tell nothing. */
  #target(): number | undefined {
    const steps = this.#param("steps");
    if (steps !== undefined) return steps;
    const samples = this.#param("samples");
    const batchSize = this.#param("batchSize");
    return samples === undefined || batchSize === undefined ? undefined : Math.ceil(samples / batchSize);
  }

  #begin(): void {
    this.#current = 0;
    this.#seen = 0;
    this.#sums = new Map();
    this.#start = this.#now();
    this.#lastDrawn = this.#terminal ? Number.NEGATIVE_INFINITY : this.#start;
    this.#drawn = 0;
  }

  async #step(logs: RawLogs): Promise<void> {
    const values = await numbers(logs);
    const size = values.get("size") ?? 1;
    this.#current++;
    this.#seen += size;
    for (const [name, value] of values) {
      if (name !== "batch" && name !== "size")
        this.#sums.set(name, (this.#sums.get(name) ?? 0) + value * size);
    }
    const now = this.#now();
    if (this.#current === 1) this.#afterFirstStep = now;
    if (this.#style === "line" || now - this.#lastDrawn < this.#interval) return;
    this.#lastDrawn = now;
    const target = this.#target();
    const pace = this.#pace(now);
    const time =
      target === undefined
        ? ` - ${seconds(now - this.#start)} ${formatPace(pace, "step")}`
        : ` - ETA: ${formatEta(pace * (target - this.#current))}`;
    this.#draw(formatBar(this.#current, target, this.#width) + time + formatMetrics(this.#means()), false);
  }

  async #finish(logs: RawLogs): Promise<void> {
    const metrics = this.#means();
    for (const [name, value] of await numbers(logs)) metrics.set(name, value);
    const now = this.#now();
    const target = this.#target() ?? this.#current;
    const time = seconds(now - this.#start);
    if (this.#style === "bar") {
      const bar = formatBar(this.#current, target, this.#width);
      this.#draw(`${bar} - ${time} ${formatPace(this.#pace(now), "step")}${formatMetrics(metrics)}`, true);
      return;
    }
    const total = (now - this.#start) / 1e3;
    const pace = `${formatPace(total, "epoch")} - ${formatPace(total / Math.max(1, this.#current), "step")}`;
    this.#draw(`${formatCount(this.#current, target)} - ${time}${formatMetrics(metrics)} - ${pace}`, true);
  }

  #means(): Map<string, number> {
    return new Map([...this.#sums].map(([name, sum]) => [name, sum / this.#seen]));
  }

  /** Seconds a step: the first is left out, since it compiles kernels and allocates. */
  #pace(now: number): number {
    if (this.#current === 0) return 0;
    const ms =
      this.#current > 1
        ? (now - this.#afterFirstStep) / (this.#current - 1)
        : (now - this.#start) / this.#current;
    return ms / 1e3;
  }

  #draw(line: string, last: boolean): void {
    if (!this.#terminal) {
      this.#write(`${line}\n`);
      return;
    }
    // A shorter line must cover what stood there.
    this.#write(`\r${line.padEnd(this.#drawn)}${last ? "\n" : ""}`);
    this.#drawn = last ? 0 : line.length;
  }
}

const invalid = (rule: string, got: unknown): ForgeError =>
  new ForgeError("invalid-argument", `progressBar: ${rule}, got ${describe(got)}.`);

const seconds = (ms: number): string => `${(ms / 1e3).toFixed(0)}s`;

/** Reads what is still in tensors; they belong to tfjs. */
async function numbers(logs: RawLogs): Promise<Map<string, number>> {
  const entries = Object.entries(logs).map(
    async ([name, value]): Promise<[string, number]> => [
      displayName(name),
      typeof value === "number" ? value : (await value.data())[0]!,
    ],
  );
  return new Map(await Promise.all(entries));
}

function defaultOutput(): { write: (text: string) => void; terminal: boolean } {
  const stdout = globalThis.process?.stdout;
  if (typeof stdout?.write === "function") {
    return { write: (text) => void stdout.write(text), terminal: stdout.isTTY === true };
  }
  // biome-ignore lint/suspicious/noConsole: a progress bar is asked to print, and this is a browser's only place to.
  return { write: (text) => console.log(text.replace(/\n$/, "")), terminal: false };
}
