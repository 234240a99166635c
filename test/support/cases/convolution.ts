import * as tf from "@tensorflow/tfjs-core";
import { type CaseInput, constant, fnCase, type OperatorCase } from "../judge.ts";

type Padding = Parameters<typeof tf.conv2d>[3];
type Rounding = "floor" | "round" | "ceil";
type Pair = [number, number];
type Sizes = readonly [number, number, number, number];

/** tfjs asks for the rank in the type. */
const image = (x: tf.Tensor): tf.Tensor4D => x as tf.Tensor4D;
const filter = (shape: Sizes, seed = 1): tf.Tensor4D => image(constant(shape, seed));

interface Window {
  readonly name: string;
  readonly size?: Pair;
  readonly strides?: number | Pair;
  readonly pad?: Padding;
  readonly dilations?: number | Pair;
  readonly rounding?: Rounding;
}

/** Rows and columns that no stride divides, and not as many of one as of the other. */
const [HEIGHT, WIDTH] = [9, 7];
const explicit: Padding = [
  [0, 0],
  [2, 1],
  [0, 3],
  [0, 0],
];

const PLAIN: readonly Window[] = [
  { name: "valid" },
  { name: "same", pad: "same" },
  { name: "1x1", size: [1, 1] },
  { name: "even filter, valid", size: [2, 4] },
  { name: "even filter, same", size: [2, 4], pad: "same" },
  { name: "odd and even filter, same", size: [3, 2], pad: "same" },
  { name: "filter of the image's size", size: [9, 7] },
  { name: "stride 2, valid", strides: 2 },
  { name: "stride 2, same", strides: 2, pad: "same" },
  { name: "stride 2, even filter, same", strides: 2, size: [2, 2], pad: "same" },
  { name: "stride larger than the filter", strides: 3, size: [2, 2] },
  { name: "padding of 0 cells", pad: 0 },
  { name: "padding of 1 cell", pad: 1 },
  { name: "padding of 2 cells, stride 2", pad: 2, strides: 2 },
  { name: "explicit padding", pad: explicit },
  { name: "explicit padding, stride 2", pad: explicit, strides: 2 },
  {
    name: "explicit padding that is SAME",
    strides: 2,
    pad: [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ],
  },
  ...(["floor", "round", "ceil"] as const).flatMap((rounding): Window[] => [
    { name: `padding of 1 cell, stride 3, ${rounding}`, pad: 1, strides: 3, rounding },
    {
      name: `padding of 0 cells, stride 2, even filter, ${rounding}`,
      pad: 0,
      strides: 2,
      size: [4, 2],
      rounding,
    },
    { name: `explicit padding, stride 4, ${rounding}`, pad: explicit, strides: 4, rounding },
  ]),
];

const UNEQUAL: readonly Window[] = [
  { name: "unequal strides, valid", strides: [1, 2] },
  { name: "unequal strides, same", strides: [3, 1], pad: "same" },
  { name: "unequal strides, padding of 1 cell", strides: [2, 1], pad: 1 },
];

const DILATED: readonly Window[] = [
  { name: "dilation 2, valid", dilations: 2 },
  { name: "dilation 2, same", dilations: 2, pad: "same" },
  { name: "unequal dilations", dilations: [1, 3], size: [3, 2] },
  { name: "unequal dilations, same", dilations: [3, 2], size: [2, 3], pad: "same" },
  { name: "dilation 2, padding of 2 cells", dilations: 2, pad: 2 },
  { name: "dilation 2, explicit padding", dilations: 2, pad: explicit },
];

const imageOf = (channels: number, format: "NHWC" | "NCHW" = "NHWC"): CaseInput => ({
  shape: format === "NHWC" ? [null, HEIGHT, WIDTH, channels] : [null, channels, HEIGHT, WIDTH],
});

/** Channels first: the paddings of the same cells. */
const channelsFirst = (pad: Padding): Padding =>
  Array.isArray(pad) ? [pad[0], pad[3], pad[1], pad[2]] : pad;

const CONVOLUTIONS = [...PLAIN, ...UNEQUAL, ...DILATED].flatMap(
  ({ name, size = [3, 3], strides = 1, pad = "valid", dilations = 1, rounding }) =>
    (["NHWC", "NCHW"] as const).map((format) =>
      fnCase(`conv2d ${format}: ${name}`, [imageOf(3, format)], (x) =>
        tf.conv2d(
          image(x),
          filter([...size, 3, 4]),
          strides,
          format === "NHWC" ? pad : channelsFirst(pad),
          format,
          dilations,
          rounding,
        ),
      ),
    ),
);

const DEPTHWISE = [...PLAIN, ...UNEQUAL, ...DILATED].flatMap(
  ({ name, size = [3, 3], strides = 1, pad = "valid", dilations = 1, rounding }) =>
    [1, 2].map((multiplier) =>
      fnCase(`depthwise conv2d, multiplier ${multiplier}: ${name}`, [imageOf(3)], (x) =>
        tf.depthwiseConv2d(
          image(x),
          filter([...size, 3, multiplier]),
          strides,
          pad,
          "NHWC",
          dilations,
          rounding,
        ),
      ),
    ),
);

const OTHER: readonly OperatorCase[] = [
  fnCase("conv2d: one channel, one filter", [imageOf(1)], (x) =>
    tf.conv2d(image(x), filter([3, 3, 1, 1]), 1, "same"),
  ),
  fnCase("conv2d: the filter is computed", [imageOf(3), { shape: [3, 3, 3, 2] }], (x, f) =>
    tf.conv2d(image(x), image(tf.mul(f, 0.5)), 2, "same"),
  ),
  fnCase("conv2d: three dimensions", [[HEIGHT, WIDTH, 3]], (x) =>
    tf.conv2d(x as tf.Tensor3D, filter([3, 3, 3, 2]), 1, "same"),
  ),
  fnCase("conv1d", [[null, 11, 3]], (x) =>
    tf.conv1d(x as tf.Tensor3D, constant([4, 3, 5]) as tf.Tensor3D, 2, "same"),
  ),
  fnCase("conv1d: dilation", [[null, 11, 3]], (x) =>
    tf.conv1d(x as tf.Tensor3D, constant([2, 3, 5]) as tf.Tensor3D, 1, "valid", "NWC", 3),
  ),
  fnCase("separable conv2d", [imageOf(3)], (x) =>
    tf.separableConv2d(image(x), filter([3, 3, 3, 2]), filter([1, 1, 6, 4], 2), 2, "same"),
  ),
  fnCase("depthwise conv2d: one channel, multiplier 4", [imageOf(1)], (x) =>
    tf.depthwiseConv2d(image(x), filter([3, 3, 1, 4]), 1, "same"),
  ),
  fnCase("depthwise conv2d: the filter is computed", [imageOf(3), { shape: [2, 2, 3, 2] }], (x, f) =>
    tf.depthwiseConv2d(image(x), image(tf.mul(f, 0.5)), 2, "same"),
  ),
];

const TRANSPOSED_IMAGE: CaseInput = { shape: [null, 4, 3, 2] };

interface Transposed {
  readonly name: string;
  readonly size?: Pair;
  readonly strides?: number | Pair;
  readonly pad?: Padding;
  /** Rows and columns of the result. */
  readonly out: Pair;
}

const TRANSPOSED: readonly OperatorCase[] = (
  [
    { name: "valid, stride 1", out: [6, 5] },
    { name: "same, stride 1", pad: "same", out: [4, 3] },
    { name: "valid, stride 2", strides: 2, out: [9, 7] },
    { name: "valid, stride 2, a row and a column that no window reaches", strides: 2, out: [10, 8] },
    { name: "same, stride 2, even", strides: 2, pad: "same", out: [8, 6] },
    { name: "same, stride 2, odd", strides: 2, pad: "same", out: [7, 5] },
    { name: "same, stride 2, even filter", strides: 2, pad: "same", size: [4, 4], out: [8, 6] },
    { name: "valid, stride 2, filter of 2", strides: 2, size: [2, 2], out: [8, 6] },
    { name: "valid, stride larger than the filter", strides: 3, size: [2, 2], out: [11, 8] },
    { name: "unequal strides", strides: [3, 2], pad: "same", size: [3, 2], out: [12, 6] },
    { name: "unequal strides, valid", strides: [1, 2], size: [2, 3], out: [5, 7] },
    { name: "padding of 0 cells", strides: 2, pad: 0, out: [9, 7] },
    { name: "padding of 1 cell", strides: 2, pad: 1, out: [7, 5] },
    { name: "padding of 1 cell, larger result", strides: 2, pad: 1, out: [8, 6] },
    {
      name: "explicit padding",
      strides: 2,
      pad: [
        [0, 0],
        [1, 0],
        [0, 1],
        [0, 0],
      ],
      out: [8, 6],
    },
  ] satisfies readonly Transposed[] as readonly Transposed[]
).map(({ name, size = [3, 3], strides = 1, pad = "valid", out }) =>
  fnCase(`transposed conv2d: ${name}`, [TRANSPOSED_IMAGE], (x) =>
    tf.conv2dTranspose(
      image(x),
      filter([...size, 5, 2]),
      [x.shape[0] as number, ...out, 5],
      strides,
      pad as "same",
    ),
  ),
);

const FUSED_ACTIVATIONS = ["linear", "relu", "relu6", "elu", "sigmoid", "leakyrelu", "prelu"] as const;

const FUSED: readonly OperatorCase[] = [
  ...FUSED_ACTIVATIONS.flatMap((activation) => [
    fnCase(`fused conv2d: ${activation}`, [imageOf(3)], (x) =>
      tf.fused.conv2d({
        x: image(x),
        filter: filter([3, 3, 3, 4]),
        strides: 2,
        pad: "same",
        bias: constant([4], 2),
        activation,
        leakyreluAlpha: 0.1,
        ...(activation === "prelu" && { preluActivationWeights: constant([1, 1, 4], 3) }),
      }),
    ),
    fnCase(`fused depthwise conv2d: ${activation}`, [imageOf(3)], (x) =>
      tf.fused.depthwiseConv2d({
        x: image(x),
        filter: filter([3, 3, 3, 2]),
        strides: 1,
        pad: "valid",
        bias: constant([6], 2),
        activation,
        leakyreluAlpha: 0.1,
        ...(activation === "prelu" && { preluActivationWeights: constant([6], 3) }),
      }),
    ),
  ]),
  fnCase("fused conv2d: without a bias", [imageOf(3)], (x) =>
    tf.fused.conv2d({
      x: image(x),
      filter: filter([3, 3, 3, 4]),
      strides: 1,
      pad: "valid",
      activation: "relu",
    }),
  ),
  fnCase("fused depthwise conv2d: without a bias", [imageOf(3)], (x) =>
    tf.fused.depthwiseConv2d({
      x: image(x),
      filter: filter([3, 3, 3, 1]),
      strides: 1,
      pad: "same",
      activation: "relu",
    }),
  ),
  fnCase("fused conv2d: one bias for all channels", [imageOf(3)], (x) =>
    tf.fused.conv2d({
      x: image(x),
      filter: filter([3, 3, 3, 4]),
      strides: 1,
      pad: "valid",
      bias: tf.scalar(0.5),
    }),
  ),
  fnCase("fused conv2d: bias of shape [1]", [imageOf(3)], (x) =>
    tf.fused.conv2d({
      x: image(x),
      filter: filter([3, 3, 3, 4]),
      strides: 1,
      pad: "valid",
      bias: tf.tensor1d([0.5]),
    }),
  ),
  fnCase("fused conv2d: the bias is computed", [imageOf(3), [4]], (x, b) =>
    tf.fused.conv2d({
      x: image(x),
      filter: filter([3, 3, 3, 4]),
      strides: 1,
      pad: "valid",
      bias: tf.mul(b, 2),
      activation: "relu",
    }),
  ),
  ...(["linear", "relu"] as const).map((activation) =>
    fnCase(`fused conv2d NCHW: ${activation}`, [imageOf(3, "NCHW")], (x) =>
      tf.fused.conv2d({
        x: image(x),
        filter: filter([3, 3, 3, 4]),
        strides: [2, 1],
        pad: "same",
        dataFormat: "NCHW",
        bias: constant([4], 2),
        activation,
      }),
    ),
  ),
  fnCase("fused conv2d: explicit padding", [imageOf(3)], (x) =>
    tf.fused.conv2d({
      x: image(x),
      filter: filter([3, 3, 3, 4]),
      strides: 2,
      pad: explicit,
      bias: constant([4], 2),
      activation: "relu6",
    }),
  ),
  fnCase("fused conv2d: dilation", [imageOf(3)], (x) =>
    tf.fused.conv2d({
      x: image(x),
      filter: filter([3, 3, 3, 4]),
      strides: 1,
      pad: "same",
      dilations: [2, 1],
      bias: constant([4], 2),
    }),
  ),
  fnCase("fused depthwise conv2d: dilation and padding of 2 cells", [imageOf(3)], (x) =>
    tf.fused.depthwiseConv2d({
      x: image(x),
      filter: filter([3, 3, 3, 1]),
      strides: 1,
      pad: 2,
      dilations: 2,
      bias: constant([3], 2),
      activation: "relu",
    }),
  ),
];

const covering: Padding = [
  [0, 0],
  [2, 1],
  [0, 2],
  [0, 0],
];
/** Windows without a cell of the image are refused: tfjs's means of them are NaN. */
const POOLS: readonly Window[] = [
  ...[...PLAIN, ...UNEQUAL]
    .filter(({ strides }) => strides !== 4)
    .map((window) => (window.pad === explicit ? { ...window, pad: covering } : window)),
  ...(["floor", "round", "ceil"] as const).map(
    (rounding): Window => ({
      name: `explicit padding, strides of 4 and 2, ${rounding}`,
      size: [4, 3],
      strides: [4, 2],
      pad: [
        [0, 0],
        [1, 0],
        [0, 1],
        [0, 0],
      ],
      rounding,
    }),
  ),
];

const POOLING: readonly OperatorCase[] = [
  ...POOLS.flatMap(({ name, size = [3, 3], strides = 1, pad = "valid", rounding }) => [
    // With negative values alone, zeros among the padding would be the largest.
    fnCase(
      `max pool: ${name}`,
      [{ ...imageOf(3), range: [-4, -1] }],
      (x) => tf.maxPool(image(x), size, strides, pad as "same", rounding),
      0,
    ),
    fnCase(`average pool: ${name}`, [imageOf(3)], (x) =>
      tf.avgPool(image(x), size, strides, pad as "same", rounding),
    ),
  ]),
  fnCase(
    "max pool of integers",
    [{ ...imageOf(2), dtype: "int32" }],
    (x) => tf.maxPool(image(x), 2, 2, "same"),
    0,
  ),
  fnCase(
    "max pool: the whole image",
    [imageOf(2)],
    (x) => tf.maxPool(image(x), [HEIGHT, WIDTH], 1, "valid"),
    0,
  ),
  fnCase("average pool: the whole image", [imageOf(2)], (x) =>
    tf.avgPool(image(x), [HEIGHT, WIDTH], 1, "valid"),
  ),
  fnCase(
    "pool as one function",
    [imageOf(2)],
    (x) => tf.pool(image(x), [2, 2], "max", "valid", [1, 1], 1),
    0,
  ),
];

/** Windows that slide over images. */
export const CONVOLUTION_CASES: readonly OperatorCase[] = [
  ...CONVOLUTIONS,
  ...DEPTHWISE,
  ...OTHER,
  ...TRANSPOSED,
  ...FUSED,
  ...POOLING,
];
