import { describe, expect, it } from "vitest";
import { convert, toTflite } from "../../../src/convert/index.ts";
import {
  type Constant,
  graphArtifacts,
  graphModel,
  node,
  placeholder,
} from "../../support/small-graph-models.ts";
import { AT, asFloat, countOf, expectSame, float, INT, integer, ints, vectors } from "./value-graphs.ts";

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
