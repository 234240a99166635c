import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, test } from "vitest";
import { type FunctionSource, toTflite } from "../../../src/convert/index.ts";
import {
  constant,
  expectedOf,
  expectSameOutputs,
  fnCase,
  inputValues,
  runFile,
  TOLERANCE,
} from "../../support/judge.ts";
import { withSizes } from "../../support/with-sizes.ts";

type Pair = [number, number];

const image = (x: tf.Tensor): tf.Tensor4D => x as tf.Tensor4D;
const filter = (shape: readonly number[]): tf.Tensor4D => image(constant(shape));
const [HEIGHT, WIDTH] = [8, 10];
/** Smaller and larger than the nominal ones, even and odd. */
const SIZES: readonly Pair[] = [
  [7, 13],
  [16, 6],
];

interface Model {
  readonly name: string;
  readonly fn: FunctionSource["fn"];
  readonly channels?: number;
  /** Sizes that it takes where not any. */
  readonly sizes?: readonly Pair[];
}

const PADS = {
  same: "same",
  valid: "valid",
  "1 cell": 1,
  "cells of each side": [
    [0, 0],
    [2, 0],
    [1, 1],
    [0, 0],
  ],
} satisfies Record<string, Parameters<typeof tf.conv2d>[3]>;

const WINDOWS: readonly Model[] = Object.entries(PADS).flatMap(([name, pad]) =>
  [1, 2].flatMap((strides): Model[] => [
    {
      name: `conv2d, ${name}, stride ${strides}`,
      fn: (x) => tf.conv2d(image(x), filter([3, 3, 3, 4]), strides, pad),
    },
    {
      name: `depthwise conv2d, ${name}, stride ${strides}`,
      fn: (x) => tf.depthwiseConv2d(image(x), filter([3, 3, 3, 2]), strides, pad),
    },
    {
      name: `max pool, ${name}, stride ${strides}`,
      fn: (x) => tf.maxPool(image(tf.sub(x, 5)), 3, strides, pad),
    },
    { name: `average pool, ${name}, stride ${strides}`, fn: (x) => tf.avgPool(image(x), 3, strides, pad) },
  ]),
);

const ROUNDED: readonly Model[] = (["floor", "round", "ceil"] as const).flatMap((rounding): Model[] => [
  {
    name: `conv2d, 1 cell, stride 2, ${rounding}`,
    fn: (x) => tf.conv2d(image(x), filter([4, 4, 3, 4]), 2, 1, "NHWC", 1, rounding),
  },
  {
    name: `average pool, 1 cell, stride 2, ${rounding}`,
    fn: (x) => tf.avgPool(image(x), 4, 2, 1, rounding),
  },
  {
    name: `max pool, 0 cells, stride 3, ${rounding}`,
    fn: (x) => tf.maxPool(image(tf.sub(x, 5)), 4, 3, 0, rounding),
  },
]);

const TRANSPOSED: readonly Model[] = (["same", "valid"] as const).flatMap((pad) =>
  ([2, [2, 3], 1] as const).map((strides): Model => {
    const [down, along] = typeof strides === "number" ? [strides, strides] : strides;
    const rest = (stride: number): number => (pad === "same" ? 0 : Math.max(3 - stride, 0));
    return {
      name: `transposed conv2d, ${pad}, strides ${down} and ${along}`,
      fn: (x) =>
        tf.conv2dTranspose(
          image(x),
          filter([3, 3, 4, 3]),
          [
            x.shape[0] as number,
            (x.shape[1] as number) * down + rest(down),
            (x.shape[2] as number) * along + rest(along),
            4,
          ],
          [down, along],
          pad,
        ),
    };
  }),
);

const RESIZED: readonly Model[] = (["resizeBilinear", "resizeNearestNeighbor"] as const).flatMap(
  (resize): Model[] => [
    {
      name: `${resize} by a factor`,
      fn: (x) => tf.image[resize](image(x), [(x.shape[1] as number) * 2, (x.shape[2] as number) * 3]),
    },
    {
      name: `${resize} to a fixed size`,
      fn: (x) => tf.image[resize](image(x), [5, 9], true),
    },
    {
      name: `${resize} to the size of another`,
      fn: (x) => {
        const small = tf.maxPool(image(x), 2, 2, "same");
        return tf.add(tf.image[resize](small, x.shape.slice(1, 3) as Pair, false, true), x);
      },
    },
  ],
);

const OTHER: readonly Model[] = [
  {
    name: "conv2d, dilation 2, same",
    fn: (x) => tf.conv2d(image(x), filter([3, 3, 3, 4]), 1, "same", "NHWC", 2),
  },
  { name: "depthToSpace", channels: 8, fn: (x) => tf.depthToSpace(image(x), 2) },
  { name: "flipLeftRight", fn: (x) => tf.image.flipLeftRight(image(x)) },
  { name: "global average", fn: (x) => tf.mean(x, [1, 2]) },
  { name: "global largest", fn: (x) => tf.max(x, [1, 2]) },
  {
    name: "dilation2d, same",
    fn: (x) => tf.dilation2d(image(x), constant([3, 2, 3]) as tf.Tensor3D, 1, "same"),
  },
  {
    name: "dilation2d, valid, stride 2",
    fn: (x) => tf.dilation2d(image(x), constant([3, 2, 3]) as tf.Tensor3D, 2, "valid"),
  },
  { name: "local response normalization", fn: (x) => tf.localResponseNormalization(image(x), 1) },
  {
    name: "cropAndResize",
    fn: (x) =>
      tf.image.cropAndResize(
        image(x),
        tf.tensor2d([[0.11, -0.2, 0.83, 0.9]]),
        tf.tensor1d([0], "int32"),
        [4, 5],
      ),
  },
  {
    name: "transform to a fixed size",
    fn: (x) =>
      tf.image.transform(
        image(tf.slice(x, 0, 1)),
        tf.tensor2d([[0.83, -0.61, 1.3, 0.57, 0.81, -1.2, 0, 0]]),
        "bilinear",
        "reflect",
        0,
        [5, 6],
      ),
  },
  {
    name: "spaceToBatchND and back",
    sizes: [
      [4, 12],
      [14, 6],
    ],
    fn: (x) => {
      const none = [
        [0, 0],
        [0, 0],
      ];
      return tf.batchToSpaceND(tf.neg(tf.spaceToBatchND(x, [2, 2], none)), [2, 2], none);
    },
  },
];

/** Files with a dynamic height and width, at sizes that are not the nominal ones. */
describe("windows and images of a dynamic height and width in LiteRT give what tfjs gives", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
  });
  const models = [...WINDOWS, ...ROUNDED, ...TRANSPOSED, ...RESIZED, ...OTHER];
  test.each(models.map((model) => [model.name, model] as const))("%s", async (_, model) => {
    const { fn, channels = 3, sizes = SIZES } = model;
    const shape = [null, { nominal: HEIGHT }, { nominal: WIDTH }, channels];
    const source: FunctionSource = { fn, inputs: [{ name: "image", shape }] };
    const bytes = await toTflite(source);
    for (const [height, width] of [[HEIGHT, WIDTH] as Pair, ...sizes]) {
      const values = inputValues(fnCase("", [[null, height, width, channels]], fn), 2);
      const expected = expectedOf(source, values);
      const file = withSizes(bytes, values, Object.values(expected));
      expectSameOutputs(await runFile(file, values), expected, TOLERANCE, `${height}x${width}`);
    }
  });
});
