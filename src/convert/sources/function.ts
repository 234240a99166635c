import { ForgeError } from "../../errors.ts";
import { describe } from "../../options.ts";
import type { FunctionSource, InputSpec, InputType, StoredType } from "../source.ts";
import type { FrontEnd } from "./front-end.ts";

/** What a function gets of an input of each type. */
const TYPES: { readonly [T in InputType | StoredType]: InputType } = {
  float32: "float32",
  int32: "int32",
  bool: "bool",
  uint8: "int32",
  int8: "int32",
  int16: "int32",
  int64: "int32",
  float16: "float32",
};

/** A plain function of tensors, with the description of its inputs. */
export const functionFrontEnd: FrontEnd<FunctionSource> = {
  matches: (source) => "fn" in source,
  check,
  name: ({ fn }) => fn.name || "function",
  inputs: ({ inputs }) =>
    inputs.map(({ name, shape, dtype = "float32" }) => {
      const given = TYPES[dtype];
      return { name, shape, dtype: given, ...(given !== dtype && { storedAs: dtype as StoredType }) };
    }),
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
    if (dtype !== undefined && !Object.hasOwn(TYPES, dtype)) {
      const types = Object.keys(TYPES).map((type) => JSON.stringify(type));
      throw invalid(`${where}.dtype must be one of ${types.join(", ")}; got ${describe(dtype)}`);
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
