import { castOptions, operatorOf } from "../../graph/builder.ts";
import {
  floatsOf,
  intConstant,
  intsOf,
  isConstant,
  sameSignature,
  signatureOf,
} from "../../graph/tensors.ts";
import type { Operator, OperatorName, Tensor, TensorType } from "../../graph/types.ts";
import type { GraphView } from "../../graph/view.ts";
import { type Pass, type Rewrite, type Rule, rulesPass } from "./rewrite.ts";

/**
 * Takes out operators that change nothing (a reshape to the same shape, padding by zero cells, adding 0,
 * multiplying by 1) and joins pairs that one operator does as well (two reshapes, two transposes that cancel
 * each other, two slices).
 */
export function removeIdentities(): Pass {
  return rulesPass("remove identities", [joinReshapes, joinTransposes, joinSlices, joinCasts, ...IDENTITIES]);
}

/** `reshape(reshape(x))` is the last reshape. */
const joinReshapes: Rule = {
  name: "join reshapes",
  roots: ["RESHAPE"],
  apply(root, view) {
    const first = view.producer(root.inputs[0]);
    if (first?.type !== "RESHAPE") return null;
    const [x, shape] = [first.inputs[0] as Tensor, root.inputs[1] as Tensor];
    const joined = operatorOf(
      "RESHAPE",
      [x, shape],
      root.outputs,
      root.options as { new_shape?: readonly number[] },
    );
    return { remove: pair(root, first, view), insert: [joined] };
  },
};

/** What is joined: the first too where nobody else reads it, since it would still count as a reader. */
function pair(root: Operator, first: Operator, view: GraphView): readonly Operator[] {
  return view.isPrivate(first.outputs[0] as Tensor) ? [root, first] : [root];
}

/** `transpose(transpose(x, p), q)` is `transpose(x, p∘q)`. */
const joinTransposes: Rule = {
  name: "join transposes",
  roots: ["TRANSPOSE"],
  apply(root, view) {
    const first = view.producer(root.inputs[0]);
    if (first?.type !== "TRANSPOSE") return null;
    const [inner, outer] = [first.inputs[1], root.inputs[1]];
    if (!isConstant(inner) || !isConstant(outer)) return null;
    const composed = [...intsOf(outer)].map((dimension) => intsOf(inner)[dimension] as number);
    const permutation = intConstant(outer.name, [composed.length], composed);
    const joined = operatorOf("TRANSPOSE", [first.inputs[0] as Tensor, permutation], root.outputs, {});
    return { remove: pair(root, first, view), insert: [joined] };
  },
};

/** A block of a block is a block. */
const joinSlices: Rule = {
  name: "join slices",
  roots: ["SLICE"],
  apply(root, view) {
    const first = view.producer(root.inputs[0]);
    if (first?.type !== "SLICE" || !view.isPrivate(first.outputs[0] as Tensor)) return null;
    const [begin1, begin2] = [first.inputs[1], root.inputs[1]];
    const [size1, size2] = [first.inputs[2], root.inputs[2]];
    if (![begin1, begin2, size1, size2].every(isConstant)) return null;
    const [inner, outer] = [begin1 as Tensor & { data: Uint8Array }, begin2 as Tensor & { data: Uint8Array }];
    const begin = [...intsOf(inner)].map((start, index) => start + (intsOf(outer)[index] as number));
    const sizes = signatureOf(root.outputs[0] as Tensor);
    // A size of -1 runs to the end of what is sliced, which must be the end of the inner block as well.
    const openEnds = sizes.every((size, index) => size !== -1 || intsOf(size1 as typeof inner)[index] === -1);
    if (!openEnds) return "a dynamic dimension is cut twice";
    const operands = [
      first.inputs[0] as Tensor,
      intConstant(inner.name, [begin.length], begin),
      intConstant((size2 as Tensor).name, [sizes.length], sizes),
    ];
    return { remove: [root, first], insert: [operatorOf("SLICE", operands, root.outputs, {})] };
  },
};

/** Types whose numbers int32 and float32 hold all. */
const NARROW: ReadonlySet<TensorType> = new Set(["bool", "int8", "uint8", "int16", "uint16"]);

/** What was cast to a type that holds all its numbers may as well be cast to the last type at once. */
const joinCasts: Rule = {
  name: "join casts",
  roots: ["CAST"],
  apply(root, view) {
    const first = view.producer(root.inputs[0]);
    const x = first?.inputs[0];
    const [between, to] = [root.inputs[0]?.type, root.outputs[0]?.type];
    if (first?.type !== "CAST" || x == null || !NARROW.has(x.type)) return null;
    if ((between !== "int32" && between !== "float32") || (to !== "int32" && to !== "float32")) return null;
    const joined = operatorOf("CAST", [x], root.outputs, castOptions(x.type, to));
    return { remove: pair(root, first, view), insert: [joined as Operator] };
  },
};

/** When each operator does nothing to its first input. */
const DOES_NOTHING: Partial<Record<OperatorName, (operator: Operator, x: Tensor, y: Tensor) => boolean>> = {
  RESHAPE: (_, x, y) => sameSignature(x, y),
  TRANSPOSE: (operator) => integersAre(operator.inputs[1], (value, index) => value === index),
  PAD: (operator) => integersAre(operator.inputs[1], (value) => value === 0),
  SLICE: (operator, x, y) => sameSignature(x, y) && integersAre(operator.inputs[1], (value) => value === 0),
  TILE: (operator) => integersAre(operator.inputs[1], (value) => value === 1),
  CAST: (_, x, y) => x.type === y.type,
  ADD: (operator, x, y) => sameSignature(x, y) && noActivation(operator) && floatsAre(operator.inputs[1], 0),
  SUB: (operator, x, y) => sameSignature(x, y) && noActivation(operator) && floatsAre(operator.inputs[1], 0),
  MUL: (operator, x, y) => sameSignature(x, y) && noActivation(operator) && floatsAre(operator.inputs[1], 1),
  DIV: (operator, x, y) => sameSignature(x, y) && noActivation(operator) && floatsAre(operator.inputs[1], 1),
};

const IDENTITIES: readonly Rule[] = (Object.keys(DOES_NOTHING) as OperatorName[]).map((type) => ({
  name: `remove ${type}`,
  roots: [type],
  apply(root: Operator, view: GraphView): Rewrite | null {
    const [x, y] = [root.inputs[0], root.outputs[0]];
    if (x == null || y === undefined || !DOES_NOTHING[type]?.(root, x, y)) return null;
    if (!view.isOutput(y)) return { remove: [root], insert: [], replace: new Map([[y, x]]) };
    // The output keeps its name: what made x makes y instead, if nothing else depends on that.
    const producer = view.producer(x);
    if (producer?.outputs.length !== 1 || view.isOutput(x)) return null;
    const outputs = producer.outputs.map((output) => (output === x ? y : output));
    const renamed = { ...producer, outputs } as Operator;
    const others = view.consumers(x).filter((consumer) => consumer !== root);
    if (others.length > 0) return null;
    return { remove: [root, producer], insert: [renamed] };
  },
}));

function noActivation(operator: Operator): boolean {
  return (
    (operator.options as { readonly fused_activation_function?: string }).fused_activation_function === "NONE"
  );
}

function integersAre(
  tensor: Tensor | null | undefined,
  test: (value: number, index: number) => boolean,
): boolean {
  return isConstant(tensor) && tensor.type === "int32" && intsOf(tensor).every(test);
}

function floatsAre(tensor: Tensor | null | undefined, value: number): boolean {
  return (
    isConstant(tensor) && tensor.type === "float32" && floatsOf(tensor).every((element) => element === value)
  );
}
