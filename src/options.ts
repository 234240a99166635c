import { closest, distance } from "fastest-levenshtein";
import { ForgeError } from "./errors.ts";

/**
 * Refuses option names that are not known, with the nearest known name: a misspelt option that is
 * silently ignored costs its user hours.
 *
 * @internal
 */
export function checkOptions(given: object | undefined, known: readonly string[], where: string): void {
  if (given === undefined) return;
  if (given === null || typeof given !== "object" || Array.isArray(given)) {
    throw new ForgeError("invalid-argument", `${where}: options must be an object, got ${describe(given)}.`);
  }
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    throw new ForgeError("unknown-option", `${where}: unknown option "${name}"${didYouMean(name, known)}.`);
  }
}

/**
 * `, did you mean "x"?` where a known name is near, else the list of known names.
 *
 * @param others Names that may be meant as well, too many to list.
 * @internal
 */
export function didYouMean(name: string, known: readonly string[], others: readonly string[] = []): string {
  if (known.length === 0) return "";
  const nearest = closest(name, [...known, ...others]);
  return nearest !== "" && isNear(name, nearest)
    ? `: did you mean "${nearest}"?`
    : ` (known: ${known.map((k) => `"${k}"`).join(", ")})`;
}

function isNear(a: string, b: string): boolean {
  const [x, y] = [a.toLowerCase(), b.toLowerCase()];
  return x.startsWith(y) || y.startsWith(x) || distance(x, y) <= Math.max(2, Math.floor(b.length / 3));
}

/**
 * A short description of any value for error messages: `"text"`, `[1,28,28]`, `an object`, `undefined`.
 *
 * @internal
 */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint")
    return String(value);
  if (Array.isArray(value)) {
    return value.length <= 8 ? `[${value.map(describe).join(",")}]` : `an array of ${value.length}`;
  }
  if (typeof value === "function") return `a function${value.name ? ` "${value.name}"` : ""}`;
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name} of ${value.byteLength} bytes`;
  const shape = (value as { shape?: unknown }).shape;
  if (Array.isArray(shape)) return `a tensor of shape [${shape.join(",")}]`;
  const name = (value as object).constructor?.name;
  return name && name !== "Object" ? `a ${name}` : "an object";
}
