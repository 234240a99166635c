import type { Tensor } from "../../graph/types.ts";
import type { Call } from "./call.ts";
import { cast } from "./elementwise.ts";
import { extentsFrom, extentsOf, reshapeTo } from "./extents.ts";
import type { Family } from "./table.ts";
import { channelsLast } from "./window.ts";

/** Channels side by side as blocks of pixels. */
function lowerDepthToSpace(call: Call<"DepthToSpace">): Tensor {
  const { blockSize: block_size, dataFormat } = call.attributes;
  return channelsLast(call, call.input("x"), dataFormat, (x) =>
    call.add("DEPTH_TO_SPACE", [x], { block_size }),
  );
}

type Margin = readonly [number, number];
type Rearrange = "SPACE_TO_BATCH_ND" | "BATCH_TO_SPACE_ND";

/** Blocks of cells as items of a batch, with cells around the tensor first. */
function lowerSpaceToBatch(call: Call<"SpaceToBatchND">): Tensor {
  const { blockShape, paddings } = call.attributes;
  return rearrange(call, "SPACE_TO_BATCH_ND", blockShape, paddings as unknown as readonly Margin[]);
}

/** Items of a batch as blocks of cells, with cells at the borders cut off. */
function lowerBatchToSpace(call: Call<"BatchToSpaceND">): Tensor {
  const { blockShape, crops } = call.attributes;
  return rearrange(call, "BATCH_TO_SPACE_ND", blockShape, crops as unknown as readonly Margin[]);
}

/**
 * The operators know blocks of two dimensions between the batch and the last one (`space_to_batch_nd.cc`), tfjs
 * those of any number. Blocks of earlier dimensions vary slower in the batch: later dimensions go into it first,
 * each by itself, and come out of it last.
 */
function rearrange(
  call: Call<"SpaceToBatchND" | "BatchToSpaceND">,
  type: Rearrange,
  blocks: readonly number[],
  margins: readonly Margin[],
): Tensor {
  const [first, second, ...later] = blocks.keys();
  const groups = [...later.map((index) => [index]).reverse(), [first, second].filter(isIndex)];
  if (type === "BATCH_TO_SPACE_ND") groups.reverse();
  const input = call.input("x");
  let x = cast(call, input, input.type === "bool" ? "int32" : (input.type as "float32"));
  let extents = extentsOf(call, input);
  for (const group of groups) {
    const block = group.map((index) => blocks[index] as number);
    const cells = group.map((index) => margins[index] as Margin);
    if (block.every((size) => size === 1) && cells.flat().every((count) => count === 0)) continue;
    const view = extentsFrom(extents, (sizes) => joined(sizes, group));
    const alone = group.length === 1;
    x = call.add(type, [
      reshapeTo(call, x, view, extents),
      call.integers(alone ? [1, ...block] : block, "block_shape"),
      call.integers(alone ? [0, 0, ...cells.flat()] : cells.flat(), "margins", 2),
    ]);
    extents = extentsFrom(extents, (sizes) => rearranged(sizes, type, group, block, cells));
    x = reshapeTo(
      call,
      x,
      extents,
      extentsFrom(extents, (sizes) => joined(sizes, group)),
    );
  }
  return cast(call, x, input.type as "float32");
}

function isIndex(index: number | undefined): index is number {
  return index !== undefined;
}

/** [batch, all before, the dimension, all behind] of one dimension, or [batch, both dimensions, all behind]. */
function joined(sizes: readonly number[], group: readonly number[]): readonly number[] {
  const from = (group[0] as number) + 1;
  const to = from + group.length;
  const before = group.length === 1 ? [product(sizes.slice(1, from))] : [];
  return [sizes[0] as number, ...before, ...sizes.slice(from, to), product(sizes.slice(to))];
}

function rearranged(
  sizes: readonly number[],
  type: Rearrange,
  group: readonly number[],
  block: readonly number[],
  cells: readonly Margin[],
): readonly number[] {
  const intoBatch = type === "SPACE_TO_BATCH_ND";
  return sizes.map((size, dimension) => {
    if (dimension === 0) return intoBatch ? size * product(block) : size / product(block);
    const at = group.indexOf(dimension - 1);
    if (at < 0) return size;
    const [step, [start, end]] = [block[at] as number, cells[at] as Margin];
    return intoBatch ? (size + start + end) / step : size * step - start - end;
  });
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1);
}

/** The lowerings of this file. */
export const lowerings: Family<"blocks"> = {
  BatchToSpaceND: lowerBatchToSpace,
  SpaceToBatchND: lowerSpaceToBatch,
  DepthToSpace: lowerDepthToSpace,
};
