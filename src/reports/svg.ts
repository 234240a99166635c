import { ForgeError } from "../errors.ts";
import { describe, didYouMean } from "../options.ts";

/* SVG as text: self-contained, with its colours for light and dark in an embedded style, which also holds where the
 * picture is loaded as an image. Rules have plain values, since not every renderer knows CSS variables, and every
 * class begins with `tff-`, since a style within a page holds for all of it. */

/** Which colours a chart has: those that the reader's system asks for, or always the same. */
export type ChartTheme = "auto" | "light" | "dark";

const THEMES: readonly ChartTheme[] = ["auto", "light", "dark"];

interface Colours {
  readonly background: string;
  readonly text: string;
  readonly muted: string;
  readonly grid: string;
  /** Training; right answers. */
  readonly first: string;
  /** Validation; wrong answers. */
  readonly second: string;
  /** Text on a ground that is neither light nor dark, and on full colour. */
  readonly onHalf: string;
  readonly onFull: string;
}

const LIGHT: Colours = {
  background: "#ffffff",
  text: "#1f2328",
  muted: "#59636e",
  grid: "#d8dee4",
  first: "#0969da",
  second: "#bc4c00",
  onHalf: "#1f2328",
  onFull: "#ffffff",
};

const DARK: Colours = {
  background: "#0d1117",
  text: "#e6edf3",
  muted: "#9198a1",
  grid: "#30363d",
  first: "#4493f8",
  second: "#f0883e",
  onHalf: "#0d1117",
  onFull: "#0d1117",
};

const coloursOf = (c: Colours): string =>
  `.tff-ground{fill:${c.background}}.tff-text{fill:${c.text}}.tff-muted{fill:${c.muted}}` +
  `.tff-grid{stroke:${c.grid}}.tff-first{fill:${c.first}}.tff-second{fill:${c.second}}` +
  `.tff-first-line{stroke:${c.first}}.tff-second-line{stroke:${c.second}}` +
  `.tff-on-half{fill:${c.onHalf}}.tff-on-full{fill:${c.onFull}}`;

const SHAPES =
  '.tff-chart text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Noto Sans KR",sans-serif}' +
  ".tff-line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}" +
  ".tff-second-line.tff-line{stroke-dasharray:5 3}.tff-grid{fill:none;stroke-width:1}";

const STYLES: Readonly<Record<ChartTheme, string>> = {
  light: SHAPES + coloursOf(LIGHT),
  dark: SHAPES + coloursOf(DARK),
  auto: `${SHAPES}${coloursOf(LIGHT)}@media (prefers-color-scheme:dark){${coloursOf(DARK)}}`,
};

/** A picture's size, its words for those who do not see it, and its elements. */
interface Picture {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly description: string;
  readonly theme: ChartTheme;
  readonly content: readonly string[];
}

/**
 * A whole SVG, which takes whatever width it is given.
 *
 * @internal
 */
export function picture({ width, height, title, description, theme, content }: Picture): string {
  return element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      class: "tff-chart",
      viewBox: `0 0 ${coordinate(width)} ${coordinate(height)}`,
      role: "img",
      "aria-label": title,
    },
    element("title", {}, escapeText(title)),
    element("desc", {}, escapeText(description)),
    // Nothing in the style needs escaping.
    element("style", {}, STYLES[theme]),
    element("rect", { class: "tff-ground", width, height, rx: 8 }),
    ...content,
  );
}

type Attributes = Readonly<Record<string, string | number | undefined>>;

/**
 * An element; attributes that are undefined are left out.
 *
 * @param content Elements, or text that is escaped already.
 * @internal
 */
export function element(name: string, attributes: Attributes, ...content: readonly string[]): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) =>
        ` ${key}="${typeof value === "number" ? coordinate(value) : escapeText(String(value))}"`,
    )
    .join("");
  const inner = content.join("");
  return inner === "" ? `<${name}${written}/>` : `<${name}${written}>${inner}</${name}>`;
}

/**
 * A line of text.
 *
 * @internal
 */
export function textLine(
  value: string,
  x: number,
  y: number,
  {
    size = 12,
    kind = "text",
    ...others
  }: { readonly size?: number; readonly kind?: TextKind } & Attributes = {},
): string {
  return element("text", { class: `tff-${kind}`, x, y, "font-size": size, ...others }, escapeText(value));
}

type TextKind = "text" | "muted" | "first" | "second" | "on-half" | "on-full";

/**
 * Text for the content of an element or an attribute. What XML cannot say (control characters, halves of surrogate
 * pairs) becomes U+FFFD.
 *
 * @internal
 */
export function escapeText(value: string): string {
  return value.replace(NOT_XML, "\ufffd").replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * A number as short as its second decimal allows: the same on every machine.
 *
 * @internal
 */
export const coordinate = (value: number): string => String(Math.round(value * 100) / 100 + 0);

/**
 * Refuses an unknown theme.
 *
 * @internal
 */
export function checkTheme(theme: ChartTheme, where: string): void {
  if (THEMES.includes(theme)) return;
  throw new ForgeError(
    "invalid-argument",
    `${where}: unknown theme ${describe(theme)}${didYouMean(String(theme), THEMES)}.`,
  );
}

/**
 * Refuses what is given as a text and is none, or is empty.
 *
 * @internal
 */
export function checkText(value: unknown, name: string, where: string): void {
  if (typeof value === "string" && value.trim() !== "") return;
  throw new ForgeError("invalid-argument", `${where}: ${name} must be a text, got ${describe(value)}.`);
}
