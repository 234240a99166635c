import { ForgeError } from "../errors.ts";
import { sameShape } from "../graph/tensors.ts";
import type { DynamicTensor, ModelFile } from "./model-file.ts";
import { readModelGraph } from "./model-graph.ts";
import { outputShapes } from "./output-sizes.ts";

type Shape = readonly number[];

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
 * Inputs get the sizes given, outputs those that follow from them, since the runtime gives no error where these are
 * too large. It computes the sizes of all other tensors again: for them it is enough to grow as the batch does, and for
 * outputs behind operators that only others write it is assumed.
 *
 * @throws ForgeError `invalid-argument` where another size than the batch is changed and it cannot be told what
 * becomes of an output.
 */
export function fixShapes(file: ModelFile, inputShapes: readonly Shape[]): ShapePatch {
  const growth = batchGrowth(file, inputShapes);
  const exact = new Map(file.inputs.map((input, index) => [input.shapeField, inputShapes[index]]));
  for (const [field, shape] of shapesOfOutputs(file, inputShapes)) exact.set(field, shape);
  const start = tailStart(file.bytes.length);
  const writes = new Map<number, number>();
  const tail: number[] = [];
  for (const tensor of file.dynamic) {
    const shape = exact.get(tensor.shapeField) ?? grown(tensor, growth);
    const vector = start + 4 * tail.length;
    tail.push(shape.length, ...shape);
    // An offset counts from the field that holds it.
    writes.set(tensor.shapeField, vector - tensor.shapeField);
    writes.set(tensor.signatureField, vector - tensor.signatureField);
  }
  return { writes, tail: Int32Array.from(tail) };
}

/** The shapes of the outputs by where the file has them; none where all sizes are the file's own. */
function shapesOfOutputs(
  file: ModelFile,
  inputShapes: readonly Shape[],
): ReadonlyMap<number | undefined, Shape | undefined> {
  const { inputs, outputs } = file;
  if (inputs.every(({ nominal }, index) => sameShape(nominal, inputShapes[index] ?? []))) return new Map();
  if (!outputs.some(({ shape }) => shape.includes(-1))) return new Map();
  const { graph, subgraph, ...places } = readModelGraph(file);
  const given: Shape[] = [];
  for (const [index, place] of places.inputs.entries()) given[place] = inputShapes[index] ?? [];
  const made = outputShapes(graph, subgraph, given);
  const shapes = places.outputs.map((place) => made[place]);
  checkTold(file, inputShapes, shapes);
  return new Map(outputs.map(({ shapeField }, index) => [shapeField, shapes[index]]));
}

function checkTold(
  file: ModelFile,
  inputShapes: readonly Shape[],
  outputs: readonly (Shape | undefined)[],
): void {
  const changed = file.inputs.find(({ nominal }, index) =>
    inputShapes[index]?.some((size, axis) => axis > 0 && size !== nominal[axis]),
  );
  const unknown = file.outputs.find(({ shape }, index) => !outputs[index] && shape.includes(-1, 1));
  if (changed === undefined || unknown === undefined) return;
  throw new ForgeError(
    "invalid-argument",
    `Input "${changed.name}" can have another batch than [${changed.nominal}] but no other size: LiteRT for Node ` +
      `cannot tell what becomes of output "${unknown.name}" of shape [${unknown.shape}].`,
  );
}

/** The batch asked for, relative to the one that the file's shapes are written for. */
function batchGrowth(file: ModelFile, inputShapes: readonly Shape[]): number {
  const index = file.inputs.findIndex(({ shape }) => shape[0] === -1);
  return index === -1 ? 1 : inputShapes[index]![0]! / (file.inputs[index]!.nominal[0] || 1);
}

/** As the batch does: it is the first dynamic size, and others keep what the file says. */
function grown(
  { nominal, signature }: Pick<DynamicTensor, "nominal" | "signature">,
  growth: number,
): number[] {
  const batch = signature.indexOf(-1);
  return nominal.map((size, axis) => (axis === batch ? Math.ceil(size * growth) : size));
}
