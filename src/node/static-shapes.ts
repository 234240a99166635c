import type { DynamicTensor, ModelFile } from "./model-file.ts";

/** Changes that give a file fixed sizes: made in a copy, by whoever holds the copy. */
export interface ShapePatch {
  /** Unsigned 32-bit numbers to write, by position in the file. */
  readonly writes: ReadonlyMap<number, number>;
  /** 32-bit numbers to append after the file, from its next multiple of 4. */
  readonly tail: Int32Array<ArrayBuffer>;
}

/** Where the tail begins. */
export function tailStart(byteLength: number): number {
  return Math.ceil(byteLength / 4) * 4;
}

/**
 * LiteRT's WebAssembly build cannot resize an input, so the sizes are written into the file. Writers store
 * equal vectors once, so a shape may be shared with a constant's: new vectors are appended, and the offsets
 * of the dynamic tensors are pointed at them. Their signatures get the same sizes: then nothing is dynamic.
 *
 * Inputs get the sizes given. In other tensors a dynamic size grows as that dimension of the inputs does (or
 * as the batch): the runtime computes them again, and only the outputs' must be right beforehand.
 */
export function fixShapes(file: ModelFile, inputShapes: readonly (readonly number[])[]): ShapePatch {
  const given = new Map(file.inputs.map((input, index) => [input.shapeField, inputShapes[index]]));
  const growth = growthOf(file, inputShapes);
  const start = tailStart(file.bytes.length);
  const writes = new Map<number, number>();
  const tail: number[] = [];
  for (const tensor of file.dynamic) {
    const shape = given.get(tensor.shapeField) ?? grown(tensor, growth);
    const vector = start + 4 * tail.length;
    tail.push(shape.length, ...shape);
    // An offset counts from the field that holds it.
    writes.set(tensor.shapeField, vector - tensor.shapeField);
    writes.set(tensor.signatureField, vector - tensor.signatureField);
  }
  return { writes, tail: Int32Array.from(tail) };
}

/** By how much each dimension differs from what the file says, from the first input that is dynamic there. */
function growthOf(file: ModelFile, inputShapes: readonly (readonly number[])[]): (number | undefined)[] {
  const growth: (number | undefined)[] = [];
  for (const [index, { shape, nominal }] of file.inputs.entries()) {
    for (const [axis, size] of shape.entries()) {
      if (size === -1) growth[axis] ??= inputShapes[index]![axis]! / nominal[axis]!;
    }
  }
  return growth;
}

function grown({ nominal, signature }: DynamicTensor, growth: readonly (number | undefined)[]): number[] {
  return nominal.map((size, axis) =>
    signature[axis] === -1 ? Math.ceil(size * (growth[axis] ?? growth[0] ?? 1)) : size,
  );
}
