import { ForgeError } from "../errors.ts";
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
 * Inputs get the sizes given. In other tensors a dynamic size grows as the batch does: the runtime computes
 * them again, and only the outputs' must be right beforehand, for it gives no error where they are too large.
 *
 * @throws ForgeError `invalid-argument` where another size than the batch is changed and an output's follows
 * from it.
 */
export function fixShapes(file: ModelFile, inputShapes: readonly (readonly number[])[]): ShapePatch {
  checkOutputsKnown(file, inputShapes);
  const given = new Map(file.inputs.map((input, index) => [input.shapeField, inputShapes[index]]));
  const growth = batchGrowth(file, inputShapes);
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

/** The batch asked for, relative to the one that the file's shapes are written for. */
function batchGrowth(file: ModelFile, inputShapes: readonly (readonly number[])[]): number {
  const index = file.inputs.findIndex(({ shape }) => shape[0] === -1);
  return index === -1 ? 1 : inputShapes[index]![0]! / (file.inputs[index]!.nominal[0] || 1);
}

/** The batch is the first dynamic size; others keep what the file says. */
function grown({ nominal, signature }: DynamicTensor, growth: number): number[] {
  const batch = signature.indexOf(-1);
  return nominal.map((size, axis) => (axis === batch ? Math.ceil(size * growth) : size));
}

function checkOutputsKnown(file: ModelFile, inputShapes: readonly (readonly number[])[]): void {
  const changed = file.inputs.find(({ nominal }, index) =>
    inputShapes[index]!.some((size, axis) => axis > 0 && size !== nominal[axis]),
  );
  const unknown = file.outputs.find(({ shape }) => shape.includes(-1, 1));
  if (changed === undefined || unknown === undefined) return;
  throw new ForgeError(
    "invalid-argument",
    `Input "${changed.name}" can have another batch than [${changed.nominal}] but no other size: LiteRT for Node ` +
      `cannot tell what becomes of output "${unknown.name}" of shape [${unknown.shape}].`,
  );
}
