import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toCategorical } from "../../src/preprocess/labels.ts";
import { addChannel, reshape } from "../../src/preprocess/reshape.ts";
import { type ResizeOptions, resize } from "../../src/preprocess/resize.ts";

const added = (work: () => unknown): number => {
  const before = tf.memory().numTensors;
  work();
  return tf.memory().numTensors - before;
};

describe("reshape", () => {
  it("gives tensors and arrays another shape over the same values", () => {
    const data = Uint8Array.from({ length: 12 }, (_, i) => i);
    expect(reshape(data, [-1, 2, 3])).toEqual({ data, shape: [2, 2, 3] });
    expect(reshape({ data, shape: [2, 6] }, [3, 4])).toEqual({ data, shape: [3, 4] });
    expect(reshape(data, [3, 4]).data).toBe(data);
    const x = tf.tensor1d(data);
    const y = reshape(x, [4, -1]);
    expect([y.shape, [...y.dataSync()]]).toEqual([[4, 3], [...data]]);
    expect(added(() => reshape(x, [2, 6]))).toBe(1);
  });

  it("works out -1 wherever it stands", () => {
    const shapes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(shapes, fc.nat(), (shape, at) => {
        const count = shape.reduce((a, b) => a * b, 1);
        const open = shape.map((d, i) => (i === at % shape.length ? -1 : d));
        expect(reshape(new Uint8Array(count), open).shape).toEqual(shape);
      }),
    );
  });

  it.each<[readonly number[], RegExp]>([
    [[5, 2], /shape \[12\] cannot become \[5,2\]: 12 elements, not 10/],
    [[-1, 5], /12 elements are no multiple of 5/],
    [[-1, -1], /only one dimension may be -1/],
    [[-1, 0], /no multiple of 0/],
    [[1.5, 8], /whole numbers/],
    ["12" as never, /got|whole numbers/],
  ])("%o: an error that says what came", (shape, message) => {
    expect(() => reshape(new Uint8Array(12), shape)).toThrow(message);
    expect(() => reshape(tf.zeros([12]), shape)).toThrow(message);
  });

  it("refuses what has no values", () => {
    expect(() => reshape([1, 2] as never, [2])).toThrow(/got \[1,2\]/);
    expect(() => reshape({ data: new Uint8Array(2), shape: [3] }, [2])).toThrow(/shape \[3\] has 3 elements/);
  });
});

describe("addChannel", () => {
  it("adds a last dimension of 1", () => {
    const data = new Uint8Array(8);
    expect(addChannel({ data, shape: [2, 2, 2] })).toEqual({ data, shape: [2, 2, 2, 1] });
    expect(addChannel(tf.zeros([2, 28, 28])).shape).toEqual([2, 28, 28, 1]);
    const x = tf.zeros([4]);
    expect(added(() => addChannel(x))).toBe(1);
  });

  it("says what is missing", () => {
    expect(() => addChannel(new Uint8Array(4) as never)).toThrow(/give it a shape first/);
    expect(() => addChannel(tf.scalar(1))).toThrow(/scalar/);
    expect(() => addChannel(3 as never)).toThrow(/got 3/);
  });
});

describe("resize", () => {
  it("known numbers", () => {
    const square = { data: new Uint8Array([0, 10, 20, 30]), shape: [2, 2, 1] };
    // Corners stay: the new middle row and column are the means of their neighbours.
    expect(resize(square, [3, 3], { alignCorners: true }).data).toEqual(
      Float32Array.of(0, 5, 10, 10, 15, 20, 20, 25, 30),
    );
    // Halving with half-pixel centres looks between each four pixels.
    expect(resize(square, [1, 1]).data).toEqual(Float32Array.of(15));
    expect(resize(square, [4, 2], { method: "nearest" }).data).toEqual(
      Float32Array.of(0, 10, 0, 10, 20, 30, 20, 30),
    );
    expect(resize(square, [1, 2]).shape).toEqual([1, 2, 1]);
  });

  it("arrays and tensors agree, whatever the options", () => {
    const size = fc.integer({ min: 1, max: 6 });
    const images = fc
      .tuple(fc.integer({ min: 0, max: 2 }), size, size, fc.integer({ min: 1, max: 3 }))
      .chain(([n, h, w, c]) => {
        const length = Math.max(n, 1) * h * w * c;
        return fc.record({
          data: fc.uint8Array({ minLength: length, maxLength: length }),
          shape: fc.constant(n === 0 ? [h, w, c] : [n, h, w, c]),
        });
      });
    const options: fc.Arbitrary<ResizeOptions> = fc.oneof(
      fc.record({ method: fc.constantFrom("bilinear", "nearest") }, { requiredKeys: [] }),
      fc.record({ method: fc.constantFrom("bilinear", "nearest"), alignCorners: fc.constant(true) }),
      fc.record({ method: fc.constantFrom("bilinear", "nearest"), halfPixelCenters: fc.constant(false) }),
    );
    fc.assert(
      fc.property(images, fc.tuple(size, size), options, (image, to, how) => {
        const x = tf.tensor(image.data, [...image.shape], "int32");
        const y = resize(x, to, how);
        const array = resize(image, to, how);
        expect(array.shape).toEqual(y.shape);
        expect(y.dtype).toBe("float32");
        const expected = y.dataSync();
        tf.dispose([x, y]);
        for (const [i, value] of array.data.entries()) expect(value).toBeCloseTo(expected[i]!, 3);
      }),
      { numRuns: 200 },
    );
  });

  it("leaves one tensor", () => {
    const x = tf.zeros([4, 4, 1], "int32");
    expect(added(() => resize(x as tf.Tensor3D, [2, 2]))).toBe(1);
  });

  it.each<[string, () => unknown, RegExp]>([
    ["rank 2", () => resize(tf.zeros([4, 4]), [2, 2]), /got shape \[4,4\]: addChannel/],
    [
      "rank 5",
      () => resize({ data: new Uint8Array(1), shape: [1, 1, 1, 1, 1] }, [2, 2]),
      /got shape \[1,1,1,1,1\]/,
    ],
    ["a size", () => resize(tf.zeros([4, 4, 1]), [2, 0]), /size must be \[height, width\].*got \[2,0\]/],
    ["a number", () => resize(tf.zeros([4, 4, 1]), 2 as never), /got 2/],
    [
      "a method",
      () => resize(tf.zeros([4, 4, 1]), [2, 2], { method: "bilinaer" as never }),
      /did you mean "bilinear"/,
    ],
    [
      "both",
      () => resize(tf.zeros([1, 1, 1]), [2, 2], { alignCorners: true, halfPixelCenters: true }),
      /exclude each other/,
    ],
    [
      "a typo",
      () => resize(tf.zeros([1, 1, 1]), [2, 2], { aligncorners: true } as never),
      /did you mean "alignCorners"/,
    ],
    ["no shape", () => resize(new Uint8Array(4) as never, [2, 2]), /give it a shape first/],
  ])("%s: an error", (_, work, message) => expect(work).toThrow(message));
});

describe("toCategorical", () => {
  it("gives one-hot rows for every kind of labels", () => {
    const rows = [1, 0, 0, 0, 0, 1];
    expect(toCategorical(new Uint8Array([0, 2]), 3)).toEqual(Float32Array.from(rows));
    expect(toCategorical([0, 2])).toEqual(Float32Array.from(rows));
    expect(toCategorical({ data: Int32Array.of(0, 2), shape: [2] }, 3)).toEqual({
      data: Float32Array.from(rows),
      shape: [2, 3],
    });
    for (const dtype of ["int32", "float32"] as const) {
      const y = toCategorical(tf.tensor1d([0, 2], dtype));
      expect([y.dtype, y.shape, [...y.dataSync()]]).toEqual(["float32", [2, 3], rows]);
    }
    const labels = tf.tensor1d([1, 0], "int32");
    expect(added(() => toCategorical(labels, 2))).toBe(1);
  });

  it("each row has its one at the label", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(9), { maxLength: 20 }),
        fc.integer({ min: 10, max: 12 }),
        (labels, classes) => {
          const rows = toCategorical(labels, classes);
          expect(rows).toHaveLength(labels.length * classes);
          labels.forEach((label, i) => {
            const row = rows.subarray(i * classes, (i + 1) * classes);
            expect(row.indexOf(1)).toBe(label);
            expect(row.reduce((a, b) => a + b, 0)).toBe(1);
          });
        },
      ),
    );
  });

  it.each<[string, () => unknown, RegExp]>([
    ["too large", () => toCategorical([0, 3], 3), /label 3 at index 1 is no class.*0 to 2/],
    ["negative", () => toCategorical(tf.tensor1d([0, -1], "int32")), /label -1 at index 1/],
    ["fractional", () => toCategorical(Float32Array.of(0.5)), /label 0.5 at index 0/],
    ["classes", () => toCategorical([0], 0), /classes must be a positive whole number, got 0/],
    ["no labels", () => toCategorical("cat" as never), /got "cat"/],
  ])("%s: an error", (_, work, message) => expect(work).toThrow(message));
});
