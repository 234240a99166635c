import "@tensorflow/tfjs-backend-cpu";
import type { GraphModel } from "@tensorflow/tfjs-converter";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it, vi } from "vitest";
import { convert, toTflite } from "../../../src/convert/index.ts";
import { loadTflite } from "../../../src/node/index.ts";
import { expectClose } from "../../support/judge.ts";
import {
  type Constant,
  graphArtifacts,
  graphModel,
  type NodeDef,
  node,
  placeholder,
} from "../../support/small-graph-models.ts";

const INT = "DT_INT32";
const integer = (op: string, name: string, input: readonly string[]): NodeDef =>
  node(op, name, input, { T: { type: INT }, out_type: { type: INT } });
const ints = (
  name: string,
  values: readonly number[],
  shape: readonly number[] = [values.length],
): Constant => ({
  name,
  shape,
  dtype: "int32",
  values,
});
const float = (name: string, value: number): Constant => ({ name, shape: [], values: [value] });

/** What LiteRT computes before a run it does not write to an output: a cast is computed in the run. */
const asFloat = (name: string, of: string): NodeDef =>
  node("Cast", name, [of], { SrcT: { type: INT }, DstT: { type: "DT_FLOAT" } });

/** The first size of a node's shape, as an integer without dimensions. */
const countOf = (name: string, of: string): readonly NodeDef[] => [
  integer("Shape", `${name}/shape`, [of]),
  node("StridedSlice", name, [`${name}/shape`, "at_0", "at_1", "at_1"], {
    T: { type: INT },
    Index: { type: INT },
    begin_mask: { i: "0" },
    end_mask: { i: "0" },
    ellipsis_mask: { i: "0" },
    new_axis_mask: { i: "0" },
    shrink_axis_mask: { i: "1" },
  }),
];
const AT: readonly Constant[] = [ints("at_0", [0]), ints("at_1", [1])];

/** What tfjs-converter and LiteRT make of inputs must be the same; gives the operators. */
async function expectSame(
  nodes: readonly NodeDef[],
  constants: readonly Constant[],
  outputs: readonly string[],
  inputs: readonly (readonly { readonly shape: readonly number[]; readonly data: readonly number[] }[])[],
): Promise<Readonly<Record<string, number>>> {
  const model = (await graphModel(graphArtifacts(nodes, constants, outputs))) as unknown as GraphModel;
  const { bytes, report } = await convert(model);
  const file = await loadTflite(bytes);
  // tfjs-converter warns of models that need no executeAsync.
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  try {
    for (const values of inputs) {
      const tensors = values.map(({ shape, data }) => tf.tensor([...data], [...shape]));
      const results = [await model.executeAsync(tensors, [...outputs])].flat() as tf.Tensor[];
      const actual = await file.run(values.map((value) => ({ ...value })));
      for (const [index, expected] of results.entries()) {
        const name = outputs[index] as string;
        expect([...actual[name]!.shape], name).toEqual(expected.shape);
        expectClose(Array.from(actual[name]!.data as Float32Array), await expected.data(), 1e-6, name);
      }
    }
  } finally {
    file.close();
    warn.mockRestore();
  }
  return report.operators.after;
}

const vectors = (...all: readonly number[][]): { shape: number[]; data: number[] }[][] =>
  all.map((data) => [{ shape: [data.length], data }]);

describe("results of which values decide the sizes", () => {
  const found = [node("Greater", "condition", ["x", "zero"]), node("Where", "where", ["condition"])];

  it("are found, counted and filled up to a fixed size", async () => {
    const nodes = [
      placeholder("x", [6]),
      ...found,
      ...countOf("count", "where"),
      integer("Reshape", "indices", ["where", "flat"]),
      node("GatherV2", "values", ["x", "indices", "axis"], {
        Tparams: { type: "DT_FLOAT" },
        Taxis: { type: INT },
      }),
      integer("Sub", "missing", ["six", "count"]),
      integer("Pack", "dims", ["missing"]),
      node("Fill", "rest", ["dims", "minus"]),
      node("ConcatV2", "whole", ["values", "rest", "axis"], { N: { i: "2" }, Tidx: { type: INT } }),
      node("AddV2", "y", ["whole", "x"]),
      asFloat("n", "count"),
    ];
    const constants = [
      ...AT,
      float("zero", 0),
      float("minus", -1),
      ints("flat", [-1]),
      ints("axis", [0], []),
      ints("six", [6], []),
    ];
    const operators = await expectSame(
      nodes,
      constants,
      ["y", "n"],
      vectors([1, -2, 3, -4, 5, 6], [-1, -2, -3, -4, -5, 0.5], [1, 2, 3, 4, 5, 6]),
    );
    expect(operators).toMatchObject({ WHERE: 1, FILL: 1, SHAPE: 1 });
  });

  it("are cut to a size that is a minimum, counted through and padded", async () => {
    const nodes = [
      placeholder("x", [6]),
      ...found,
      ...countOf("count", "where"),
      integer("Minimum", "most", ["count", "four"]),
      integer("Range", "range", ["first", "most", "one"]),
      node("GatherV2", "values", ["x", "range", "first"], {
        Tparams: { type: "DT_FLOAT" },
        Taxis: { type: INT },
      }),
      ...countOf("kept", "values"),
      integer("Sub", "missing", ["four", "kept"]),
      integer("Pack", "behind", ["first", "missing"]),
      integer("ExpandDims", "paddings", ["behind", "first"]),
      node("Pad", "y", ["values", "paddings"], { Tpaddings: { type: INT } }),
    ];
    const constants = [
      ...AT,
      float("zero", 0),
      ints("four", [4], []),
      ints("first", [0], []),
      ints("one", [1], []),
    ];
    await expectSame(
      nodes,
      constants,
      ["y"],
      vectors([1, -2, 3, -4, 5, 6], [-1, -2, -3, -4, -5, 0.5], [1, 2, 3, 4, 5, 6]),
    );
  });

  it("are what one vector has and another has not", async () => {
    const nodes = [
      placeholder("x", [5]),
      placeholder("y", [3]),
      node("ListDiff", "difference", ["x", "y"], { out_idx: { type: INT } }),
      node("Sum", "sum", ["difference", "first"], { keep_dims: { b: false }, Tidx: { type: INT } }),
      ...countOf("count", "difference:1"),
      asFloat("n", "count"),
    ];
    await expectSame(
      nodes,
      [...AT, ints("first", [0])],
      ["sum", "n"],
      [
        [
          { shape: [5], data: [1, 2, 3, 4, 2] },
          { shape: [3], data: [2, 9, 4] },
        ],
        [
          { shape: [5], data: [1, 2, 3, 4, 2] },
          { shape: [3], data: [7, 8, 9] },
        ],
      ],
    );
  });

  it("as an output have a dynamic size, and what cannot be known is refused by name", async () => {
    const model = await graphModel(
      graphArtifacts(
        [
          placeholder("x", [6]),
          ...found,
          ...countOf("count", "where"),
          node("OneHot", "hot", ["indices", "count", "one", "zero"], {
            axis: { i: "-1" },
            TI: { type: INT },
          }),
        ],
        [...AT, float("zero", 0), float("one", 1), ints("indices", [0, 1])],
        ["hot"],
      ),
    );
    const { report } = await convert(model, { outputs: ["where"] });
    expect(report.operators.after).toMatchObject({ WHERE: 1 });
    await expect(toTflite(model)).rejects.toMatchObject({
      code: "unsupported-kernel",
      message: expect.stringMatching(/node "hot" \(OneHot\): "depth" depends on values.*outputs/),
    });
  });
});

describe("non-maximum suppression", () => {
  const BOXES = [0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, -0.1, 1, 0.9, 0, 10, 1, 11, 0, 10.1, 1, 11.1, 0, 100, 1, 101];
  const inputs = [
    [0.9, 0.75, 0.6, 0.95, 0.5, 0.3],
    [0.1, 0.05, 0.02, 0.95, 0.5, 0.01],
  ].map((scores) => [
    { shape: [6, 4], data: BOXES },
    { shape: [6], data: scores },
  ]);
  const constants: readonly Constant[] = [
    ...AT,
    ints("most", [3], []),
    float("overlap", 0.5),
    float("score", 0.2),
    float("sigma", 0.3),
  ];
  const begin = [placeholder("boxes", [6, 4]), placeholder("scores", [6])];

  it.each(["NonMaxSuppressionV2", "NonMaxSuppressionV3", "NonMaxSuppressionV4", "NonMaxSuppressionV5"])(
    "%s chooses the boxes that tfjs chooses, padded to as many as there may be",
    async (op) => {
      const operands = ["boxes", "scores", "most", "overlap", "score", "sigma"];
      const count = { NonMaxSuppressionV2: 4, NonMaxSuppressionV5: 6 }[op] ?? 5;
      const nodes = [
        ...begin,
        node(op, "chosen", operands.slice(0, count), { pad_to_max_output_size: { b: false } }),
        ...countOf("count", "chosen"),
        integer("Sub", "missing", ["most", "count"]),
        integer("Pack", "dims", ["missing"]),
        integer("Fill", "rest", ["dims", "none"]),
        integer("ConcatV2", "y", ["chosen", "rest", "first"]),
        ...(op === "NonMaxSuppressionV5"
          ? [node("Sum", "s", ["chosen:1", "axes"], { keep_dims: { b: false }, Tidx: { type: INT } })]
          : [asFloat("s", "count")]),
      ];
      const more = [ints("none", [-1], []), ints("first", [0], []), ints("axes", [0])];
      await expectSame(nodes, [...constants, ...more], ["y", "s"], inputs);
    },
  );

  it("gives a padded list and the number of boxes where that is asked for", async () => {
    const nodes = [
      ...begin,
      node("NonMaxSuppressionV4", "chosen", ["boxes", "scores", "most", "overlap", "score"], {
        pad_to_max_output_size: { b: true },
      }),
      integer("Identity", "y", ["chosen"]),
      integer("Identity", "n", ["chosen:1"]),
    ];
    expect(await expectSame(nodes, constants, ["y", "n"], inputs)).toEqual({ NON_MAX_SUPPRESSION_V4: 1 });
  });
});
