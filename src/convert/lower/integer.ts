import { floatsOf, intConstant, integersOf, isConstant } from "../../graph/tensors.ts";
import type { Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";
import { broadcast, cast, failOfBooleans, withNumber } from "./elementwise.ts";
import type { Family } from "./table.ts";

type AnyCall = Call<KernelName>;

/** A divisor that is known to hold no zero. */
function isNeverZero(divisor: Tensor): boolean {
  if (!isConstant(divisor)) return false;
  const values = divisor.type === "int32" ? integersOf(divisor) : Array.from(floatsOf(divisor));
  return values.every((value) => value !== 0);
}

/** 1 where the operand is zero, else 0, in its own type. */
function zerosOf(call: AnyCall, x: Tensor): Tensor {
  return cast(call, withNumber(call, "EQUAL", x, 0), x.type === "float32" ? "float32" : "int32");
}

/**
 * The quotient towards minus infinity, always an integer. The kernel refuses to divide by zero (`floor_div.cc`),
 * tfjs stores 0: the divisor becomes 1 there, and the quotient 0.
 */
function lowerFloorDiv(call: Call<"FloorDiv">): Tensor {
  const [a, b] = [call.input("a"), call.input("b")];
  if (a.type === "bool") failOfBooleans(call);
  if (isNeverZero(b)) return cast(call, broadcast(call, "FLOOR_DIV", a, b), "int32");
  const zeros = zerosOf(call, b);
  const quotient = broadcast(call, "FLOOR_DIV", a, call.add("ADD", [b, zeros]));
  const one = zeros.type === "float32" ? call.scalar(1) : call.integer(1);
  return cast(call, broadcast(call, "MUL", quotient, call.add("SUB", [one, zeros])), "int32");
}

/**
 * The rest, with the divisor's sign. Of integers the kernel refuses to divide by zero (`floor_mod.cc`), tfjs stores
 * 0, which is the rest of a division by 1.
 */
function lowerMod(call: Call<"Mod">): Tensor {
  const [a, b] = [call.input("a"), call.input("b")];
  if (a.type === "bool") failOfBooleans(call);
  const divisor = a.type === "float32" || isNeverZero(b) ? b : call.add("ADD", [b, zerosOf(call, b)]);
  return broadcast(call, "FLOOR_MOD", a, divisor);
}

/** A power of two that an integer has room for. */
const isPower = (value: number): boolean =>
  value > 0 && value < 2 ** 31 && Number.isInteger(Math.log2(value));

/**
 * The bits that both operands have. A constant of low bits (2^k - 1) leaves the rest of a division by 2^k, one of
 * high bits (-2^k) what it divides. There is no operator for others; with the halves `h = a >> 1` and `i = b >> 1`
 * it is `(h + i) - (h ^ i)`, which is `2 (h & i)`, and the lowest bit: nothing overflows.
 */
function lowerBitwiseAnd(call: Call<"BitwiseAnd">): Tensor {
  const operands = [call.input("a"), call.input("b")] as const;
  const [a, b] = isConstant(operands[0]) ? [operands[1], operands[0]] : operands;
  const mask = isConstant(b) ? integersOf(b) : [];
  const modulo = (x: Tensor, values: readonly number[]): Tensor =>
    call.add("FLOOR_MOD", [x, intConstant(call.name("mask"), b.shape, values)]);
  if (mask.length > 0 && mask.every((bits) => isPower(bits + 1)))
    return modulo(
      a,
      mask.map((bits) => bits + 1),
    );
  if (mask.length > 0 && mask.every((bits) => isPower(-bits)))
    return call.add("SUB", [
      a,
      modulo(
        a,
        mask.map((bits) => -bits),
      ),
    ]);
  const half = (x: Tensor): Tensor => withNumber(call, "RIGHT_SHIFT", x, 1);
  const lowest = (x: Tensor): Tensor => withNumber(call, "FLOOR_MOD", x, 2);
  const [h, i] = [half(a), half(b)];
  const high = call.add("SUB", [call.add("ADD", [h, i]), call.add("BITWISE_XOR", [h, i])]);
  return call.add("ADD", [high, call.add("MUL", [lowest(a), lowest(b)])]);
}

/** The lowerings of this file. */
export const lowerings: Family<"integer"> = {
  BitwiseAnd: lowerBitwiseAnd,
  FloorDiv: lowerFloorDiv,
  Mod: lowerMod,
};
