import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { type FunctionSource, toTflite } from "../../../src/convert/index.ts";
import { expectedOf, expectSameOutputs, fnCase, inputValues, runFile } from "../../support/judge.ts";
import { withSizes } from "../../support/with-sizes.ts";

type Sizes = readonly [rows: number, columns: number];

const NOMINAL: Sizes = [6, 8];
const OTHERS: readonly Sizes[] = [
  [9, 4],
  [5, 15],
];

interface Model {
  readonly name: string;
  readonly fn: FunctionSource["fn"];
  /** Beside a dynamic batch and the two sizes; nothing of them by default. */
  readonly rest?: readonly number[];
  readonly dtype?: "float32" | "int32" | "bool";
  readonly sizes?: readonly Sizes[];
}

const rows = (x: tf.Tensor): number => x.shape[1] as number;
const columns = (x: tf.Tensor): number => x.shape[2] as number;
const batch = (x: tf.Tensor): number => x.shape[0] as number;

/** Two items, whatever the batch is. */
const firstTwo = (x: tf.Tensor): tf.Tensor => tf.slice(tf.concat([x, x]), 0, 2);

const CUTTING: readonly Model[] = [
  { name: "slice of fixed positions", fn: (x) => tf.slice(x, [0, 1, 2], [-1, 3, 2]) },
  { name: "slice to the end", fn: (x) => tf.slice(x, [0, 1, 2]) },
  { name: "slice up to the last", fn: (x) => tf.slice(x, [0, 0, 0], [-1, rows(x) - 1, columns(x) - 2]) },
  { name: "slice of the last", fn: (x) => tf.slice(x, [0, rows(x) - 2, columns(x) - 3], [-1, 2, 3]) },
  {
    name: "slice from the last but two to the last",
    fn: (x) => tf.slice(x, [0, rows(x) - 3, 0], [-1, 2, -1]),
  },
  {
    name: "slice of a half",
    fn: (x) => tf.slice(x, [0, 0, columns(x) / 2], [-1, -1, columns(x) / 2]),
    sizes: [
      [5, 4],
      [7, 16],
    ],
  },
  {
    name: "slice of a constant",
    fn: (x) => tf.add(tf.slice(tf.ones([1, 40, 3]), [0, 0, 0], [1, 30, 3]), tf.mean(x)),
  },
  {
    name: "slice of twice as many",
    fn: (x) => tf.slice(tf.concat([x, x], 1), [0, rows(x), 0], [-1, rows(x), -1]),
  },
  {
    name: "slice of six dimensions",
    rest: [2, 1, 3],
    fn: (x) => tf.slice(x, [0, 1, columns(x) - 2, 0, 0, 1], [-1, rows(x) - 2, 2, 1, 1, 2]),
  },
  { name: "slice of integers", dtype: "int32", fn: (x) => tf.slice(x, [0, 1, columns(x) - 2], [-1, -1, 2]) },
  { name: "slice of booleans", dtype: "bool", fn: (x) => tf.slice(x, [0, 1, columns(x) - 2], [-1, -1, 2]) },
  {
    name: "strided slice, every second",
    fn: (x) => tf.stridedSlice(x, [0, 0, 1], [batch(x), rows(x), columns(x)], [1, 2, 2]),
    sizes: [
      [8, 4],
      [4, 12],
    ],
  },
  { name: "strided slice backwards", fn: (x) => tf.stridedSlice(x, [0, 0, 0], [0, 0, 0], [1, -1, 1], 7, 7) },
  {
    name: "strided slice up to the last",
    fn: (x) => tf.stridedSlice(x, [0, 0, 1], [0, -1, -2], [1, 1, 1], 1, 1),
  },
  {
    name: "strided slice of the last, dropped",
    fn: (x) => tf.stridedSlice(x, [0, rows(x) - 1], [0, rows(x)], [1, 1], 1, 1, 0, 0, 2),
  },
  {
    name: "strided slice with an ellipsis and a new dimension",
    fn: (x) => tf.stridedSlice(x, [0, 0, -3], [0, 1, columns(x)], [1, 1, 1], 0, 0, 1, 2),
  },
];

const EXTENDING: readonly Model[] = [
  {
    name: "pad by fixed amounts",
    fn: (x) =>
      tf.pad(
        x,
        [
          [0, 0],
          [1, 2],
          [3, 0],
        ],
        0.5,
      ),
  },
  {
    name: "pad to a fixed size",
    fn: (x) =>
      tf.slice(
        tf.pad(x, [
          [0, 0],
          [0, 20],
          [0, 0],
        ]),
        [0, 0, 0],
        [-1, 20, -1],
      ),
  },
  {
    name: "pad by as much as there is",
    fn: (x) =>
      tf.pad(x, [
        [0, 0],
        [rows(x), 0],
        [0, columns(x)],
      ]),
  },
  {
    name: "mirror pad",
    fn: (x) =>
      tf.mirrorPad(
        x,
        [
          [0, 0],
          [1, 2],
          [2, 0],
        ],
        "reflect",
      ),
  },
  {
    name: "mirror pad by as much as there is",
    fn: (x) =>
      tf.mirrorPad(
        x,
        [
          [0, 0],
          [rows(x), 0],
          [0, columns(x) - 1],
        ],
        "symmetric",
      ),
  },
  { name: "tile by fixed numbers", fn: (x) => tf.tile(x, [1, 2, 3]) },
  { name: "tile by a size", fn: (x) => tf.tile(tf.mean(x, 1, true), [1, rows(x), 1]) },
  {
    name: "tile by a product of sizes",
    fn: (x) => tf.tile(tf.mean(x, [1, 2], true), [1, rows(x) * columns(x), 2]),
  },
  {
    name: "concat along a dynamic dimension",
    fn: (x) => tf.concat([x, tf.neg(x), tf.slice(x, [0, 0, 0], [-1, 2, -1])], 1),
  },
  { name: "reverse", fn: (x) => tf.reverse(x, [1, 2]) },
];

const scores = (x: tf.Tensor): tf.Tensor => tf.reshape(tf.mean(x, [1, 2]), [-1, 1]);
const six = (x: tf.Tensor): tf.Tensor => tf.mul(tf.ones([2, 1, 1, 2, 1, 2]), tf.mean(x));

/** Sizes that grow by as much as the batch does, beside a fixed one. */
const BATCH: readonly Model[] = [
  { name: "concat along the batch, with a constant", fn: (x) => tf.concat([scores(x), tf.ones([2, 1])], 0) },
  {
    name: "slice of all but the last item of twice the batch",
    fn: (x) => tf.slice(tf.concat([scores(x), scores(x)]), [0, 0], [2 * batch(x) - 1, -1]),
  },
  {
    name: "slice of the batch but one item of twice the batch",
    fn: (x) => tf.slice(tf.concat([scores(x), scores(x)]), [1, 0], [batch(x), -1]),
  },
  {
    name: "pad by as many rows as the batch",
    fn: (x) =>
      tf.pad(
        tf.reshape(tf.mean(x), [1, 1]),
        [
          [0, batch(x)],
          [1, 0],
        ],
        2,
      ),
  },
  {
    name: "pad six dimensions by as many as the batch",
    fn: (x) =>
      tf.pad(six(x), [
        [0, batch(x)],
        [1, 0],
        [0, 0],
        [0, 0],
        [0, 1],
        [0, 0],
      ]),
  },
];

const MOVING: readonly Model[] = [
  { name: "reshape to a matrix", fn: (x) => tf.reshape(x, [batch(x), -1]) },
  { name: "reshape to rows", fn: (x) => tf.reshape(x, [-1, columns(x)]) },
  { name: "reshape to two sizes swapped", fn: (x) => tf.reshape(x, [batch(x), columns(x), rows(x)]) },
  { name: "expandDims", fn: (x) => tf.expandDims(x, 2) },
  { name: "transpose", fn: (x) => tf.transpose(x, [0, 2, 1]) },
  {
    name: "transpose of seven dimensions",
    rest: [2, 1, 2, 3],
    fn: (x) => tf.transpose(x, [2, 6, 1, 5, 0, 4, 3]),
  },
  {
    name: "transpose of eight dimensions, some of them together",
    rest: [2, 1, 2, 3, 2],
    fn: (x) => tf.transpose(x, [4, 5, 2, 3, 0, 1, 7, 6]),
  },
  { name: "stack", fn: (x) => tf.stack([x, x], 2) },
  { name: "unstack", rest: [3], fn: (x) => tf.unstack(x, 3) },
  { name: "split", rest: [5], fn: (x) => tf.split(x, [2, 3], 3) },
];

const OTHER: readonly Model[] = [
  { name: "onesLike", fn: (x) => tf.onesLike(x) },
  { name: "zerosLike", fn: (x) => tf.zerosLike(x) },
  { name: "zerosLike of booleans", dtype: "bool", fn: (x) => tf.zerosLike(x) },
  { name: "gather", fn: (x) => tf.gather(x, tf.tensor1d([3, 0], "int32"), 2) },
  { name: "gather by batch", fn: (x) => tf.gather(x, tf.argMax(x, 2), 2, 1) },
  {
    name: "gatherND",
    fn: (x) =>
      tf.gatherND(
        x,
        tf.tensor2d(
          [
            [0, 2],
            [1, 3],
          ],
          [2, 2],
          "int32",
        ),
      ),
  },
  { name: "oneHot", fn: (x) => tf.oneHot(tf.argMax(x, 1), 4) },
  { name: "topk", fn: (x) => tf.topk(x, 3).values },
  {
    name: "topk of half",
    fn: (x) => tf.sum(tf.topk(x, columns(x) / 2).values, 2),
    sizes: [
      [5, 4],
      [7, 16],
    ],
  },
  {
    name: "scatterND",
    fn: (x) => tf.scatterND(tf.tensor2d([[1], [0]], [2, 1], "int32"), firstTwo(x), [3, rows(x), columns(x)]),
  },
  {
    name: "tensorScatterUpdate",
    fn: (x) =>
      tf.tensorScatterUpdate(
        x,
        tf.tensor2d(
          [
            [1, 2],
            [0, 1],
            [1, 2],
          ],
          [3, 2],
          "int32",
        ),
        tf.mul(tf.reshape(tf.slice(tf.concat([x, x, x, x]), [0, 0, 0], [3, 1, -1]), [3, columns(x)]), 2),
      ),
  },
  {
    name: "sparseToDense",
    fn: (x) =>
      tf.sparseToDense(
        tf.tensor2d(
          [
            [0, 1],
            [2, 3],
          ],
          [2, 2],
          "int32",
        ),
        tf.tensor1d([1, 2]),
        [rows(x), columns(x)],
        tf.mean(x) as tf.Scalar,
      ),
  },
  {
    name: "unsortedSegmentSum",
    fn: (x) =>
      tf.unsortedSegmentSum(
        tf.reshape(x, [-1, columns(x)]),
        tf.reshape(tf.cast(tf.argMax(x, 2), "int32"), [-1]) as tf.Tensor1D,
        5,
      ),
  },
  {
    name: "bincount",
    fn: (x) => tf.bincount(tf.reshape(tf.argMax(x, 2), [-1]) as tf.Tensor1D, tf.tensor1d([]), 9),
  },
  {
    name: "denseBincount",
    fn: (x) => tf.denseBincount(tf.argMax(x, 2) as tf.Tensor2D, tf.tensor1d([]) as never, 9),
  },
  { name: "searchSorted", fn: (x) => tf.searchSorted(tf.cumsum(tf.abs(x), 2), x) },
  { name: "diag", fn: (x) => tf.diag(tf.mean(x, [0, 2])) },
  { name: "diag of a matrix", fn: (x) => tf.diag(tf.mean(x, 0)) },
];

/** Files with a dynamic batch and two dynamic sizes, at sizes that are not the nominal ones. */
describe("kernels that move and select values give in LiteRT what tfjs gives, at any sizes", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
  });
  const models = [...CUTTING, ...EXTENDING, ...BATCH, ...MOVING, ...OTHER];
  test.each(models.map((model) => [model.name, model] as const))("%s", async (_, model) => {
    const { fn, rest = [], dtype = "float32", sizes = OTHERS } = model;
    const shape = [null, { nominal: NOMINAL[0] }, { nominal: NOMINAL[1] }, ...rest];
    const source: FunctionSource = { fn, inputs: [{ name: "x", shape, dtype }] };
    const bytes = await toTflite(source);
    for (const [height, width] of [NOMINAL, ...sizes]) {
      const values = inputValues(fnCase("", [{ shape: [null, height, width, ...rest], dtype }], fn), 2);
      const expected = expectedOf(source, values);
      const file = withSizes(bytes, values, Object.values(expected));
      expectSameOutputs(await runFile(file, values), expected, 1e-6, `${height}x${width}`);
    }
  });

  test("a block that reaches beyond the nominal size is an error that says so", async () => {
    const source: FunctionSource = {
      fn: (x) => tf.slice(x, [0, 4], [-1, 3]),
      inputs: [{ name: "x", shape: [null, { nominal: 6 }] }],
    };
    await expect(toTflite(source)).rejects.toThrow(
      /Slice: it takes 7 of dimension 1, whose nominal size is 6: give it a larger one, or a fixed one/,
    );
  });
});
