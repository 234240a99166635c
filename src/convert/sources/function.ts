import type { FunctionSource, InputType, StoredType } from "../source.ts";
import type { FrontEnd } from "./front-end.ts";

/** What a function gets of an input of each type. */
export const FUNCTION_TYPES: { readonly [T in InputType | StoredType]: InputType } = {
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
  name: ({ fn }) => fn.name || "function",
  inputs: ({ inputs }) =>
    inputs.map(({ name, shape, dtype = "float32" }) => {
      const given = FUNCTION_TYPES[dtype];
      return { name, shape, dtype: given, ...(given !== dtype && { storedAs: dtype as StoredType }) };
    }),
  batchFirst: false,
  open: ({ fn }) => ({ run: (inputs) => fn(...inputs), where: () => "", close: () => {} }),
};
