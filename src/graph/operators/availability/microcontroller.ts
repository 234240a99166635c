import { elementCount, isConstant } from "../../tensors.ts";
import type { Operator, OperatorName, Tensor } from "../../types.ts";
import { type Limit, limits, operand } from "./rule.ts";

/*
 * Limits of the kernels of TensorFlow Lite for Microcontrollers beside their types, without which a file does not load.
 * Source: `tensorflow/lite/micro/kernels` of tensorflow/tflite-micro, revision 90b983c, the file named by each row.
 */

const rank =
  (most: number, index = 0): Limit =>
  (operator) => {
    const dimensions = operand(operator, index)?.shape.length ?? 0;
    return dimensions > most ? `takes at most ${most} dimensions, and has ${dimensions}` : null;
  };

const resultRank =
  (most: number): Limit =>
  ({ outputs }) => {
    const dimensions = outputs[0]?.shape.length ?? 0;
    return dimensions > most ? `makes at most ${most} dimensions, and has ${dimensions}` : null;
  };

const inputCount =
  (most: number): Limit =>
  ({ inputs }) =>
    inputs.length > most ? `takes at most ${most} tensors, and has ${inputs.length}` : null;

/** How many axes an operator is told. */
const axes =
  (most: number): Limit =>
  (operator) => {
    const count = elementCount(operand(operator, 1)?.shape ?? []);
    return count > most ? `takes at most ${most} axes, and has ${count}` : null;
  };

const constantShape: Limit = (operator) =>
  isConstant(operand(operator, 0) as Tensor) ? null : "takes only a constant shape";

const LIMITS: Readonly<Partial<Record<OperatorName, Limit>>> = {
  BATCH_MATMUL: limits(rank(5), rank(5, 1)), // batch_matmul.cc
  BATCH_TO_SPACE_ND: rank(4), // kInputOutputMaxDimensionNum in batch_to_space_nd.cc
  BROADCAST_TO: limits(rank(5), resultRank(5)), // kMaxDims in broadcast_to.cc
  CONCATENATION: limits(inputCount(10), rank(6)), // kMaxInputNum, kMaxSmallSize in concatenation.cc
  DYNAMIC_UPDATE_SLICE: rank(6), // kMaxDimensions in dynamic_update_slice.cc
  FILL: constantShape, // FillPrepare in fill.cc
  L2_NORMALIZATION: rank(4), // l2norm.cc
  MEAN: axes(4), // ResolveAxis in reduce_common.cc writes to MeanParams::axis[4]
  PAD: rank(5), // PadKernelMaxDimensionCount in pad_common.cc
  PADV2: rank(5),
  PRELU: rank(4), // prelu_common.cc
  REVERSE_V2: rank(6), // kMaxDimensions in reverse.cc
  SLICE: rank(5), // kMaxDim in slice.cc
  SPACE_TO_BATCH_ND: rank(4), // kInputOutputMaxDimensionNum in space_to_batch_nd.cc
  STRIDED_SLICE: rank(4), // kMaxDim in strided_slice_common.cc
  TRANSPOSE: rank(5), // transpose_common.cc
};

/** No memory is planned for what has no elements, and an operand without any counts as one that is not constant. */
const nothingEmpty: Limit = ({ type, inputs, outputs }: Operator) => {
  // What a RESHAPE makes is told by the shape of its result.
  const read = type === "RESHAPE" ? inputs.slice(0, 1) : inputs;
  const empty = [...read, ...outputs].find((tensor) => tensor != null && elementCount(tensor.shape) === 0);
  return empty == null ? null : `has "${empty.name}" without elements`;
};

/** Why a kernel that there is does not take an operator as it is; null where it does. */
export const limitOnMicrocontrollers: Limit = (operator) =>
  limits(nothingEmpty, LIMITS[operator.type] ?? (() => null))(operator);
