import { elementCount, floatsOf, intsOf, isConstant, isDynamic } from "../../../graph/tensors.ts";
import type { OperatorName, OperatorOf, Tensor } from "../../../graph/types.ts";
import { type OlderForm, operand, reshapes } from "./form.ts";
import { runningSumOfIntegers } from "./integers.ts";

/** 1 above zero, -1 below. */
const sign: OlderForm = (operator, build) => {
  const x = operand(operator, 0);
  if (x.type !== "float32" && x.type !== "int32") return null;
  const zero = build.numbers(x.type, [], [0]);
  const [above, below] = (["GREATER", "LESS"] as const).map((type) =>
    build.cast(build.add(type, [x, zero]), x.type as "float32"),
  ) as [Tensor, Tensor];
  return build.add("SUB", [above, below]);
};

/** Between two bounds, each an operator of its own. */
const bounded =
  (low: number, high: number): OlderForm =>
  (operator, build) =>
    build.add("MINIMUM", [
      build.add("MAXIMUM", [operand(operator, 0), build.scalar(low)]),
      build.scalar(high),
    ]);

/** True where one is: the largest of 0 and 1. */
const any: OlderForm = (operator, build) => {
  const { options, inputs } = operator as OperatorOf<"REDUCE_ANY">;
  const largest = build.add("REDUCE_MAX", [build.cast(operand(operator, 0), "float32"), inputs[1] ?? null], {
    keep_dims: options.keep_dims,
  });
  return build.add("NOT_EQUAL", [largest, build.scalar(0)]);
};

/** True where none is false. */
const all: OlderForm = (operator, build) => {
  const { options, inputs } = operator as OperatorOf<"REDUCE_ALL">;
  const smallest = build.add("REDUCE_MIN", [build.cast(operand(operator, 0), "float32"), inputs[1] ?? null], {
    keep_dims: options.keep_dims,
  });
  return build.add("NOT_EQUAL", [smallest, build.scalar(0)]);
};

/** Running sums along the last dimension are a product with a triangle of ones. */
const runningSum: OlderForm = (operator, build) => {
  const { options } = operator as OperatorOf<"CUMSUM">;
  const [x, along] = [operand(operator, 0), operand(operator, 1)];
  if (x.type === "int32") return runningSumOfIntegers(operator, build);
  if (x.type !== "float32" || !isConstant(along)) return null;
  const rank = x.shape.length;
  const axis = ((intsOf(along)[0] as number) + rank) % rank;
  if (isDynamic(x, axis)) return null;
  const size = x.shape[axis] as number;
  const last = [...x.shape.keys()].filter((index) => index !== axis).concat(axis);
  const rows = axis === rank - 1 ? x : build.transpose(x, last);
  const isSummed = (from: number, to: number): boolean => {
    const [first, second] = options.reverse ? [to, from] : [from, to];
    return options.exclusive ? first < second : first <= second;
  };
  const ones = Array.from({ length: size * size }, (_, index) =>
    isSummed(index % size, Math.floor(index / size)) ? 1 : 0,
  );
  const weights = build.numbers("float32", [size, size], ones);
  const sums = build.add(
    "FULLY_CONNECTED",
    [build.reshape(rows, [-1, size]), weights, build.numbers("float32", [size], Array(size).fill(0))],
    {},
  );
  const shaped = build.reshapeLike(sums, rows);
  const back = last.map((_, index) => last.indexOf(index));
  return axis === rank - 1 ? shaped : build.transpose(shaped, back);
};

/** A product of matrices without a batch: the second one takes the place of weights. */
const matrixProduct: OlderForm = (operator, build) => {
  const { options } = operator as OperatorOf<"BATCH_MATMUL">;
  const [x, y] = [operand(operator, 0), operand(operator, 1)];
  const isMatrix = (tensor: Tensor): boolean =>
    elementCount(tensor.shape.slice(0, -2)) === 1 &&
    tensor.shape.slice(0, -2).every((_, index) => !isDynamic(tensor, index));
  if (!isMatrix(x) || !isMatrix(y) || x.type !== "float32") return null;
  const flat = (tensor: Tensor): Tensor =>
    tensor.shape.length === 2
      ? tensor
      : build.reshape(
          tensor,
          [-2, -1].map((at) =>
            isDynamic(tensor, tensor.shape.length + at) ? -1 : (tensor.shape.at(at) as number),
          ),
        );
  const rows = options.adj_x ? build.transpose(flat(x), [1, 0]) : flat(x);
  // FULLY_CONNECTED has its weights with the outputs first.
  const weights = options.adj_y ? flat(y) : build.transpose(flat(y), [1, 0]);
  if (isDynamic(weights, 0) || isDynamic(weights, 1)) return null;
  const units = weights.shape[0] as number;
  const bias = build.numbers("float32", [units], Array(units).fill(0));
  const product = build.add("FULLY_CONNECTED", [rows, weights, bias], {});
  return build.reshapeLike(product, operator.outputs[0] as Tensor);
};

/** As many axes as a mean takes on microcontrollers at once, then the others. */
const mean: OlderForm = (operator, build) => {
  const { options } = operator as OperatorOf<"MEAN">;
  const [x, along] = [operand(operator, 0), operand(operator, 1)];
  const output = operator.outputs[0] as Tensor;
  if (!isConstant(along) || !reshapes(output)) return null;
  const axes = [...intsOf(along)];
  if (axes.length <= MEAN_AXES) return null;
  const first = build.add("MEAN", [x, build.integers(axes.slice(0, MEAN_AXES))], { keep_dims: true });
  const all = build.add("MEAN", [first, build.integers(axes.slice(MEAN_AXES))], { keep_dims: true });
  return options.keep_dims ? all : build.reshapeLike(all, output);
};

/** `MeanParams::axis` of `internal/types.h`. */
const MEAN_AXES = 4;

/** Powers by products up to this exponent: each rounds once. */
const LARGEST_EXPONENT = 32;

/** A power with one constant whole exponent: the squares of squares that make it. */
const power: OlderForm = (operator, build) => {
  const [x, exponents] = [operand(operator, 0), operand(operator, 1)];
  if (!isConstant(exponents) || elementCount(exponents.shape) !== 1) return null;
  if (exponents.shape.length > x.shape.length || (x.type !== "float32" && x.type !== "int32")) return null;
  const [exponent] = x.type === "float32" ? floatsOf(exponents) : intsOf(exponents);
  if (exponent === undefined || !Number.isInteger(exponent) || exponent === 0) return null;
  if (Math.abs(exponent) > LARGEST_EXPONENT || (exponent < 0 && x.type === "int32")) return null;
  let square = x;
  let product: Tensor | undefined;
  for (let left = Math.abs(exponent); left > 0; left >>= 1) {
    if (left & 1) product = product === undefined ? square : build.add("MUL", [product, square]);
    if (left > 1) square = build.add("MUL", [square, square]);
  }
  const result = product as Tensor;
  if (exponent < 0) return build.add("DIV", [build.scalar(1), result]);
  // Something new in place of what is replaced.
  return result === x ? build.reshapeLike(x, x) : result;
};

export const ARITHMETIC_FORMS: Readonly<Partial<Record<OperatorName, OlderForm>>> = {
  BATCH_MATMUL: matrixProduct,
  CUMSUM: runningSum,
  MEAN: mean,
  POW: power,
  REDUCE_ALL: all,
  REDUCE_ANY: any,
  RELU_0_TO_1: bounded(0, 1),
  RELU_N1_TO_1: bounded(-1, 1),
  SIGN: sign,
};
