import { type ChartTheme, coordinate, element, escapeText, picture, textLine } from "./svg.ts";
import { cutText, textWidth } from "./text-width.ts";

/** What a picture of a confusion matrix shows. */
interface Confusion {
  readonly matrix: readonly (readonly number[])[];
  readonly names: readonly string[];
  readonly accuracy: number;
  readonly count: number;
  readonly title: string;
  readonly theme: ChartTheme;
  readonly label: string;
  readonly prediction: string;
}

/** Up to so many classes, counts are written into their cells. */
const COUNTS = 30;
/** Up to so many, each class has its name on the axes; beyond, some have. */
const NAMES = 40;
/** Of a digit at size 1. */
const DIGIT = 0.58;
/** Longest name on an axis, in digits. */
const LONGEST = 18;
const LEAST_WIDTH = 300;
const DIAGONAL = Math.SQRT1_2;

/**
 * A confusion matrix as an SVG: right answers in one colour, wrong ones in another, each as strong as its share of
 * the row.
 *
 * @internal
 */
export function drawConfusion(confusion: Confusion): string {
  const { matrix, names, accuracy, count, title, theme, label, prediction } = confusion;
  const classes = names.length;
  const digits = Math.max(...matrix.flatMap((row) => row.map((n) => String(n).length)));
  const cell = cellSize(classes, digits);
  const size = Math.min(12, Math.max(9, cell * 0.8));
  const shown = names.map((name) => cutText(name, LONGEST));
  const longest = Math.max(...shown.map(textWidth)) * size * DIGIT;
  const isTilted = longest > cell - 4;
  const below = isTilted ? longest * DIAGONAL + size : size;

  const side = cell * classes;
  const leftOfRows = 36;
  const top = 64;
  const left = leftOfRows + longest + 8;
  const width = Math.max(LEAST_WIDTH, left + side + 16);
  const height = top + side + below + 40;

  const content = [
    textLine(cutText(title, Math.floor((width - 32) / (16 * DIGIT))), 16, 28, {
      size: 16,
      "font-weight": 600,
    }),
    textLine(`${percent(accuracy)} (${Math.round(accuracy * count)} / ${count})`, 16, 47, { kind: "muted" }),
    ...drawCells(confusion, { cell, left, top }),
    ...drawGrid(classes, { cell, left, top }),
  ];
  const every = Math.ceil(classes / NAMES);
  shown.forEach((name, i) => {
    if (i % every !== 0) return;
    const middle = (i + 0.5) * cell;
    content.push(textLine(name, left - 8, top + middle + size * 0.35, { size, "text-anchor": "end" }));
    const [x, y] = [left + middle, top + side + size + 4];
    const tilt = { "text-anchor": "end", transform: `rotate(-45 ${coordinate(x + 3)} ${coordinate(y)})` };
    content.push(
      isTilted
        ? textLine(name, x + 3, y, { size, ...tilt })
        : textLine(name, x, y, { size, "text-anchor": "middle" }),
    );
  });
  const [rowsX, rowsY] = [22, top + side / 2];
  const most = Math.max(4, Math.floor(side / (12 * DIGIT)));
  content.push(
    textLine(cutText(prediction, Math.max(most, 24)), left + side / 2, height - 14, {
      kind: "muted",
      "text-anchor": "middle",
    }),
    textLine(cutText(label, Math.max(most, 12)), rowsX, rowsY, {
      kind: "muted",
      "text-anchor": "middle",
      transform: `rotate(-90 ${rowsX} ${coordinate(rowsY)})`,
    }),
  );
  return picture({ width, height, title, description: describeMatrix(confusion), theme, content });
}

/** Wide enough for the counts, and smaller the more there are. */
function cellSize(classes: number, digits: number): number {
  if (classes > COUNTS) return Math.max(3, Math.min(20, 720 / classes));
  return Math.max(24, Math.min(64, 340 / classes), digits * 11 * DIGIT + 8);
}

interface Place {
  readonly cell: number;
  readonly left: number;
  readonly top: number;
}

/** Cells without samples are not drawn. */
function drawCells({ matrix, names }: Confusion, { cell, left, top }: Place): string[] {
  // Seen where it is little, too; more so where no number says it.
  const least = names.length > COUNTS ? 0.3 : 0.12;
  return matrix.flatMap((row, label) => {
    const total = row.reduce((sum, n) => sum + n, 0);
    return row.flatMap((n, guess) => {
      if (n === 0) return [];
      const [x, y] = [left + guess * cell, top + label * cell];
      const share = n / total;
      const title = `${names[label]}, ${names[guess]}: ${n} (${percent(share)})`;
      const box = element("rect", {
        class: label === guess ? "tff-first" : "tff-second",
        "fill-opacity": least + (1 - least) * share,
        x,
        y,
        width: cell,
        height: cell,
      });
      if (names.length > COUNTS) return [element("g", {}, element("title", {}, escapeText(title)), box)];
      const kind = share < 0.65 ? "text" : share < 0.85 ? "on-half" : "on-full";
      const count = textLine(String(n), x + cell / 2, y + cell / 2 + 4, {
        size: 11,
        kind,
        "text-anchor": "middle",
      });
      return [element("g", {}, element("title", {}, escapeText(title)), box, count)];
    });
  });
}

function drawGrid(classes: number, { cell, left, top }: Place): string[] {
  const side = classes * cell;
  // Beyond that there would be more lines than matrix.
  const places = classes > NAMES ? [0, classes] : Array.from({ length: classes + 1 }, (_, i) => i);
  const lines = places.flatMap((i) => [
    `M${coordinate(left)} ${coordinate(top + i * cell)}h${coordinate(side)}`,
    `M${coordinate(left + i * cell)} ${coordinate(top)}v${coordinate(side)}`,
  ]);
  return [element("path", { class: "tff-grid", d: lines.join("") })];
}

/** How many confusions are told in words. */
const TOLD = 5;

function describeMatrix({ matrix, names, accuracy, count }: Confusion): string {
  const wrong = matrix
    .flatMap((row, label) => row.map((n, guess) => ({ n, label, guess })))
    .filter(({ n, label, guess }) => n > 0 && label !== guess)
    .sort((a, b) => b.n - a.n);
  const told = wrong
    .slice(0, TOLD)
    .map(
      ({ n, label, guess }) => `${names[label]} taken for ${names[guess]} ${n} ${n === 1 ? "time" : "times"}`,
    );
  const kinds = names.length === 1 ? "1 class" : `${names.length} classes`;
  const most = told.length > 0 ? ` Most frequent errors: ${told.join("; ")}.` : "";
  return `${kinds}, ${count} ${count === 1 ? "sample" : "samples"}, ${percent(accuracy)} right.${most}`;
}

const percent = (share: number): string => `${Number((share * 100).toFixed(1))} %`;
