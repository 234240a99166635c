import { elementCount, integersOf, isConstant, signatureOf } from "../../tensors.ts";
import type { Operator, Tensor } from "../../types.ts";
import { dimension } from "../shapes/rule.ts";
import { type Limit, operand, option } from "./rule.ts";

/**
 * Limits of the Edge TPU's compiler, operator by operator.
 * Source: the table of supported operations in Coral's documentation (coral.ai/docs/edgetpu/models-intro).
 */

/** Taken as it is. */
export const free: Limit = () => null;

const BYTES: readonly string[] = ["int8", "uint8"];

/** What holds for the tensors of every operator: bytes, fixed sizes, no more than three dimensions that count. */
export const tensorsOnTpu: Limit = ({ inputs, outputs }) => {
  const check = (tensor: Tensor | null): string | null => {
    if (tensor === null || isConstant(tensor)) return null;
    if (!BYTES.includes(tensor.type)) return `has "${tensor.name}" of ${tensor.type}, and int8 is taken`;
    if (signatureOf(tensor).includes(-1)) return `has "${tensor.name}", whose sizes are not fixed`;
    const outer = elementCount(tensor.shape.slice(0, -3));
    return outer === 1 ? null : `has "${tensor.name}" with ${outer} items, and 1 is taken`;
  };
  return [...inputs, ...outputs].map(check).find((problem) => problem !== null) ?? null;
};

const axesOf = (operator: Operator, index: number): readonly number[] => {
  const tensor = operand(operator, index);
  return isConstant(tensor) ? integersOf(tensor) : [];
};

const isBatch = (operator: Operator, axis: number, source = 0): boolean => {
  const rank = operand(operator, source)?.shape.length ?? 0;
  return rank > 1 && dimension(axis, rank) === 0;
};

export const withoutActivation: Limit = (operator) =>
  option(operator, "fused_activation_function") === "NONE" ? null : "takes no fused activation";

export const concatenationOnTpu: Limit = (operator) => {
  const constants = operator.inputs.filter((tensor) => isConstant(tensor));
  const padding =
    operator.inputs.length === 2 && constants.every((tensor) => tensor?.data?.every((byte) => byte === 0));
  if (constants.length > 0 && !padding) return "takes no constant but zeros beside one other input";
  return withoutActivation(operator);
};

export const evenDilation: Limit = (operator) =>
  option(operator, "dilation_h_factor") === option(operator, "dilation_w_factor")
    ? null
    : "takes the same dilation in both directions only";

export const oneRow: Limit = ({ outputs }) => {
  const shape = outputs[0]?.shape ?? [];
  return elementCount(shape.slice(0, -1)) === 1 ? null : `makes [${shape.join(",")}], and one row is taken`;
};

/** REDUCE_MAX, REDUCE_MIN, SUM. */
export const reductionOnTpu: Limit = (operator) =>
  axesOf(operator, 1).some((axis) => isBatch(operator, axis))
    ? "reduces the batch, which is not taken"
    : null;

export const meanOnTpu: Limit = (operator) => {
  const shape = operand(operator, 0)?.shape ?? [];
  const depth = shape.at(-1) ?? 1;
  const deep = axesOf(operator, 1).some((axis) => dimension(axis, shape.length) === shape.length - 1);
  if (deep && depth % 4 !== 0) return `reduces ${depth} channels, and multiples of 4 are taken`;
  return reductionOnTpu(operator);
};

export const packOnTpu: Limit = (operator) =>
  option(operator, "axis") === 0 ? "packs along the batch, which is not taken" : null;

export const padOnTpu: Limit = (operator) => {
  const [before = 0, after = 0] = axesOf(operator, 1);
  return before + after === 0 || !isBatch(operator, 0) ? null : "pads the batch, which is not taken";
};

export const preluOnTpu: Limit = (operator) => {
  const shape = operand(operator, 1)?.shape ?? [];
  return elementCount(shape.slice(0, -1)) === 1 ? null : "takes one slope for each channel only";
};

/** The most elements of a SOFTMAX, which has one row. */
const LONGEST_SOFTMAX = 16_000;

export const softmaxOnTpu: Limit = (operator) => {
  const shape = operand(operator, 0)?.shape ?? [];
  if (elementCount(shape.slice(0, -1)) !== 1) return `is of [${shape.join(",")}], and one row is taken`;
  return elementCount(shape) > LONGEST_SOFTMAX ? `has more than ${LONGEST_SOFTMAX} elements` : null;
};

export const splitOnTpu: Limit = (operator) =>
  axesOf(operator, 0).some((axis) => isBatch(operator, axis, 1))
    ? "splits the batch, which is not taken"
    : null;

/** Only leading ones may go: nothing is moved then. */
export const squeezeOnTpu: Limit = (operator) => {
  const shape = operand(operator, 0)?.shape ?? [];
  const output = operator.outputs[0]?.shape ?? [];
  const inner = shape.slice(shape.length - output.length);
  return inner.every((size, index) => size === output[index]) ? null : "takes out leading dimensions only";
};

export const stridedSliceOnTpu: Limit = (operator) => {
  if (axesOf(operator, 3).some((stride) => stride !== 1)) return "takes strides of 1 only";
  const mask = ["ellipsis_mask", "new_axis_mask"].find((name) => option(operator, name) !== 0);
  return mask === undefined ? null : `takes no ${mask}`;
};
