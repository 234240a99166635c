import { elementCount, floatConstant, intsOf, isConstant } from "../../graph/tensors.ts";
import type { Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";
import { cast, toFloat } from "./elementwise.ts";
import { columnsOf, type Extents, extentsFrom, extentsOf, tensorOf } from "./extents.ts";
import { addShaped, flatIndices, sumRows } from "./rows.ts";
import type { Family } from "./table.ts";

type AnyCall = Call<KernelName>;

/** Coordinates of the same elements in a tensor of another shape, and that shape. Both shapes must be constant. */
function lowerSparseReshape(call: Call<"SparseReshape">): readonly Tensor[] {
  const from = shapeOf(call, "inputShape");
  const to = resolved(call, from, shapeOf(call, "newShape"));
  const flat = call.reshapeTo(
    flatIndices(call, call.input("inputIndices"), { nominal: from, probes: undefined }),
    [-1, 1],
  );
  const strides = to.map((_, index) => elementCount(to.slice(index + 1)));
  const whole = to.length === 1 ? flat : call.add("FLOOR_DIV", [flat, call.integers(strides, "strides")]);
  const indices = to.length === 1 ? flat : call.add("FLOOR_MOD", [whole, call.integers(to, "sizes")]);
  return [indices, call.integers(to, "shape")];
}

function shapeOf(call: Call<"SparseReshape">, name: "inputShape" | "newShape"): readonly number[] {
  const shape = call.input(name);
  return isConstant(shape) ? [...intsOf(shape)] : call.fail(`its ${name} must be constant`);
}

/** The shape with its -1 replaced by what is left. */
function resolved(
  call: Call<"SparseReshape">,
  from: readonly number[],
  to: readonly number[],
): readonly number[] {
  const known = elementCount(to.filter((size) => size !== -1));
  const sizes = to.map((size) => (size === -1 ? elementCount(from) / known : size));
  if (known === 0 || elementCount(sizes) !== elementCount(from)) {
    call.fail(`[${from.join(",")}] does not reshape to [${to.join(",")}]`);
  }
  return sizes;
}

/** Sums of the rows that indices name, by segment: the ids of those are sorted, and the last says how many there are. */
function lowerSparseSegmentSum(call: Call<"SparseSegmentSum">): Tensor {
  return sums(call);
}

/** As {@link lowerSparseSegmentSum}, divided by how many they are; a segment that has none is zeros. */
function lowerSparseSegmentMean(call: Call<"SparseSegmentMean">): Tensor {
  const ids = call.input("segmentIds");
  const one = floatConstant(call.name("one"), [], Float32Array.of(1));
  const each = extentsOf(call, ids);
  const ones = addShaped(call, "FILL", (shape) => [shape, one], each, "float32");
  const perSegment = extentsFrom(extentsOf(call, call.output), ([count]) => [count as number]);
  const counts = call.add("MAXIMUM", [bySegment(call, ids, ones, perSegment), one]);
  const divisors = call.reshapeTo(counts, [-1, ...call.output.shape.slice(1).map(() => 1)]);
  const means = call.add("DIV", [toFloat(call, sums(call)), divisors]);
  return cast(call, means, call.output.type as "float32" | "int32");
}

function sums(call: Call<"SparseSegmentSum" | "SparseSegmentMean">): Tensor {
  const rows = call.add("GATHER", [call.input("data"), call.input("indices")], { axis: 0 });
  return bySegment(call, call.input("segmentIds"), rows, extentsOf(call, call.output));
}

/**
 * Adds rows by SCATTER_ND: SEGMENT_SUM refuses a segment that has none (`segment_sum.cc`). How many segments
 * there are is the last id, which is computed where it is not constant.
 */
function bySegment(call: AnyCall, ids: Tensor, rows: Tensor, to: Extents): Tensor {
  if (isConstant(ids)) return sumRows(call, ids, rows, to);
  const last = call.add("REDUCE_MAX", [ids, call.integers([0], "axis")], { keep_dims: true });
  const count = call.add("ADD", [last, call.integers([1], "one")]);
  const others = columnsOf(to).slice(1);
  const shape =
    others.length === 0
      ? count
      : call.add("CONCATENATION", [count, call.integersOf(others, "sizes")], { axis: 0 });
  const operands = [call.reshapeTo(ids, [-1, 1]), rows, shape];
  return call.addLike("SCATTER_ND", operands, {}, tensorOf(call, to, rows.type));
}

/** The lowerings of this file. */
export const lowerings: Family<"sparse"> = {
  SparseReshape: lowerSparseReshape,
  SparseSegmentMean: lowerSparseSegmentMean,
  SparseSegmentSum: lowerSparseSegmentSum,
};
