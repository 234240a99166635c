import { completeOptions, operatorOf } from "../../graph/builder.ts";
import { inferOutput } from "../../graph/operators/shapes.ts";
import { isWritten, type WrittenOperator } from "../../graph/operators/written.ts";
import {
  elementCount,
  isConstant,
  isDynamic,
  sameShape,
  sameSignature,
  signatureOf,
} from "../../graph/tensors.ts";
import type { Operator, OperatorName, OperatorOf, Tensor } from "../../graph/types.ts";
import type { GraphView } from "../../graph/view.ts";
import { type Pass, type Rule, rulesPass } from "./rewrite.ts";

/**
 * Takes away copies that only make an operand as large as the other: tfjs repeats the statistics of a layer
 * normalization and the operands of a selection, and TensorFlow Lite's operators broadcast.
 */
export function dropBroadcasts(): Pass {
  return rulesPass("drop broadcasts", [broadcastOperand, broadcastLater, leadingOnesLater]);
}

/** Operators that broadcast over at least four dimensions (`tflite/kernels/internal/reference`). */
const BROADCASTING: readonly OperatorName[] = [
  "ADD",
  "DIV",
  "EQUAL",
  "GREATER",
  "GREATER_EQUAL",
  "LESS",
  "LESS_EQUAL",
  "LOGICAL_AND",
  "LOGICAL_OR",
  "MAXIMUM",
  "MINIMUM",
  "MUL",
  "NOT_EQUAL",
  "SELECT_V2",
  "SQUARED_DIFFERENCE",
  "SUB",
];

/** Operators that compute each element by itself. */
const ELEMENTWISE: readonly OperatorName[] = [
  "ABS",
  "EXP",
  "LOG",
  "LOGISTIC",
  "NEG",
  "RSQRT",
  "SQRT",
  "SQUARE",
  "TANH",
];

const MAX_RANK = 4;

const broadcastOperand: Rule = {
  name: "broadcast instead of repeating",
  roots: BROADCASTING,
  apply(root, view) {
    const output = root.outputs[0] as Tensor;
    if (output.shape.length > MAX_RANK) return null;
    for (const [index, operand] of root.inputs.entries()) {
      const source = repeatedFrom(operand, view);
      if (source === null) continue;
      const inputs = root.inputs.with(index, source);
      // Another operand must have the size that this one had.
      if (!gives(root, inputs, output)) continue;
      return {
        remove: [root],
        insert: [operatorOf(root.type, inputs, [output], root.options as never) as Operator],
      };
    }
    return null;
  },
};

/** What is done to each copy is done before it is copied. */
const broadcastLater: Rule = {
  name: "repeat later",
  roots: [...BROADCASTING, ...ELEMENTWISE],
  apply(root, view) {
    const [output] = root.outputs as [Tensor];
    const index = root.inputs.findIndex((operand) => repeatedFrom(operand, view) !== null);
    const operand = root.inputs[index];
    const repeat = view.producer(operand);
    const others = root.inputs.filter((_, at) => at !== index);
    if (operand == null || repeat === undefined || !view.isPrivate(operand)) return null;
    if (!isWritten(root.type) || !others.every(isScalar) || output.shape.length !== operand.shape.length)
      return null;
    const inputs = root.inputs.with(index, repeatedFrom(operand, view));
    const spec = inferOutput(root.type, inputs, root.options as never);
    if (spec === null) return null;
    const small: Tensor = { name: output.name, ...spec };
    return {
      remove: [root, repeat],
      insert: [
        operatorOf(root.type, inputs, [small], root.options as never) as Operator,
        operatorOf(
          repeat.type as "TILE",
          [small, ...repeat.inputs.slice(1)],
          [output],
          completeOptions(repeat.type as "TILE", {}),
        ) as Operator,
      ],
    };
  },
};

/** Dimensions of 1 in front, which tfjs gives to the operands of a batch normalization, are not needed to broadcast. */
const leadingOnesLater: Rule = {
  name: "reshape later",
  roots: [...BROADCASTING, ...ELEMENTWISE],
  apply(root, view) {
    const [output] = root.outputs as [Tensor];
    const index = root.inputs.findIndex((operand) => withoutLeadingOnes(operand, view) !== null);
    const operand = root.inputs[index];
    const source = withoutLeadingOnes(operand, view);
    const reshape = view.producer(operand);
    if (operand == null || source === null || reshape === undefined || !view.isPrivate(operand)) return null;
    const inputs = root.inputs.map((other, at) =>
      at === index ? source : ofRank(other, source.shape.length),
    );
    if (inputs.includes(null) || !sameSignature(operand, output)) return null;
    const small: Tensor = { ...output, shape: source.shape, shapeSignature: source.shapeSignature };
    if (!gives(root, inputs, small)) return null;
    const target = reshape as OperatorOf<"RESHAPE">;
    return {
      remove: [root, reshape],
      insert: [
        operatorOf(root.type, inputs, [small], root.options as never) as Operator,
        operatorOf("RESHAPE", [small, target.inputs[1] as Tensor], [output], target.options) as Operator,
      ],
    };
  },
};

/** An operand of at most so many dimensions: a constant loses those of 1 in front; null where it has more. */
function ofRank(tensor: Tensor | null, rank: number): Tensor | null {
  if (tensor === null || tensor.shape.length <= rank) return tensor;
  const added = tensor.shape.length - rank;
  const isOnes = tensor.shape.slice(0, added).every((size) => size === 1);
  return isConstant(tensor) && isOnes ? { ...tensor, shape: tensor.shape.slice(added) } : null;
}

/** What a RESHAPE puts dimensions of 1 in front of; null of anything else. */
function withoutLeadingOnes(tensor: Tensor | null | undefined, view: GraphView): Tensor | null {
  const producer = view.producer(tensor);
  if (tensor == null || producer?.type !== "RESHAPE") return null;
  const source = producer.inputs[0] as Tensor;
  const added = tensor.shape.length - source.shape.length;
  if (
    added <= 0 ||
    !signatureOf(tensor)
      .slice(0, added)
      .every((size) => size === 1)
  )
    return null;
  return sameShape(signatureOf(tensor).slice(added), signatureOf(source)) ? source : null;
}

function isScalar(tensor: Tensor | null): boolean {
  return isConstant(tensor) && elementCount(tensor.shape) === 1;
}

/** What a TILE or BROADCAST_TO repeats along dimensions of size 1; null of anything else. */
function repeatedFrom(tensor: Tensor | null | undefined, view: GraphView): Tensor | null {
  const producer = view.producer(tensor);
  if (tensor == null || (producer?.type !== "TILE" && producer?.type !== "BROADCAST_TO")) return null;
  const source = producer.inputs[0] as Tensor;
  const missing = tensor.shape.length - source.shape.length;
  const isRepeated = signatureOf(source).every((size, index) => {
    const to = signatureOf(tensor)[index + missing];
    return size === to || (size === 1 && !isDynamic(source, index));
  });
  return missing >= 0 && isRepeated ? source : null;
}

function gives(root: Operator, inputs: readonly (Tensor | null)[], output: Tensor): boolean {
  const spec = inferOutput(root.type as WrittenOperator, inputs, root.options as never);
  return spec !== null && sameSignature({ ...output, ...spec, shapeSignature: spec.shapeSignature }, output);
}
