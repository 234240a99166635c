import * as tf from "@tensorflow/tfjs-core";
import { type CaseInput, constant, fnCase, type OperatorCase } from "../judge.ts";

type Pair = [number, number];

const image = (x: tf.Tensor): tf.Tensor4D => x as tf.Tensor4D;
const filter = (shape: readonly number[]): tf.Tensor3D => constant(shape) as tf.Tensor3D;
const IMAGE: CaseInput = { shape: [null, 7, 6, 3] };

interface Window {
  readonly name: string;
  readonly size: Pair;
  readonly strides?: number | Pair;
  readonly dilations?: number | Pair;
}

const DILATIONS: readonly Window[] = [
  { name: "3x3", size: [3, 3] },
  { name: "2x4", size: [2, 4] },
  { name: "one cell", size: [1, 1] },
  { name: "stride 2", size: [3, 3], strides: 2 },
  { name: "unequal strides", size: [2, 3], strides: [3, 2] },
  { name: "dilation 2", size: [2, 3], dilations: 2 },
  { name: "unequal dilations, stride 2", size: [3, 2], strides: 2, dilations: [1, 3] },
];

const MORPHOLOGY: readonly OperatorCase[] = [
  ...DILATIONS.flatMap(({ name, size, strides = 1, dilations = 1 }) =>
    (["valid", "same"] as const).map((pad) =>
      fnCase(`dilation2d: ${name}, ${pad}`, [{ ...IMAGE, range: [-6, -2] }], (x) =>
        tf.dilation2d(image(x), filter([...size, 3]), strides, pad, dilations),
      ),
    ),
  ),
  fnCase("dilation2d: the filter is computed", [IMAGE, [2, 2, 3]], (x, f) =>
    tf.dilation2d(image(x), tf.mul(f, 2) as tf.Tensor3D, 2, "same"),
  ),
  fnCase("dilation2d: three dimensions", [[7, 6, 3]], (x) =>
    tf.dilation2d(x as tf.Tensor3D, filter([2, 2, 3]), 1, "same"),
  ),
];

const POSITIONS: readonly OperatorCase[] = [
  ...DILATIONS.filter(({ dilations }) => dilations === undefined).flatMap(({ name, size, strides = 1 }) =>
    (["valid", "same"] as const).flatMap((pad) =>
      [false, true].map((withBatch) =>
        fnCase(
          `maxPoolWithArgmax: ${name}, ${pad}${withBatch ? ", places in the batch" : ""}`,
          [{ ...IMAGE, range: [-6, -2] }],
          (x) => {
            const { result, indexes } = tf.maxPoolWithArgmax(image(x), size, strides, pad, withBatch);
            return [result as tf.Tensor, indexes as tf.Tensor];
          },
          0,
        ),
      ),
    ),
  ),
  fnCase(
    "maxPoolWithArgmax: equal values, of which the first counts",
    [{ ...IMAGE, values: [1, 2, 2, 2, 1] }],
    (x) => Object.values(tf.maxPoolWithArgmax(image(x), 3, 1, "same")) as tf.Tensor[],
    0,
  ),
  fnCase(
    "maxPoolWithArgmax: the places alone",
    [IMAGE],
    (x) => tf.maxPoolWithArgmax(image(x), 2, 2, "valid").indexes as tf.Tensor,
    0,
  ),
  fnCase(
    "maxPoolWithArgmax: the values alone",
    [IMAGE],
    (x) => tf.maxPoolWithArgmax(image(x), 2, 2, "valid").result as tf.Tensor,
    0,
  ),
  fnCase(
    "maxPoolWithArgmax of integers",
    [{ ...IMAGE, dtype: "int32" }],
    (x) => Object.values(tf.maxPoolWithArgmax(image(x), 2, 2, "same", true)) as tf.Tensor[],
    0,
  ),
];

const NORMALIZATION: readonly OperatorCase[] = [
  ...[0, 1, 2, 5].map((radius) =>
    fnCase(`local response normalization: ${radius} channels on either side`, [[null, 3, 4, 7]], (x) =>
      tf.localResponseNormalization(image(x), radius),
    ),
  ),
  fnCase("local response normalization: other constants", [[null, 3, 4, 7]], (x) =>
    tf.localResponseNormalization(image(x), 2, 2, 0.3, 0.75),
  ),
  fnCase("local response normalization: three dimensions", [[3, 4, 7]], (x) =>
    tf.localResponseNormalization(x as tf.Tensor3D, 1, 1, 2, 1),
  ),
];

/** Windows of which each cell counts by itself. */
export const WINDOW_CASES: readonly OperatorCase[] = [...MORPHOLOGY, ...POSITIONS, ...NORMALIZATION];
