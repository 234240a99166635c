import * as tf from "@tensorflow/tfjs-core";
import { constant, fnCase, type OperatorCase } from "../judge.ts";

type Reduction = (x: tf.Tensor, axis?: number | number[], keepDims?: boolean) => tf.Tensor;

const IMAGE = [null, 3, 4, 5] as const;
const image = (x: tf.Tensor): tf.Tensor4D => x as tf.Tensor4D;
const INTS = { shape: [null, 3, 4], dtype: "int32" } as const;
const BOOLS = { shape: [null, 3, 4], dtype: "bool" } as const;

const AXES: readonly [string, (number | number[])?][] = [
  ["all"],
  ["the last", -1],
  ["the batch", 0],
  ["a middle one", 1],
  ["rows and columns", [1, 2]],
  ["in another order", [3, 1]],
  ["negative ones", [-1, -3]],
  ["all, listed", [0, 1, 2, 3]],
];

const REDUCTIONS: readonly [string, Reduction, number][] = [
  ["sum", tf.sum, 1e-6],
  ["mean", tf.mean, 1e-6],
  ["max", tf.max, 0],
  ["min", tf.min, 0],
];

const REDUCING: readonly OperatorCase[] = [
  ...REDUCTIONS.flatMap(([name, reduce, tolerance]) => [
    ...AXES.flatMap(([which, axes]) =>
      [false, true].map((keepDims) =>
        fnCase(
          `${name} over ${which}${keepDims ? ", kept" : ""}`,
          [IMAGE],
          (x) => reduce(x, axes, keepDims),
          tolerance,
        ),
      ),
    ),
    fnCase(`${name} of integers`, [INTS], (x) => reduce(x, 1), tolerance),
    fnCase(`${name} of booleans`, [BOOLS], (x) => reduce(x, 1), tolerance),
    fnCase(`${name} of one value`, [[]], (x) => reduce(x), 0),
  ]),
  fnCase("norm", [IMAGE], (x) => tf.norm(x, "euclidean", [1, 2])),
  fnCase("moments", [IMAGE], (x) => {
    const { mean, variance } = tf.moments(x, [1, 2]);
    return { mean, variance };
  }),
  fnCase("logSumExp", [IMAGE], (x) => tf.logSumExp(x, -1)),
];

const RESHAPING: readonly OperatorCase[] = [
  fnCase("reshape: flatten", [IMAGE], (x) => tf.reshape(x, [x.shape[0] as number, 60]), 0),
  fnCase("reshape: -1", [IMAGE], (x) => tf.reshape(x, [-1, 60]), 0),
  fnCase("reshape: the batch joins rows", [IMAGE], (x) => tf.reshape(x, [-1, 4, 5]), 0),
  fnCase("reshape: to a vector", [IMAGE], (x) => tf.reshape(x, [-1]), 0),
  fnCase("reshape: to more dimensions", [[null, 24]], (x) => tf.reshape(x, [-1, 2, 1, 3, 4]), 0),
  fnCase("reshape: one value", [[1, 1]], (x) => tf.reshape(x, []), 0),
  fnCase("reshape of integers", [INTS], (x) => tf.reshape(x, [-1, 12]), 0),
  fnCase("reshape of booleans", [BOOLS], (x) => tf.reshape(x, [-1, 12]), 0),
  fnCase("expandDims first", [INTS], (x) => tf.expandDims(x, 0), 0),
  fnCase("expandDims in the middle", [IMAGE], (x) => tf.expandDims(x, 2), 0),
  fnCase("expandDims last", [IMAGE], (x) => tf.expandDims(x, -1), 0),
  fnCase("squeeze", [[null, 1, 4, 1]], (x) => tf.squeeze(x, [1, 3]), 0),
  ...(
    [
      [0, 2, 1, 3],
      [0, 3, 1, 2],
      [0, 2, 3, 1],
      [3, 2, 1, 0],
      [1, 0, 2, 3],
      [0, 1, 2, 3],
    ] as const
  ).map((order) => fnCase(`transpose ${order.join()}`, [IMAGE], (x) => tf.transpose(x, [...order]), 0)),
  fnCase("transpose: a matrix", [[null, 4]], (x) => tf.transpose(x), 0),
  fnCase("transpose: three dimensions", [[null, 3, 4]], (x) => tf.transpose(x, [2, 0, 1]), 0),
  fnCase("transpose: five dimensions", [[null, 2, 3, 4, 2]], (x) => tf.transpose(x, [0, 4, 2, 1, 3]), 0),
  fnCase("transpose: six dimensions", [[null, 2, 3, 2, 3, 2]], (x) => tf.transpose(x, [0, 3, 2, 5, 4, 1]), 0),
  fnCase("transpose of integers", [INTS], (x) => tf.transpose(x, [0, 2, 1]), 0),
  fnCase("transpose of booleans", [BOOLS], (x) => tf.transpose(x, [0, 2, 1]), 0),
];

const JOINING: readonly OperatorCase[] = [
  ...[0, 1, 2, 3, -1].map((axis) =>
    fnCase(`concat along ${axis}`, [IMAGE, IMAGE], (a, b) => tf.concat([a, b], axis), 0),
  ),
  fnCase(
    "concat: different sizes",
    [
      [null, 2],
      [null, 3],
      [null, 1],
    ],
    (a, b, c) => tf.concat([a, b, c], 1),
    0,
  ),
  fnCase("concat: a tensor and itself", [[null, 2]], (a) => tf.concat([a, a], 1), 0),
  fnCase("concat: of one", [[null, 2]], (a) => tf.concat([a], 1), 0),
  fnCase("concat: a constant", [[2, 3]], (a) => tf.concat([a, constant([2, 2])], 1), 0),
  fnCase("concat: with an empty one", [[2, 3]], (a) => tf.concat([a, tf.zeros([2, 0])], 1), 0),
  fnCase(
    "concat: eight",
    [[null, 2]],
    (a) =>
      tf.concat(
        [1, 2, 3, 4, 5, 6, 7, 8].map((i) => tf.mul(a, i)),
        1,
      ),
    0,
  ),
  fnCase("concat of integers", [INTS, INTS], (a, b) => tf.concat([a, b], -1), 0),
  fnCase("concat of booleans", [BOOLS, BOOLS], (a, b) => tf.concat([a, b], -1), 0),
  fnCase("tile", [IMAGE], (x) => tf.tile(x, [1, 2, 1, 3]), 0),
  fnCase("tile of integers", [INTS], (x) => tf.tile(x, [1, 2, 2]), 0),
  fnCase("tile of booleans", [BOOLS], (x) => tf.tile(x, [1, 1, 2]), 0),
  fnCase("tile of a vector", [[4]], (x) => tf.tile(x, [3]), 0),
  fnCase("broadcastTo", [[null, 1, 3]], (x) => tf.broadcastTo(x, [x.shape[0] as number, 4, 3]), 0),
];

const CUTTING: readonly OperatorCase[] = [
  fnCase("slice: a block", [IMAGE], (x) => tf.slice(x, [0, 1, 2, 0], [-1, 2, 2, 4]), 0),
  fnCase("slice: to the end", [IMAGE], (x) => tf.slice(x, [0, 1, 2, 3]), 0),
  fnCase("slice: a vector from a number", [[6]], (x) => tf.slice1d(x as tf.Tensor1D, 2, 3), 0),
  fnCase("slice: of the first rows", [[3, 4]], (x) => tf.slice(x, 1, 2), 0),
  fnCase("slice: everything", [IMAGE], (x) => tf.slice(x, [0, 0, 0, 0], [-1, 3, 4, 5]), 0),
  fnCase(
    "slice: five dimensions",
    [[null, 3, 2, 3, 2]],
    (x) => tf.slice(x, [0, 1, 0, 1, 0], [-1, 2, 2, 1, 1]),
    0,
  ),
  fnCase("slice of integers", [INTS], (x) => tf.slice(x, [0, 1, 1], [-1, 2, 2]), 0),
  fnCase("slice of booleans", [BOOLS], (x) => tf.slice(x, [0, 1, 1], [-1, 2, 2]), 0),
  fnCase(
    "strided slice: every second",
    [IMAGE],
    (x) => tf.stridedSlice(x, [0, 0, 0, 0], [0, 3, 4, 5], [1, 2, 2, 3], 1, 1),
    0,
  ),
  fnCase("strided slice: backwards", [[2, 6]], (x) => tf.stridedSlice(x, [0, 5], [2, 0], [1, -1]), 0),
  fnCase(
    "strided slice: backwards to the beginning",
    [[2, 6]],
    (x) => tf.stridedSlice(x, [0, 4], [2, 0], [1, -2], 0, 2),
    0,
  ),
  fnCase(
    "strided slice: backwards from the end",
    [[2, 6]],
    (x) => tf.stridedSlice(x, [0, 0], [2, 1], [1, -2], 2, 0),
    0,
  ),
  fnCase(
    "strided slice: negative positions",
    [[2, 6]],
    (x) => tf.stridedSlice(x, [0, -5], [2, -1], [1, 2]),
    0,
  ),
  fnCase("strided slice: beyond the end", [[2, 6]], (x) => tf.stridedSlice(x, [0, 2], [9, 99], [1, 1]), 0),
  fnCase(
    "strided slice: begin and end masks",
    [[2, 6]],
    (x) => tf.stridedSlice(x, [1, 3], [1, 3], [1, 1], 1, 2),
    0,
  ),
  fnCase(
    "strided slice: fewer positions than dimensions",
    [[2, 6, 3]],
    (x) => tf.stridedSlice(x, [0, 1], [2, 5], [1, 2]),
    0,
  ),
  fnCase(
    "strided slice: one index is dropped",
    [IMAGE],
    (x) => tf.stridedSlice(x, [0, 1], [0, 2], [1, 1], 1, 1, 0, 0, 2),
    0,
  ),
  fnCase(
    "strided slice: the last index is dropped",
    [IMAGE],
    (x) => tf.stridedSlice(x, [0, 0, 0, -1], [0, 0, 0, 0], [1, 1, 1, 1], 7, 7, 0, 0, 8),
    0,
  ),
  fnCase(
    "strided slice: a negative index is dropped",
    [IMAGE],
    (x) => tf.stridedSlice(x, [0, -2], [0, 0], [1, 1], 1, 1, 0, 0, 2),
    0,
  ),
  fnCase(
    "strided slice of integers",
    [INTS],
    (x) => tf.stridedSlice(x, [0, 0, 0], [0, 3, 4], [1, 2, 3], 1, 1),
    0,
  ),
  fnCase(
    "strided slice of booleans",
    [BOOLS],
    (x) => tf.stridedSlice(x, [0, 0, 0], [0, 3, 4], [1, 2, 3], 1, 1),
    0,
  ),
  fnCase("slice: the first item of the batch", [[null, 6]], (x) => tf.slice(x, [0, 1], [1, 4]), 0),
  fnCase(
    "strided slice: the first item of the batch",
    [[null, 6]],
    (x) => tf.stridedSlice(x, [0, 1], [1, 6], [1, 2]),
    0,
  ),
  fnCase(
    "strided slice: the last item of the batch, without its dimension",
    [[null, 6]],
    (x) => tf.stridedSlice(x, [-1], [0], [1], 0, 0, 0, 0, 1),
    0,
  ),
  fnCase(
    "strided slice: the first item of the batch, without its dimension",
    [[null, 6]],
    (x) => tf.stridedSlice(x, [0], [1], [1], 0, 0, 0, 0, 1),
    0,
  ),
  fnCase(
    "strided slice: the last item of the batch",
    [[null, 6]],
    (x) => tf.stridedSlice(x, [-1, 0], [0, 6], [1, 1], 0, 1),
    0,
  ),
  fnCase(
    "strided slice: the batch backwards",
    [[null, 6]],
    (x) => tf.stridedSlice(x, [0], [0], [-1], 1, 1),
    0,
  ),
  fnCase(
    "strided slice: an end beyond the batch",
    [[null, 6]],
    (x) => tf.stridedSlice(x, [0, 1], [2 * (x.shape[0] as number), 6], [1, 2]),
    0,
  ),
  fnCase(
    "strided slice: an end that is the batch",
    [[null, 6]],
    (x) => tf.stridedSlice(x, [0, 1], [x.shape[0] as number, 6], [1, 2]),
    0,
  ),
  fnCase(
    "strided slice: an ellipsis",
    [IMAGE],
    (x) => tf.stridedSlice(x, [0, 1], [0, 4], [1, 2], 1, 1, 1),
    0,
  ),
  fnCase(
    "strided slice: a new dimension",
    [[2, 6]],
    (x) => tf.stridedSlice(x, [0, 0, 1], [2, 1, 5], [1, 1, 2], 0, 0, 0, 2),
    0,
  ),
  fnCase("reverse the last", [IMAGE], (x) => tf.reverse(x, -1), 0),
  fnCase("reverse two side by side", [IMAGE], (x) => tf.reverse(x, [1, 2]), 0),
  fnCase("reverse two apart", [IMAGE], (x) => tf.reverse(x, [1, 3]), 0),
  fnCase("reverse the batch", [IMAGE], (x) => tf.reverse(x, 0), 0),
  fnCase("reverse all", [[2, 3]], (x) => tf.reverse(x), 0),
  fnCase("reverse of integers", [INTS], (x) => tf.reverse(x, 1), 0),
  fnCase("reverse of booleans", [BOOLS], (x) => tf.reverse(x, 1), 0),
];

const PADDING: readonly OperatorCase[] = [
  fnCase(
    "pad with zeros",
    [IMAGE],
    (x) =>
      tf.pad(x, [
        [0, 0],
        [1, 2],
        [0, 1],
        [3, 0],
      ]),
    0,
  ),
  fnCase(
    "pad with a value",
    [IMAGE],
    (x) =>
      tf.pad(
        x,
        [
          [0, 0],
          [1, 2],
          [0, 1],
          [3, 0],
        ],
        -1.5,
      ),
    0,
  ),
  fnCase("pad a vector", [[4]], (x) => tf.pad(x, [[2, 1]], 7), 0),
  fnCase(
    "pad a matrix",
    [[null, 4]],
    (x) =>
      tf.pad(
        x,
        [
          [0, 0],
          [2, 1],
        ],
        0.5,
      ),
    0,
  ),
  fnCase(
    "pad by nothing",
    [[null, 4]],
    (x) =>
      tf.pad(
        x,
        [
          [0, 0],
          [0, 0],
        ],
        0.5,
      ),
    0,
  ),
  fnCase(
    "pad five dimensions",
    [[null, 2, 2, 2, 2]],
    (x) =>
      tf.pad(x, [
        [0, 0],
        [1, 0],
        [0, 1],
        [0, 0],
        [1, 1],
      ]),
    0,
  ),
  fnCase(
    "pad integers with zeros",
    [INTS],
    (x) =>
      tf.pad(x, [
        [0, 0],
        [1, 1],
        [0, 2],
      ]),
    0,
  ),
  fnCase(
    "pad integers with a value",
    [INTS],
    (x) =>
      tf.pad(
        x,
        [
          [0, 0],
          [1, 1],
          [0, 2],
        ],
        9,
      ),
    0,
  ),
  fnCase(
    "mirror pad: reflect",
    [IMAGE],
    (x) =>
      tf.mirrorPad(
        x,
        [
          [0, 0],
          [2, 1],
          [0, 3],
          [1, 1],
        ],
        "reflect",
      ),
    0,
  ),
  fnCase(
    "mirror pad: symmetric",
    [IMAGE],
    (x) =>
      tf.mirrorPad(
        x,
        [
          [0, 0],
          [3, 1],
          [0, 4],
          [1, 1],
        ],
        "symmetric",
      ),
    0,
  ),
  fnCase(
    "mirror pad of integers",
    [INTS],
    (x) =>
      tf.mirrorPad(
        x,
        [
          [0, 0],
          [1, 1],
          [0, 2],
        ],
        "reflect",
      ),
    0,
  ),
];

const SEVEN = [null, 2, 1, 3, 2, 2, 2] as const;
/** Columns of which there are none: LiteRT takes them between operators, not as outputs. */
const nothing = (x: tf.Tensor): tf.Tensor => tf.slice(x, [0, 1], [-1, 0]);
const pairs = (...amounts: [number, number][]): [number, number][] => amounts;

/** More dimensions than the kernels take, and booleans. */
const MANY: readonly OperatorCase[] = [
  fnCase(
    "transpose: seven dimensions, of which some stay together",
    [SEVEN],
    (x) => tf.transpose(x, [0, 3, 4, 1, 2, 6, 5]),
    0,
  ),
  fnCase(
    "transpose: seven dimensions, the other way round",
    [SEVEN],
    (x) => tf.transpose(x, [6, 5, 4, 3, 2, 1, 0]),
    0,
  ),
  fnCase("transpose: seven dimensions, all apart", [SEVEN], (x) => tf.transpose(x, [5, 1, 6, 3, 0, 2, 4]), 0),
  fnCase(
    "transpose: eight dimensions of integers",
    [{ shape: [2, 1, 3, 2, 1, 2, 2, 2], dtype: "int32" }],
    (x) => tf.transpose(x, [7, 0, 5, 2, 6, 1, 3, 4]),
    0,
  ),
  fnCase(
    "transpose: seven dimensions of booleans",
    [{ shape: SEVEN, dtype: "bool" }],
    (x) => tf.transpose(x, [6, 0, 5, 1, 4, 2, 3]),
    0,
  ),
  fnCase(
    "slice: six dimensions",
    [[null, 3, 2, 3, 2, 4]],
    (x) => tf.slice(x, [0, 1, 0, 1, 0, 2], [-1, 2, 2, 1, 1, 2]),
    0,
  ),
  fnCase(
    "slice: seven dimensions of booleans",
    [{ shape: SEVEN, dtype: "bool" }],
    (x) => tf.slice(x, [0, 1, 0, 1, 0, 1, 0], [-1, 1, 1, 2, 2, 1, 1]),
    0,
  ),
  fnCase(
    "strided slice: six dimensions",
    [[null, 3, 2, 3, 2, 4]],
    (x) => tf.stridedSlice(x, [0, 0, 1, 2, 0, 3], [0, 3, 2, 0, 2, 0], [1, 2, 1, -1, 1, -2], 1, 1),
    0,
  ),
  fnCase(
    "strided slice: six dimensions, one dropped and one new",
    [[null, 3, 2, 3, 2, 4]],
    (x) => tf.stridedSlice(x, [0, 1, 0, 0], [0, 2, 1, 2], [1, 1, 1, 1], 1, 1, 0, 4, 2),
    0,
  ),
  fnCase(
    "pad six dimensions",
    [[null, 2, 1, 3, 2, 2]],
    (x) => tf.pad(x, pairs([0, 0], [1, 0], [0, 2], [0, 0], [1, 1], [0, 1]), 0.5),
    0,
  ),
  fnCase(
    "pad seven dimensions of integers",
    [{ shape: SEVEN, dtype: "int32" }],
    (x) => tf.pad(x, pairs([0, 0], [1, 0], [0, 2], [0, 0], [1, 1], [0, 1], [0, 0])),
    0,
  ),
  fnCase("pad booleans", [BOOLS], (x) => tf.pad(x, pairs([0, 0], [1, 1], [0, 2])), 0),
  fnCase("pad booleans with true", [BOOLS], (x) => tf.pad(x, pairs([0, 0], [1, 1], [0, 2]), 1), 0),
  fnCase(
    "pad with infinity",
    [[null, 4]],
    (x) => tf.pad(x, pairs([0, 0], [1, 1]), Number.NEGATIVE_INFINITY),
    0,
  ),
  fnCase(
    "mirror pad six dimensions",
    [[null, 2, 1, 3, 2, 2]],
    (x) => tf.mirrorPad(x, pairs([0, 0], [1, 0], [0, 0], [2, 1], [1, 1], [0, 1]), "reflect"),
    0,
  ),
  fnCase(
    "mirror pad of booleans",
    [BOOLS],
    (x) => tf.mirrorPad(x, pairs([0, 0], [1, 1], [0, 2]), "symmetric"),
    0,
  ),
  fnCase("tile of seven dimensions", [SEVEN], (x) => tf.tile(x, [1, 2, 3, 1, 1, 2, 1]), 0),
  fnCase("tile by one", [[null, 3]], (x) => tf.neg(tf.tile(x, [1, 1])), 0),
  fnCase("reverse of a number", [[]], (x) => tf.neg(tf.reverse(x)), 0),
  fnCase("concat of seven dimensions", [SEVEN, SEVEN], (a, b) => tf.concat([a, b], 3), 0),
  fnCase(
    "concat: with one that is cut to nothing",
    [[null, 4]],
    (x) => tf.concat([tf.slice(x, [0, 1], [-1, 0]), x], 1),
    0,
  ),
  fnCase("slice: to nothing, which adds up to 0", [[null, 4]], (x) => tf.sum(nothing(x), 1), 0),
  fnCase("pad nothing", [[null, 4]], (x) => tf.pad(nothing(x), pairs([0, 0], [1, 1]), 3), 0),
  fnCase(
    "concat: of nothing and nothing",
    [[2, 4]],
    (x) => tf.sum(tf.concat([nothing(x), nothing(x)]), 1),
    0,
  ),
  fnCase(
    "split: into nothing and all",
    [[null, 4]],
    (x) => tf.neg(tf.split(x, [0, 4], 1)[1] as tf.Tensor),
    0,
  ),
  fnCase(
    "transpose and reverse nothing",
    [[null, 4]],
    (x) => tf.sum(tf.reverse(tf.transpose(nothing(x)), 1), 0),
    0,
  ),
  fnCase(
    "slice: the last item of the batch",
    [[null, 6]],
    (x) => tf.slice(x, [(x.shape[0] as number) - 1, 1], [1, 4]),
    0,
  ),
  fnCase(
    "tile a row for each item of the batch",
    [
      [null, 3],
      [1, 2],
    ],
    (x, row) => tf.tile(row, [x.shape[0] as number, 1]),
    0,
  ),
];

/** Of pixels, sizes and both flags, both ways. */
const SIZES: readonly [string, readonly (number | null)[], [number, number]][] = [
  ["twice as large", [null, 3, 4, 2], [6, 8]],
  ["larger, not a multiple", [null, 3, 4, 2], [7, 5]],
  ["smaller", [null, 8, 9, 2], [3, 4]],
  ["half", [null, 8, 6, 2], [4, 3]],
  ["to one pixel", [null, 4, 5, 2], [1, 1]],
  ["from one pixel", [null, 1, 1, 2], [3, 2]],
  ["the same size", [null, 3, 4, 2], [3, 4]],
];
const FLAGS = [
  ["", false, false],
  [", corners aligned", true, false],
  [", half pixel centers", false, true],
] as const;

const RESIZING: readonly OperatorCase[] = [
  ...SIZES.flatMap(([name, shape, size]) =>
    FLAGS.flatMap(([how, align, half]) => [
      fnCase(
        `resize bilinear ${name}${how}`,
        [shape],
        (x) => tf.image.resizeBilinear(image(x), size, align, half),
        1e-6,
      ),
      fnCase(
        `resize nearest ${name}${how}`,
        [shape],
        (x) => tf.image.resizeNearestNeighbor(image(x), size, align, half),
        0,
      ),
    ]),
  ),
  fnCase(
    "resize bilinear of integers",
    [{ shape: [null, 3, 4, 2], dtype: "int32" }],
    (x) => tf.image.resizeBilinear(image(x), [5, 6]),
    1e-6,
  ),
  fnCase(
    "resize nearest of integers",
    [{ shape: [null, 3, 4, 2], dtype: "int32" }],
    (x) => tf.image.resizeNearestNeighbor(image(x), [5, 6]),
    0,
  ),
  fnCase("depth to space", [[null, 2, 3, 8]], (x) => tf.depthToSpace(image(x), 2), 0),
  fnCase("depth to space, blocks of 3", [[null, 2, 1, 18]], (x) => tf.depthToSpace(image(x), 3), 0),
  fnCase("flip left and right", [IMAGE], (x) => tf.image.flipLeftRight(image(x)), 0),
];

/** Reductions, and what only moves values. */
export const SHAPE_CASES: readonly OperatorCase[] = [
  ...REDUCING,
  ...RESHAPING,
  ...JOINING,
  ...CUTTING,
  ...PADDING,
  ...MANY,
  ...RESIZING,
];
