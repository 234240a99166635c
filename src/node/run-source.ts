import { dispose, type Tensor, tensor, tidy } from "@tensorflow/tfjs-core";
import type { ConvertOptions } from "../convert/report.ts";
import type { ModelSource } from "../convert/source.ts";
import type { ReadySource, SourceInput } from "../convert/sources/front-end.ts";
import { frontEndOf } from "../convert/sources/front-ends.ts";
import { checkInputNames } from "../convert/trace/input-sizes.ts";
import { ForgeError } from "../errors.ts";
import { describe } from "../options.ts";
import type { InputValue } from "./input-values.ts";

/** An output of a source, read back; without a name where a function gave an array or one tensor. */
export interface SourceOutput {
  readonly name: string | undefined;
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** An input of a source: `null` where its size is open and no usual one is known. */
export interface SizedInput extends SourceInput {
  readonly shape: readonly (number | null)[];
}

/** Which part of a source is run: what the options of its conversion said of it. */
export type SourcePart = Pick<ConvertOptions, "inputs" | "outputs">;

/**
 * The inputs of a source, in its order, with the sizes that the options give.
 *
 * @throws ForgeError `invalid-argument` for names of inputs or nodes that do not exist.
 */
export async function sourceInputs(source: ModelSource, part: SourcePart): Promise<readonly SizedInput[]> {
  return sizedInputs({ source, frontEnd: await frontEndOf(source) }, part);
}

function sizedInputs({ source, frontEnd }: ReadySource, part: SourcePart): readonly SizedInput[] {
  const inputs = frontEnd.inputs(source, part);
  checkInputNames(
    part.inputs,
    inputs.map(({ name }) => name),
  );
  return inputs.map((input) => ({
    ...input,
    shape: (part.inputs?.[input.name] ?? input.shape).map((size) =>
      typeof size === "number" ? size : (size?.nominal ?? null),
    ),
  }));
}

/**
 * Runs a source once on the current tfjs backend, as at inference, and reads its outputs. No tensor is left.
 *
 * @throws ForgeError `invalid-source` where a function returns something else than tensors.
 */
export async function runSource(
  source: ModelSource,
  part: SourcePart,
  inputs: readonly InputValue[],
): Promise<SourceOutput[]> {
  const frontEnd = await frontEndOf(source);
  const dtypes = sizedInputs({ source, frontEnd }, part).map((input) => input.dtype);
  let names: (string | undefined)[] = [];
  const outputs = tidy(() => {
    const tensors = inputs.map(({ data, shape }, index) =>
      tensor(data as Float32Array, [...shape], dtypes[index]),
    );
    const opened = frontEnd.open(source, part);
    try {
      const results = namedResults(opened.run(tensors), opened.outputNames);
      names = results.map(({ name }) => name);
      return results.map(({ value }) => value);
    } finally {
      opened.close();
    }
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
