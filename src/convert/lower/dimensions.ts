import { elementCount } from "../../graph/tensors.ts";
import type { Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";
import { type Extents, extentsFrom, extentsOf, reshapeTo } from "./extents.ts";

type AnyCall = Call<KernelName>;
type Sizes = readonly number[];

/** What changes one dimension of a tensor of three, the middle one. */
export interface Step {
  readonly dimension: number;
  /** @param to The sizes that it makes of them. */
  readonly apply: (x: Tensor, to: Extents) => Tensor;
}

/**
 * Does one dimension after the other, each with those before it joined and those behind it: for operators whose
 * kernels have a limit of dimensions.
 *
 * @param output What the steps make together.
 */
export function oneByOne(call: AnyCall, x: Tensor, output: Extents, steps: readonly Step[]): Tensor {
  let extents = extentsOf(call, x);
  let y = x;
  for (const { dimension, apply } of steps) {
    const changed = replaced(extents, output, dimension);
    y = apply(reshapeTo(call, y, around(extents, dimension)), around(changed, dimension));
    extents = changed;
  }
  return reshapeTo(call, y, output);
}

/** A dimension with those before it joined, and those behind it. */
export function around(extents: Extents, dimension: number): Extents {
  return extentsFrom(extents, (sizes) => [
    elementCount(sizes.slice(0, dimension)),
    sizes[dimension] as number,
    elementCount(sizes.slice(dimension + 1)),
  ]);
}

function replaced(extents: Extents, by: Extents, dimension: number): Extents {
  const one = (sizes: Sizes, other: Sizes): Sizes => sizes.with(dimension, other[dimension] as number);
  const recordings = extents.probes ?? by.probes?.map(() => extents.nominal);
  return {
    nominal: one(extents.nominal, by.nominal),
    probes: recordings?.map((sizes, index) => one(sizes, by.probes?.[index] ?? by.nominal)),
  };
}

/** Reorders any number of dimensions: those that stay side by side are joined where they are too many. */
export function transposed(call: AnyCall, x: Tensor, permutation: Sizes): Tensor {
  const limit = call.allows("TRANSPOSE", 6) ? 6 : call.allows("TRANSPOSE", 4) ? 5 : 4;
  if (permutation.length <= limit) return call.transpose(x, permutation);
  const groups = groupsOf(permutation);
  const inOrder = [...groups].sort(([a], [b]) => (a as number) - (b as number));
  const extents = extentsOf(call, x);
  const joined = extentsFrom(extents, (sizes) => inOrder.map((group) => joinedSize(sizes, group)));
  const made = extentsFrom(extents, (sizes) => permutation.map((index) => sizes[index] as number));
  const order = groups.map((group) => inOrder.indexOf(group));
  const y =
    order.length <= limit
      ? call.transpose(reshapeTo(call, x, joined), order)
      : blockByBlock(call, x, joined, order);
  return reshapeTo(call, y, made);
}

const joinedSize = (sizes: Sizes, group: Sizes): number =>
  elementCount(group.map((index) => sizes[index] as number));

/** Dimensions that follow each other before and behind. */
function groupsOf(permutation: Sizes): readonly Sizes[] {
  const groups: number[][] = [];
  for (const index of permutation) {
    const last = groups.at(-1);
    if (last !== undefined && last.at(-1) === index - 1) last.push(index);
    else groups.push([index]);
  }
  return groups;
}

/** Brings one dimension after the other to its place, past those in between, which are joined. */
function blockByBlock(call: AnyCall, x: Tensor, extents: Extents, order: Sizes): Tensor {
  let y = x;
  let current: Sizes = order.map((_, index) => index);
  for (const [place, wanted] of order.entries()) {
    const from = current.indexOf(wanted);
    if (from === place) continue;
    const parts = [current.slice(0, place), current.slice(place, from), [wanted], current.slice(from + 1)];
    const four = extentsFrom(extents, (sizes) => parts.map((part) => joinedSize(sizes, part)));
    y = call.transpose(reshapeTo(call, y, four), [0, 2, 1, 3]);
    current = [parts[0], parts[2], parts[1], parts[3]].flatMap((part) => part as Sizes);
  }
  return y;
}
