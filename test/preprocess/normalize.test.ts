import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ForgeError } from "../../src/errors.ts";
import { type NormalizeOptions, normalize } from "../../src/preprocess/normalize.ts";

const finite = fc.double({ min: -1e3, max: 1e3, noNaN: true });
const nonZero = finite.filter((v) => Math.abs(v) > 1e-3);

describe("normalize", () => {
  it("divides by 255", () => {
    const result = normalize(new Uint8Array([0, 51, 255]));
    expect(result).toEqual(Float32Array.of(0, 0.2, 1));
    expect(normalize(new Uint8ClampedArray([255]), { divideBy: 127.5 })).toEqual(Float32Array.of(2));
  });

  it("takes mean and std, min and max", () => {
    expect(normalize(new Uint8Array([0, 100]), { mean: 50, std: 25 })).toEqual(Float32Array.of(-2, 2));
    expect(normalize(new Int16Array([-10, 0, 30]), { min: -10, max: 30 })).toEqual(
      Float32Array.of(0, 0.25, 1),
    );
  });

  it("takes a list per channel", () => {
    const rgb = new Uint8Array([10, 20, 30, 40, 50, 60]);
    const options = { mean: [10, 20, 30], std: [10, 10, 30] };
    expect(normalize(rgb, options)).toEqual(Float32Array.of(0, 0, 0, 3, 3, 1));
    expect(normalize({ data: rgb, shape: [2, 3] }, options)).toEqual({
      data: Float32Array.of(0, 0, 0, 3, 3, 1),
      shape: [2, 3],
    });
    expect([...normalize(tf.tensor(rgb, [1, 2, 3], "int32"), options).dataSync()]).toEqual([
      0, 0, 0, 3, 3, 1,
    ]);
    // One number for one half, a list for the other.
    expect(normalize(new Uint8Array([1, 2]), { min: 0, max: [2, 4] })).toEqual(Float32Array.of(0.5, 0.5));
  });

  it("a tensor: float32 of the same shape, nothing else left", () => {
    const x = tf.tensor([0, 255], [1, 2], "int32");
    const before = tf.memory().numTensors;
    const y = normalize(x, { mean: [0, 0], std: [255, 255] });
    expect(tf.memory().numTensors).toBe(before + 1);
    expect([y.dtype, y.shape, [...y.dataSync()]]).toEqual(["float32", [1, 2], [0, 1]]);
    y.dispose();
    expect([...x.dataSync()]).toEqual([0, 255]);
  });

  it("arrays and tensors agree, and undo what they did", () => {
    const options: fc.Arbitrary<[NormalizeOptions, (v: number) => number]> = fc.oneof(
      nonZero.map((divideBy): [NormalizeOptions, (v: number) => number] => [
        { divideBy },
        (v) => v / divideBy,
      ]),
      fc
        .tuple(finite, nonZero)
        .map(([mean, std]): [NormalizeOptions, (v: number) => number] => [
          { mean, std },
          (v) => (v - mean) / std,
        ]),
      fc
        .tuple(finite, nonZero)
        .map(([min, range]): [NormalizeOptions, (v: number) => number] => [
          { min, max: min + range },
          (v) => (v - min) / (min + range - min),
        ]),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), options, (bytes, [how, expected]) => {
        const array = normalize(bytes, how);
        const x = tf.tensor1d(bytes, "int32");
        const y = normalize(x, how);
        const values = y.dataSync();
        tf.dispose([x, y]);
        expect(array).toHaveLength(bytes.length);
        bytes.forEach((v, i) => {
          const tolerance = 1e-5 * Math.max(1, Math.abs(expected(v)));
          expect(Math.abs(array[i]! - expected(v))).toBeLessThan(tolerance);
          // float32 arithmetic loses digits where mean and value are close.
          expect(Math.abs(values[i]! - expected(v))).toBeLessThan(tolerance * 100);
        });
      }),
    );
  });

  it.each<[string, () => unknown, string, RegExp]>([
    [
      "a divisor of 0",
      () => normalize(new Uint8Array(1), { divideBy: 0 }),
      "invalid-argument",
      /divideBy must not be 0/,
    ],
    [
      "std 0 in a list",
      () => normalize(new Uint8Array(2), { mean: 0, std: [1, 0] }),
      "invalid-argument",
      /std must not be 0/,
    ],
    [
      "min = max",
      () => normalize(new Uint8Array(1), { min: 3, max: 3 }),
      "invalid-argument",
      /max - min must not be 0/,
    ],
    [
      "mean alone",
      () => normalize(new Uint8Array(1), { mean: 3 } as never),
      "invalid-argument",
      /mean and std.*got mean/,
    ],
    [
      "two ways",
      () => normalize(new Uint8Array(1), { min: 0, max: 1, divideBy: 2 } as never),
      "invalid-argument",
      /got divideBy and min and max/,
    ],
    [
      "NaN",
      () => normalize(new Uint8Array(1), { divideBy: Number.NaN }),
      "invalid-argument",
      /finite number/,
    ],
    [
      "a typo",
      () => normalize(new Uint8Array(1), { divideby: 3 } as never),
      "unknown-option",
      /did you mean "divideBy"/,
    ],
    [
      "channels of a tensor",
      () => normalize(tf.zeros([2, 4]), { mean: [1, 2, 3], std: 1 }),
      "invalid-argument",
      /last dimension of 3, got shape \[2,4\]/,
    ],
    [
      "channels of an array",
      () => normalize(new Uint8Array(4), { mean: [1, 2, 3], std: 1 }),
      "invalid-argument",
      /4 values are no whole number of 3 channels/,
    ],
    [
      "lists of two lengths",
      () => normalize(new Uint8Array(6), { mean: [1, 2, 3], std: [1, 2] }),
      "invalid-argument",
      /3 and 2/,
    ],
    [
      "a shape that does not fit",
      () => normalize({ data: new Uint8Array(4), shape: [5] }),
      "invalid-argument",
      /shape \[5\] has 5 elements, but data has 4/,
    ],
    ["no data", () => normalize("pixels" as never), "invalid-argument", /got "pixels"/],
    ["a list", () => normalize([1, 2] as never), "invalid-argument", /got \[1,2\]/],
  ])("%s: an error", (_, work, code, message) => {
    const before = tf.memory().numTensors;
    let error: unknown;
    try {
      work();
    } catch (e) {
      error = e;
    }
    expect(error).toBeInstanceOf(ForgeError);
    expect((error as ForgeError).code).toBe(code);
    expect((error as ForgeError).message).toMatch(message);
    expect(tf.memory().numTensors - before).toBeLessThan(2);
  });
});
