import { ForgeError } from "../errors.ts";
import { checkOptions, describe } from "../options.ts";
import {
  bytesOf,
  countOf,
  countText,
  isChain,
  type SummaryLayer,
  type SummaryModel,
  type SummaryRow,
  type SummaryWeight,
  summaryRows,
} from "./summary-rows.ts";
import { textWidth } from "./text-width.ts";

/** Options of {@link summary}. */
export interface SummaryOptions {
  /** Whether nested models are followed by their own layers, indented. Default `false`. */
  readonly expandNested?: boolean;
  /** Whether there is a column that says which layers are trained: `Y`, `N`, or `-` for those without weights. Default `false`. */
  readonly showTrainable?: boolean;
  /**
   * Output shapes of layers whose shape tfjs does not know, since they were only run on tensors. Undefined where the
   * layer's own is to be shown.
   */
  readonly outputShape?: (
    layer: SummaryLayer,
  ) => readonly (number | null)[] | readonly (readonly (number | null)[])[] | undefined;
}

/**
 * A model as the table that Keras's `model.summary()` prints: layers, output shapes, parameters, and their sums.
 * Models with branches have a column "Connected to". Columns are at least as wide as Keras's, wider where names need
 * it. Nothing is printed.
 *
 * @example
 * ```ts
 * console.log(summary(buildSequential()));
 * // Model: "sequential"
 * // _________________________________________________________________
 * //  Layer (type)                Output Shape              Param #
 * // =================================================================
 * //  flatten (Flatten)           (None, 784)               0
 * // ...
 * // Total params: 101,770 (397.54 KB)
 * ```
 * @param model Any layers model: Sequential, functional, subclassed, nested, loaded.
 * @returns Lines, without a newline at the end.
 * @throws ForgeError `invalid-source` for what has no layers; `unknown-option`.
 */
export function summary(model: SummaryModel, options: SummaryOptions = {}): string {
  checkOptions(options, ["expandNested", "showTrainable", "outputShape"], "summary");
  const { expandNested = false, showTrainable = false, outputShape = () => undefined } = options;
  const given = model as Partial<SummaryModel> | null | undefined;
  if (!Array.isArray(given?.layers) || !Array.isArray(given.trainableWeights)) {
    throw new ForgeError("invalid-source", `summary: expected a model with layers, got ${describe(model)}.`);
  }
  const rows = summaryRows(model, { expandNested, outputShape });
  const columns = COLUMNS.filter(
    ({ when }) => when === undefined || when({ isChain: isChain(model), showTrainable }),
  );
  return [
    `Model: "${model.name}"`,
    ...table(columns, rows),
    sumLine("Total", [...model.trainableWeights, ...model.nonTrainableWeights]),
    sumLine("Trainable", model.trainableWeights),
    sumLine("Non-trainable", model.nonTrainableWeights),
  ].join("\n");
}

interface Column {
  readonly title: string;
  /** Keras's width, the space after it included. */
  readonly width: number;
  /** Lines of a row's cell. */
  readonly cell: (row: SummaryRow) => readonly string[];
  /** Whether there is this column; always by default. */
  readonly when?: (table: { readonly isChain: boolean; readonly showTrainable: boolean }) => boolean;
}

const COLUMNS: readonly Column[] = [
  { title: "Layer (type)", width: 28, cell: ({ depth, layer }) => [`${"  ".repeat(depth)}${layer}`] },
  { title: "Output Shape", width: 26, cell: ({ outputShape }) => [outputShape] },
  { title: "Param #", width: 10, cell: ({ params }) => [params] },
  {
    title: "Connected to",
    width: 33,
    cell: ({ connectedTo }) => connectedTo,
    when: (table) => !table.isChain,
  },
  {
    title: "Trainable",
    width: 11,
    cell: ({ trainable }) => [trainable === undefined ? "-" : trainable ? "Y" : "N"],
    when: ({ showTrainable }) => showTrainable,
  },
];

function table(columns: readonly Column[], rows: readonly SummaryRow[]): string[] {
  const cells = rows.map((row) => columns.map(({ cell }) => cell(row)));
  const widths = columns.map(({ title, width }, i) =>
    Math.max(width, ...[title, ...cells.flatMap((row) => row[i]!)].map((text) => textWidth(text) + 2)),
  );
  const line = (texts: readonly string[]): string =>
    ` ${texts.map((text, i) => text + " ".repeat(widths[i]! - textWidth(text))).join("")}`.trimEnd();
  const length = widths.reduce((sum, width) => sum + width, 1);
  const lines = cells.flatMap((row, i) => {
    const height = Math.max(1, ...row.map((cell) => cell.length));
    const own = Array.from({ length: height }, (_, k) => line(row.map((cell) => cell[k] ?? "")));
    return i === 0 ? own : ["", ...own];
  });
  return [
    "_".repeat(length),
    line(columns.map(({ title }) => title)),
    "=".repeat(length),
    ...lines,
    "=".repeat(length),
  ];
}

function sumLine(what: string, weights: readonly SummaryWeight[]): string {
  return `${what} params: ${countText(countOf(weights))} (${sizeText(bytesOf(weights))})`;
}

const UNITS = ["B", "KB", "MB", "GB", "TB"] as const;

/** As Keras writes sizes: `397.54 KB`. */
function sizeText(bytes: number): string {
  let unit = 0;
  let size = bytes;
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${size.toFixed(2)} ${UNITS[unit]}`;
}
