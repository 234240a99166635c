import { describe, expect, it } from "vitest";
import { type Constant, type NodeDef, node, placeholder } from "../../support/small-graph-models.ts";
import { AT, asFloat, countOf, expectSame, float, INT, integer, ints, vectors } from "./value-graphs.ts";

/** The positive numbers of `x`, and how many there are: `values` and `count`. */
const FOUND: readonly NodeDef[] = [
  node("Greater", "condition", ["x", "zero"]),
  node("Where", "where", ["condition"]),
  ...countOf("count", "where"),
  integer("Reshape", "indices", ["where", "flat"]),
  node("GatherV2", "values", ["x", "indices", "first"], {
    Tparams: { type: "DT_FLOAT" },
    Taxis: { type: INT },
  }),
];

/** Buffers of LiteRT.js have a fixed size: `result`, flattened, with zeros behind it up to `WHOLE`. */
const WHOLE = 48;
const padded: readonly NodeDef[] = [
  node("Reshape", "result/flat", ["result", "flat"], { Tshape: { type: INT } }),
  ...countOf("result/count", "result/flat"),
  integer("Sub", "missing", ["whole", "result/count"]),
  integer("Pack", "behind", ["first", "missing"]),
  integer("ExpandDims", "paddings", ["behind", "first"]),
  node("Pad", "y", ["result/flat", "paddings"], { Tpaddings: { type: INT } }),
];
const constants: readonly Constant[] = [
  ...AT,
  float("zero", 0),
  ints("flat", [-1]),
  ints("first", [0], []),
  ints("one", [1], []),
  ints("two", [2], []),
  ints("three", [3], []),
  ints("four", [4], []),
  ints("all", [-1], []),
  ints("whole", [WHOLE], []),
];
const INPUTS = vectors([1, -2, 3, -4, 5, 6], [-1, -2, -3, -4, -5, 0.5], [1, 2, 3, 4, 5, 6]);

const concat = (name: string, axis: string, ...input: readonly string[]): NodeDef =>
  node("ConcatV2", name, [...input, axis], { N: { i: String(input.length) }, Tidx: { type: INT } });
const pack = (name: string, ...input: readonly string[]): NodeDef =>
  node("Pack", name, input, { T: { type: INT }, N: { i: String(input.length) }, axis: { i: "0" } });
const strided = (name: string, input: readonly string[], masks: Readonly<Record<string, number>>): NodeDef =>
  node("StridedSlice", name, input, {
    Index: { type: INT },
    ...Object.fromEntries(
      ["begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"].map((mask) => [
        mask,
        { i: String(masks[mask] ?? 0) },
      ]),
    ),
  });
const resize = (op: string, alignCorners: boolean, halfPixels: boolean): NodeDef =>
  node(op, "result", ["images", "size"], {
    align_corners: { b: alignCorners },
    half_pixel_centers: { b: halfPixels },
  });
/** Twelve numbers, as `x` twice, in three rows. */
const rows: readonly NodeDef[] = [
  concat("twice", "first", "x", "x"),
  node("Reshape", "rows", ["twice", "three_by_four"], { Tshape: { type: INT } }),
];
const ROWS = ints("three_by_four", [3, 4]);
/** The rows as an image of one channel, and `size`: as high as there are positive numbers, four wide. */
const image: readonly NodeDef[] = [
  ...rows,
  node("Reshape", "images", ["twice", "image_shape"], { Tshape: { type: INT } }),
  pack("size", "count", "four"),
];
const IMAGE = ints("image_shape", [1, 3, 4, 1]);
/** At most 3, so that it is a size within the rows. */
const atMost3 = integer("Minimum", "some", ["count", "three"]);

interface SizedCase {
  readonly name: string;
  readonly nodes: readonly NodeDef[];
  readonly more?: readonly Constant[];
  /** What the file has. */
  readonly operators: Readonly<Record<string, number>>;
}

const CASES: readonly SizedCase[] = [
  {
    name: "Reshape, transposed behind it",
    nodes: [
      concat("double", "first", "values", "values"),
      pack("shape", "two", "count"),
      node("Reshape", "in_two", ["double", "shape"], { Tshape: { type: INT } }),
      node("Transpose", "result", ["in_two", "swapped"], { Tperm: { type: INT } }),
    ],
    more: [ints("swapped", [1, 0])],
    operators: { TRANSPOSE: 1 },
  },
  {
    name: "Reshape with a size that is left to it",
    nodes: [
      concat("double", "first", "values", "values"),
      pack("shape", "count", "all"),
      node("Reshape", "in_pairs", ["double", "shape"], { Tshape: { type: INT } }),
      node("Transpose", "result", ["in_pairs", "swapped"], { Tperm: { type: INT } }),
    ],
    more: [ints("swapped", [1, 0])],
    operators: { TRANSPOSE: 1 },
  },
  {
    name: "Slice of rows and columns",
    nodes: [
      ...rows,
      atMost3,
      pack("size", "some", "some"),
      node("Slice", "result", ["rows", "from", "size"], { Index: { type: INT } }),
    ],
    more: [ROWS, ints("from", [0, 1])],
    operators: {},
  },
  {
    name: "Slice of rows up to their end, or of some",
    nodes: [
      ...rows,
      integer("Greater", "many", ["count", "three"]),
      node("Select", "size_of_rows", ["many", "two", "all"], { T: { type: INT } }),
      pack("size", "size_of_rows", "all"),
      node("Slice", "result", ["rows", "from", "size"], { Index: { type: INT } }),
    ],
    more: [ROWS, ints("from", [1, 0])],
    operators: {},
  },
  {
    name: "Slice of one row, where values say",
    nodes: [
      ...rows,
      atMost3,
      integer("Sub", "last", ["some", "one"]),
      pack("begin", "last", "first"),
      node("Slice", "result", ["rows", "begin", "row"], { Index: { type: INT } }),
    ],
    more: [ROWS, ints("row", [1, 4])],
    operators: { SLICE: 1 },
  },
  {
    name: "StridedSlice with an end, and all of the other dimension",
    nodes: [
      ...rows,
      atMost3,
      pack("end", "some", "first"),
      strided("result", ["rows", "origin", "end", "steps"], { begin_mask: 2, end_mask: 2 }),
    ],
    more: [ROWS, ints("origin", [0, 0]), ints("steps", [1, 2])],
    operators: {},
  },
  {
    name: "StridedSlice of the last row that counts",
    nodes: [
      ...rows,
      atMost3,
      integer("Sub", "last", ["some", "one"]),
      pack("begin", "last"),
      pack("end", "some"),
      strided("result", ["rows", "begin", "end", "step"], { shrink_axis_mask: 1 }),
    ],
    more: [ROWS, ints("step", [1])],
    operators: {},
  },
  {
    name: "Tile",
    nodes: [
      ...rows,
      atMost3,
      pack("multiples", "one", "some"),
      node("Tile", "result", ["rows", "multiples"], { Tmultiples: { type: INT } }),
    ],
    more: [ROWS],
    operators: { TILE: 1 },
  },
  {
    name: "BroadcastTo",
    nodes: [
      pack("shape", "count", "six"),
      node("BroadcastTo", "result", ["x", "shape"], { Tidx: { type: INT } }),
    ],
    more: [ints("six", [6], [])],
    operators: { BROADCAST_TO: 1 },
  },
  {
    name: "TopKV2",
    nodes: [node("TopKV2", "result", ["x", "count"], { sorted: { b: true } })],
    operators: { TOPK_V2: 1 },
  },
  {
    name: "ResizeBilinear",
    nodes: [...image, resize("ResizeBilinear", false, false)],
    more: [ROWS, IMAGE],
    operators: { RESIZE_BILINEAR: 1 },
  },
  {
    name: "ResizeBilinear between the centres of pixels",
    nodes: [...image, resize("ResizeBilinear", false, true)],
    more: [ROWS, IMAGE],
    operators: { RESIZE_BILINEAR: 1 },
  },
  {
    name: "ResizeNearestNeighbor",
    nodes: [...image, resize("ResizeNearestNeighbor", false, false)],
    more: [ROWS, IMAGE],
    operators: { RESIZE_NEAREST_NEIGHBOR: 1 },
  },
  {
    name: "ResizeNearestNeighbor between the centres of pixels",
    nodes: [...image, resize("ResizeNearestNeighbor", false, true)],
    more: [ROWS, IMAGE],
    operators: { RESIZE_NEAREST_NEIGHBOR: 1 },
  },
];

describe("sizes that values decide agree with tfjs-converter", () => {
  it.each(CASES)("$name", async ({ nodes, more = [], operators }) => {
    const all = [placeholder("x", [6]), ...FOUND, ...nodes, ...padded];
    expect(await expectSame(all, [...constants, ...more], ["y"], INPUTS)).toMatchObject(operators);
  });

  it("Unique, with how many there are and which of them each is", async () => {
    const nodes = [
      placeholder("x", [6]),
      node("Unique", "result", ["x"], { out_idx: { type: INT } }),
      ...padded,
      ...countOf("count", "result"),
      asFloat("n", "count"),
      asFloat("which", "result:1"),
    ];
    const inputs = vectors([3, 1, 3, 3, 2, 1], [7, 7, 7, 7, 7, 7], [1, 2, 3, 4, 5, 6]);
    expect(await expectSame(nodes, constants, ["y", "n", "which"], inputs)).toMatchObject({ UNIQUE: 1 });
  });
});
