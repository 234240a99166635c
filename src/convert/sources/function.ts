import { ForgeError } from "../../errors.ts";
import { describe } from "../../options.ts";
import type { FunctionSource, InputSpec } from "../source.ts";
import type { FrontEnd } from "./front-end.ts";

const TYPES = ["float32", "int32", "bool"];

/** A plain function of tensors, with the description of its inputs. */
export const functionFrontEnd: FrontEnd<FunctionSource> = {
  matches: (source) => "fn" in source,
  check,
  name: ({ fn }) => fn.name || "function",
  inputs: ({ inputs }) => inputs.map(({ name, shape, dtype = "float32" }) => ({ name, shape, dtype })),
  batchFirst: false,
  open: ({ fn }) => ({ run: (inputs) => fn(...inputs), where: () => "", close: () => {} }),
};

function check({ fn, inputs }: FunctionSource): void {
  if (typeof fn !== "function") throw invalid(`source.fn must be a function, got ${describe(fn)}`);
  if (!Array.isArray(inputs) || inputs.length === 0) {
    throw invalid(`source.inputs must list { name, shape, dtype }, got ${describe(inputs)}`);
  }
  const names = new Set<string>();
  for (const [index, input] of (inputs as InputSpec[]).entries()) {
    const where = `source.inputs[${index}]`;
    if (input === null || typeof input !== "object" || typeof input.name !== "string" || input.name === "") {
      throw invalid(`${where}.name must be a text that is not empty, got ${describe(input?.name)}`);
    }
    if (names.has(input.name)) throw invalid(`${where}: a second input "${input.name}"`);
    names.add(input.name);
    const { shape, dtype } = input;
    if (!Array.isArray(shape) || !shape.every(isSize)) {
      throw invalid(
        `${where}.shape must list positive whole numbers, or null or { nominal } for dynamic sizes; got ${describe(shape)}`,
      );
    }
    if (dtype !== undefined && !TYPES.includes(dtype)) {
      throw invalid(`${where}.dtype must be "float32", "int32" or "bool", got ${describe(dtype)}`);
    }
  }
}

function isSize(size: unknown): boolean {
  const fixed = (size as { nominal?: unknown } | null)?.nominal ?? size;
  return size === null || (Number.isInteger(fixed) && (fixed as number) > 0);
}

function invalid(what: string): ForgeError {
  return new ForgeError("invalid-source", `${what}.`);
}
