import { dispose, type Tensor, tensor, tidy } from "@tensorflow/tfjs-core";
import { type InputType, isFunctionSource, type Source } from "../convert/source.ts";
import { ForgeError } from "../errors.ts";
import { describe } from "../options.ts";
import type { InputValue } from "./input-values.ts";

/** An input of a source. */
export interface SourceInput {
  readonly name: string;
  readonly shape: readonly (number | null)[];
  readonly dtype: InputType;
}

/** An output of a source, read back; without a name where a function gave an array or one tensor. */
export interface SourceOutput {
  readonly name: string | undefined;
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** The inputs of a source, in its order. */
export function sourceInputs(source: Source): SourceInput[] {
  if (isFunctionSource(source)) {
    return source.inputs.map(({ name, shape, dtype = "float32" }) => ({ name, shape, dtype }));
  }
  return source.inputs.map(({ shape, dtype }, index) => ({
    name: source.inputNames[index]!,
    shape,
    dtype: dtype === "int32" || dtype === "bool" ? dtype : "float32",
  }));
}

/**
 * Runs a source once on the current tfjs backend, as at inference, and reads its outputs. No tensor is left.
 *
 * @throws ForgeError `invalid-source` where a function returns something else than tensors.
 */
export async function runSource(source: Source, inputs: readonly InputValue[]): Promise<SourceOutput[]> {
  const dtypes = sourceInputs(source).map((input) => input.dtype);
  let names: (string | undefined)[] = [];
  const outputs = tidy(() => {
    const tensors = inputs.map(({ data, shape }, index) =>
      tensor(data as Float32Array, [...shape], dtypes[index]),
    );
    const results = isFunctionSource(source)
      ? namedResults(source.fn(...tensors))
      : namedResults(source.apply(tensors.length === 1 ? tensors[0] : tensors), source.outputNames);
    names = results.map(({ name }) => name);
    return results.map(({ value }) => value);
  });
  try {
    const data = await Promise.all(outputs.map((output) => output.data<"float32">()));
    return outputs.map(({ shape }, index) => ({ name: names[index], shape, data: data[index]! }));
  } finally {
    dispose(outputs);
  }
}

interface NamedTensor {
  readonly name: string | undefined;
  readonly value: Tensor;
}

function namedResults(result: unknown, names: readonly string[] = []): NamedTensor[] {
  const list = Array.isArray(result)
    ? result.map((value, index) => ({ name: names[index], value }))
    : isTensor(result)
      ? [{ name: names[0], value: result }]
      : Object.entries(result ?? {}).map(([name, value]) => ({ name, value }));
  if (list.length > 0 && list.every((entry): entry is NamedTensor => isTensor(entry.value))) return list;
  throw new ForgeError("invalid-source", `The source must return tensors, got ${describe(result)}.`);
}

function isTensor(value: unknown): value is Tensor {
  const candidate = value as Partial<Tensor> | null;
  return typeof candidate === "object" && candidate !== null && candidate.dataId !== undefined;
}
