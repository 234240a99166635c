import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { convert, toTflite } from "../../../src/convert/index.ts";
import { COMPLEX_CASES, FOURIER_CASES } from "../../support/cases/complex.ts";
import { describeCases } from "../../support/describe-cases.ts";
import { expectedOf, expectSameOutputs, fnCase, inputValues, runFile } from "../../support/judge.ts";

describeCases("complex numbers in LiteRT give what tfjs gives", COMPLEX_CASES);
describeCases("Fourier transforms in LiteRT give what tfjs gives", FOURIER_CASES);

const parts = (x: tf.Tensor) => ({ real: tf.real(x), imaginary: tf.imag(x) });
const inputs = [[null, 3, 4] as const, [null, 3, 4] as const];

// tfjs's cpu backend reads past the end of an operand that has fewer dimensions and none of size 1
// (`createComplexBinaryKernelImpl`: indexes modulo twice the number of values); WebGL broadcasts it. Here it is
// given one with all dimensions.
test.each([
  ["mul", tf.mul],
  ["add", tf.add],
  ["sub", tf.sub],
] as const)("complex %s with a number and a vector", async (_, operation) => {
  await tf.setBackend("cpu");
  const combined = (number: number[], vector: number[]) =>
    fnCase("", inputs, (a, b) => {
      const x = tf.complex(a, b);
      const y = operation(x, tf.complex(tf.fill(number, 2), tf.fill(number, -3)));
      const row = tf.reshape(tf.complex([1, -2, 0.5, 3], [0, 2, -1, 0.25]), vector);
      return parts(operation(row, y));
    });
  const converted = combined([], [4]);
  const values = inputValues(converted, 3);
  const outputs = await runFile(await toTflite(converted.source()), values);
  expectSameOutputs(outputs, expectedOf(combined([1, 1, 1], [1, 1, 4]).source(), values), 1e-6, "broadcast");
});

test("an output of complex numbers is two outputs", async () => {
  await tf.setBackend("cpu");
  const whole = fnCase("", inputs, (a, b) => ({ y: tf.mul(tf.complex(a, b), tf.complex(b, a)) }));
  const split = fnCase("", inputs, (a, b) => {
    const { real, imaginary } = parts(tf.mul(tf.complex(a, b), tf.complex(b, a)));
    return { "y/real": real, "y/imaginary": imaginary };
  });
  const values = inputValues(whole, 2);
  const outputs = await runFile(await toTflite(whole.source()), values);
  expectSameOutputs(outputs, expectedOf(split.source(), values), 1e-6, "parts");
});

test("what tfjs does not compute of complex numbers is an error with a cure", async () => {
  const source = fnCase("", inputs, (a, b) => parts(tf.slice(tf.complex(a, b), [0, 1]))).source();
  await expect(toTflite(source)).rejects.toThrow(
    "Slice: tfjs does not compute it of complex numbers: apply it to tf.real(x) and tf.imag(x)",
  );
});

const productsOf = async (fn: (x: tf.Tensor, y: tf.Tensor) => Record<string, tf.Tensor>, length: number) => {
  const { bytes, report } = await convert(
    fnCase(
      "",
      [
        [null, length],
        [null, length],
      ],
      fn,
    ).source(),
  );
  return { products: report.operators.after.FULLY_CONNECTED, bytes: bytes.length };
};

test("a transform of real numbers has no products with their imaginary part", async () => {
  const { products: ofComplex } = await productsOf((x, y) => parts(tf.fft(tf.complex(x, y))), 8);
  expect(ofComplex).toBe(4);
  const { products } = await productsOf((x) => parts(tf.fft(tf.complex(x, tf.zerosLike(x)))), 8);
  expect(products).toBe(2);
  const { products: real } = await productsOf((x) => ({ y: tf.real(tf.fft(tf.cast(x, "complex64"))) }), 8);
  expect(real).toBe(1);
});

test("a long transform is one of its factors: 1024 numbers need no matrix of a million", async () => {
  const { bytes } = await productsOf((x, y) => parts(tf.fft(tf.complex(x, y))), 1024);
  expect(bytes).toBeLessThan(40_000);
  const { bytes: prime } = await productsOf((x, y) => parts(tf.fft(tf.complex(x, y))), 257);
  expect(prime).toBeGreaterThan(2 * 4 * 257 * 257);
});
