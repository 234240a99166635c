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

/** Images read at other points than their pixels. */
export const RESAMPLING_CASES: readonly OperatorCase[] = [...CROPS, ...OTHER_CROPS];
