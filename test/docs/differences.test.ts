import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import { type FunctionSource, type InputType, type ModelSource, toTflite } from "../../src/convert/index.ts";
import { expectedOf, runFile, type Values } from "../support/judge.ts";
import { runInTfliteWeb, TFLITE_WEB_VERSION } from "../support/tflite-web.ts";
import { ROOT } from "./examples.ts";

/** A place where tfjs and a runtime give different numbers, as docs/differences.md lists it. */
interface Difference {
  /** What the page calls it. */
  readonly name: string;
  readonly fn: FunctionSource["fn"];
  readonly inputs: readonly (readonly number[])[];
  readonly shapes?: readonly (readonly number[])[];
  readonly dtype?: InputType;
  /** What tfjs's cpu backend gives, and LiteRT (its WebAssembly build, with XNNPACK). */
  readonly tfjs: readonly number[];
  readonly litert: readonly number[];
  /** What an older TensorFlow Lite gives, where it is asked. */
  readonly older?: readonly number[];
}

const [N, I] = [Number.NaN, Number.POSITIVE_INFINITY];
/** The largest finite float. */
const MOST = 2 ** 128 - 2 ** 104;
/** Past the ranks that XNNPACK takes. */
const SEVEN = [1, 1, 1, 1, 1, 1, 4];
const as4d = (x: tf.Tensor): tf.Tensor4D => x as tf.Tensor4D;

const DIFFERENCES: readonly Difference[] = [
  {
    name: "Maximum and minimum of two tensors",
    fn: (a, b) => tf.concat([tf.maximum(a, b), tf.minimum(a, b)]),
    inputs: [
      [1, N],
      [N, 1],
    ],
    tfjs: [N, N, N, N],
    litert: [1, N, 1, N],
    older: [1, N, 1, N],
  },
  {
    name: "Largest and smallest of a dimension",
    fn: (x) => tf.stack([tf.max(x), tf.min(x)]),
    inputs: [[1, N, 0.5]],
    tfjs: [N, N],
    litert: [1, N],
    older: [0.5, 0.5],
  },
  {
    name: "Logarithm of NaN and of infinity",
    fn: (x) => tf.log(x),
    inputs: [[N, I, 0, -1]],
    tfjs: [N, I, -I, N],
    litert: [88.78173065185547, 88.37626647949219, -I, N],
    older: [N, I, -I, N],
  },
  {
    name: "ReLU6 and clips",
    fn: (x) => tf.concat([tf.relu6(x), tf.clipByValue(x, -0.5, 0.5)]),
    inputs: [[N, N, N, N]],
    tfjs: [N, N, N, N, N, N, N, N],
    litert: [N, N, N, N, N, N, N, N],
    older: [0, 0, 0, 0, -0.5, -0.5, -0.5, -0.5],
  },
  {
    name: "Max pools",
    fn: (x) => tf.maxPool(as4d(x), 2, 2, "valid"),
    inputs: [[N, 1, 2, 3, 1, 1, N, 1]],
    shapes: [[1, 2, 4, 1]],
    tfjs: [1, 3],
    litert: [N, N],
    older: [-I, 3],
  },
  {
    name: "Infinite sums and differences",
    fn: (a, b) => tf.add(a, b),
    inputs: [
      [I, -I, 3e38, N],
      [1, 1, 3e38, 1],
    ],
    shapes: [SEVEN, SEVEN],
    tfjs: [I, -I, I, N],
    litert: [MOST, -MOST, MOST, N],
    older: [MOST, -MOST, MOST, N],
  },
  {
    name: "Infinite products and quotients",
    fn: (a, b) => tf.div(a, b),
    inputs: [
      [I, 1, -1, 0],
      [1, 0, 0, 0],
    ],
    shapes: [SEVEN, SEVEN],
    tfjs: [I, I, -I, N],
    litert: [MOST, MOST, -MOST, N],
    older: [MOST, MOST, -MOST, N],
  },
  {
    name: "Exponential above 88.4",
    fn: (x) => tf.greater(tf.exp(x), 3.4e38),
    inputs: [[88.3, 88.5, 88.7, 88.8]],
    tfjs: [0, 0, 0, 1],
    litert: [0, 1, 1, 1],
    older: [0, 0, 0, 1],
  },
  {
    name: "Casts of what is no 32-bit integer",
    fn: (x) => tf.cast(x, "int32"),
    inputs: [[3e9, -3e9, N, I]],
    tfjs: [3e9 - 2 ** 32, 2 ** 32 - 3e9, 0, 0],
    litert: [2 ** 31 - 1, -(2 ** 31), 2 ** 31 - 1, 2 ** 31 - 1],
    older: [-(2 ** 31), -(2 ** 31), -(2 ** 31), -(2 ** 31)],
  },
  {
    name: "Products of integers beyond 2^53",
    fn: (a, b) => tf.mul(a, b),
    inputs: [[123456789], [987654321]],
    dtype: "int32",
    tfjs: [(123456789 * 987654321) | 0],
    litert: [Math.imul(123456789, 987654321)],
  },
  {
    name: "Powers of integers beyond 2^31",
    fn: (a, b) => tf.pow(a, b),
    inputs: [
      [2, 3],
      [31, 40],
    ],
    dtype: "int32",
    tfjs: [-(2 ** 31), (3 ** 40) | 0],
    litert: [2 ** 31 - 1, 2 ** 31 - 1],
  },
  {
    name: "Smallest numbers",
    fn: (x) => tf.exp(x),
    inputs: [[-88]],
    tfjs: [Math.fround(Math.exp(-88))],
    litert: [0],
  },
  {
    name: "Points of a computed transform halfway between two pixels",
    // 5 * 0.7 is 3.5 with 32 bits, and 3.49999994 with 64, since 0.7 is no float.
    fn: (x, t) => tf.slice(tf.image.transform(as4d(x), t as tf.Tensor2D), [0, 0, 5, 0], [1, 1, 1, 1]),
    inputs: [
      [0, 1, 2, 3, 4, 5],
      [0.7, 0, 0, 0, 1, 0, 0, 0],
    ],
    shapes: [
      [1, 1, 6, 1],
      [1, 8],
    ],
    tfjs: [3],
    litert: [4],
  },
  {
    name: "Nearest pixels",
    // Pixel 41 of 82 lies at 41 * (2 / 82): 1 with 64 bits, less with 32.
    fn: (x) => tf.slice(tf.image.resizeNearestNeighbor(as4d(x), [1, 82]), [0, 0, 41, 0], [1, 1, 1, 1]),
    inputs: [[0, 1]],
    shapes: [[1, 1, 2, 1]],
    tfjs: [Math.floor((2 / 82) * 41)],
    litert: [Math.floor(Math.fround(Math.fround(2 / 82) * 41))],
  },
  {
    name: "A transform of several images",
    fn: (x) => tf.image.transform(as4d(x), tf.tensor2d([[1, 0, 0, 0, 1, 0, 0, 0]])),
    inputs: [[1, 2, 3, 4]],
    shapes: [[2, 1, 2, 1]],
    tfjs: [1, 2, 0, 0],
    litert: [1, 2, 3, 4],
  },
];

async function both(
  source: ModelSource,
  values: readonly Values[],
): Promise<Record<"tfjs" | "litert" | "older", readonly number[]>> {
  const bytes = await toTflite(source);
  const numbers = (outputs: Readonly<Record<string, Values>>): number[] =>
    Array.from(Object.values(outputs)[0]?.data ?? [], Number);
  return {
    tfjs: numbers(expectedOf(source, values)),
    litert: numbers(await runFile(bytes, values)),
    older: numbers(await runInTfliteWeb(bytes, values)),
  };
}

const plus0 = (values: readonly number[]): number[] => values.map((value) => value + 0);

describe("tfjs and runtimes differ as docs/differences.md says", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
  });

  test.each(DIFFERENCES.map((each) => [each.name, each] as const))("%s", async (_, difference) => {
    const { fn, inputs, shapes, dtype = "float32", tfjs, litert, older } = difference;
    const values = inputs.map((data, index) => ({ data, shape: shapes?.[index] ?? [data.length], dtype }));
    const source = { fn, inputs: values.map(({ shape }, index) => ({ name: `x${index}`, shape, dtype })) };
    const actual = await both(source, values);
    expect(plus0(actual.tfjs)).toEqual(tfjs);
    expect(plus0(actual.litert)).toEqual(litert);
    if (older !== undefined) expect(plus0(actual.older)).toEqual(older);
    expect(tfjs.concat(tfjs), "there is a difference").not.toEqual(litert.concat(older ?? litert));
  });

  /** The largest difference from what JavaScript computes with 64 bits. */
  const worst = async (
    fn: FunctionSource["fn"],
    exact: (x: number) => number,
    data: readonly number[],
  ): Promise<number> => {
    const source = { fn, inputs: [{ name: "x", shape: [data.length] }] };
    const [output] = Object.values(
      await runFile(await toTflite(source), [{ data, shape: [data.length], dtype: "float32" }]),
    );
    return Math.max(...data.map((x, index) => Math.abs(exact(Math.fround(x)) - Number(output?.data[index]))));
  };
  const spread = (from: number, to: number): number[] =>
    Array.from({ length: 999 }, (_, index) => from + ((to - from) * index) / 998);

  test("Sines and cosines", async () => {
    for (const [fn, exact] of [
      [tf.sin, Math.sin],
      [tf.cos, Math.cos],
    ] as const) {
      expect(await worst(fn, exact, spread(-8192, 8192))).toBeLessThan(3e-7);
      expect(await worst(fn, exact, spread(1e6, 1e7))).toBeGreaterThan(1e-2);
    }
  });

  test("Tangents", async () => {
    expect(await worst(tf.tan, Math.tan, [1, 1000, 8192])).toBeLessThan(1e-5);
    expect(await worst(tf.tan, Math.tan, [1e7])).toBeGreaterThan(0.1);
  });

  test("Logarithm near 1", async () => {
    const error = await worst(tf.log, Math.log, spread(0.99, 1.01));
    expect(error).toBeLessThan(1.5e-7);
    // A float's own rounding there is a hundredth of that.
    expect(error).toBeGreaterThan(5e-8);
  });

  test("Batch normalization along another axis", async () => {
    const model = sequential({
      layers: [layers.batchNormalization({ axis: 1, epsilon: 0, inputShape: [2, 1, 3] })],
    });
    model.setWeights([tf.tensor1d([1, 10]), ...[0, 0, 1].map((value) => tf.fill([2], value))]);
    const { tfjs, litert } = await both(model, [
      { data: [1, 2, 3, 4, 5, 6], shape: [1, 2, 1, 3], dtype: "float32" },
    ]);
    expect(litert).toEqual([1, 2, 3, 40, 50, 60]);
    // The factors take turns instead.
    expect(tfjs).toEqual([1, 20, 3, 40, 5, 60]);
    model.dispose();
  });

  test("Draws", async () => {
    const source = {
      fn: (x: tf.Tensor) => tf.multinomial(x as tf.Tensor2D, 100, 7),
      inputs: [{ name: "x", shape: [1, 4] }],
    };
    const values = [{ data: [0, 0, 0, 0], shape: [1, 4], dtype: "float32" }];
    const [first, second] = [await both(source, values), await both(source, values)];
    expect(first.litert).toEqual(second.litert);
    expect(first.litert).not.toEqual(first.tfjs);
  });
});

test("the page has each of them, and what other tests pin", async () => {
  const page = await readFile(join(ROOT, "docs/differences.md"), "utf8");
  const rows = [...page.matchAll(/^\| \*\*(.+?)\*\* \|/gm)].map(([, name]) => name);
  const pinned = DIFFERENCES.map(({ name }) => name);
  const others = ["Sines and cosines", "Tangents", "Logarithm near 1", "Draws"];
  const elsewhere = [
    "Batch normalization along another axis",
    "Complex numbers of different shapes",
    "Points of a turned image of a dynamic size halfway between two pixels",
    "Outputs of a size that values decide",
    "Outputs of dynamic size behind such an operator",
    "Outputs without elements",
    "More than 8 dimensions of any tensor",
  ];
  expect(rows.sort()).toEqual([...pinned, ...others, ...elsewhere].sort());
  expect(page).toContain(TFLITE_WEB_VERSION);
});
