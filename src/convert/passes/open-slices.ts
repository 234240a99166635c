import { operatorOf } from "../../graph/builder.ts";
import { intConstant, intsOf, isConstant, isDynamic, signatureOf } from "../../graph/tensors.ts";
import type { Operator, OperatorOf, Tensor } from "../../graph/types.ts";
import { type Pass, type Rule, rulesPass } from "./rewrite.ts";

/** `STRIDED_SLICE` takes no more dimensions (`kMaxDim` in `tflite/kernels/strided_slice.cc`). */
const MAX_RANK = 5;

/**
 * Writes a SLICE that keeps a dynamic dimension, or all of it from a place on, as STRIDED_SLICE, which says so by a mask.
 * XNNPACK leaves a SLICE with a size of -1 outside, in a graph cut in two (`VisitSliceNode` in `xnnpack_delegate.cc`); the
 * mask it takes. Outside XNNPACK, where integers stay, LiteRT's CompiledModel cannot resize such a SLICE, which keeps the
 * sizes that the file has (`Prepare` in `slice.cc`).
 */
export function openSlices(): Pass {
  return rulesPass("slices of dynamic dimensions", [byMask, ofNothing]);
}

const byMask: Rule = {
  name: "SLICE as STRIDED_SLICE",
  roots: ["SLICE"],
  apply(root) {
    const [x, begin, size] = root.inputs as [Tensor, Tensor, Tensor];
    const y = root.outputs[0] as Tensor;
    const rank = x.shape.length;
    if (rank > MAX_RANK || !isConstant(begin) || !isConstant(size)) return null;
    const [starts, sizes] = [begin, size].map((operand) => [...intsOf(operand)]) as [number[], number[]];
    const open = sizes.map((length, axis) => length === -1 && isDynamic(x, axis));
    if (!open.includes(true)) return null;
    const ends = starts.map((start, axis) => start + (y.shape[axis] as number));
    const list = (name: string, values: readonly number[]): Tensor => intConstant(name, [rank], values);
    const inputs = [
      x,
      begin,
      list(
        "end",
        ends.map((end, axis) => (open[axis] ? 0 : end)),
      ),
      list(
        "strides",
        starts.map(() => 1),
      ),
    ];
    const mask = (has: (axis: number) => boolean): number =>
      open.reduce((bits, isOpen, axis) => (isOpen && has(axis) ? bits | (1 << axis) : bits), 0);
    const options = { begin_mask: mask((axis) => starts[axis] === 0), end_mask: mask(() => true) };
    return { remove: [root], insert: [operatorOf("STRIDED_SLICE", inputs, [y], options) as Operator] };
  },
};

/**
 * Of no elements, as from 1 to 1: XNNPACK takes an end of 0 for the end of the dimension (`VisitStridedSliceNode`), and
 * gives everything.
 */
const ofNothing: Rule = {
  name: "STRIDED_SLICE of nothing",
  roots: ["STRIDED_SLICE"],
  apply(root) {
    const { inputs, outputs, options } = root as OperatorOf<"STRIDED_SLICE">;
    const [x, begin, end, strides] = inputs as [Tensor, Tensor, Tensor, Tensor];
    if (options.shrink_axis_mask !== 0 || !isConstant(begin) || !isConstant(end)) return null;
    const [starts, ends] = [[...intsOf(begin)], [...intsOf(end)]];
    const sizes = signatureOf(outputs[0] as Tensor);
    const empty = sizes.map((size, axis) => size === 0 && signatureOf(x)[axis] !== 0);
    const kept = empty.reduce((bits, isEmpty, axis) => (isEmpty ? bits & ~(1 << axis) : bits), -1);
    if (!empty.some((isEmpty, axis) => isEmpty && (starts[axis] !== 1 || ends[axis] !== 1))) return null;
    const ones = (name: string, places: readonly number[]): Tensor =>
      intConstant(
        name,
        [places.length],
        places.map((place, axis) => (empty[axis] ? 1 : place)),
      );
    const masks = { begin_mask: options.begin_mask & kept, end_mask: options.end_mask & kept };
    const operands = [x, ones("begin", starts), ones("end", ends), strides];
    const insert = operatorOf("STRIDED_SLICE", operands, outputs, { ...options, ...masks }) as Operator;
    return { remove: [root], insert: [insert] };
  },
};
