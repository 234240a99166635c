import * as tf from "@tensorflow/tfjs-core";
import {
  initializers,
  input,
  type LayerVariable,
  layers,
  model,
  type Shape,
  type SymbolicTensor,
} from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import { type FunctionSource, toTflite } from "../../../src/convert/index.ts";
import {
  constant,
  expectedOf,
  expectSameOutputs,
  fnCase,
  inputValues,
  randomizeWeights,
  runFile,
  TOLERANCE,
} from "../../support/judge.ts";
import { withSizes } from "../../support/with-sizes.ts";

const FEATURES = 8;
const LONGEST = 40;
/** Shorter and longer than what is recorded, even and odd. */
const LENGTHS = [1, 2, 7, 24, 33] as const;

interface Model {
  readonly name: string;
  readonly fn: FunctionSource["fn"];
  readonly dtype?: "float32" | "int32";
  readonly tolerance?: number;
  readonly lengths?: readonly number[];
}

const batch = (x: tf.Tensor): number => x.shape[0] as number;
const length = (x: tf.Tensor): number => x.shape[1] as number;
const positions = (x: tf.Tensor): tf.Tensor1D => tf.range(0, length(x), 1, "int32");
const along = (x: tf.Tensor, numbers: tf.Tensor): tf.Tensor =>
  tf.add(x, tf.reshape(tf.cast(numbers, "float32"), [1, -1, 1]));

const RANGES: readonly Model[] = [
  { name: "range", fn: (x) => along(x, tf.range(0, length(x))), tolerance: 0 },
  { name: "range as an output", fn: (x) => [tf.range(0, length(x), 1, "int32"), tf.neg(x)], tolerance: 0 },
  { name: "range, cast", fn: (x) => along(x, tf.cast(positions(x), "float32")), tolerance: 0 },
  {
    name: "range from 5 in steps of 3",
    fn: (x) => along(x, tf.range(5, 5 + 3 * length(x), 3)),
    tolerance: 0,
  },
  { name: "range of integers from -2", fn: (x) => along(x, tf.range(-2, length(x) - 2, 1, "int32")) },
  { name: "range downwards", fn: (x) => along(x, tf.range(length(x) - 1, -1, -1)), tolerance: 0 },
  { name: "range downwards by itself", fn: (x) => along(x, tf.range(length(x), 0)), tolerance: 0 },
  { name: "range from the length on", fn: (x) => along(x, tf.range(length(x), 2 * length(x))), tolerance: 0 },
  {
    name: "range in steps of a quarter",
    fn: (x) => along(x, tf.range(1, 1 + length(x) / 4, 0.25)),
    tolerance: 0,
  },
  {
    // The end is half a step further: what it is rounded to must not add a number.
    name: "range in steps of a tenth",
    fn: (x) => along(x, tf.range(0, (length(x) - 0.5) * 0.1, 0.1)),
    tolerance: 2e-6,
  },
  {
    name: "range around the middle",
    fn: (x) => along(x, tf.sub(tf.range(0, length(x)), (length(x) - 1) / 2)),
  },
  {
    name: "linspace of a length",
    fn: (x) => along(x, tf.linspace(-1, 1, length(x))),
    lengths: [2, 7, 24, 33],
  },
  { name: "linspace of one number", fn: (x) => along(x, tf.linspace(3, 5, length(x))), lengths: [1] },
  {
    name: "linspace to a length",
    fn: (x) => along(x, tf.slice(tf.linspace(0, length(x), length(x) + 1), 1)),
  },
  {
    name: "numbers of JavaScript",
    fn: (x) => along(x, tf.tensor1d(Array.from({ length: length(x) }, (_, i) => 2 * i - 3))),
  },
  {
    name: "numbers of JavaScript as a column, of integers",
    fn: (x) =>
      along(
        x,
        tf.tensor2d(
          Array.from({ length: length(x) }, (_, i) => i),
          [length(x), 1],
          "int32",
        ),
      ),
    tolerance: 0,
  },
  {
    name: "numbers of JavaScript from 0 to 1",
    fn: (x) => along(x, tf.tensor1d(Array.from({ length: length(x) }, (_, i) => i / length(x)))),
  },
  {
    name: "positions of batch and length",
    fn: (x) => tf.add(x, tf.reshape(tf.range(0, batch(x) * length(x)), [batch(x), length(x), 1])),
  },
];

const NUMBERS: readonly Model[] = [
  { name: "a length as a number", fn: (x) => tf.mul(x, length(x)) },
  { name: "a sum divided by a length", fn: (x) => tf.div(tf.sum(x, 1), length(x)) },
  { name: "a sum times the inverse of a length", fn: (x) => tf.mul(tf.sum(x, 1), 1 / length(x)) },
  { name: "division by the root of a length", fn: (x) => tf.div(x, Math.sqrt(length(x))) },
  { name: "the inverse root of a length", fn: (x) => tf.mul(x, 1 / Math.sqrt(length(x))) },
  { name: "half of a length", fn: (x) => tf.add(x, length(x) / 2) },
  { name: "a square of a length", fn: (x) => tf.mul(x, length(x) ** 2) },
  { name: "the number of values", fn: (x) => tf.mul(x, batch(x) * length(x)) },
  { name: "an integer", fn: (x) => tf.add(tf.argMax(x, 1), tf.scalar(length(x) - 1, "int32")), tolerance: 0 },
  {
    name: "two sizes",
    fn: (x) => tf.add(tf.slice(x, [0, 0, 0], [-1, -1, 2]), tf.tensor1d([batch(x), length(x)])),
  },
];

const FILLED: readonly Model[] = [
  { name: "fill", fn: (x) => tf.concat([x, tf.fill([batch(x), length(x), 2], 0.5)], 2), tolerance: 0 },
  { name: "fill with a length", fn: (x) => tf.concat([x, tf.fill([batch(x), length(x), 2], length(x))], 2) },
  { name: "zeros", fn: (x) => tf.concat([x, tf.zeros([batch(x), 3, FEATURES])], 1), tolerance: 0 },
  { name: "ones", fn: (x) => tf.matMul(tf.ones([batch(x), length(x), length(x)]), x) },
  {
    name: "fill, computed with",
    fn: (x) => along(x, tf.add(tf.fill([length(x)], 2), tf.range(0, length(x)))),
  },
];

const table = (): tf.Tensor2D => constant([LONGEST, FEATURES], 7) as tf.Tensor2D;

/** tf operations on constants, as preprocessing in a model has them. */
function sines(count: number): tf.Tensor {
  const angles = tf.mul(
    tf.reshape(tf.range(0, count), [-1, 1]),
    tf.exp(tf.mul(tf.range(0, FEATURES, 2), -Math.log(10000) / FEATURES)),
  );
  return tf.reshape(tf.stack([tf.sin(angles), tf.cos(angles)], 2), [count, FEATURES]);
}

const TABLES: readonly Model[] = [
  { name: "gather by positions", fn: (x) => tf.add(x, tf.gather(table(), positions(x))), tolerance: 1e-6 },
  {
    name: "slice of a table",
    fn: (x) => tf.add(x, tf.slice(table(), [0, 0], [length(x), -1])),
    tolerance: 1e-6,
  },
  {
    name: "slice of a table that is computed",
    fn: (x) => tf.add(x, tf.slice(sines(LONGEST), [0, 0], [length(x), FEATURES])),
  },
  {
    name: "slice of the end of a table",
    fn: (x) => tf.add(x, tf.slice(table(), [LONGEST - length(x), 0], [length(x), -1])),
  },
  { name: "a table of sines", fn: (x) => tf.add(x, sines(length(x))) },
  {
    name: "one-hot positions",
    fn: (x) => tf.add(x, tf.matMul(tf.oneHot(positions(x), LONGEST), table())),
    tolerance: 1e-6,
  },
  {
    name: "one-hot positions of a length",
    fn: (x) => tf.matMul(tf.cast(tf.oneHot(positions(x), length(x)), "float32"), tf.sum(x, 0)),
    lengths: [2, 7, 24, 33],
  },
  {
    name: "a table repeated for each item",
    fn: (x) => tf.add(x, tf.tile(tf.expandDims(sines(length(x))), [batch(x), 1, 1])),
  },
  { name: "reversed positions", fn: (x) => tf.gather(x, tf.reverse(positions(x)), 1), tolerance: 0 },
];

const MASKS: readonly Model[] = [
  {
    name: "a causal mask by comparison",
    fn: (x) => {
      const [rows, columns] = [tf.reshape(positions(x), [-1, 1]), tf.reshape(positions(x), [1, -1])];
      const scores = tf.matMul(x, x, false, true);
      return tf.softmax(tf.where(tf.greaterEqual(rows, columns), scores, tf.fill(scores.shape, -1e9)));
    },
  },
  {
    name: "a causal mask by bandPart",
    fn: (x) => {
      const mask = tf.linalg.bandPart(tf.ones([length(x), length(x)]), -1, 0);
      return tf.softmax(tf.add(tf.matMul(x, x, false, true), tf.mul(tf.sub(1, mask), -1e9)));
    },
  },
  {
    name: "distances between positions",
    fn: (x) => {
      const range = tf.range(0, length(x));
      const distances = tf.abs(tf.sub(tf.expandDims(range, 1), tf.expandDims(range, 0)));
      return tf.softmax(tf.sub(tf.matMul(x, x, false, true), tf.mul(distances, 0.5)));
    },
  },
];

/** Attention, a layer normalization, two dense layers. */
function block(x: tf.Tensor, causal: boolean): tf.Tensor {
  const weights = (seed: number, rows: number, columns: number): tf.Tensor =>
    constant([rows, columns], seed, [-0.4, 0.4]);
  const dense = (input: tf.Tensor, kernel: tf.Tensor): tf.Tensor =>
    tf.reshape(tf.matMul(tf.reshape(input, [-1, input.shape.at(-1) as number]), kernel), [
      batch(input),
      length(input),
      kernel.shape[1] as number,
    ]);
  const normalized = (input: tf.Tensor): tf.Tensor => {
    const { mean, variance } = tf.moments(input, -1, true);
    return tf.div(tf.sub(input, mean), tf.sqrt(tf.add(variance, 1e-5)));
  };
  const heads = (input: tf.Tensor): tf.Tensor =>
    tf.transpose(tf.reshape(input, [batch(x), length(x), 2, FEATURES / 2]), [0, 2, 1, 3]);
  const [queries, keys, values] = [1, 2, 3].map((seed) => heads(dense(x, weights(seed, FEATURES, FEATURES))));
  let scores = tf.div(
    tf.matMul(queries as tf.Tensor, keys as tf.Tensor, false, true),
    Math.sqrt(FEATURES / 2),
  );
  if (causal) {
    const mask = tf.linalg.bandPart(tf.ones([length(x), length(x)]), -1, 0);
    scores = tf.add(scores, tf.mul(tf.sub(1, mask), -1e9));
  }
  const attended = tf.matMul(tf.softmax(scores), values as tf.Tensor);
  const joined = tf.reshape(tf.transpose(attended, [0, 2, 1, 3]), x.shape);
  const first = normalized(tf.add(x, dense(joined, weights(4, FEATURES, FEATURES))));
  const inner = tf.relu(dense(first, weights(5, FEATURES, 16)));
  return normalized(tf.add(first, dense(inner, weights(6, 16, FEATURES))));
}

const BLOCKS: readonly Model[] = [
  {
    name: "a transformer with learned positions",
    fn: (x) => block(tf.add(x, tf.gather(table(), positions(x))), false),
  },
  { name: "a causal transformer with sines", fn: (x) => block(tf.add(x, sines(length(x))), true) },
];

async function fileOf(
  { fn, dtype = "float32" }: Model,
  size: null | { nominal: number },
): Promise<Uint8Array> {
  return toTflite({ fn, inputs: [{ name: "x", shape: [null, size, FEATURES], dtype }] });
}

/** Constants whose length or values follow a dynamic size, in files with a dynamic batch and length. */
describe.each([
  ["null", null],
  ["a nominal 12", { nominal: 12 }],
] as const)("constants that follow a length of %s give in LiteRT what tfjs gives", (_, size) => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
  });
  const models = [...RANGES, ...NUMBERS, ...FILLED, ...TABLES, ...MASKS, ...BLOCKS];
  test.each(models.map((model) => [model.name, model] as const))("%s", async (_name, model) => {
    const { fn, dtype = "float32", tolerance = TOLERANCE, lengths = LENGTHS } = model;
    const source: FunctionSource = { fn, inputs: [{ name: "x", shape: [null, size, FEATURES], dtype }] };
    const bytes = await fileOf(model, size);
    for (const [count, items] of lengths.flatMap((one) => [[one, 1] as const, [one, 3] as const])) {
      const values = inputValues(fnCase("", [{ shape: [null, count, FEATURES], dtype }], fn), items);
      const expected = expectedOf(source, values);
      const file = withSizes(bytes, values, Object.values(expected));
      expectSameOutputs(await runFile(file, values), expected, tolerance, `${items} of ${count}`);
    }
  });
});

/** A layer as applications write it: a table of positions beside one of words. */
class PositionEmbedding extends layers.Layer {
  static readonly className = "PositionEmbedding";
  #table: LayerVariable | undefined;

  override build(): void {
    this.#table = this.addWeight("positions", [LONGEST, FEATURES], "float32", initializers.zeros());
    this.built = true;
  }

  override computeOutputShape(shape: Shape): Shape {
    return shape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = [inputs].flat()[0] as tf.Tensor;
      const rows = tf.gather(this.#table?.read() as tf.Tensor, positions(x));
      return tf.add(x, tf.tile(tf.expandDims(rows), [batch(x), 1, 1]));
    });
  }
}

test("a layer of position embeddings takes sequences of any length", async () => {
  await tf.setBackend("cpu");
  const words = input({ shape: [null], name: "words", dtype: "int32" });
  const embedded = layers.embedding({ inputDim: 20, outputDim: FEATURES }).apply(words);
  const placed = new PositionEmbedding({ name: "places" }).apply(embedded);
  const pooled = layers.globalAveragePooling1d({}).apply(placed) as SymbolicTensor;
  const made = model({ inputs: words, outputs: pooled });
  randomizeWeights(made);
  const bytes = await toTflite(made, { inputs: { words: [null, { nominal: LONGEST / 2 }] } });
  for (const [count, items] of [
    [LONGEST / 2, 1],
    [7, 2],
    [LONGEST, 3],
  ] as const) {
    const data = Array.from({ length: count * items }, (_, index) => (index * 7) % 20);
    const values = [{ shape: [items, count], dtype: "int32", data }];
    const expected = expectedOf(made, values);
    const file = withSizes(bytes, values, Object.values(expected));
    expectSameOutputs(await runFile(file, values), expected, TOLERANCE, `${items} of ${count}`);
  }
  made.dispose();
});

describe("constants that no operation computes", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
  });
  test.each<[string, FunctionSource["fn"]]>([
    ["random numbers", (x) => along(x, tf.randomUniform([length(x)], 0, 1, "float32"))],
    [
      "numbers that are no function of the length",
      (x) => along(x, tf.tensor1d(Array.from({ length: length(x) }, (_, i) => i ** 2))),
    ],
    ["a size rounded down", (x) => tf.add(x, tf.scalar(Math.floor(length(x) / 2)))],
    ["a bound that is an attribute", (x) => tf.clipByValue(x, 0, length(x))],
    ["a slope that is an attribute", (x) => tf.leakyRelu(x, length(x))],
    [
      "a padding's value",
      (x) =>
        tf.pad(
          x,
          [
            [0, 0],
            [0, 0],
            [0, 1],
          ],
          length(x),
        ),
    ],
    ["a power of the length", (x) => tf.add(x, tf.scalar(1.1 ** length(x)))],
  ])("%s are refused with a cure", async (name, fn) => {
    const error = await fileOf({ name, fn }, null).then(
      () => null,
      (reason: unknown) => reason as { readonly message: string },
    );
    expect(error?.message).toMatch(/\{ inputs \}/);
  });
});
