import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { type FunctionSource, toTflite } from "../../../src/convert/index.ts";
import {
  constant,
  expectedOf,
  expectSameOutputs,
  fnCase,
  inputValues,
  runFile,
  TOLERANCE,
  type Values,
} from "../../support/judge.ts";
import { withSizes } from "../../support/with-sizes.ts";

type Pair = [number, number];
type Triple = [number, number, number];
type Rounding = "floor" | "round" | "ceil";

const image = (x: tf.Tensor): tf.Tensor4D => x as tf.Tensor4D;
const volume = (x: tf.Tensor): tf.Tensor5D => x as tf.Tensor5D;

interface Model {
  readonly name: string;
  readonly fn: FunctionSource["fn"];
  /** With -1 where a size is dynamic. */
  readonly shape: readonly number[];
  /** What the dynamic sizes are: the nominal ones first. */
  readonly sizes: readonly (readonly number[])[];
  readonly tolerance?: number;
}

/** Each remainder of 2, 3 and 4 along both directions. */
const SIZES: readonly Pair[] = [
  [8, 10],
  [7, 13],
  [9, 7],
  [16, 8],
  [11, 12],
];

const both = (model: Omit<Model, "shape" | "sizes">, channels = 3): Model => ({
  ...model,
  shape: [2, -1, -1, channels],
  sizes: SIZES,
});

interface Window {
  readonly name: string;
  readonly size: Pair;
  readonly strides: number | Pair;
  readonly dilations?: Pair;
}

const NOT_SQUARE: readonly Window[] = [
  { name: "3x2, stride 1", size: [3, 2], strides: 1 },
  { name: "2x5, stride 2", size: [2, 5], strides: 2 },
  { name: "5x1, stride 3", size: [5, 1], strides: 3 },
  { name: "3x3, strides 2 and 1", size: [3, 3], strides: [2, 1] },
  { name: "4x5, strides 3 and 2", size: [4, 5], strides: [3, 2] },
  { name: "2x3, strides 3 and 1", size: [2, 3], strides: [3, 1] },
];
/** Windows that reach further and further beyond the image: tfjs's convolutions take zeros there. */
const GROWING: readonly Window[] = [
  { name: "3x3, strides 1 and 2", size: [3, 3], strides: [1, 2] },
  { name: "2x4, strides 2 and 3", size: [2, 4], strides: [2, 3] },
  { name: "5x1, strides 1 and 3", size: [5, 1], strides: [1, 3] },
];
const DILATED: readonly Window[] = [
  { name: "3x3, dilations 1 and 2", size: [3, 3], strides: 1, dilations: [1, 2] },
  { name: "2x3, dilations 3 and 1", size: [2, 3], strides: 1, dilations: [3, 1] },
];
const ROUNDINGS: readonly Rounding[] = ["floor", "round", "ceil"];

const PADDED_CONVOLUTIONS: readonly Model[] = [0, 1, 2].flatMap((pad) =>
  ROUNDINGS.flatMap((rounding) => [
    ...[...NOT_SQUARE, ...GROWING, ...DILATED].map(({ name, size, strides, dilations = [1, 1] }) =>
      both({
        name: `conv2d ${name}, ${pad} cells, ${rounding}`,
        fn: (x) =>
          tf.conv2d(image(x), image(constant([...size, 3, 4])), strides, pad, "NHWC", dilations, rounding),
      }),
    ),
  ]),
);

const ROUND: Readonly<Record<Rounding, (x: number) => number>> = {
  floor: Math.floor,
  round: Math.round,
  ceil: Math.ceil,
};

/** True where a window has no cell of an image of some size: tfjs gives NaN, or the least of all floats. */
function reachesOut({ size, strides }: Window, pad: number, rounding: Rounding): boolean {
  const [down, along] = typeof strides === "number" ? [strides, strides] : strides;
  const last = (length: number, stride: number): number =>
    ROUND[rounding]((length - size[0] + 2 * pad) / down) * stride - pad;
  const lengths = Array.from({ length: 30 }, (_, index) => index + 6);
  return (
    pad >= Math.min(...size) ||
    lengths.some((length) => last(length, down) >= length || last(length, along) >= length)
  );
}

const POOLS = [...NOT_SQUARE, ...GROWING].flatMap((window) =>
  [0, 1, 2].flatMap((pad) =>
    ROUNDINGS.flatMap((rounding) => {
      const name = `${window.name}, ${pad} cells, ${rounding}`;
      const isOutside = reachesOut(window, pad, rounding);
      return [
        {
          ...both({
            name: `max pool ${name}`,
            fn: (x) => tf.maxPool(image(tf.sub(x, 5)), window.size, window.strides, pad, rounding),
            tolerance: 0,
          }),
          isOutside,
        },
        {
          ...both({
            name: `average pool ${name}`,
            fn: (x) => tf.avgPool(image(x), window.size, window.strides, pad, rounding),
          }),
          isOutside,
        },
      ];
    }),
  ),
);

/** One of the two sizes is known. */
const HALF_OPEN: readonly Model[] = [...NOT_SQUARE, ...GROWING].flatMap(
  ({ name, size, strides }): Model[] => {
    const fn: FunctionSource["fn"] = (x) => tf.conv2d(image(x), image(constant([...size, 3, 4])), strides, 1);
    return [
      { name: `conv2d ${name}, 1 cell, of a known width`, fn, shape: [2, -1, 9, 3], sizes: [[8], [7], [15]] },
      {
        name: `conv2d ${name}, 1 cell, of a known height`,
        fn,
        shape: [2, 9, -1, 3],
        sizes: [[8], [7], [15]],
      },
    ];
  },
);

const CHANNELS_FIRST: readonly Model[] = [...NOT_SQUARE, ...GROWING].map(({ name, size, strides }) => ({
  name: `conv2d ${name}, 1 cell, channels first`,
  fn: (x) => tf.conv2d(image(x), image(constant([...size, 3, 4])), strides, 1, "NCHW"),
  shape: [2, 3, -1, -1],
  sizes: SIZES,
}));

const SAME: readonly Window[] = [
  { name: "3x2, stride 2", size: [3, 2], strides: 2 },
  { name: "2x2, stride 3", size: [2, 2], strides: 3 },
  { name: "4x3, strides 3 and 2", size: [4, 3], strides: [3, 2] },
  { name: "1x1, strides 2 and 4", size: [1, 1], strides: [2, 4] },
  { name: "2x3, strides 1 and 2", size: [2, 3], strides: [1, 2] },
  { name: "3x2, stride 1", size: [3, 2], strides: 1 },
];

const MORPHOLOGY: readonly Model[] = [...SAME, { ...(SAME[0] as Window), dilations: [2, 3] as Pair }].map(
  ({ name, size, strides, dilations = [1, 1] }) =>
    both({
      name: `dilation2d ${name}, dilations ${dilations.join(" and ")}, same`,
      fn: (x) =>
        tf.dilation2d(image(tf.sub(x, 5)), constant([...size, 3]) as tf.Tensor3D, strides, "same", dilations),
    }),
);

const POSITIONS: readonly Model[] = [...SAME, ...NOT_SQUARE].flatMap(({ name, size, strides }) =>
  (["same", "valid", 0, 1] as const)
    .filter(
      (pad) =>
        typeof pad === "string" || (pad < Math.min(...size) && NOT_SQUARE.some((w) => w.name === name)),
    )
    .flatMap((pad) =>
      [false, true].map((withBatch) =>
        both({
          name: `maxPoolWithArgmax ${name}, ${pad}${withBatch ? ", places in the batch" : ""}`,
          fn: (x) =>
            Object.values(
              tf.maxPoolWithArgmax(image(tf.sub(x, 5)), size, strides, pad, withBatch),
            ) as tf.Tensor[],
          tolerance: 0,
        }),
      ),
    ),
);

const VOLUME_WINDOWS: readonly { readonly size: Triple; readonly strides: Triple }[] = [
  { size: [1, 1, 1], strides: [2, 3, 4] },
  { size: [2, 1, 2], strides: [4, 3, 3] },
  { size: [1, 2, 3], strides: [3, 2, 4] },
  { size: [3, 1, 2], strides: [2, 4, 1] },
];

const VOLUMES: readonly Model[] = VOLUME_WINDOWS.flatMap(({ size, strides }) =>
  (
    [
      ["maxPool3d", (x) => tf.maxPool3d(volume(x), size, strides, "same")],
      ["avgPool3d", (x) => tf.avgPool3d(volume(x), size, strides, "same")],
      ["conv3d", (x) => tf.conv3d(volume(x), volume(constant([...size, 2, 3])), strides, "same")],
    ] as const satisfies readonly (readonly [string, FunctionSource["fn"]])[]
  ).map(([name, fn]) => ({
    name: `${name} ${size.join("x")}, strides ${strides.join(", ")}, same`,
    fn,
    shape: [2, -1, -1, -1, 2],
    sizes: [
      [6, 8, 9],
      [5, 7, 8],
      [9, 9, 7],
      [4, 6, 5],
      [7, 5, 6],
    ],
  })),
);

const ROTATIONS: readonly Model[] = [
  ...[0, 0.5, 1.05, -2.2, Math.PI].map((radians) =>
    both({
      name: `rotateWithOffset by ${radians.toFixed(2)}`,
      fn: (x) => tf.image.rotateWithOffset(image(x), radians),
      tolerance: 0,
    }),
  ),
  both({
    name: "rotateWithOffset around another point, on a colour",
    fn: (x) => tf.image.rotateWithOffset(image(x), 0.7, [1, 2, 3], [0.3, 0.8]),
    tolerance: 0,
  }),
  both(
    {
      name: "rotateWithOffset on an opaque colour",
      fn: (x) => tf.image.rotateWithOffset(image(x), 0.7, [1, 2, 3]),
      tolerance: 0,
    },
    4,
  ),
];

/** Of one image: tfjs's cpu backend stops behind the first of a batch. */
const TRANSFORMS: readonly Model[] = (["constant", "reflect", "wrap", "nearest"] as const).flatMap((fill) =>
  (["nearest", "bilinear"] as const).flatMap((method): Model[] => {
    const turned = tf.tensor2d([[0.83, -0.61, 1.3, 0.57, 0.81, -1.2, 0.003, 0.001]]);
    return [
      {
        name: `transform, ${fill}, ${method}`,
        fn: (x) => tf.image.transform(image(x), turned, method, fill, 0.7),
        shape: [1, -1, -1, 2],
        sizes: SIZES,
        // Where a point lies is computed with 32 bits, in tfjs with 64.
        tolerance: 2e-5,
      },
      {
        name: `transform to twice and half the size, ${fill}, ${method}`,
        fn: (x) =>
          tf.image.transform(image(x), turned, method, fill, 0.7, [
            (x.shape[1] as number) * 2,
            (x.shape[2] as number) / 2,
          ]),
        shape: [1, -1, -1, 2],
        sizes: [
          [8, 10],
          [7, 14],
          [9, 6],
        ],
        tolerance: 2e-5,
      },
    ];
  }),
);

const MODELS = [
  ...PADDED_CONVOLUTIONS,
  ...POOLS.filter(({ isOutside }) => !isOutside),
  ...HALF_OPEN,
  ...CHANNELS_FIRST,
  ...MORPHOLOGY,
  ...POSITIONS,
  ...VOLUMES,
  ...ROTATIONS,
  ...TRANSFORMS,
];

function sizesIn(shape: readonly number[], sizes: readonly number[]): number[] {
  const rest = [...sizes];
  return shape.map((size) => (size === -1 ? (rest.shift() as number) : size));
}

/** Windows that must be told where they are by the size of the image, at sizes that are not the nominal ones. */
describe("windows whose cells follow from dynamic sizes in LiteRT give what tfjs gives", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
  });

  test.each(MODELS.map((model) => [model.name, model] as const))("%s", async (_, model) => {
    const { fn, shape, sizes, tolerance = TOLERANCE } = model;
    const nominal = sizesIn(shape, sizes[0] as readonly number[]);
    const open = shape.map((size, index) => (size === -1 ? { nominal: nominal[index] as number } : size));
    const source: FunctionSource = { fn, inputs: [{ name: "x", shape: open }] };
    const bytes = await toTflite(source);
    for (const current of sizes) {
      const values = inputValues(fnCase("", [sizesIn(shape, current)], fn), 1);
      const expected = expectedOf(source, values);
      const file = withSizes(bytes, values, Object.values(expected));
      expectSameOutputs(await runFile(file, values), expected, tolerance, current.join("x"));
    }
  });

  // Of a turn by 60 degrees pixel [1, 5] of 8x10 lies at row 4 - 3 · cos(60°), which is 2.5 with 32 bits, and less
  // with 64.
  test("a pixel of a turned image that lies halfway between two may be the other one", async () => {
    const source: FunctionSource = {
      fn: (x) => tf.slice(tf.image.rotateWithOffset(image(x), Math.PI / 3), [0, 1, 5, 0], [1, 1, 1, 1]),
      inputs: [{ name: "x", shape: [1, { nominal: 8 }, { nominal: 10 }, 1] }],
    };
    const rows = {
      shape: [1, 8, 10, 1],
      dtype: "float32",
      data: Array.from({ length: 80 }, (_, i) => Math.floor(i / 10)),
    };
    expect(Array.from((expectedOf(source, [rows]).output as Values).data)).toEqual([2]);
    const file = withSizes(await toTflite(source), [rows], [{ ...rows, shape: [1, 1, 1, 1] }]);
    expect(Array.from(((await runFile(file, [rows])).output as Values).data)).toEqual([3]);
  });

  const outside = POOLS.filter(({ isOutside }) => isOutside);
  test.each(outside.map((model) => [model.name, model.fn] as const))("%s is refused", async (_, fn) => {
    const source = { fn, inputs: [{ name: "x", shape: [1, { nominal: 9 }, { nominal: 9 }, 2] }] };
    await expect(toTflite(source)).rejects.toThrow(
      /Pool: some of its windows lie outside of the image at some sizes: pad less than a window, or fix the size/,
    );
  });
});
