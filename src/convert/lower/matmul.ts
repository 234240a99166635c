import { elementCount, isConstant, isDynamic } from "../../graph/tensors.ts";
import { transposeConstant } from "../../graph/transpose.ts";
import type { ConstantTensor, Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import { applyActivation } from "./activation.ts";
import type { Call } from "./call.ts";
import { biasOf } from "./convolution.ts";
import { cast, toFloat } from "./elementwise.ts";
import type { Family } from "./table.ts";

type AnyCall = Call<KernelName>;

/** A matrix product of the last two dimensions. */
function lowerMatMul(call: Call<"BatchMatMul">): Tensor {
  const { transposeA, transposeB } = call.attributes;
  const [a, b] = [call.input("a"), call.input("b")];
  const y = multiply(call, toFloat(call, a), toFloat(call, b), null, transposeA, transposeB);
  // Integers are exact as floats up to 2^24; no kernel multiplies matrices of them.
  return a.type === "int32" ? cast(call, y, "int32") : y;
}

/** A matrix product with bias and activation: what a dense layer runs. */
function lowerFusedMatMul(call: Call<"_FusedMatMul">): Tensor {
  const { transposeA, transposeB } = call.attributes;
  const y = multiply(call, call.input("a"), call.input("b"), call.optional("bias"), transposeA, transposeB);
  return applyActivation(call, y, call.attributes, call.optional("preluActivationWeights"));
}

function multiply(
  call: AnyCall,
  a: Tensor,
  b: Tensor,
  bias: Tensor | null,
  transposeA: boolean,
  transposeB: boolean,
): Tensor {
  const isMatrix = b.shape.slice(0, -2).every((size) => size === 1) && b.shapeSignature === undefined;
  if (isConstant(b) && isMatrix) return fullyConnected(call, a, b, bias, transposeA, transposeB);
  const y = call.add("BATCH_MATMUL", [a, b], { adj_x: transposeA, adj_y: transposeB });
  return bias === null ? y : call.add("ADD", [y, bias]);
}

/**
 * A product with one constant matrix is FULLY_CONNECTED with its weights as [units, depth], on rows in two
 * dimensions: every runtime and delegate has it, and quantizes it.
 */
function fullyConnected(
  call: AnyCall,
  a: Tensor,
  b: ConstantTensor,
  bias: Tensor | null,
  transposeA: boolean,
  transposeB: boolean,
): Tensor {
  const [rows, columns] = b.shape.slice(-2) as [number, number];
  const [depth, units] = transposeB ? [columns, rows] : [rows, columns];
  const matrix = { ...b, shape: [rows, columns] };
  const weights = transposeB ? matrix : transposeConstant(matrix, [1, 0]);
  const x = transposeA ? swapLast(call, a) : a;
  const perUnit = bias === null || [1, units].includes(elementCount(bias.shape));
  const flat = call.reshapeTo(x, [
    x.shapeSignature?.includes(-1) ? -1 : elementCount(x.shape) / depth,
    depth,
  ]);
  const y = call.add("FULLY_CONNECTED", [flat, weights, biasOf(call, perUnit ? bias : null, units)]);
  const shaped = call.reshape(y, call.output);
  return perUnit || bias === null ? shaped : call.add("ADD", [shaped, bias]);
}

function swapLast(call: AnyCall, x: Tensor): Tensor {
  const order = x.shape.map((_, index) => index);
  const last = order.length - 1;
  if (isDynamic(x, last)) call.fail("the rows of its first matrix are a dynamic dimension");
  return call.transpose(x, [...order.slice(0, -2), last, last - 1]);
}

/** The lowerings of this file. */
export const lowerings: Family<"matmul"> = {
  BatchMatMul: lowerMatMul,
  _FusedMatMul: lowerFusedMatMul,
};
