import { ForgeError } from "../errors.ts";
import { checkOptions, describe } from "../options.ts";
import type { ConvertOptions } from "./report.ts";
import { checkTarget } from "./target.ts";

/** What an option must be, in words, and whether a value is that. */
interface OptionRule {
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
}

const isObject = (value: unknown): boolean =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isFunction = (value: unknown): boolean => typeof value === "function";

/** Exhaustive: an option that is not here is not known. */
const OPTIONS: { readonly [Name in keyof Required<ConvertOptions>]: OptionRule } = {
  inputs: { expected: "an object of shapes by input name", accepts: isObject },
  outputs: {
    expected: "a list of names of nodes",
    accepts: (value) =>
      Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === "string"),
  },
  batch: {
    expected: '"dynamic" or a positive whole number',
    accepts: (value) => value === "dynamic" || (Number.isInteger(value) && (value as number) > 0),
  },
  // It is judged with a message of its own.
  target: { expected: "a target", accepts: () => true },
  extensions: {
    expected: "a list of { kernels, layers, passes }",
    accepts: (value) => Array.isArray(value) && value.every(isObject),
  },
  recurrent: {
    expected: '"while", "unrolled" or "fused"',
    accepts: (value) => value === "while" || value === "unrolled" || value === "fused",
  },
  state: { expected: '"io"', accepts: (value) => value === "io" },
  signal: {
    expected: "an AbortSignal",
    accepts: (value) => isFunction((value as { throwIfAborted?: unknown } | null)?.throwIfAborted),
  },
  onProgress: { expected: "a function", accepts: isFunction },
};

/** @throws ForgeError `unknown-option` or `invalid-argument`. */
export function checkConvertOptions(options: ConvertOptions): void {
  checkOptions(options, Object.keys(OPTIONS), "toTflite");
  for (const [name, { expected, accepts }] of Object.entries(OPTIONS)) {
    const value = options[name as keyof ConvertOptions];
    if (value !== undefined && !accepts(value)) {
      throw new ForgeError(
        "invalid-argument",
        `options.${name} must be ${expected}, got ${describe(value)}.`,
      );
    }
  }
  if (options.target !== undefined) checkTarget(options.target);
}
