import { sameShape, signatureOf } from "../../graph/tensors.ts";
import type { Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";

type Sizes = readonly number[];

/** The sizes of a tensor: the nominal ones, and those in each recording where one is dynamic. */
export interface Extents {
  readonly nominal: Sizes;
  readonly probes: readonly Sizes[] | undefined;
}

/** Those of an input or output of a call. */
export function extentsOf(call: Call<KernelName>, tensor: Tensor): Extents {
  return { nominal: tensor.shape, probes: call.probesOf(tensor) };
}

/** Sizes that follow from others, such as those of a tensor with dimensions joined. */
export function extentsFrom(extents: Extents, make: (sizes: Sizes) => Sizes): Extents {
  return { nominal: make(extents.nominal), probes: extents.probes?.map(make) };
}

/** What each size is in every recording. */
export function columnsOf({ nominal, probes }: Extents): readonly Sizes[] {
  return nominal.map((size, index) => probes?.map((sizes) => sizes[index] as number) ?? [size]);
}

/** True of a size that differs between recordings. */
export function isOpen(column: Sizes): boolean {
  return column.some((size) => size !== column[0]);
}

/** Sizes with -1 where they are dynamic. */
export function signatureFrom(extents: Extents): Sizes {
  return columnsOf(extents).map((column, index) =>
    isOpen(column) ? -1 : (extents.nominal[index] as number),
  );
}

/** A tensor of these sizes, as an operator is told to make it whose result only a run knows. */
export function tensorOf(call: Call<KernelName>, extents: Extents, type: Tensor["type"]): Tensor {
  const shapeSignature = signatureFrom(extents);
  return {
    name: call.name(call.kernel),
    type,
    shape: extents.nominal,
    ...(shapeSignature.includes(-1) && { shapeSignature }),
  };
}

/**
 * Reshapes to sizes of which any number may be dynamic: the first of them is what is left, the others are
 * computed from the sizes of tensors that exist.
 *
 * @param from The sizes that it has, where they are known: a reshape to the same ones is none.
 */
export function reshapeTo(call: Call<KernelName>, x: Tensor, to: Extents, from?: Extents): Tensor {
  if (from !== undefined && sameExtents(from, to)) return x;
  const sizes = signatureFrom(to);
  const [first, ...others] = [...sizes.keys()].filter((index) => sizes[index] === -1);
  if (first === undefined || others.length === 0) {
    return sameShape(signatureOf(x), sizes) ? x : call.reshapeTo(x, sizes);
  }
  const columns = columnsOf(to).map((column, index) => (index === first ? [-1] : column));
  const shape = call.integersOf(columns, "shape");
  return call.addLike("RESHAPE", [x, shape], {}, tensorOf(call, to, x.type));
}

function sameExtents(a: Extents, b: Extents): boolean {
  const recordings = (extents: Extents): readonly Sizes[] => [extents.nominal, ...(extents.probes ?? [])];
  const [ours, theirs] = [recordings(a), recordings(b)];
  return ours.length === theirs.length && ours.every((sizes, i) => sameShape(sizes, theirs[i] as Sizes));
}
