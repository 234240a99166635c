import { elementCount, intsOf, isConstant } from "../../graph/tensors.ts";
import type { Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";
import { columnsOf, type Extents, extentsFrom, isOpen, signatureFrom, tensorOf } from "./extents.ts";

type AnyCall = Call<KernelName>;

/** Adds an operator that is told the shape of what it makes by an operand, which is computed where it is dynamic. */
export function addShaped(
  call: AnyCall,
  type: "SCATTER_ND" | "SPARSE_TO_DENSE" | "FILL",
  operands: (shape: Tensor) => readonly Tensor[],
  to: Extents,
  element: Tensor["type"],
): Tensor {
  const inputs = operands(call.integersOf(columnsOf(to), "shape"));
  return signatureFrom(to).includes(-1)
    ? call.addLike(type, inputs, {}, tensorOf(call, to, element))
    : call.add(type, inputs);
}

/**
 * Sums rows into as many rows as `to` has, each into the one that its id says; rows of ids outside are left out.
 * SCATTER_ND refuses such ids, UNSORTED_SEGMENT_SUM all that are too large, and what it makes has no size before a
 * run: so there is a row before the first and one behind the last, which are cut off.
 *
 * @param ids A vector.
 * @param updates As many rows.
 * @param lowest The lowest id that can be there: 0 spares the row before the first.
 */
export function sumRows(
  call: AnyCall,
  ids: Tensor,
  updates: Tensor,
  to: Extents,
  lowest: -1 | 0 = -1,
): Tensor {
  const [count] = columnsOf(to) as [readonly number[]];
  const into = (indices: Tensor, rows: Extents): Tensor =>
    addShaped(
      call,
      "SCATTER_ND",
      (shape) => [call.reshapeTo(indices, [-1, 1]), updates, shape],
      rows,
      updates.type,
    );
  if (isConstant(ids) && intsOf(ids).every((id) => id >= 0 && count.every((size) => id < size))) {
    return into(ids, to);
  }
  const above = lowest === 0 ? ids : call.add("MAXIMUM", [ids, call.integers([-1], "lowest")]);
  const within = call.add("MINIMUM", [above, call.integersOf([count], "count")]);
  const indices = lowest === 0 ? within : call.add("ADD", [within, call.integers([1], "offset")]);
  const wide = extentsFrom(to, ([size, ...rest]) => [(size as number) + 1 - lowest, ...rest]);
  return cutRows(call, into(indices, wide), -lowest, to);
}

/** A block of rows; of the other dimensions everything. */
function cutRows(call: AnyCall, x: Tensor, first: number, to: Extents): Tensor {
  const [count] = columnsOf(to) as [readonly number[]];
  const others = to.nominal.slice(1);
  const begin = call.integers([first, ...others.map(() => 0)], "begin");
  if (!isOpen(count)) {
    const sizes = signatureFrom(to);
    return call.add("SLICE", [x, begin, call.integers(sizes, "size")]);
  }
  const end = call.integersOf([count.map((size) => size + first), ...others.map(() => [0])], "end");
  const operands = [
    x,
    begin,
    end,
    call.integers(
      to.nominal.map(() => 1),
      "strides",
    ),
  ];
  // The mask of all dimensions but the first.
  const options = { end_mask: 2 ** to.nominal.length - 2 };
  return call.addLike("STRIDED_SLICE", operands, options, tensorOf(call, to, x.type));
}

/** Positions in a tensor of these leading sizes as one number each: the last dimension holds the coordinates. */
export function flatIndices(call: AnyCall, indices: Tensor, sizes: Extents): Tensor {
  const strides = extentsFrom(sizes, (all) => all.map((_, index) => elementCount(all.slice(index + 1))));
  const columns = columnsOf(strides);
  if (isConstant(indices) && !columns.some(isOpen)) {
    const all = intsOf(indices);
    const rows = Array.from({ length: all.length / columns.length }, (_, row) => row * columns.length);
    const flat = (from: number): number =>
      columns.reduce((sum, [stride], column) => sum + (all[from + column] as number) * (stride as number), 0);
    return call.integers(rows.map(flat), "positions");
  }
  if (columns.length === 1) return call.reshapeTo(indices, [-1]);
  const scaled = call.add("MUL", [indices, call.integersOf(columns, "strides")]);
  const axis = call.integers([indices.shape.length - 1], "axis");
  return call.reshapeTo(call.add("SUM", [scaled, axis], { keep_dims: false }), [-1]);
}

/** The whole numbers from 0 on, as a vector of these sizes. */
export function counting(call: AnyCall, to: Extents): Tensor {
  const [count] = columnsOf(to) as [readonly number[]];
  if (!isOpen(count)) {
    return call.integers(
      Array.from({ length: count[0] as number }, (_, index) => index),
      "positions",
    );
  }
  const end = call.reshapeTo(call.integersOf([count], "count"), []);
  const operands = [call.integer(0, "start"), end, call.integer(1, "step")];
  return call.addLike("RANGE", operands, {}, tensorOf(call, to, "int32"));
}
