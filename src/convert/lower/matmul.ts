import { elementCount, isConstant, openSizes, sameShape, signatureOf } from "../../graph/tensors.ts";
import { transposeConstant } from "../../graph/transpose.ts";
import type { ConstantTensor, Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import { applyActivation } from "./activation.ts";
import type { Call } from "./call.ts";
import { biasOf } from "./convolution.ts";
import { cast, toFloat } from "./elementwise.ts";
import type { Family } from "./table.ts";

type AnyCall = Call<KernelName>;
type MatMulCall = Call<"BatchMatMul" | "_FusedMatMul">;

/** A matrix product of the last two dimensions. */
function lowerMatMul(call: Call<"BatchMatMul">): Tensor {
  return multiplyFloats(call, (a, b) => multiply(call, a, b, null));
}

/** A matrix product with bias and activation: what a dense layer runs. */
function lowerFusedMatMul(call: Call<"_FusedMatMul">): Tensor {
  const [bias, alpha] = [call.optional("bias"), call.optional("preluActivationWeights")].map(
    (operand) => operand && toFloat(call, operand),
  ) as [Tensor | null, Tensor | null];
  return multiplyFloats(call, (a, b) =>
    applyActivation(call, multiply(call, a, b, bias), call.attributes, alpha),
  );
}

/** Integers are exact as floats up to 2^24; no kernel multiplies matrices of them. */
function multiplyFloats(call: MatMulCall, compute: (a: Tensor, b: Tensor) => Tensor): Tensor {
  const [a, b] = [call.input("a"), call.input("b")];
  if (a.type === "bool" || b.type === "bool") call.fail("it is of booleans: cast them with tf.cast");
  return cast(call, compute(toFloat(call, a), toFloat(call, b)), call.output.type as "float32" | "int32");
}

function multiply(call: MatMulCall, a: Tensor, b: Tensor, bias: Tensor | null): Tensor {
  const { transposeA, transposeB } = call.attributes;
  const isMatrix = b.shape.slice(0, -2).every((size) => size === 1) && b.shapeSignature === undefined;
  if (isConstant(b) && isMatrix) return fullyConnected(call, a, b, bias, transposeA, transposeB);
  const y = batchMatMul(call, a, b, { adj_x: transposeA, adj_y: transposeB });
  return bias === null ? y : call.add("ADD", [y, bias]);
}

/** What BATCH_MATMUL takes (`batch_matmul.cc`). */
const MATMUL_RANK = 5;

/** A product of matrices of matrices; leading dimensions beyond what its kernel has become one. */
function batchMatMul(
  call: MatMulCall,
  a: Tensor,
  b: Tensor,
  options: { readonly adj_x: boolean; readonly adj_y: boolean },
): Tensor {
  const leading = [a, b].map((x) => signatureOf(x).slice(0, -2)) as [number[], number[]];
  checkLeading(call, leading);
  const isOne = (sizes: readonly number[]): boolean => sizes.every((size) => size === 1);
  // A batch of one as a matrix: with the first one transposed, runtime 2.14 is wrong from the second item on.
  const single = isOne(leading[1]) && a.shape.length >= b.shape.length;
  const second = single && b.shape.length > 2 ? call.reshapeTo(b, signatureOf(b).slice(-2)) : b;
  if (call.output.shape.length <= MATMUL_RANK) return call.add("BATCH_MATMUL", [a, second], options);
  if (!leading.some(isOne) && !sameShape(...leading)) {
    call.fail(
      `it broadcasts over matrices of ${call.output.shape.length} dimensions, and BATCH_MATMUL takes ${MATMUL_RANK}`,
    );
  }
  const [x, y] = [a, second].map((operand) => {
    const sizes = signatureOf(operand).slice(0, -2);
    if (sizes.length === 0) return operand;
    const batch = sizes.includes(-1) ? -1 : elementCount(sizes);
    return call.reshapeTo(operand, [batch, ...signatureOf(operand).slice(-2)]);
  }) as [Tensor, Tensor];
  return call.reshape(call.add("BATCH_MATMUL", [x, y], options), call.output);
}

/**
 * tfjs counts through all matrices of both operands, and begins anew with the fewer of them (`BatchMatMul.js`):
 * where these are not those of the last leading dimensions, that is no broadcasting.
 */
function checkLeading(call: AnyCall, leading: readonly [readonly number[], readonly number[]]): void {
  const [a, b] = leading.map((sizes) => {
    const first = sizes.findIndex((size) => size !== 1);
    return first < 0 ? [] : sizes.slice(first);
  }) as [number[], number[]];
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  if (sameShape(short, long.slice(long.length - short.length))) return;
  const text = leading.map((sizes) => `[${sizes.join(",")}]`).join(" and ");
  call.fail(`tfjs pairs matrices of ${text} wrongly: make the leading dimensions equal with tf.tile`);
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
  const layer = [weights, biasOf(call, perUnit ? bias : null, units)];
  const shaped = onRows(call, x, depth, layer);
  return perUnit || bias === null ? shaped : call.add("ADD", [shaped, bias]);
}

/** On rows in two dimensions; where several sizes are dynamic the layer keeps them, and none is computed. */
function onRows(call: AnyCall, x: Tensor, depth: number, layer: readonly Tensor[]): Tensor {
  const dynamic = openSizes(signatureOf(x));
  if (dynamic > 1 && sameShape(x.shape.slice(0, -1), call.output.shape.slice(0, -1))) {
    return call.add("FULLY_CONNECTED", [x, ...layer], { keep_num_dims: true });
  }
  const flat = call.reshapeTo(x, [dynamic > 0 ? -1 : elementCount(x.shape) / depth, depth]);
  return call.reshape(call.add("FULLY_CONNECTED", [flat, ...layer]), call.output);
}

function swapLast(call: AnyCall, x: Tensor): Tensor {
  const order = x.shape.map((_, index) => index);
  const last = order.length - 1;
  return call.transpose(x, [...order.slice(0, -2), last, last - 1]);
}

/** The lowerings of this file. */
export const lowerings: Family<"matmul"> = {
  BatchMatMul: lowerMatMul,
  _FusedMatMul: lowerFusedMatMul,
};
