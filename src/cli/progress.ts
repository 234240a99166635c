/** What progress is written to. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Back to the first column, and clear the line. */
const CLEAR = "\r\u001b[2K";

/** One line on a terminal that tells what is being done; nothing at all elsewhere. */
export class Progress {
  readonly #stream: ProgressStream;
  #shown = false;

  constructor(stream: ProgressStream) {
    this.#stream = stream;
  }

  /**
   * Replaces the line.
   *
   * @param fraction from 0 to 1, where it is known.
   */
  report(text: string, fraction?: number): void {
    if (this.#stream.isTTY !== true) return;
    const percent = fraction === undefined ? "" : `${Math.round(100 * fraction)} % `.padStart(6);
    // A line that wraps could not be cleared. Some terminals say that they have 0 columns.
    const line = `${percent}${text}`.slice(0, (this.#stream.columns || 80) - 1);
    this.#stream.write(`${CLEAR}${line}`);
    this.#shown = true;
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#shown) this.#stream.write(CLEAR);
    this.#shown = false;
  }
}
