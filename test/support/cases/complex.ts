import * as tf from "@tensorflow/tfjs-core";
import { type CaseInput, fnCase, type OperatorCase } from "../judge.ts";

/** Real and imaginary part: what a file gives of complex numbers. */
const parts = (x: tf.Tensor) => ({ real: tf.real(x), imaginary: tf.imag(x) });
const complex = (real: tf.Tensor, imaginary: tf.Tensor): tf.Tensor => tf.complex(real, imaginary);
const pair = () => tf.complex([1, -2, 0.5, 3], [0, 2, -1, 0.25]);

const SHAPE = [null, 3, 4] as const;

/** One operation on complex numbers made of two inputs. */
const one = (name: string, fn: (x: tf.Tensor) => tf.Tensor): OperatorCase =>
  fnCase(`complex ${name}`, [SHAPE, SHAPE], (a, b) => parts(fn(complex(a, b))));

/** One operation on two complex numbers. */
const two = (
  name: string,
  fn: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor,
  other: readonly (number | null)[] = SHAPE,
): OperatorCase =>
  fnCase(`complex ${name}`, [SHAPE, SHAPE, other, other], (a, b, c, d) =>
    parts(fn(complex(a, b), complex(c, d))),
  );

/** Complex numbers, as pairs of floats. */
export const COMPLEX_CASES: readonly OperatorCase[] = [
  one("numbers and their parts", (x) => x),
  fnCase("complex numbers of integers", [{ shape: [null, 4], dtype: "int32" }], (x) => parts(complex(x, x))),
  fnCase("complex magnitude", [SHAPE, SHAPE], (a, b) => tf.abs(complex(a, b))),
  fnCase(
    "complex magnitude of large, small and special numbers",
    [
      { shape: [null, 4], values: [3e30, 3e-30, 0, Infinity, NaN, 0, -1e-38, -3e38] },
      { shape: [null, 4], values: [4e30, -4e-30, 0, 1, 1, -2, 0, 1e38] },
    ],
    (a, b) => tf.split(tf.abs(complex(a, b)), 4, 1),
    1e-6,
  ),
  fnCase("complex magnitude of real numbers", [SHAPE], (a) => tf.abs(tf.cast(a, "complex64"))),
  two("add", tf.add),
  two("sub", tf.sub),
  two("mul", tf.mul),
  two("add, broadcast", tf.add, [1, 3, 1]),
  two("mul, broadcast", tf.mul, [3, 1]),
  one("mul by constants", (x) => tf.mul(x, tf.reshape(pair(), [1, 1, 4]))),
  one("mul by real numbers", (x) => tf.mul(x, tf.tensor([2, 3, 4], [3, 1]))),
  one("sub from constants", (x) => tf.sub(tf.reshape(pair(), [1, 1, 4]), x)),
  one("mul by itself", (x) => tf.mul(x, x)),
  fnCase("complex mul of a real number", [SHAPE, SHAPE], (a, b) => parts(tf.mul(a, complex(a, b)))),
  fnCase("complex mul of real numbers", [SHAPE, SHAPE], (a, b) =>
    parts(tf.mul(tf.cast(a, "complex64"), tf.cast(b, "complex64"))),
  ),
  fnCase("complex cast from booleans", [{ shape: [null, 4], dtype: "bool" }], (x) =>
    parts(tf.cast(x, "complex64")),
  ),
  fnCase("complex cast to integers", [SHAPE, SHAPE], (a, b) => tf.cast(complex(a, b), "int32")),
  fnCase("complex cast to floats", [SHAPE, SHAPE], (a, b) => tf.cast(complex(a, b), "float32")),
  one("reshape", (x) => tf.reshape(x, [-1, 6, 2])),
  one("expandDims", (x) => tf.expandDims(x, 1)),
  two("concat", (x, y) => tf.concat([x, y, x], 1)),
  fnCase("complex concat with a constant", [SHAPE, SHAPE], (a, b) =>
    tf.sum(tf.real(tf.concat([tf.reshape(complex(a, b), [-1, 4]), tf.reshape(pair(), [1, 4])])), 0),
  ),
  two("stack", (x, y) => tf.stack([x, y], 1)),
  one("stack of one", (x) => tf.stack([x], 2)),
  one("transpose", (x) => tf.transpose(x, [0, 2, 1])),
  one("transpose, conjugate", (x) => tf.transpose(x, [0, 2, 1], true)),
  one("zerosLike", tf.zerosLike),
  one("onesLike", tf.onesLike),
  one("clone", (x) => tf.clone(x)),
];

const transforms = (length: number): readonly OperatorCase[] => {
  const input: CaseInput = { shape: [null, length] };
  return [
    fnCase(`fft of ${length}`, [input, input], (a, b) => parts(tf.fft(complex(a, b)))),
    fnCase(`ifft of ${length}`, [input, input], (a, b) => parts(tf.ifft(complex(a, b)))),
  ];
};

const real = (length: number): readonly OperatorCase[] => [
  fnCase(`rfft of ${length}`, [[null, length]], (x) => parts(tf.spectral.rfft(x))),
  fnCase(`irfft of ${length}`, [[null, length]], (x) => tf.irfft(tf.spectral.rfft(x))),
];

/** Fourier transforms. */
export const FOURIER_CASES: readonly OperatorCase[] = [
  // Powers of two, primes, and lengths of several factors: from 256 on in stages.
  ...[1, 2, 3, 7, 8, 64, 96, 257, 262, 256, 1024].flatMap(transforms),
  ...[2, 5, 6, 64, 400, 512].flatMap(real),
  fnCase(
    "fft of three dimensions",
    [
      [null, 3, 8],
      [null, 3, 8],
    ],
    (a, b) => parts(tf.fft(complex(a, b))),
  ),
  fnCase("fft of one dimension", [[8], [8]], (a, b) => parts(tf.fft(complex(a, b)))),
  fnCase("fft of real numbers", [[null, 8]], (a) => parts(tf.fft(tf.cast(a, "complex64")))),
  fnCase(
    "ifft of what fft makes",
    [
      [null, 12],
      [null, 12],
    ],
    (a, b) => parts(tf.ifft(tf.fft(complex(a, b)) as tf.Tensor)),
  ),
  fnCase("magnitudes of an rfft", [[null, 64]], (x) => tf.abs(tf.spectral.rfft(x))),
  fnCase("rfft that is cut", [[null, 16]], (x) => parts(tf.spectral.rfft(x, 8))),
  fnCase("rfft that is padded", [[2, 10]], (x) => parts(tf.spectral.rfft(x, 16))),
  fnCase("rfft of three dimensions", [[null, 2, 16]], (x) => parts(tf.spectral.rfft(x))),
  fnCase("irfft of three dimensions", [[2, 2, 16]], (x) => tf.irfft(tf.spectral.rfft(x))),
  fnCase("short-time Fourier transform", [[400]], (x) =>
    tf.abs(tf.signal.stft(x as tf.Tensor1D, 64, 32, 64)),
  ),
  fnCase("short-time Fourier transform, padded, another window", [[400]], (x) =>
    parts(tf.signal.stft(x as tf.Tensor1D, 50, 25, undefined, tf.signal.hammingWindow)),
  ),
  fnCase("frames of a signal", [[100]], (x) => tf.signal.frame(x as tf.Tensor1D, 30, 20, true, 0.5)),
  fnCase("a window on a signal", [[null, 32]], (x) => tf.mul(x, tf.signal.hannWindow(32))),
];
