import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { type FunctionSource, type InputSpec, toTflite } from "../../../src/convert/index.ts";
import {
  constant,
  expectClose,
  fnCase,
  inputValues,
  runFile,
  TOLERANCE,
  type Values,
} from "../../support/judge.ts";

const image = (x: tf.Tensor): tf.Tensor4D => x as tf.Tensor4D;
const volume = (x: tf.Tensor): tf.Tensor5D => x as tf.Tensor5D;
const run = (kernel: string, inputs: Record<string, tf.Tensor>, attributes: object): tf.Tensor =>
  tf.engine().runKernel(kernel, inputs, attributes as never) as tf.Tensor;

const [FIRST, LAST] = [
  [0, 2, 3, 4, 1],
  [0, 4, 1, 2, 3],
];
const window = { strides: [2, 1, 2], pad: "same", dataFormat: "NCDHW" };
const pool = { ...window, filterSize: [2, 3, 2] };
const weights = (): tf.Tensor5D => volume(constant([2, 3, 2, 2, 4]));
const channelsLast = (x: tf.Tensor): tf.Tensor5D => volume(tf.transpose(x, FIRST));
const channelsFirst = (x: tf.Tensor): tf.Tensor => tf.transpose(x, LAST);
const VOLUME: InputSpec["shape"] = [null, 2, 5, 6, 7];
const TURNS = [
  [0.81, -0.63, 1.3, 0.57, 0.83, -1.2, 0, 0],
  [1, 0.11, -2.3, 0, 0.9, 3.4, 0, 0],
  [0.9, 0.13, -1.3, 0.2, 1.1, -0.7, 0.03, 0.05],
];

interface Beyond {
  readonly name: string;
  readonly shapes: readonly InputSpec["shape"][];
  readonly batch: number;
  readonly fn: FunctionSource["fn"];
  /** The same by kernels that the cpu backend has. */
  readonly expected: (...inputs: tf.Tensor[]) => tf.Tensor;
}

const each = (x: tf.Tensor, fn: (item: tf.Tensor4D, index: number) => tf.Tensor): tf.Tensor =>
  tf.concat(tf.split(x, x.shape[0] as number).map((item, index) => fn(image(item), index)));

const CASES: readonly Beyond[] = [
  {
    name: "conv3d, channels first",
    shapes: [VOLUME],
    batch: 2,
    fn: (x) => run("Conv3D", { x, filter: weights() }, { ...window, dilations: [1, 1, 1] }),
    expected: (x) => channelsFirst(tf.conv3d(channelsLast(x), weights(), [2, 1, 2], "same")),
  },
  {
    name: "maxPool3d, channels first",
    shapes: [VOLUME],
    batch: 2,
    fn: (x) => run("MaxPool3D", { x }, pool),
    expected: (x) => channelsFirst(tf.maxPool3d(channelsLast(x), [2, 3, 2], [2, 1, 2], "same")),
  },
  {
    name: "avgPool3d, channels first",
    shapes: [VOLUME],
    batch: 2,
    fn: (x) => run("AvgPool3D", { x }, pool),
    expected: (x) => channelsFirst(tf.avgPool3d(channelsLast(x), [2, 3, 2], [2, 1, 2], "same")),
  },
  {
    name: "depthToSpace, channels first",
    shapes: [[null, 8, 2, 3]],
    batch: 2,
    fn: (x) => tf.depthToSpace(image(x), 2, "NCHW"),
    expected: (x) => tf.transpose(tf.depthToSpace(image(tf.transpose(x, [0, 2, 3, 1])), 2), [0, 3, 1, 2]),
  },
  {
    name: "one transform of a batch",
    shapes: [[null, 6, 7, 2]],
    batch: 3,
    fn: (x) =>
      tf.image.transform(image(x), tf.tensor2d([TURNS[0] as number[]]), "bilinear", "reflect", 0.5, [5, 8]),
    expected: (x) =>
      each(x, (item) =>
        tf.image.transform(item, tf.tensor2d([TURNS[0] as number[]]), "bilinear", "reflect", 0.5, [5, 8]),
      ),
  },
  {
    name: "a transform for each image",
    shapes: [[3, 6, 7, 2]],
    batch: 3,
    fn: (x) => tf.image.transform(image(x), tf.tensor2d(TURNS), "nearest", "constant", 0.5),
    expected: (x) =>
      each(x, (item, index) =>
        tf.image.transform(item, tf.tensor2d([TURNS[index] as number[]]), "nearest", "constant", 0.5),
      ),
  },
  {
    name: "a computed transform for each image of a dynamic batch",
    shapes: [
      [null, 6, 7, 2],
      [null, 8],
    ],
    batch: 3,
    fn: (x, t) => tf.image.transform(image(x), t as tf.Tensor2D, "bilinear", "wrap", 0.5),
    expected: (x, t) =>
      each(x, (item, index) =>
        tf.image.transform(item, tf.slice2d(t as tf.Tensor2D, [index, 0], [1, 8]), "bilinear", "wrap", 0.5),
      ),
  },
];

/** What tfjs's cpu backend lacks, or stops in the middle of: judged by other kernels of it that say the same. */
describe("kernels that tfjs's cpu backend has in part", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
  });

  test.each(CASES.map((known) => [known.name, known] as const))("%s", async (_, known) => {
    const { fn, shapes, batch, expected } = known;
    const inputs = shapes.map((shape, index): InputSpec => ({ name: `in_${index}`, shape }));
    const bytes = await toTflite({ fn, inputs });
    const given = inputValues(fnCase("", shapes as readonly (readonly (number | null)[])[], fn), batch);
    const values = given.map(
      (value): Values =>
        value.shape.length === 2 ? { ...value, data: TURNS.flat().map(Math.fround) } : value,
    );
    const [output] = Object.values(await runFile(bytes, values)) as [Values];
    tf.tidy(() => {
      const tensors = values.map(({ data, shape }) => tf.tensor(Array.from(data), [...shape]));
      const right = expected(...tensors);
      expect(output.shape).toEqual(right.shape);
      expectClose(output.data, right.dataSync(), TOLERANCE, known.name);
    });
  });
});
