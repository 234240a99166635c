import type { Shape } from "@tensorflow/tfjs-layers";

/**
 * A row of a model's summary.
 *
 * @internal
 */
export interface SummaryRow {
  readonly name: string;
  readonly kind: string;
  /** Undefined for a layer that `call` does not run. */
  readonly shapes: readonly Shape[] | undefined;
  readonly parameters: number;
}

/**
 * A table of layers, as Keras prints it.
 *
 * @param width Characters a line.
 * @internal
 */
export function summaryLines(
  name: string,
  rows: readonly SummaryRow[],
  totals: { readonly trainable: number; readonly other: number },
  width: number,
): string[] {
  const columns = [Math.floor(width * 0.45), Math.floor(width * 0.8), width];
  const line = (...cells: readonly string[]): string =>
    cells
      .reduce((text, cell, i) => {
        const start = columns[i - 1] ?? 0;
        return `${text.padEnd(start)}${cell}`.slice(0, columns[i]! - 1);
      }, "")
      .trimEnd();
  const shown = (shapes: readonly Shape[] | undefined): string =>
    shapes === undefined
      ? "not used"
      : shapes.map((s) => `(${s.map((d) => d ?? "None").join(", ")})`).join(", ");
  const count = (value: number): string => value.toLocaleString("en");
  return [
    `Model: "${name}"`,
    "_".repeat(width),
    line("Layer (type)", "Output shape", "Param #"),
    "=".repeat(width),
    ...rows.map((row) => line(`${row.name} (${row.kind})`, shown(row.shapes), count(row.parameters))),
    "=".repeat(width),
    `Total params: ${count(totals.trainable + totals.other)}`,
    `Trainable params: ${count(totals.trainable)}`,
    `Non-trainable params: ${count(totals.other)}`,
    "_".repeat(width),
  ];
}
