import type { Tensor } from "@tensorflow/tfjs-core";

/**
 * Keeps account of sizes that only a run knows: how many boxes are left, how many indices were found.
 *
 * A graph computes further sizes from them, and reads them as data. So a shape that may hold such a size is made
 * by an operation when the file runs, and everything computed from it too. What shapes come of it must be known
 * while recording all the same: beside such a tensor of sizes stands its sample, a tensor with values, computed from
 * the numbers that stand for the sizes. A sample goes through operations that are linear, as padding to a whole
 * is; after others (a minimum, a comparison) it would be true of the sample alone, and the size is another unknown.
 */
export class UnknownSizes {
  readonly #dependent = new WeakSet<Tensor>();
  readonly #samples = new WeakMap<Tensor, Tensor>();

  /** True of a tensor of which a dimension may be a size that only a run knows. */
  isDependent(tensor: Tensor): boolean {
    return this.#dependent.has(tensor);
  }

  /** Takes note that a dimension of a tensor may be such a size. */
  depends<T extends Tensor>(tensor: T): T {
    this.#dependent.add(tensor);
    return tensor;
  }

  sampleOf(tensor: Tensor): Tensor | undefined {
    return this.#samples.get(tensor);
  }

  /** Takes note of what stands for the values of a tensor of sizes. */
  sample<T extends Tensor>(tensor: T, values: Tensor | undefined): T {
    if (values !== undefined) this.#samples.set(tensor, values);
    return tensor;
  }
}

/** Operations that are linear in sizes, or only move them. */
export const LINEAR: ReadonlySet<string> = new Set([
  "Add",
  "AddV2",
  "AddN",
  "BiasAdd",
  "Sub",
  "Mul",
  "Neg",
  "Prod",
  "Sum",
  "Cast",
  "Identity",
  "IdentityN",
  "StopGradient",
  "Snapshot",
  "Pack",
  "Unpack",
  "Concat",
  "ConcatV2",
  "Split",
  "SplitV",
  "Slice",
  "StridedSlice",
  "Reshape",
  "ExpandDims",
  "Squeeze",
  "Gather",
  "GatherV2",
  "Tile",
  "Reverse",
  "ReverseV2",
]);
