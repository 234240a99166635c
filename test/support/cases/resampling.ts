import * as tf from "@tensorflow/tfjs-core";
import { type CaseInput, fnCase, type OperatorCase } from "../judge.ts";

type Size = [number, number];

const image = (x: tf.Tensor): tf.Tensor4D => x as tf.Tensor4D;
const IMAGES: CaseInput = { shape: [3, 6, 7, 2] };

interface Boxes {
  readonly name: string;
  readonly boxes: number[][];
  readonly images: number[];
  readonly size: Size;
}

const BOXES: readonly Boxes[] = [
  { name: "the whole image, larger", boxes: [[0, 0, 1, 1]], images: [0], size: [11, 9] },
  { name: "the whole image as it is", boxes: [[0, 0, 1, 1]], images: [2], size: [6, 7] },
  { name: "pixels of one image", boxes: [[0.2, 0.5, 0.8, 1]], images: [1], size: [4, 4] },
  { name: "pixels of one image, larger", boxes: [[0.2, 0.5, 0.8, 1]], images: [1], size: [7, 10] },
  { name: "one point", boxes: [[0.1, 0.2, 0.7, 0.9]], images: [1], size: [1, 1] },
  { name: "one row", boxes: [[0.1, 0.2, 0.7, 0.9]], images: [1], size: [1, 5] },
  {
    name: "several boxes of several images",
    boxes: [
      [0.05, 0.1, 0.83, 0.97],
      [0.3, 0.21, 0.4, 0.5],
      [0.2, 0.4, 0.6, 0.9],
      [0.5, 0.5, 0.5, 0.5],
    ],
    images: [2, 0, 1, 0],
    size: [4, 3],
  },
  {
    name: "reaching out of the image",
    boxes: [
      [-0.3, 0.2, 0.6, 1.4],
      [0.5, 0.5, 2, 2],
      [-2, -2, -1, -1],
    ],
    images: [0, 1, 2],
    size: [5, 6],
  },
  { name: "upside down", boxes: [[0.93, 0.81, 0.07, 0.11]], images: [1], size: [4, 5] },
  {
    name: "of an image that there is not",
    boxes: [
      [0, 0, 1, 1],
      [-1, 0.1, 2, 0.9],
    ],
    images: [1, 3],
    size: [3, 3],
  },
];

const CROPS: readonly OperatorCase[] = BOXES.flatMap(({ name, boxes, images, size }) =>
  (["bilinear", "nearest"] as const).flatMap((method) => [
    fnCase(`cropAndResize: ${name}, ${method}`, [IMAGES], (x) =>
      tf.image.cropAndResize(image(x), tf.tensor2d(boxes), tf.tensor1d(images, "int32"), size, method, -7),
    ),
    fnCase(
      `cropAndResize: ${name}, ${method}, computed`,
      [
        IMAGES,
        { shape: [boxes.length, 4], values: boxes.flat() },
        { shape: [boxes.length], dtype: "int32", values: images },
      ],
      (x, b, i) => tf.image.cropAndResize(image(x), b as tf.Tensor2D, i as tf.Tensor1D, size, method, -7),
    ),
  ]),
);

const OTHER_CROPS: readonly OperatorCase[] = [
  fnCase("cropAndResize: of a dynamic batch", [[null, 6, 7, 2]], (x) =>
    tf.image.cropAndResize(
      image(x),
      tf.tensor2d([
        [0.1, 0.2, 0.9, 0.7],
        [-0.5, 0.2, 0.9, 0.7],
      ]),
      tf.tensor1d([0, 0], "int32"),
      [4, 5],
    ),
  ),
  fnCase(
    "cropAndResize: any number of boxes",
    [
      [1, 6, 7, 2],
      { shape: [null, 4], values: [0.11, 0.22, 0.83, 0.97, 0.3, -0.1, 0.9, 0.8] },
      { shape: [null], dtype: "int32", values: [0] },
    ],
    (x, b, i) => tf.image.cropAndResize(image(x), b as tf.Tensor2D, i as tf.Tensor1D, [4, 5]),
  ),
  fnCase(
    "cropAndResize: a box of each image of a dynamic batch",
    [
      [null, 6, 7, 2],
      { shape: [null, 4], values: [0.11, 0.22, 0.83, 0.97, 0.3, -0.1, 0.9, 0.8] },
      { shape: [null], dtype: "int32", values: [0, 1, 0] },
    ],
    (x, b, i) => tf.image.cropAndResize(image(x), b as tf.Tensor2D, i as tf.Tensor1D, [4, 5]),
  ),
  fnCase("cropAndResize of integers", [{ ...IMAGES, dtype: "int32" }], (x) =>
    tf.image.cropAndResize(image(x), tf.tensor2d([[0.1, 0.2, 0.9, 0.7]]), tf.tensor1d([1], "int32"), [4, 5]),
  ),
];

const FILLS = ["constant", "reflect", "wrap", "nearest"] as const;

/**
 * Turned, moved far beyond the image, and seen at an angle. No point lies halfway between two pixels, or where an
 * image begins anew: which side that is depends on the digits that are computed with.
 */
const TRANSFORMS: readonly { readonly name: string; readonly entries: number[] }[] = [
  { name: "none", entries: [1, 0, 0, 0, 1, 0, 0, 0] },
  { name: "moved by pixels", entries: [1, 0, -2, 0, 1, 3, 0, 0] },
  { name: "moved far", entries: [1, 0, -23.3, 0, 1, 31.2, 0, 0] },
  { name: "turned", entries: [0.8, -0.63, 1.3, 0.57, 0.81, -1.2, 0, 0] },
  { name: "larger than the image", entries: [3.137, 0.2113, -7.4391, -0.3071, 2.7351, -5.2317, 0, 0] },
  { name: "at an angle", entries: [0.9, 0.1, -1.3, 0.2, 1.1, -0.7, 0.03, 0.05] },
];

/** Of one image: tfjs's cpu backend stops behind the first of a batch. */
const ONE: CaseInput = { shape: [1, 6, 7, 2] };

const MOVED: readonly OperatorCase[] = TRANSFORMS.flatMap(({ name, entries }) =>
  FILLS.flatMap((fill) =>
    (["nearest", "bilinear"] as const).flatMap((method) => [
      fnCase(`transform: ${name}, ${fill}, ${method}`, [ONE], (x) =>
        tf.image.transform(image(x), tf.tensor2d([entries]), method, fill, 0.7, [5, 8]),
      ),
      fnCase(
        `transform: ${name}, ${fill}, ${method}, computed`,
        [ONE, { shape: [1, 8], values: entries }],
        (x, t) => tf.image.transform(image(x), t as tf.Tensor2D, method, fill, 0.7),
        // Where a point lies is computed with 32 bits, in tfjs with 64.
        2e-5,
      ),
    ]),
  ),
);

const OTHER_TRANSFORMS: readonly OperatorCase[] = [
  ...FILLS.map((fill) =>
    fnCase(`transform of an image of one pixel, ${fill}`, [{ shape: [1, 1, 1, 2] }], (x) =>
      tf.image.transform(image(x), tf.tensor2d([[1, 0, -1, 0, 1, 0.2, 0, 0]]), "bilinear", fill, 3, [3, 3]),
    ),
  ),
  ...[false, true].map((computed) =>
    fnCase(
      `transform: points infinitely far away${computed ? ", computed" : ""}`,
      [ONE, { shape: [1, 8], values: [1, 0, 0, 0, 1, 0, -0.5, 0] }],
      (x, t) =>
        tf.image.transform(
          image(x),
          computed ? (t as tf.Tensor2D) : tf.tensor2d([[1, 0, 0, 0, 1, 0, -0.5, 0]]),
          "nearest",
          "reflect",
          9,
        ),
    ),
  ),
];

const ROTATIONS: readonly OperatorCase[] = [
  ...[0, 0.5, Math.PI / 3, -2.2, Math.PI].map((radians) =>
    fnCase(
      `rotateWithOffset: by ${radians.toFixed(2)}`,
      [[null, 6, 7, 2]],
      (x) => tf.image.rotateWithOffset(image(x), radians),
      0,
    ),
  ),
  fnCase(
    "rotateWithOffset: around another point, on grey",
    [[null, 6, 7, 3]],
    (x) => tf.image.rotateWithOffset(image(x), 0.7, 0.5, [0.3, 0.8]),
    0,
  ),
  fnCase(
    "rotateWithOffset: on a colour",
    [[null, 6, 7, 3]],
    (x) => tf.image.rotateWithOffset(image(x), 0.7, [1, 2, 3], 0.25),
    0,
  ),
  fnCase(
    "rotateWithOffset: on an opaque colour",
    [[null, 6, 7, 4]],
    (x) => tf.image.rotateWithOffset(image(x), 0.7, [1, 2, 3]),
    0,
  ),
];

/** Images read at other points than their pixels. */
export const RESAMPLING_CASES: readonly OperatorCase[] = [
  ...CROPS,
  ...OTHER_CROPS,
  ...MOVED,
  ...OTHER_TRANSFORMS,
  ...ROTATIONS,
];
