import { elementCount, intsOf, isConstant, isDynamic } from "../../../graph/tensors.ts";
import type { OperatorName, OperatorOf, Tensor } from "../../../graph/types.ts";
import { type FormBuilder, type OlderForm, operand } from "./form.ts";

/**
 * The arc tangent between 0 and 1: Abramowitz and Stegun, Handbook of Mathematical Functions, 4.4.49, with an error
 * of at most 2e-8. Coefficients of x, x^3, ... x^17.
 */
const ARC_TANGENT = [
  1, -0.3333314528, 0.1999355085, -0.1420889944, 0.1065626393, -0.07528964, 0.0429096138, -0.0161657367,
  0.0028662257,
] as const;

/** Smaller than any float that is not zero, but for the denormal ones: keeps 0/0 away. */
const TINY = 1.17549435e-38;

/** The polynomial on the smaller part over the larger, then mirrored by the signs of both. */
const arcTangent: OlderForm = (operator, build) => {
  const [y, x] = [operand(operator, 0), operand(operator, 1)];
  const [height, width] = [build.add("ABS", [y]), build.add("ABS", [x])];
  const largest = build.add("MAXIMUM", [build.add("MAXIMUM", [height, width]), build.scalar(TINY)]);
  const ratio = build.add("DIV", [build.add("MINIMUM", [height, width]), largest]);
  const square = build.add("MUL", [ratio, ratio]);
  const [last, ...others] = [...ARC_TANGENT].reverse() as [number, ...number[]];
  const series = others.reduce<Tensor>(
    (sum, coefficient) => build.add("ADD", [build.add("MUL", [sum, square]), build.scalar(coefficient)]),
    build.scalar(last),
  );
  const angle = build.add("MUL", [series, ratio]);
  const steep = mirrored(build, build.add("GREATER", [height, width]), angle, Math.PI / 2);
  const back = mirrored(build, build.add("LESS", [x, build.scalar(0)]), steep, Math.PI);
  // The sign of y: 1, or -1 below zero.
  const below = build.cast(build.add("LESS", [y, build.scalar(0)]), "float32");
  const sign = build.add("SUB", [build.scalar(1), build.add("MUL", [below, build.scalar(2)])]);
  return build.add("MUL", [back, sign]);
};

/** `mask ? of - angle : angle`. */
function mirrored(build: FormBuilder, mask: Tensor, angle: Tensor, of: number): Tensor {
  const weight = build.cast(mask, "float32");
  const difference = build.add("SUB", [build.scalar(of), build.add("MUL", [angle, build.scalar(2)])]);
  return build.add("ADD", [angle, build.add("MUL", [weight, difference])]);
}

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

export const ARITHMETIC_FORMS: Readonly<Partial<Record<OperatorName, OlderForm>>> = {
  ATAN2: arcTangent,
  BATCH_MATMUL: matrixProduct,
  CUMSUM: runningSum,
  REDUCE_ALL: all,
  REDUCE_ANY: any,
  RELU_0_TO_1: bounded(0, 1),
  RELU_N1_TO_1: bounded(-1, 1),
  SIGN: sign,
};
