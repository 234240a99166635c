import { elementCount, intConstant, intsOf, isConstant } from "../../graph/tensors.ts";
import type { Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";
import { cast, select } from "./elementwise.ts";
import { columnsOf, type Extents, extentsFrom, extentsOf, isOpen, reshapeTo } from "./extents.ts";
import { addShaped, counting, flatIndices, sumRows } from "./rows.ts";
import type { Family } from "./table.ts";

type AnyCall = Call<KernelName>;

/** SPARSE_TO_DENSE makes no more dimensions (`internal/reference/reference_ops.h`). */
const DENSE_RANK = 4;

/** Updates at positions of zeros; those at the same position are added. */
function lowerScatterNd(call: Call<"ScatterNd">): Tensor {
  const updates = call.input("updates");
  const indices = coordinates(call, call.input("indices"));
  const to = extentsOf(call, call.output);
  return addShaped(call, "SCATTER_ND", (shape) => [indices, updates, shape], to, updates.type);
}

/** To tfjs a vector of indices is one of positions along the first dimension, to TensorFlow Lite one position. */
function coordinates(call: AnyCall, indices: Tensor): Tensor {
  if (indices.shape.length > 1) return indices;
  if (!isConstant(indices)) return call.reshapeTo(indices, [-1, 1]);
  return intConstant(indices.name, [...indices.shape, 1], [...intsOf(indices)]);
}

/**
 * A tensor with slices replaced, of those at the same position by the last: there is no such operator. It gathers
 * from the rows of the tensor with the updates behind them; which row goes where is known where the indices are
 * constant, else SPARSE_TO_DENSE writes it down, which keeps the last of equal indices as well.
 */
function lowerTensorScatterUpdate(call: Call<"TensorScatterUpdate">): Tensor {
  const [tensor, updates] = [call.input("tensor"), call.input("updates")];
  const indices = coordinates(call, call.input("indices"));
  const depth = indices.shape.at(-1) as number;
  if (depth === 0) call.fail("its indices have no coordinates");
  const all = extentsOf(call, tensor);
  const rowCount = extentsFrom(all, (sizes) => [elementCount(sizes.slice(0, depth))]);
  const leading = extentsFrom(all, (sizes) => sizes.slice(0, depth));
  const positions = flatIndices(call, indices, leading);
  const rowsOf = (sizes: readonly number[], rank: number): readonly number[] => [
    elementCount(sizes.slice(0, rank)),
    elementCount(sizes.slice(rank)),
  ];
  const rows = reshapeTo(
    call,
    tensor,
    extentsFrom(all, (sizes) => rowsOf(sizes, depth)),
  );
  const changed = extentsOf(call, updates);
  const batch = indices.shape.length - 1;
  const added = reshapeTo(
    call,
    updates,
    extentsFrom(changed, (sizes) => rowsOf(sizes, batch)),
  );
  const updateCount = extentsFrom(changed, (sizes) => [elementCount(sizes.slice(0, batch))]);
  const sources = sourcesOf(call, positions, rowCount, updateCount);
  const joined = call.add("CONCATENATION", [rows, added], { axis: 0 });
  return reshapeTo(call, call.add("GATHER", [joined, sources], { axis: 0 }), all);
}

/** For each row the one that it is taken from: itself, or the last update of it. */
function sourcesOf(call: AnyCall, positions: Tensor, rows: Extents, updates: Extents): Tensor {
  const [[count], updateCount] = [rows.nominal as [number], columnsOf(updates)[0] as readonly number[]];
  const rowColumn = columnsOf(rows)[0] as readonly number[];
  const own = counting(call, rows);
  if (isConstant(positions) && isConstant(own)) {
    const sources = [...intsOf(own)];
    for (const [update, position] of intsOf(positions).entries()) {
      if (position < 0 || position >= count) call.fail(`its index ${position} is outside of ${count} rows`);
      sources[position] = count + update;
    }
    return intConstant(call.name("sources"), [count], sources);
  }
  const offset = call.integersOf([rowColumn], "rows");
  const ids =
    isOpen(updateCount) || isOpen(rowColumn)
      ? call.add("ADD", [counting(call, updates), offset])
      : call.integers(
          Array.from({ length: updateCount[0] as number }, (_, index) => count + index),
          "updates",
        );
  const written = addShaped(
    call,
    "SPARSE_TO_DENSE",
    (shape) => [positions, shape, ids, call.integer(-1, "none")],
    rows,
    "int32",
  );
  return select(call, call.add("LESS", [written, call.integers([0], "zero")]), own, written);
}

/** Values at positions of a tensor of one value; of those at the same position the last stays. */
function lowerSparseToDense(call: Call<"SparseToDense">): Tensor {
  const { type } = call.output;
  if (type === "bool") {
    const [values, otherwise] = [call.input("sparseValues"), call.input("defaultValue")].map((operand) =>
      cast(call, operand, "int32"),
    ) as [Tensor, Tensor];
    return cast(call, dense(call, values, otherwise), "bool");
  }
  return dense(call, call.input("sparseValues"), call.input("defaultValue"));
}

function dense(call: Call<"SparseToDense">, value: Tensor, otherwise: Tensor): Tensor {
  const given = call.input("sparseIndices");
  // They end the process where the one position is a scalar, too.
  const indices = given.shape.length === 0 ? call.reshapeTo(given, [1]) : given;
  const to = extentsOf(call, call.output);
  const values = value.shape.length === 0 ? repeated(call, value, given) : value;
  const make = (positions: Tensor, sizes: Extents): Tensor =>
    addShaped(call, "SPARSE_TO_DENSE", (shape) => [positions, shape, values, otherwise], sizes, values.type);
  if (to.nominal.length <= DENSE_RANK) return make(indices, to);
  const flat = flatIndices(call, indices, to);
  return reshapeTo(
    call,
    make(
      flat,
      extentsFrom(to, (sizes) => [elementCount(sizes)]),
    ),
    to,
  );
}

/** One value for each position: TensorFlow Lite 2.14 and older do not take a scalar (`sparse_to_dense.cc`). */
function repeated(call: AnyCall, value: Tensor, indices: Tensor): Tensor {
  const count = extentsFrom(extentsOf(call, indices), ([rows = 1]) => [rows]);
  return addShaped(call, "FILL", (shape) => [shape, value], count, value.type);
}

/** Sums of the rows that have the same id; those of ids that are no segment are left out. */
function lowerUnsortedSegmentSum(call: Call<"UnsortedSegmentSum">): Tensor {
  const [x, ids] = [call.input("x"), call.input("segmentIds")];
  if (ids.shape.length !== 1) call.fail("its segment ids must be a vector");
  return sumRows(call, ids, x, extentsOf(call, call.output));
}

/** The lowerings of this file. */
export const lowerings: Family<"scatter"> = {
  ScatterNd: lowerScatterNd,
  TensorScatterUpdate: lowerTensorScatterUpdate,
  SparseToDense: lowerSparseToDense,
  UnsortedSegmentSum: lowerUnsortedSegmentSum,
};
