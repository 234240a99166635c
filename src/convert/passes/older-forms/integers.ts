import type { WrittenOperator } from "../../../graph/operators/written.ts";
import { elementCount, intsOf, isConstant } from "../../../graph/tensors.ts";
import type { OperatorName, OperatorOf, OperatorOptionsInput, Tensor } from "../../../graph/types.ts";
import { type FormBuilder, isStatic, type OlderForm, operand } from "./form.ts";

/*
 * Kernels of microcontrollers that have no integers or booleans, written with those that have: exact for all values.
 */

/** Half of the 32 bits: numbers of as many bits are exact as floats. */
const HALF = 2 ** 16;

/** Moves values about as floats: booleans as 0 and 1, integers as two numbers of 16 bits. */
const moved: OlderForm = (operator, build) => {
  const [x, ...others] = operator.inputs;
  const move = (values: Tensor): Tensor =>
    build.add(
      operator.type as WrittenOperator,
      [build.cast(values, "float32"), ...others],
      operator.options as OperatorOptionsInput<WrittenOperator>,
    );
  if (x?.type === "bool") return build.add("NOT_EQUAL", [move(x), build.scalar(0)]);
  if (x?.type !== "int32") return null;
  const half = build.numbers("int32", [], [HALF]);
  const high = build.add("DIV", [x, half]);
  const low = build.add("SUB", [x, build.add("MUL", [high, half])]);
  const [movedHigh, movedLow] = [high, low].map((part) => build.cast(move(part), "int32")) as [
    Tensor,
    Tensor,
  ];
  return build.add("ADD", [build.add("MUL", [movedHigh, half]), movedLow]);
};

/** As {@link moved}; of more dimensions than are taken with those joined that stay side by side. */
const transpose: OlderForm = (operator, build) => {
  const [x, permutation] = [operand(operator, 0), operand(operator, 1)];
  if (!isConstant(permutation) || !isStatic(x)) return null;
  const order = [...intsOf(permutation)].filter((axis) => x.shape[axis] !== 1);
  const kept = [...order].sort((a, b) => a - b);
  const runs: number[][] = [];
  for (const axis of order) {
    const last = runs.at(-1);
    if (last !== undefined && kept.indexOf(axis) === kept.indexOf(last.at(-1) as number) + 1) last.push(axis);
    else runs.push([axis]);
  }
  if (runs.length === x.shape.length) return moved(operator, build);
  const inPlace = [...runs].sort(([a], [b]) => (a as number) - (b as number));
  const sizes = inPlace.map((axes) => elementCount(axes.map((axis) => x.shape[axis] as number)));
  const joined = build.reshape(x, sizes);
  const turned =
    runs.length < 2
      ? joined
      : build.transpose(
          joined,
          runs.map((run) => inPlace.indexOf(run)),
        );
  return build.reshapeLike(turned, operator.outputs[0] as Tensor);
};

/** `0 - x`. */
const negative: OlderForm = (operator, build) => {
  const x = operand(operator, 0);
  return x.type === "int32" ? build.add("SUB", [build.numbers("int32", [], [0]), x]) : null;
};

/** DIV rounds towards zero: one less where something is left of another sign than the divisor. */
function divide(build: FormBuilder, dividend: Tensor, divisor: Tensor): Tensor {
  const zero = build.numbers("int32", [], [0]);
  const towardsZero = build.add("DIV", [dividend, divisor]);
  const rest = build.add("SUB", [dividend, build.add("MUL", [towardsZero, divisor])]);
  const differs = build.add("NOT_EQUAL", [
    build.add("LESS", [rest, zero]),
    build.add("LESS", [divisor, zero]),
  ]);
  const isLess = build.add("LOGICAL_AND", [differs, build.add("NOT_EQUAL", [rest, zero])]);
  return build.add("SUB", [towardsZero, build.cast(isLess, "int32")]);
}

const floorOfQuotient: OlderForm = (operator, build) => {
  const [x, y] = [operand(operator, 0), operand(operator, 1)];
  return x.type === "int32" ? divide(build, x, y) : null;
};

const modulo: OlderForm = (operator, build) => {
  const [x, y] = [operand(operator, 0), operand(operator, 1)];
  if (x.type !== "int32") return null;
  return build.add("SUB", [x, build.add("MUL", [divide(build, x, y), y])]);
};

/** A tensor as three dimensions, of which the one in the middle is an axis of it. */
function around(build: FormBuilder, x: Tensor, shape: readonly number[], axis: number): Tensor {
  const sizes = [shape.slice(0, axis), shape.slice(axis, axis + 1), shape.slice(axis + 1)];
  return build.reshape(x, sizes.map(elementCount));
}

/** Of each axis one half with the other, until one is left. */
const halved =
  (type: "ADD" | "MUL" | "MAXIMUM" | "MINIMUM"): OlderForm =>
  (operator, build) => {
    const [x, along] = [operand(operator, 0), operand(operator, 1)];
    if (!isConstant(along) || !isStatic(x) || !(x.type === "int32" || type === "MUL")) return null;
    const shape = [...x.shape];
    if (shape.includes(0)) return null;
    const reduced = [...intsOf(along)].reduce((y, given) => {
      const axis = (given + shape.length) % shape.length;
      let rows = around(build, y, shape, axis);
      for (let size = shape[axis] as number; size > 1; size = Math.ceil(size / 2)) {
        const half = Math.floor(size / 2);
        const pairs = build.add(type, [build.slice(rows, 1, 0, half), build.slice(rows, 1, half, half)]);
        rows =
          size % 2 === 0
            ? pairs
            : build.add("CONCATENATION", [pairs, build.slice(rows, 1, size - 1, 1)], { axis: 1 });
      }
      shape[axis] = 1;
      return rows;
    }, x);
    return build.reshapeLike(reduced, operator.outputs[0] as Tensor);
  };

/** Hillis and Steele, Data Parallel Algorithms (1986): what is 1, 2, 4, ... before is added. */
export const runningSumOfIntegers: OlderForm = (operator, build) => {
  const { options } = operator as OperatorOf<"CUMSUM">;
  const [x, along] = [operand(operator, 0), operand(operator, 1)];
  if (x.type !== "int32" || !isConstant(along) || !isStatic(x) || x.shape.includes(0)) return null;
  const rank = x.shape.length;
  const axis = ((intsOf(along)[0] as number) + rank) % rank;
  const size = x.shape[axis] as number;
  const moveBy = (rows: Tensor, by: number): Tensor => {
    if (by >= size) return build.add("SUB", [rows, rows]);
    const [begin, padding] = options.reverse ? [by, [0, by]] : [0, [by, 0]];
    const paddings = build.numbers("int32", [3, 2], [0, 0, ...padding, 0, 0]);
    return build.add("PAD", [build.slice(rows, 1, begin, size - by), paddings]);
  };
  let sums = around(build, x, x.shape, axis);
  for (let by = 1; by < size; by *= 2) sums = build.add("ADD", [sums, moveBy(sums, by)]);
  return build.reshapeLike(options.exclusive ? moveBy(sums, 1) : sums, operator.outputs[0] as Tensor);
};

/** Booleans as numbers; a number by itself where it fills nothing larger. */
const fill: OlderForm = (operator, build) => {
  const [shape, value] = [operand(operator, 0), operand(operator, 1)];
  const output = operator.outputs[0] as Tensor;
  if (output.shape.length === 0) return build.reshapeLike(value, output);
  if (value.type !== "bool") return null;
  const filled = build.add("FILL", [shape, build.cast(value, "float32")]);
  return build.add("NOT_EQUAL", [filled, build.scalar(0)]);
};

/** A slice for each part; a part without elements is a constant. */
const split: OlderForm = (operator, build) => {
  const { type, inputs, outputs } = operator as OperatorOf<"SPLIT"> | OperatorOf<"SPLIT_V">;
  const [x, along] = (type === "SPLIT" ? [inputs[1], inputs[0]] : [inputs[0], inputs[2]]) as [Tensor, Tensor];
  if (!isConstant(along) || !isStatic(x)) return null;
  const rank = x.shape.length;
  const axis = ((intsOf(along)[0] as number) + rank) % rank;
  let begin = 0;
  return outputs.map(({ shape }) => {
    const size = shape[axis] as number;
    begin += size;
    const isEmpty = size === 0 && (x.type === "float32" || x.type === "int32");
    return isEmpty
      ? build.numbers(x.type as "float32" | "int32", shape, [])
      : build.slice(x, axis, begin - size, size);
  });
};

/** By the operator that has a kernel for floats at most. */
export const INTEGER_FORMS: Readonly<Partial<Record<OperatorName, OlderForm>>> = {
  BATCH_TO_SPACE_ND: moved,
  FILL: fill,
  FLOOR_DIV: floorOfQuotient,
  FLOOR_MOD: modulo,
  GATHER: moved,
  GATHER_ND: moved,
  MIRROR_PAD: moved,
  NEG: negative,
  REDUCE_MAX: halved("MAXIMUM"),
  REDUCE_MIN: halved("MINIMUM"),
  REDUCE_PROD: halved("MUL"),
  SPACE_TO_BATCH_ND: moved,
  SPLIT: split,
  SPLIT_V: split,
  SUM: halved("ADD"),
  TRANSPOSE: transpose,
};
