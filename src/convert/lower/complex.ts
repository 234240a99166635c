import { elementCount, floatConstant } from "../../graph/tensors.ts";
import type { Tensor } from "../../graph/types.ts";
import { Call, type ComplexTensor, isComplex, type Lowering, type Value } from "./call.ts";
import { cast, toFloat } from "./elementwise.ts";
import type { Family } from "./table.ts";

type AnyCall = Call;
/** What a kernel does with floats. */
type RealLowering = Lowering<never>;
type ComplexLowering = (call: AnyCall, real: RealLowering) => Value | readonly Value[];

/** A pair of floats; an imaginary part that is known to be zero is said to be, so that nobody computes with it. */
function lowerComplex(call: Call<"Complex">): ComplexTensor {
  const [real, imaginary] = [call.input("real"), call.input("imag")];
  return {
    real: toFloat(call, real),
    imaginary: toFloat(call, imaginary),
    isReal: call.isZero(imaginary),
  };
}

function lowerReal(call: Call<"Real">): Tensor {
  return complexOperand(call, call.value("input")).real;
}

function lowerImaginary(call: Call<"Imag">): Tensor {
  return complexOperand(call, call.value("input")).imaginary;
}

/** The smallest normal float: anything below may count as zero on processors that flush. */
const SMALLEST = 2 ** -126;
const LARGEST = (2 - 2 ** -23) * 2 ** 127;

/**
 * `large * sqrt(1 + (small / large)²)` of the two magnitudes: squares of the parts themselves overflow beyond
 * 1e19 and vanish below 1e-19. The divisor is kept from zero and from infinity.
 */
function lowerComplexAbs(call: Call<"ComplexAbs">): Tensor {
  const { real, imaginary, isReal } = complexOperand(call, call.value("x"));
  const a = call.add("ABS", [real]);
  if (isReal) return a;
  const b = call.add("ABS", [imaginary]);
  const large = call.add("MAXIMUM", [a, b]);
  const small = call.add("MINIMUM", [a, b]);
  const positive = call.add("MAXIMUM", [large, call.scalar(SMALLEST)]);
  const divisor = call.add("MINIMUM", [positive, call.scalar(LARGEST)]);
  const ratio = call.add("DIV", [small, divisor]);
  const square = call.add("ADD", [call.add("MUL", [ratio, ratio]), call.scalar(1)]);
  return call.add("MUL", [large, call.add("SQRT", [square])]);
}

/** The operand of a kernel that takes complex numbers only. */
export function complexOperand(call: AnyCall, value: Value): ComplexTensor {
  return isComplex(value) ? value : call.fail("its operand is not of complex numbers");
}

/** Zeros of the shape of a tensor of floats. */
function zerosLike(call: AnyCall, x: Tensor): Tensor {
  if (x.shapeSignature?.includes(-1)) return call.add("ZEROS_LIKE", [x]);
  return floatConstant(call.name("zeros"), x.shape, new Float32Array(elementCount(x.shape)));
}

/** A lowering of floats run on one part of complex operands. */
function onPart(
  call: AnyCall,
  real: RealLowering,
  part: "real" | "imaginary",
  inputs: ReadonlyMap<string, Value> = call.parts.inputs,
): Tensor {
  const pick = (value: Value): Tensor => (isComplex(value) ? value[part] : value);
  const single = new Call({
    ...call.parts,
    inputs: new Map([...inputs].map(([name, value]) => [name, pick(value)])),
    outputs: call.parts.outputs.map(pick),
  });
  const made = real(single as never) as Tensor;
  call.operators.operators.push(...single.operators.operators);
  return made;
}

/** The same operation on both parts. */
const byPart: ComplexLowering = (call, real) => ({
  real: onPart(call, real, "real"),
  imaginary: onPart(call, real, "imaginary"),
  isReal: [...call.parts.inputs.values()].every((value) => !isComplex(value) || value.isReal === true),
});

/** `(a + bi)(c + di) = (ac - bd) + (ad + bc)i`, without the products that are zero. */
const lowerMultiply: ComplexLowering = (call, real) => {
  const [a, b] = ["a", "b"].map((name) => complexOperand(call, call.value(name as never))) as [
    ComplexTensor,
    ComplexTensor,
  ];
  const product = (x: Tensor, y: Tensor): Tensor =>
    onPart(
      call,
      real,
      "real",
      new Map([
        ["a", x],
        ["b", y],
      ]),
    );
  const reals = product(a.real, b.real);
  if (a.isReal) {
    return { real: reals, imaginary: product(a.real, b.imaginary), isReal: b.isReal === true };
  }
  if (b.isReal) return { real: reals, imaginary: product(a.imaginary, b.real) };
  return {
    real: call.add("SUB", [reals, product(a.imaginary, b.imaginary)]),
    imaginary: call.add("ADD", [product(a.real, b.imaginary), product(a.imaginary, b.real)]),
  };
};

/** To complex numbers with a zero for the imaginary part, or from them without it (`Cast.js` of tfjs). */
const lowerCast: ComplexLowering = (call) => {
  const x = call.value("x" as never);
  if (!isComplex(x)) {
    const real = toFloat(call as never, x);
    return { real, imaginary: zerosLike(call, real), isReal: true };
  }
  const { dtype } = call.attributes as { readonly dtype: string };
  return dtype === "complex64" ? x : cast(call as never, x.real, dtype as "float32" | "int32" | "bool");
};

const lowerZerosLike: ComplexLowering = (call) => {
  const { real } = complexOperand(call, call.value("x" as never));
  const zeros = zerosLike(call, real);
  return { real: zeros, imaginary: zeros, isReal: true };
};

const lowerOnesLike: ComplexLowering = (call, real) => ({
  real: onPart(call, real, "real"),
  imaginary: zerosLike(call, complexOperand(call, call.value("x" as never)).real),
  isReal: true,
});

/** Lowerings that know of complex numbers themselves. */
const own: ComplexLowering = (call, lowering) => lowering(call as never);

/** What tfjs's kernels compute of complex numbers: all others refuse them (`assertNotComplex` in its cpu backend). */
const ROWS: Readonly<Record<string, ComplexLowering>> = {
  Add: byPart,
  Cast: lowerCast,
  Complex: own,
  ComplexAbs: own,
  Concat: byPart,
  ExpandDims: byPart,
  FFT: own,
  IFFT: own,
  If: own,
  Imag: own,
  Multiply: lowerMultiply,
  OnesLike: lowerOnesLike,
  Pack: byPart,
  Real: own,
  Reshape: byPart,
  Sub: byPart,
  Transpose: byPart,
  While: own,
  ZerosLike: lowerZerosLike,
};

/** Lowers a call on complex numbers, with the help of what its kernel does with floats. */
export function lowerOfComplex(call: AnyCall, lowering: RealLowering): Value | readonly Value[] {
  const row = ROWS[call.kernel];
  if (row !== undefined) return row(call, lowering);
  return call.fail(
    "tfjs does not compute it of complex numbers: apply it to tf.real(x) and tf.imag(x), and join them with tf.complex",
  );
}

/** The lowerings of this file. */
export const lowerings: Family<"complex"> = {
  Complex: lowerComplex,
  ComplexAbs: lowerComplexAbs,
  Imag: lowerImaginary,
  Real: lowerReal,
};
