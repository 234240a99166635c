import { elementCount, floatConstant } from "../../graph/tensors.ts";
import type { ConstantTensor, Tensor } from "../../graph/types.ts";
import type { Call, ComplexTensor } from "./call.ts";
import { complexOperand } from "./complex.ts";
import { biasOf } from "./convolution.ts";
import type { Family } from "./table.ts";

type FourierCall = Call<"FFT" | "IFFT">;

/** From this length on a transform is two of its factors: a matrix of all of it would be large and slow. */
const FACTORED = 256;

/**
 * A discrete Fourier transform along the last dimension, as real products with matrices of cosines and sines.
 * RFFT2D would take powers of two only, and gives numbers that no other operator takes.
 */
function lowerFourier(sign: 1 | -1): (call: FourierCall) => ComplexTensor {
  return (call) => {
    const { real, imaginary, isReal } = complexOperand(call, call.value("input"));
    const length = call.size(real, real.shape.length - 1);
    const rows = (x: Tensor): Tensor => reshapeRows(call, x, [length]);
    const x = { real: rows(real), imaginary: rows(imaginary), isReal: isReal === true };
    const y = transform(call, x, length, sign);
    const like = call.parts.outputs[0] as ComplexTensor;
    return {
      real: call.reshape(y.real, like.real),
      imaginary: call.reshape(y.imaginary, like.imaginary),
    };
  };
}

/** The transform of rows of a length. */
function transform(call: FourierCall, x: ComplexTensor, length: number, sign: 1 | -1): ComplexTensor {
  const factor = length < FACTORED ? 1 : factorOf(length);
  return factor === 1
    ? byMatrices(call, x, length, sign)
    : byFactors(call, x, [factor, length / factor], sign);
}

/** The divisor next to the square root, from below: of a prime it is 1. */
function factorOf(length: number): number {
  let factor = Math.floor(Math.sqrt(length));
  while (length % factor !== 0) factor--;
  return factor;
}

/** `(a + bi)(c + si)`, each product a fully connected layer. The inverse is divided by the length. */
function byMatrices(
  call: FourierCall,
  { real, imaginary, isReal }: ComplexTensor,
  length: number,
  sign: 1 | -1,
): ComplexTensor {
  const scale = sign === 1 ? 1 / length : 1;
  const matrix = (name: string, wave: (angle: number) => number): ConstantTensor =>
    tableOf(call, name, [length, length], (row, column) => scale * wave(angleOf(row * column, length)));
  const cosines = matrix("cosines", Math.cos);
  const sines = matrix("sines", (angle) => sign * Math.sin(angle));
  const bias = biasOf(call, null, length);
  const product = (x: Tensor, weights: ConstantTensor): Tensor =>
    call.add("FULLY_CONNECTED", [x, weights, bias]);
  if (isReal) return { real: product(real, cosines), imaginary: product(real, sines) };
  return {
    real: call.add("SUB", [product(real, cosines), product(imaginary, sines)]),
    imaginary: call.add("ADD", [product(real, sines), product(imaginary, cosines)]),
  };
}

/**
 * Cooley and Tukey, An Algorithm for the Machine Calculation of Complex Fourier Series (1965): with
 * `j = j1 * n2 + j2` and `k = k1 + n1 * k2` a transform of `n1 * n2` is one of n1 along j1, a turn by
 * `j2 * k1 / n`, and one of n2 along j2.
 */
function byFactors(
  call: FourierCall,
  x: ComplexTensor,
  [n1, n2]: readonly [number, number],
  sign: 1 | -1,
): ComplexTensor {
  const length = n1 * n2;
  /** Matrices in rows become their transposes, in rows of another length. */
  const turn = (value: ComplexTensor, [from, to]: readonly [number, number], row: number): ComplexTensor =>
    each(value, (part) => {
      const swapped = call.transpose(reshapeRows(call, part, [from, to]), [0, 2, 1]);
      return reshapeRows(call, swapped, [row]);
    });
  const columns = transform(call, turn(x, [n1, n2], n1), n1, sign);
  const twiddles = (name: string, wave: (angle: number) => number): ConstantTensor =>
    tableOf(call, name, [n2, n1], (j2, k1) => wave(angleOf(j2 * k1, length)));
  const turned = rotate(
    call,
    each(columns, (part) => reshapeRows(call, part, [n2, n1])),
    twiddles("cosines", Math.cos),
    twiddles("sines", (angle) => sign * Math.sin(angle)),
  );
  const rows = transform(call, turn(turned, [n2, n1], n2), n2, sign);
  return turn(rows, [n1, n2], length);
}

function rotate(
  call: FourierCall,
  { real, imaginary }: ComplexTensor,
  cosines: ConstantTensor,
  sines: ConstantTensor,
): ComplexTensor {
  const product = (x: Tensor, y: ConstantTensor): Tensor => call.add("MUL", [x, y]);
  return {
    real: call.add("SUB", [product(real, cosines), product(imaginary, sines)]),
    imaginary: call.add("ADD", [product(real, sines), product(imaginary, cosines)]),
  };
}

function each(value: ComplexTensor, apply: (part: Tensor) => Tensor): ComplexTensor {
  return { ...value, real: apply(value.real), imaginary: apply(value.imaginary) };
}

/** The same values as so many items of a shape as there are. */
function reshapeRows(call: FourierCall, x: Tensor, item: readonly number[]): Tensor {
  const rows = x.shapeSignature?.includes(-1) ? -1 : elementCount(x.shape) / elementCount(item);
  return call.reshapeTo(x, [rows, ...item]);
}

/** `2 pi numerator / denominator`, of a whole number of turns less. */
function angleOf(numerator: number, denominator: number): number {
  return (2 * Math.PI * (numerator % denominator)) / denominator;
}

/** Below the smallest sine or cosine in a table that is not zero. */
const ROUNDING = 1e-15;

function tableOf(
  call: FourierCall,
  name: string,
  [rows, columns]: readonly [number, number],
  value: (row: number, column: number) => number,
): ConstantTensor {
  const values = Float32Array.from({ length: rows * columns }, (_, index) => {
    const wave = value(Math.floor(index / columns), index % columns);
    // The sine of π is zero, not what is left of a π of 53 digits: 1.2e-16.
    return Math.abs(wave) < ROUNDING ? 0 : wave;
  });
  return floatConstant(call.name(name), [rows, columns], values);
}

/** The lowerings of this file. */
export const lowerings: Family<"fourier"> = {
  FFT: lowerFourier(-1),
  IFFT: lowerFourier(1),
};
