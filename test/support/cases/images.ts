import * as tf from "@tensorflow/tfjs-core";
import { type CaseInput, constant, fnCase, type OperatorCase } from "../judge.ts";

type Size = [number, number];

const image = (x: tf.Tensor): tf.Tensor4D => x as tf.Tensor4D;
const IMAGE: CaseInput = { shape: [null, 6, 7, 2] };

const SIZES: readonly Size[] = [
  [6, 7],
  [12, 21],
  [3, 4],
  [5, 10],
  [1, 1],
  [1, 9],
  [13, 1],
];

/** Neither, corners on corners, centres on centres: both at once is refused by tfjs. */
const GRIDS: readonly (readonly [boolean, boolean])[] = [
  [false, false],
  [true, false],
  [false, true],
];

const RESIZES: readonly OperatorCase[] = SIZES.flatMap((size) =>
  GRIDS.flatMap(([alignCorners, halfPixelCenters]) => {
    const grid = alignCorners ? ", corners aligned" : halfPixelCenters ? ", half-pixel centres" : "";
    return [
      fnCase(`resizeBilinear to ${size.join("x")}${grid}`, [IMAGE], (x) =>
        tf.image.resizeBilinear(image(x), size, alignCorners, halfPixelCenters),
      ),
      fnCase(
        `resizeNearestNeighbor to ${size.join("x")}${grid}`,
        [IMAGE],
        (x) => tf.image.resizeNearestNeighbor(image(x), size, alignCorners, halfPixelCenters),
        0,
      ),
    ];
  }),
);

const OTHER: readonly OperatorCase[] = [
  fnCase("resizeBilinear of integers", [{ ...IMAGE, dtype: "int32" }], (x) =>
    tf.image.resizeBilinear(image(x), [9, 5]),
  ),
  fnCase(
    "resizeNearestNeighbor of integers",
    [{ ...IMAGE, dtype: "int32" }],
    (x) => tf.image.resizeNearestNeighbor(image(x), [9, 5], false, true),
    0,
  ),
  fnCase("resizeBilinear of one image", [[6, 7, 2]], (x) =>
    tf.image.resizeBilinear(x as tf.Tensor3D, [4, 9], true),
  ),
  fnCase(
    "resizeNearestNeighbor of one pixel",
    [[null, 1, 1, 2]],
    (x) => tf.image.resizeNearestNeighbor(image(x), [3, 4], true),
    0,
  ),
];

const positive = (shape: readonly number[], seed: number): tf.Tensor => constant(shape, seed, [0.2, 2]);

const NORMALIZED: readonly OperatorCase[] = (
  [
    ["two dimensions", [null, 4]],
    ["three dimensions", [null, 3, 4]],
    ["four dimensions", [null, 2, 3, 4]],
  ] as const
).flatMap(([name, shape]) =>
  [
    { what: "", offset: true, scale: true },
    { what: ", no offset", offset: false, scale: true },
    { what: ", no scale", offset: true, scale: false },
    { what: ", neither", offset: false, scale: false },
  ].flatMap(({ what, offset, scale }) => [
    fnCase(`batchNorm of ${name}${what}`, [[...shape]], (x) =>
      tf.batchNorm(
        x as tf.Tensor4D,
        constant([4], 2) as tf.Tensor1D,
        positive([4], 3) as tf.Tensor1D,
        offset ? (constant([4], 4) as tf.Tensor1D) : undefined,
        scale ? (constant([4], 5) as tf.Tensor1D) : undefined,
        0.01,
      ),
    ),
    fnCase(
      `batchNorm of ${name}${what}, with computed statistics`,
      [[...shape], [4], { shape: [4], range: [0.2, 2] }],
      (x, mean, variance) =>
        tf.batchNorm(
          x as tf.Tensor4D,
          mean as tf.Tensor1D,
          variance as tf.Tensor1D,
          offset ? (constant([4], 4) as tf.Tensor1D) : undefined,
          scale ? (constant([4], 5) as tf.Tensor1D) : undefined,
          0.01,
        ),
    ),
  ]),
);

const OTHER_NORMALIZED: readonly OperatorCase[] = [
  fnCase("batchNorm with statistics of each cell", [[null, 2, 3, 4]], (x) =>
    tf.batchNorm(image(x), image(constant([1, 2, 3, 4], 2)), image(positive([1, 2, 3, 4], 3))),
  ),
  fnCase("batchNorm with statistics of each cell and a scale of each channel", [[null, 2, 3, 4]], (x) =>
    tf.batchNorm(
      image(x),
      image(constant([1, 2, 3, 4], 2)),
      image(positive([1, 1, 1, 4], 3)),
      image(constant([1, 1, 1, 4], 4)),
      image(constant([1, 2, 3, 4], 5)),
    ),
  ),
  fnCase("batchNorm with one statistic for all", [[null, 2, 3, 4]], (x) =>
    tf.batchNorm(
      image(x),
      constant([1], 2) as tf.Tensor1D,
      positive([1], 3) as tf.Tensor1D,
      constant([4], 4) as tf.Tensor1D,
      constant([1], 5) as tf.Tensor1D,
    ),
  ),
];

const filter = (shape: readonly number[]): tf.Tensor4D => image(constant(shape));

/** Slopes in every shape that tfjs takes: its check of those of cells reads NCHW as NHWC, and refuses them. */
const SLOPES: readonly OperatorCase[] = (
  [
    ["one", [1], "NHWC"],
    ["one of three dimensions", [1, 1, 1], "NHWC"],
    ["each channel", [4], "NHWC"],
    ["each cell", [4, 5, 4], "NHWC"],
    ["one", [1], "NCHW"],
    ["each channel", [4], "NCHW"],
    ["each channel, of three dimensions", [4, 1, 1], "NCHW"],
  ] as const
).map(([name, shape, format]) =>
  fnCase(
    `fused conv2d ${format}: prelu with a slope for ${name}`,
    [{ shape: format === "NHWC" ? [null, 6, 7, 3] : [null, 3, 6, 7] }],
    (x) =>
      tf.fused.conv2d({
        x: image(x),
        filter: filter([3, 3, 3, 4]),
        strides: 1,
        pad: "valid",
        dataFormat: format,
        bias: constant([4], 2),
        activation: "prelu",
        preluActivationWeights: constant(shape, 3),
      }),
  ),
);

const LARGE: readonly OperatorCase[] = [
  fnCase("conv2d: a filter larger than the image, same", [[null, 3, 4, 2]], (x) =>
    tf.conv2d(image(x), filter([7, 9, 2, 3]), 1, "same"),
  ),
  fnCase("depthwise conv2d: a filter larger than the image, same, stride 2", [[null, 3, 4, 2]], (x) =>
    tf.depthwiseConv2d(image(x), filter([7, 9, 2, 2]), 2, "same"),
  ),
  fnCase("conv2d: a filter larger than the image, padded", [[null, 3, 4, 2]], (x) =>
    tf.conv2d(image(x), filter([5, 5, 2, 3]), 1, 2),
  ),
  fnCase(
    "max pool: a window larger than the image, same",
    [[null, 3, 4, 2]],
    (x) => tf.maxPool(image(x), [7, 9], 2, "same"),
    0,
  ),
  fnCase("average pool: a window larger than the image, same", [[null, 3, 4, 2]], (x) =>
    tf.avgPool(image(x), [7, 9], 2, "same"),
  ),
  fnCase("depthwise conv2d: dilation and multiplier, same", [[null, 9, 8, 3]], (x) =>
    tf.depthwiseConv2d(image(x), filter([3, 2, 3, 2]), 1, "same", "NHWC", [2, 3]),
  ),
];

/** Strides larger than the window: in two dimensions tfjs's "same" adds no cells then, and leaves none out. */
const SPARSE: readonly OperatorCase[] = (
  [
    [[1, 1], 2],
    [[1, 1], 3],
    [[2, 1], 4],
    [
      [1, 2],
      [5, 3],
    ],
    [
      [2, 3],
      [3, 1],
    ],
  ] as const
).flatMap(([size, strides]) => {
  const [window, steps] = [[...size] as Size, typeof strides === "number" ? strides : ([...strides] as Size)];
  const name = `${size.join("x")}, stride ${strides}, same`;
  return [
    fnCase(`max pool: ${name}`, [IMAGE], (x) => tf.maxPool(image(x), window, steps, "same"), 0),
    fnCase(`average pool: ${name}`, [IMAGE], (x) => tf.avgPool(image(x), window, steps, "same")),
    fnCase(`conv2d: ${name}`, [IMAGE], (x) => tf.conv2d(image(x), filter([...window, 2, 3]), steps, "same")),
    fnCase(`dilation2d: ${name}`, [IMAGE], (x) =>
      tf.dilation2d(image(x), constant([...window, 2]) as tf.Tensor3D, steps, "same"),
    ),
    ...(typeof steps === "number"
      ? [
          fnCase(`depthwise conv2d: ${name}`, [IMAGE], (x) =>
            tf.depthwiseConv2d(image(x), filter([...window, 2, 2]), steps, "same"),
          ),
        ]
      : []),
    fnCase(
      `max pool with places: ${name}`,
      [IMAGE],
      (x) => Object.values(tf.maxPoolWithArgmax(image(x), window, steps, "same")) as tf.Tensor[],
      0,
    ),
  ];
});

/** Of one number of cells tfjs counts the windows by the filter's height: of the columns there are others. */
const COUNTED_BY_HEIGHT: readonly OperatorCase[] = (
  [
    [[7, 1], 1, 2, [3, 3]],
    [[7, 1], 1, 3, [6, 5]],
    [[1, 4], 1, 1, [5, 6]],
    [[3, 2], 2, 1, [6, 7]],
    [[2, 3], [1, 2], 1, [6, 7]],
    [[3, 3], [3, 1], 1, [7, 6]],
  ] as const
).flatMap(([size, strides, pad, [height, width]]) => {
  const [window, steps] = [[...size] as Size, typeof strides === "number" ? strides : ([...strides] as Size)];
  const name = `${size.join("x")}, stride ${strides}, ${pad} cells around ${height}x${width}`;
  const down = typeof steps === "number" ? steps : steps[0];
  const windows = (length: number): number => Math.floor((length - size[0] + 2 * pad) / down) + 1;
  return [
    fnCase(`conv2d: ${name}`, [[null, height, width, 2]], (x) =>
      tf.conv2d(image(x), filter([...window, 2, 3]), steps, pad),
    ),
    ...[null, 2].map((batch) =>
      fnCase(
        `conv2dTranspose: ${name}, batch ${batch ?? "dynamic"}`,
        [[batch, windows(height), windows(width), 2]],
        (x) =>
          tf.conv2dTranspose(
            image(x),
            filter([...window, 3, 2]),
            [x.shape[0] as number, height, width, 3],
            steps,
            pad,
          ),
      ),
    ),
  ];
});

/** Images resized, normalized, and under windows that other cases do not have. */
export const IMAGE_CASES: readonly OperatorCase[] = [
  ...RESIZES,
  ...OTHER,
  ...NORMALIZED,
  ...OTHER_NORMALIZED,
  ...SLOPES,
  ...LARGE,
  ...SPARSE,
  ...COUNTED_BY_HEIGHT,
];
