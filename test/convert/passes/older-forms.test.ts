import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { type FunctionSource, parseTflite, toTflite } from "../../../src/convert/index.ts";
import { olderForms } from "../../../src/convert/passes/older-forms.ts";
import { OperatorList } from "../../../src/graph/builder.ts";
import { compareVersions, runtimeOf } from "../../../src/graph/operators/versions.ts";
import { floatConstant, intConstant } from "../../../src/graph/tensors.ts";
import type { Graph, Operator, Subgraph, Tensor, TensorType } from "../../../src/graph/types.ts";
import { verifyGraph } from "../../../src/graph/verify.ts";
import { writeTflite } from "../../../src/tflite-writer/write.ts";
import { expectedOf, expectSameOutputs, runFile, type Values } from "../../support/judge.ts";

interface FormCase {
  readonly name: string;
  readonly inputs: readonly {
    readonly shape: readonly number[];
    readonly type: TensorType;
    readonly values: readonly number[];
  }[];
  readonly build: (list: OperatorList, inputs: readonly Tensor[]) => Tensor;
  /** What the target lacks. */
  readonly lacks: (operator: Operator) => boolean;
  readonly tolerance: number;
}

const floats = (shape: readonly number[], ...values: number[]) => ({
  shape,
  type: "float32" as const,
  values,
});
const ints = (shape: readonly number[], ...values: number[]) => ({ shape, type: "int32" as const, values });
const bools = (shape: readonly number[], ...values: number[]) => ({ shape, type: "bool" as const, values });
const MIXED = [0.5, -1.25, 2, 0.75, -0.5, 3, -2.5, 1.5, 0.25, -3, 1];
const vector = (...values: number[]): Tensor => intConstant("v", [values.length], values);
const lacking =
  (type: string, when: (operator: never) => boolean = () => true) =>
  (operator: Operator): boolean =>
    operator.type === type && when(operator as never);

/** Sums and products wrap around as in tfjs's typed arrays. */
const EXTREMES = [2 ** 31 - 1, -(2 ** 31), 65537, -65537, 3];
const ofIntegers = ({ inputs }: Operator): boolean => inputs[0]?.type !== "float32";
const ofRankAbove =
  (rank: number, made = false) =>
  ({ inputs, outputs }: Operator): boolean =>
    ((made ? outputs : inputs)[0]?.shape.length ?? 0) > rank;

const CASES: readonly FormCase[] = [
  {
    name: "SIGN",
    inputs: [floats([7], -2, -0, 0, 1e-30, 3, -1e30, 0.5)],
    build: (list, [x]) => list.add("SIGN", [x!], {}, "y"),
    lacks: lacking("SIGN"),
    tolerance: 0,
  },
  ...([true, false] as const).map((keep_dims) => ({
    name: `REDUCE_ALL, keep_dims ${keep_dims}`,
    inputs: [bools([3, 4], 1, 1, 1, 1, 1, 0, 1, 1, 0, 0, 0, 0)],
    build: (list: OperatorList, [x]: readonly Tensor[]) =>
      list.add("REDUCE_ALL", [x!, vector(1)], { keep_dims }, "y"),
    lacks: lacking("REDUCE_ALL"),
    tolerance: 0,
  })),
  {
    name: "REDUCE_ANY",
    inputs: [bools([3, 4], 1, 1, 1, 1, 1, 0, 1, 1, 0, 0, 0, 0)],
    build: (list, [x]) => list.add("REDUCE_ANY", [x!, vector(1)], {}, "y"),
    lacks: lacking("REDUCE_ANY"),
    tolerance: 0,
  },
  ...(["RELU_N1_TO_1", "RELU_0_TO_1"] as const).map((type) => ({
    name: type,
    inputs: [floats([11], ...MIXED)],
    build: (list: OperatorList, [x]: readonly Tensor[]) => list.add(type, [x!], {}, "y"),
    lacks: lacking(type),
    tolerance: 0,
  })),
  ...[0, 1, 2].flatMap((axis) =>
    [
      { exclusive: false, reverse: false },
      { exclusive: true, reverse: false },
      { exclusive: true, reverse: true },
    ].map((options) => ({
      name: `CUMSUM along ${axis}, ${JSON.stringify(options)}`,
      inputs: [floats([2, 3, 4], ...MIXED)],
      build: (list: OperatorList, [x]: readonly Tensor[]) =>
        list.add("CUMSUM", [x!, intConstant("axis", [], [axis])], options, "y"),
      lacks: lacking("CUMSUM"),
      tolerance: 1e-6,
    })),
  ),
  ...[
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ].map(([adj_x, adj_y]) => ({
    name: `BATCH_MATMUL, adj_x ${adj_x}, adj_y ${adj_y}`,
    inputs: [
      floats(adj_x ? [1, 3, 2] : [1, 2, 3], ...MIXED),
      floats(adj_y ? [4, 3] : [3, 4], ...[...MIXED].reverse()),
    ],
    build: (list: OperatorList, inputs: readonly Tensor[]) =>
      list.add("BATCH_MATMUL", inputs, { adj_x: adj_x!, adj_y: adj_y! }, "y"),
    lacks: lacking("BATCH_MATMUL"),
    tolerance: 1e-6,
  })),
  {
    name: "SELECT_V2 of one shape",
    inputs: [bools([4], 1, 0, 0, 1), ints([4], 1, 2, 3, 4), ints([4], -1, -2, -3, -4)],
    build: (list, inputs) => list.add("SELECT_V2", inputs, {}, "y"),
    lacks: lacking("SELECT_V2"),
    tolerance: 0,
  },
  {
    name: "SELECT_V2 that broadcasts",
    inputs: [bools([2, 1], 1, 0), floats([2, 3], ...MIXED), floats([], 7)],
    build: (list, inputs) => list.add("SELECT_V2", inputs, {}, "y"),
    lacks: lacking("SELECT_V2"),
    tolerance: 0,
  },
  {
    name: "TILE",
    inputs: [ints([2, 1, 3], 1, 2, 3, 4, 5, 6)],
    build: (list, [x]) => list.add("TILE", [x!, vector(2, 3, 1)], {}, "y"),
    lacks: lacking("TILE"),
    tolerance: 0,
  },
  {
    name: "BROADCAST_TO",
    inputs: [floats([3, 1], ...MIXED)],
    build: (list, [x]) => list.add("BROADCAST_TO", [x!, vector(2, 3, 4)], {}, "y"),
    lacks: lacking("BROADCAST_TO"),
    tolerance: 0,
  },
  {
    name: "ONE_HOT",
    inputs: [ints([2, 3], 0, 4, 2, -1, 5, 1)],
    build: (list, [x]) =>
      list.add(
        "ONE_HOT",
        [
          x!,
          intConstant("depth", [], [5]),
          floatConstant("on", [], Float32Array.of(2.5)),
          floatConstant("off", [], Float32Array.of(-1)),
        ],
        { axis: -1 },
        "y",
      ),
    lacks: lacking("ONE_HOT"),
    tolerance: 0,
  },
  {
    name: "FULLY_CONNECTED that keeps dimensions",
    inputs: [floats([2, 3, 4], ...MIXED)],
    build: (list, [x]) =>
      list.add(
        "FULLY_CONNECTED",
        [
          x!,
          floatConstant("w", [2, 4], Float32Array.from([1, -2, 0.5, 3, -1, 0.25, 2, 1])),
          floatConstant("b", [2], Float32Array.of(0.5, -3)),
        ],
        { keep_num_dims: true, fused_activation_function: "RELU" },
        "y",
      ),
    lacks: lacking(
      "FULLY_CONNECTED",
      ({ options }: { options: { keep_num_dims: boolean } }) => options.keep_num_dims,
    ),
    tolerance: 1e-6,
  },
  {
    name: "TRANSPOSE_CONV with a bias and an activation",
    inputs: [floats([1, 3, 3, 2], ...MIXED)],
    build: (list, [x]) =>
      list.add(
        "TRANSPOSE_CONV",
        [
          vector(1, 6, 6, 3),
          floatConstant(
            "w",
            [3, 2, 2, 2],
            Float32Array.from({ length: 24 }, (_, i) => Math.sin(i)),
          ),
          x!,
          floatConstant("b", [3], Float32Array.of(0.5, -1, 2)),
        ],
        { padding: "SAME", stride_h: 2, stride_w: 2, fused_activation_function: "RELU" },
        "y",
      ),
    lacks: lacking("TRANSPOSE_CONV", ({ inputs }: { inputs: unknown[] }) => inputs.length > 3),
    tolerance: 1e-6,
  },
  {
    name: "DEPTH_TO_SPACE",
    inputs: [floats([2, 3, 2, 8], ...MIXED)],
    build: (list, [x]) => list.add("DEPTH_TO_SPACE", [x!], { block_size: 2 }, "y"),
    lacks: lacking("DEPTH_TO_SPACE"),
    tolerance: 0,
  },
  {
    name: "EXPAND_DIMS",
    inputs: [floats([2, 3], ...MIXED)],
    build: (list, [x]) => list.add("EXPAND_DIMS", [x!, intConstant("axis", [], [1])], {}, "y"),
    lacks: lacking("EXPAND_DIMS"),
    tolerance: 0,
  },
  {
    name: "SQUEEZE",
    inputs: [floats([2, 1, 3], ...MIXED)],
    build: (list, [x]) => list.add("SQUEEZE", [x!], { squeeze_dims: [1] }, "y"),
    lacks: lacking("SQUEEZE"),
    tolerance: 0,
  },
  ...(["REDUCE_MAX", "REDUCE_MIN", "SUM"] as const).flatMap((type) =>
    [[0], [1], [2, 0], [-1, 1, 0]].map((axes) => ({
      name: `${type} of integers over ${axes}`,
      inputs: [ints([2, 5, 3], ...EXTREMES)],
      build: (list: OperatorList, [x]: readonly Tensor[]) =>
        list.add(type, [x!, vector(...axes)], { keep_dims: axes.length === 2 }, "y"),
      lacks: lacking(type),
      tolerance: 0,
    })),
  ),
  ...[true, false].map((keep_dims) => ({
    name: `MEAN over five dimensions, keep_dims ${keep_dims}`,
    inputs: [floats([2, 2, 3, 2, 2, 3], ...MIXED)],
    build: (list: OperatorList, [x]: readonly Tensor[]) =>
      list.add("MEAN", [x!, vector(1, 2, 3, 4, 5)], { keep_dims }, "y"),
    lacks: lacking("MEAN", ({ inputs }: Operator) => (inputs[1]?.shape[0] ?? 0) > 4),
    tolerance: 1e-6,
  })),
  {
    name: "SPLIT_V with a part without elements",
    inputs: [floats([2, 5], ...MIXED)],
    build: (list, [x]) => {
      const [head, , tail] = list.addMany(
        "SPLIT_V",
        [x!, vector(3, 0, 2), intConstant("axis", [], [1])],
        { num_splits: 3 },
        "part",
      ) as readonly Tensor[];
      return list.add("CONCATENATION", [tail!, head!], { axis: 1 }, "y");
    },
    lacks: lacking("SPLIT_V"),
    tolerance: 0,
  },
  {
    name: "REDUCE_PROD",
    inputs: [floats([2, 7], ...MIXED)],
    build: (list, [x]) => list.add("REDUCE_PROD", [x!, vector(1)], {}, "y"),
    lacks: lacking("REDUCE_PROD"),
    tolerance: 1e-6,
  },
  {
    name: "REDUCE_PROD of integers",
    inputs: [ints([2, 6], 3, -7, 2, 5, 1, 11)],
    build: (list, [x]) => list.add("REDUCE_PROD", [x!, vector(0, 1)], { keep_dims: true }, "y"),
    lacks: lacking("REDUCE_PROD"),
    tolerance: 0,
  },
  ...[1, 2].flatMap((axis) =>
    [
      { exclusive: false, reverse: false },
      { exclusive: false, reverse: true },
      { exclusive: true, reverse: false },
      { exclusive: true, reverse: true },
    ].map((options) => ({
      name: `CUMSUM of integers along ${axis}, ${JSON.stringify(options)}`,
      inputs: [ints([2, 5, 3], ...EXTREMES)],
      build: (list: OperatorList, [x]: readonly Tensor[]) =>
        list.add("CUMSUM", [x!, intConstant("axis", [], [axis])], options, "y"),
      lacks: lacking("CUMSUM"),
      tolerance: 0,
    })),
  ),
  {
    name: "NEG of integers",
    inputs: [ints([5], ...EXTREMES)],
    build: (list, [x]) => list.add("NEG", [x!], {}, "y"),
    lacks: lacking("NEG"),
    tolerance: 0,
  },
  ...(["FLOOR_DIV", "FLOOR_MOD"] as const).map((type) => ({
    name: `${type} of integers`,
    inputs: [ints([8], 7, -7, 7, -7, 6, -6, 0, 2 ** 31 - 1), ints([8], 2, 2, -2, -2, 3, 3, -5, -(2 ** 31))],
    build: (list: OperatorList, inputs: readonly Tensor[]) => list.add(type, inputs, {}, "y"),
    lacks: lacking(type),
    tolerance: 0,
  })),
  {
    name: "TRANSPOSE of integers",
    inputs: [ints([2, 3, 4], ...EXTREMES)],
    build: (list, [x]) => list.add("TRANSPOSE", [x!, vector(2, 0, 1)], {}, "y"),
    lacks: lacking("TRANSPOSE", ofIntegers),
    tolerance: 0,
  },
  {
    name: "TRANSPOSE of booleans",
    inputs: [bools([2, 3, 2], 1, 0, 0, 1, 1)],
    build: (list, [x]) => list.add("TRANSPOSE", [x!, vector(2, 1, 0)], {}, "y"),
    lacks: lacking("TRANSPOSE", ofIntegers),
    tolerance: 0,
  },
  {
    name: "TRANSPOSE of six dimensions",
    inputs: [floats([2, 1, 3, 2, 2, 2], ...MIXED)],
    build: (list, [x]) => list.add("TRANSPOSE", [x!, vector(5, 2, 3, 1, 0, 4)], {}, "y"),
    lacks: lacking("TRANSPOSE", ofRankAbove(5)),
    tolerance: 0,
  },
  {
    name: "GATHER of integers",
    inputs: [ints([5, 2], ...EXTREMES), ints([3], 4, 0, 2)],
    build: (list, inputs) => list.add("GATHER", inputs, { axis: 0 }, "y"),
    lacks: lacking("GATHER", ofIntegers),
    tolerance: 0,
  },
  {
    name: "MIRROR_PAD of integers",
    inputs: [ints([5], ...EXTREMES)],
    build: (list, [x]) =>
      list.add("MIRROR_PAD", [x!, intConstant("p", [1, 2], [2, 3])], { mode: "SYMMETRIC" }, "y"),
    lacks: lacking("MIRROR_PAD", ofIntegers),
    tolerance: 0,
  },
  {
    name: "BROADCAST_TO of six dimensions",
    inputs: [floats([1, 1, 2, 1, 3, 1], ...MIXED)],
    build: (list, [x]) => list.add("BROADCAST_TO", [x!, vector(1, 2, 2, 2, 3, 3)], {}, "y"),
    lacks: lacking("BROADCAST_TO", ofRankAbove(5, true)),
    tolerance: 0,
  },
  {
    name: "CONCATENATION of 23 tensors",
    inputs: [floats([2, 3], ...MIXED), floats([2, 1], ...MIXED)],
    build: (list, [x, y]) =>
      list.add(
        "CONCATENATION",
        Array.from({ length: 23 }, (_, i) => (i % 3 ? y! : x!)),
        { axis: 1 },
        "y",
      ),
    lacks: lacking("CONCATENATION", ({ inputs }: { inputs: unknown[] }) => inputs.length > 10),
    tolerance: 0,
  },
  ...[3, -2, 7].map((exponent) => ({
    name: `POW with ${exponent}`,
    inputs: [floats([11], ...MIXED)],
    build: (list: OperatorList, [x]: readonly Tensor[]) =>
      list.add("POW", [x!, floatConstant("e", [], Float32Array.of(exponent))], {}, "y"),
    lacks: lacking("POW"),
    tolerance: 1e-6,
  })),
  {
    name: "FILL of booleans",
    inputs: [bools([], 1)],
    build: (list, [x]) => list.add("FILL", [vector(2, 3), x!], {}, "y"),
    lacks: lacking("FILL", ({ inputs }: Operator) => inputs[1]?.type === "bool"),
    tolerance: 0,
  },
  {
    name: "ONE_HOT of integers along the first dimension",
    inputs: [ints([2, 3], 0, 4, 2, -1, 5, 1)],
    build: (list, [x]) => {
      const [depth, on, off] = [5, 7, -1].map((value) => intConstant("c", [], [value]));
      return list.add("ONE_HOT", [x!, depth!, on!, off!], { axis: 0 }, "y");
    },
    lacks: lacking("ONE_HOT"),
    tolerance: 0,
  },
  ...(["int32", "bool"] as const).map((type) => ({
    name: `SELECT_V2 of ${type} by factors`,
    inputs: [
      bools([2, 1], 1, 0),
      { shape: [2, 3], type, values: type === "bool" ? [1, 0] : EXTREMES },
      { shape: [], type, values: [1] },
    ],
    build: (list: OperatorList, inputs: readonly Tensor[]) => list.add("SELECT_V2", inputs, {}, "y"),
    lacks: ({ type: of }: Operator) => of === "SELECT_V2" || of === "SELECT",
    tolerance: 0,
  })),
];

const graphOf = ({ inputs: described, build }: FormCase): Graph => {
  const inputs = described.map(({ shape, type }, index): Tensor => ({ name: `x${index}`, type, shape }));
  const list = new OperatorList();
  const output = build(list, inputs);
  return {
    subgraphs: [{ name: "main", inputs, outputs: [output], operators: list.operators }],
    signatures: [
      {
        key: "serving_default",
        subgraph: 0,
        inputs: inputs.map(({ name }, position) => ({ name, position })),
        outputs: [{ name: "y", position: 0 }],
      },
    ],
    metadata: [],
  };
};

const valuesOf = ({ inputs }: FormCase): readonly Values[] =>
  inputs.map(({ shape, type, values }) => ({
    shape,
    dtype: type,
    data: Array.from({ length: tf.util.sizeFromShape([...shape]) }, (_, i) => values[i % values.length]!),
  }));

beforeAll(async () => {
  await tf.setBackend("cpu");
});

describe("what a target lacks is written in an older form with the same numbers in LiteRT", () => {
  test.each(CASES.map((formCase) => [formCase.name, formCase] as const))("%s", async (_, formCase) => {
    const graph = graphOf(formCase);
    const pass = olderForms({
      allows: (type) => !formCase.lacks({ type, inputs: [], outputs: [] } as unknown as Operator),
      problem: (operator) => (formCase.lacks(operator) ? "it is missing" : null),
    });
    const log = { applied: () => {}, skipped: () => {} };
    const subgraph = await pass.run(graph.subgraphs[0] as Subgraph, log);
    expect(subgraph.operators.filter(formCase.lacks)).toEqual([]);
    const older = { ...graph, subgraphs: [subgraph] };
    verifyGraph(older, "in its older form");
    const values = valuesOf(formCase);
    const [expected, actual] = [
      await runFile(writeTflite(graph), values),
      await runFile(writeTflite(older), values),
    ];
    expectSameOutputs(actual, expected, formCase.tolerance, formCase.name);
  });
});

describe("a file for an older runtime", () => {
  const inputs = [{ name: "x", shape: [null, 4, 4, 4] }] as const;
  const sources: readonly [name: string, runtime: string, source: FunctionSource][] = [
    ["selects", "1.15", { fn: (x) => tf.where(tf.greater(x, 0), x, tf.mul(x, x)), inputs }],
    ["selects infinity", "2.1", { fn: (x) => tf.where(tf.greater(x, 0), x, tf.scalar(-Infinity)), inputs }],
    ["moves depth to space", "1.15", { fn: (x) => tf.depthToSpace(x as tf.Tensor4D, 2), inputs }],
    ["clips", "1.14", { fn: (x) => tf.clipByValue(x, -1, 1), inputs }],
  ];
  test.each(sources)("%s with operators that %s has", async (_, runtime, source) => {
    const bytes = await toTflite(source, { target: { runtime } });
    const operators = parseTflite(bytes).subgraphs.flatMap((subgraph) => subgraph.operators);
    expect(operators.filter((operator) => compareVersions(runtimeOf(operator)!, runtime) > 0)).toEqual([]);
    const data = Array.from({ length: 128 }, (_, index) => Math.sin(index * 1.7) * 2);
    const values = [{ shape: [2, 4, 4, 4], dtype: "float32", data }];
    expectSameOutputs(await runFile(bytes, values), expectedOf(source, values), 1e-6, runtime);
  });

  test("names every operator that it has no form of, with the runtime that has", async () => {
    const source: FunctionSource = {
      fn: (x) => tf.image.resizeBilinear(x as tf.Tensor4D, [8, 8], false, true),
      inputs,
    };
    await expect(toTflite(source, { target: { runtime: "1.14" } })).rejects.toMatchObject({
      code: "unsupported-target",
      message: expect.stringMatching(
        /^runtime 1\.14 cannot run this model:\n {2}RESIZE_BILINEAR \(".*"\): version 3 needs runtime 2\.2\.0/,
      ),
    });
  });

  test.each([
    [{ runtime: "1.13" }, "files for 1.13 cannot be made; the oldest runtime is 1.14"],
    [{ runtime: "new" }, 'options.target must be { runtime: "2.14" } or "microcontroller"'],
    ["phone", 'options.target must be { runtime: "2.14" } or "microcontroller"'],
  ])("a target that is none is refused: %j", async (target, message) => {
    const conversion = toTflite({ fn: tf.abs, inputs }, { target: target as never });
    await expect(conversion).rejects.toThrow(message);
  });
});
