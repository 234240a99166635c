import type { OperatorList } from "../../src/graph/builder.ts";
import type { WrittenOperator } from "../../src/graph/operators/written.ts";
import { floatConstant, intConstant } from "../../src/graph/tensors.ts";
import type { OperatorOptionsInput, Subgraph, Tensor, TensorType } from "../../src/graph/types.ts";

/** One operator on small operands, as a graph that LiteRT can run. */
export interface GraphCase {
  readonly name: string;
  /** The operators that the case is about. */
  readonly types: readonly WrittenOperator[];
  readonly inputs: readonly CaseOperand[];
  /** Adds the operators and gives the outputs. */
  readonly build: (list: OperatorList, inputs: readonly Tensor[]) => readonly Tensor[];
  /** What WHILE and IF call, from subgraph 1 on. */
  readonly subgraphs?: readonly Subgraph[];
  /** The largest difference, relative to the largest value. */
  readonly tolerance: number;
}

/** An input and its values, over and over. */
export interface CaseOperand {
  readonly shape: readonly number[];
  readonly type: TensorType;
  readonly values: readonly number[];
}

const float = (shape: readonly number[], ...values: number[]): CaseOperand => ({
  shape,
  type: "float32",
  values: values.length > 0 ? values : [0.5, -1.25, 2, 0.75, -0.5, 3, -2.5, 1.5, 0.25, -3, 1],
});
const int = (shape: readonly number[], ...values: number[]): CaseOperand => ({
  shape,
  type: "int32",
  values: values.length > 0 ? values : [3, -7, 12, 5, -4, 0, 9, 2, -1],
});
const bool = (shape: readonly number[], ...values: number[]): CaseOperand => ({
  shape,
  type: "bool",
  values,
});

/** One operator with one output. */
const one = <T extends WrittenOperator>(
  type: T,
  inputs: readonly CaseOperand[],
  options: OperatorOptionsInput<T> = {} as OperatorOptionsInput<T>,
  constants: readonly Tensor[] = [],
  { first = false, tolerance = 0, note = "" } = {},
): GraphCase => ({
  name: `${type}${note === "" ? "" : ` ${note}`}`,
  types: [type],
  inputs,
  tolerance,
  build: (list, given) => [
    list.add(type, first ? [...constants, ...given] : [...given, ...constants], options, "y"),
  ],
});

/** One operator with several outputs. */
const many = <T extends WrittenOperator>(
  type: T,
  inputs: readonly CaseOperand[],
  options: OperatorOptionsInput<T>,
  constants: readonly Tensor[] = [],
  { first = false, tolerance = 0, note = "" } = {},
): GraphCase => ({
  ...one(type, inputs, options, constants, { first, tolerance, note }),
  build: (list, given) =>
    list.addMany(type, first ? [...constants, ...given] : [...given, ...constants], options, "y"),
});

/** An operator whose sizes only a run knows, and what is computed of its output, which LiteRT's loader can give. */
const open = (
  type: WrittenOperator,
  inputs: readonly CaseOperand[],
  build: GraphCase["build"],
  tolerance = 0,
): GraphCase => ({ name: `${type} of computed size`, types: [type], inputs, tolerance, build });

const ints = (name: string, ...values: number[]): Tensor => intConstant(name, [values.length], values);
const intScalar = (name: string, value: number): Tensor => intConstant(name, [], [value]);
const floatScalar = (name: string, value: number): Tensor => floatConstant(name, [], Float32Array.of(value));
const weights = (name: string, shape: readonly number[]): Tensor => {
  const length = shape.reduce((a, b) => a * b, 1);
  return floatConstant(
    name,
    shape,
    Float32Array.from({ length }, (_, i) => ((i * 7) % 11) / 4 - 1.25),
  );
};

/** The sum of a tensor of unknown sizes: of shape []. */
const sum = (list: OperatorList, x: Tensor): Tensor =>
  list.add("SUM", [x, ints("axes", ...x.shape.keys())], { keep_dims: false }, "y");

/** A tensor of whose sizes only the number is known; LiteRT's loader for Node takes the nominal ones for final. */
const dynamic = (name: string, type: TensorType, shape: readonly number[]): Tensor => ({
  name,
  type,
  shape,
  shapeSignature: shape.map(() => -1),
});

const BOXES = float([4, 4], 0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, 2, 1, 3, 0, 2.4, 1, 3.4);
const SCORES = float([4], 0.9, 0.75, 0.6, 0.95);

/** x + 1 while x < limit: subgraphs 1 and 2 of a graph. */
function counting(limit: number): readonly Subgraph[] {
  const scalar = (name: string): Tensor => ({ name, type: "float32", shape: [] });
  const [x, total] = [scalar("x"), scalar("total")];
  const going: Tensor = { name: "going", type: "bool", shape: [] };
  const [next, more] = [scalar("next"), scalar("more")];
  const options = { fused_activation_function: "NONE", pot_scale_int16: false } as const;
  const [y, sumOf] = [scalar("x_"), scalar("total_")];
  return [
    {
      name: "condition",
      inputs: [x, total],
      outputs: [going],
      operators: [{ type: "LESS", inputs: [x, floatScalar("limit", limit)], outputs: [going], options: {} }],
    },
    {
      name: "body",
      inputs: [y, sumOf],
      outputs: [next, more],
      operators: [
        { type: "ADD", inputs: [y, floatScalar("one", 1)], outputs: [next], options },
        { type: "ADD", inputs: [sumOf, y], outputs: [more], options },
      ],
    },
  ];
}

/** A branch of one operator: subgraph 1 or 2 of a graph. */
function branch(name: string, type: "NEG" | "ABS"): Subgraph {
  const x: Tensor = { name: `${name}/x`, type: "float32", shape: [2, 2] };
  const y: Tensor = { name: `${name}/y`, type: "float32", shape: [2, 2] };
  return { name, inputs: [x], outputs: [y], operators: [{ type, inputs: [x], outputs: [y], options: {} }] };
}

const SPATIAL = { padding: "SAME", stride_d: 1, stride_h: 2, stride_w: 1 } as const;

export const GRAPH_CASES: readonly GraphCase[] = [
  one("ARG_MAX", [float([2, 3])], { output_type: "INT32" }, [intScalar("axis", 1)]),
  one("ARG_MAX", [float([2, 3], 1, 5, 5)], { output_type: "INT64" }, [intScalar("axis", -1)], {
    note: "int64, ties",
  }),
  one("ARG_MIN", [int([2, 3])], { output_type: "INT32" }, [intScalar("axis", 0)]),
  one("ATAN2", [float([2, 3]), float([2, 3], -1, 2, 0.5, 0, -0.25)], {}, [], { tolerance: 1e-6 }),
  one("BATCH_TO_SPACE_ND", [float([4, 2, 2, 1])], {}, [
    ints("block", 2, 2),
    intConstant("crops", [2, 2], [0, 1, 1, 0]),
  ]),
  one("SPACE_TO_BATCH_ND", [float([1, 3, 3, 2])], {}, [
    ints("block", 2, 2),
    intConstant("paddings", [2, 2], [0, 1, 1, 0]),
  ]),
  one(
    "SPACE_TO_BATCH_ND",
    [float([2, 4, 3])],
    {},
    [ints("block", 2), intConstant("paddings", [1, 2], [1, 1])],
    { note: "of rank 3" },
  ),
  one("BITWISE_XOR", [int([2, 3]), int([3], 6, -3, 1)]),
  one("BROADCAST_ARGS", [int([3], 2, 1, 3), int([2], 4, 1)]),
  one("BROADCAST_TO", [float([3, 1])], {}, [ints("shape", 2, 3, 4)]),
  open("BROADCAST_TO", [float([1]), int([2], 3, 4)], (list, [x, shape]) => [
    sum(list, list.addTo("BROADCAST_TO", [x!, shape!], {}, dynamic("b", "float32", [1, 1]))),
  ]),
  one("CONV_3D", [float([1, 3, 4, 3, 2])], SPATIAL, [weights("w", [2, 3, 2, 2, 3]), weights("b", [3])], {
    tolerance: 1e-6,
  }),
  one(
    "CONV_3D",
    [float([1, 3, 4, 3, 2])],
    { ...SPATIAL, padding: "VALID" },
    [weights("w", [2, 1, 2, 2, 3])],
    {
      tolerance: 1e-6,
      note: "without bias",
    },
  ),
  {
    name: "CONV_3D_TRANSPOSE",
    types: ["CONV_3D_TRANSPOSE"],
    inputs: [float([1, 2, 2, 2, 3])],
    tolerance: 1e-6,
    build: (list, [x]) => [
      list.add(
        "CONV_3D_TRANSPOSE",
        [ints("shape", 1, 2, 4, 2, 2), weights("w", [2, 3, 2, 2, 3]), x!],
        SPATIAL,
        "y",
      ),
    ],
  },
  one("CUMSUM", [float([2, 3])], { exclusive: false, reverse: false }, [intScalar("axis", 1)], {
    tolerance: 1e-6,
  }),
  one("CUMSUM", [int([2, 3])], { exclusive: true, reverse: true }, [intScalar("axis", 0)], {
    note: "exclusive, reverse",
  }),
  one("DYNAMIC_UPDATE_SLICE", [float([4, 3]), float([2, 2], 9, 8, 7), int([2], 3, -1)]),
  one("EMBEDDING_LOOKUP", [int([3], 2, 0, 2)], {}, [weights("table", [4, 2, 2])]),
  one("EXPAND_DIMS", [float([2, 3])], {}, [intScalar("axis", -2)]),
  one("SQUEEZE", [float([1, 2, 1, 3])], { squeeze_dims: [0, -2] }),
  one("SQUEEZE", [float([1, 2, 1, 3])], {}, [], { note: "of all" }),
  one("FILL", [float([])], {}, [ints("shape", 2, 3)], { first: true }),
  open("FILL", [int([2], 3, 2)], (list, [shape]) => [
    sum(list, list.addTo("FILL", [shape!, intScalar("seven", 7)], {}, dynamic("f", "int32", [1, 1]))),
  ]),
  one("FLOOR_DIV", [int([2, 3]), int([3], 2, -3, 5)]),
  one("FLOOR_DIV", [float([2, 3]), float([3], 2, -0.75, 0.5)], {}, [], { note: "float32" }),
  one("FLOOR_MOD", [int([2, 3]), int([3], 2, -3, 5)]),
  one("FLOOR_MOD", [float([2, 3]), float([3], 2, -0.75, 0.5)], {}, [], { note: "float32" }),
  one("GATHER", [float([3, 4]), int([2, 2], 3, 0, 1, 1)], { axis: 1 }),
  one("GATHER", [float([2, 4, 2]), int([2, 3], 3, 0, 1, 1, 2, 2)], { axis: 1, batch_dims: 1 }, [], {
    note: "by batch",
  }),
  one("GATHER", [bool([4], 1, 0, 0, 1), int([3], 3, 1, 0)], { axis: 0 }, [], { note: "of booleans" }),
  one("GATHER_ND", [float([3, 4, 2]), int([2, 2], 2, 3, 0, 1)]),
  one("GELU", [float([8])], { approximate: false }, [], { tolerance: 1e-6 }),
  one("GELU", [float([8])], { approximate: true }, [], { tolerance: 1e-5, note: "approximate" }),
  one("HARD_SWISH", [float([9])], {}, [], { tolerance: 1e-6 }),
  one("L2_NORMALIZATION", [float([2, 4])], {}, [], { tolerance: 1e-6 }),
  one("L2_NORMALIZATION", [float([2, 2], 1e-8, 0, 0, 0)], {}, [], {
    tolerance: 1e-6,
    note: "of almost nothing",
  }),
  one(
    "LOCAL_RESPONSE_NORMALIZATION",
    [float([1, 2, 2, 6])],
    { radius: 2, bias: 1, alpha: 0.5, beta: 0.75 },
    [],
    { tolerance: 1e-5 },
  ),
  one("LOG_SOFTMAX", [float([2, 5])], {}, [], { tolerance: 1e-6 }),
  one("MATRIX_DIAG", [float([2, 3])]),
  many("NON_MAX_SUPPRESSION_V4", [BOXES, SCORES], {}, [
    intScalar("count", 3),
    floatScalar("iou", 0.5),
    floatScalar("score", 0.1),
  ]),
  many(
    "NON_MAX_SUPPRESSION_V5",
    [BOXES, SCORES],
    {},
    [intScalar("count", 4), floatScalar("iou", 0.95), floatScalar("score", 0.1), floatScalar("sigma", 0.5)],
    { tolerance: 1e-6 },
  ),
  one("ONE_HOT", [int([2, 2], 0, 2, 3, 1)], { axis: -1 }, [
    intScalar("depth", 3),
    floatScalar("on", 2),
    floatScalar("off", -1),
  ]),
  one(
    "ONE_HOT",
    [int([2, 2], 0, 2, 3, 1)],
    { axis: 0 },
    [intScalar("depth", 3), floatScalar("on", 1), floatScalar("off", 0)],
    { note: "in front" },
  ),
  one("PACK", [float([2, 3]), float([2, 3], 1, 2)], { values_count: 2, axis: 1 }),
  many("UNPACK", [float([2, 3])], { num: 3, axis: 1 }),
  many("UNPACK", [bool([2, 2], 1, 0, 0)], { num: 2, axis: 0 }, [], { note: "of booleans" }),
  many("SPLIT", [float([2, 4])], { num_splits: 2 }, [intScalar("axis", 1)], { first: true }),
  many("SPLIT_V", [int([2, 5])], { num_splits: 3 }, [ints("sizes", 1, -1, 2), intScalar("axis", -1)]),
  {
    name: "RANGE",
    types: ["RANGE"],
    inputs: [int([3])],
    tolerance: 0,
    build: (list, [x]) => {
      const range = list.add(
        "RANGE",
        [intScalar("start", 2), intScalar("limit", 11), intScalar("delta", 3)],
        {},
        "r",
      );
      return [list.add("MUL", [x!, range], {}, "y")];
    },
  },
  open("RANGE", [float([], 0.5), float([], -2)], (list, [start, limit]) => [
    sum(
      list,
      list.addTo("RANGE", [start!, limit!, floatScalar("delta", -0.5)], {}, dynamic("r", "float32", [1])),
    ),
  ]),
  one("REDUCE_ALL", [bool([2, 3], 1, 1, 1, 1, 0, 1)], { keep_dims: false }, [ints("axis", 1)]),
  one("REDUCE_ANY", [bool([2, 3], 0, 0, 0, 1, 0, 1)], { keep_dims: true }, [ints("axis", 1)]),
  one("REDUCE_PROD", [float([2, 3])], { keep_dims: false }, [ints("axis", 1)], { tolerance: 1e-6 }),
  one("REDUCE_PROD", [int([2, 3])], { keep_dims: false }, [ints("axis", 0, 1)], { note: "int32" }),
  one("RELU_0_TO_1", [float([9])]),
  one("RIGHT_SHIFT", [int([2, 3]), int([3], 1, 2, 40)]),
  one("SCATTER_ND", [int([3, 1], 1, 3, 1), float([3, 2])], {}, [ints("shape", 4, 2)]),
  open("SCATTER_ND", [int([2, 1], 1, 3), float([2]), int([1], 5)], (list, [indices, updates, shape]) => [
    sum(list, list.addTo("SCATTER_ND", [indices!, updates!, shape!], {}, dynamic("s", "float32", [1]))),
  ]),
  open(
    "SEGMENT_SUM",
    [float([4, 2]), int([4], 0, 0, 1, 1)],
    (list, [x, ids]) => [
      sum(list, list.addTo("SEGMENT_SUM", [x!, ids!], {}, dynamic("s", "float32", [1, 2]))),
    ],
    1e-6,
  ),
  open(
    "UNSORTED_SEGMENT_SUM",
    [float([4, 2]), int([4], 2, -1, 0, 2)],
    (list, [x, ids]) => {
      const sums = list.add("UNSORTED_SEGMENT_SUM", [x!, ids!, intScalar("count", 4)], {}, "s");
      return [list.add("SUM", [sums, ints("axis", 1)], { keep_dims: false }, "y")];
    },
    1e-6,
  ),
  one("SELECT", [bool([3], 1, 0, 1), float([3, 2]), float([3, 2], 7, 8)]),
  one("SELECT", [bool([3, 2], 1, 0, 0), int([3, 2]), int([3, 2], 7, 8)], {}, [], { note: "by element" }),
  {
    name: "SHAPE",
    types: ["SHAPE"],
    inputs: [float([2, 3, 4]), int([3])],
    tolerance: 0,
    // What is known before a run, and what is computed of that alone, is no output for LiteRT.
    build: (list, [x, factors]) => {
      const shape = list.add("SHAPE", [x!], { out_type: "INT32" }, "shape");
      return [list.add("MUL", [shape, factors!], {}, "y")];
    },
  },
  one("SIGN", [float([6], 2, 0, -3)]),
  one("SIGN", [int([6], 2, 0, -3)], {}, [], { note: "int32" }),
  one("SPACE_TO_DEPTH", [float([1, 4, 2, 3])], { block_size: 2 }),
  one("SPARSE_TO_DENSE", [int([2, 2], 0, 1, 2, 0)], {}, [
    ints("shape", 3, 2),
    weights("values", [2]),
    floatScalar("rest", 5),
  ]),
  many("TOPK_V2", [float([2, 4])], {}, [intScalar("k", 2)]),
  many("TOPK_V2", [int([2, 4], 3, 9, 9, 1)], {}, [intScalar("k", 3)], { note: "with ties" }),
  open("UNIQUE", [int([6], 4, 1, 4, 2, 1, 4)], (list, [x]) => {
    const values: Tensor = dynamic("values", "int32", [1]);
    const places: Tensor = { name: "places", type: "int32", shape: [6] };
    list.addManyTo("UNIQUE", [x!], { idx_out_type: "INT32" }, [values, places]);
    return [sum(list, values), places];
  }),
  open("WHERE", [bool([3, 2], 1, 0, 0, 1, 1, 1)], (list, [condition]) => {
    const found = list.addTo("WHERE", [condition!], {}, dynamic("found", "int64", [1, 2]));
    const narrow = list.add("CAST", [found], { in_data_type: "INT64", out_data_type: "INT32" }, "narrow");
    return [list.add("SUM", [narrow, ints("axis", 0)], { keep_dims: false }, "y")];
  }),
  one("ZEROS_LIKE", [int([2, 3])]),
  {
    name: "WHILE",
    types: ["WHILE"],
    inputs: [float([], 0.5), float([], 10)],
    tolerance: 0,
    subgraphs: counting(4),
    build: (list, inputs) =>
      list.addMany("WHILE", inputs, { cond_subgraph_index: 1, body_subgraph_index: 2 }, ["last", "total"]),
  },
  ...[1, 0].map(
    (taken): GraphCase => ({
      name: `IF, ${taken === 1 ? "first" : "second"} branch`,
      types: ["IF"],
      inputs: [bool([], taken), float([2, 2])],
      tolerance: 0,
      subgraphs: [branch("negative", "NEG"), branch("absolute", "ABS")],
      build: (list, inputs) =>
        list.addManyTo("IF", inputs, { then_subgraph_index: 1, else_subgraph_index: 2 }, [
          { name: "y", type: "float32", shape: [2, 2] },
        ]),
    }),
  ),
  ...(
    [
      [4, 8],
      [4, 4],
    ] as const
  ).map(
    (length): GraphCase => ({
      name: `RFFT2D to ${length.join(" x ")}, REAL, IMAG, COMPLEX_ABS`,
      types: ["RFFT2D", "REAL", "IMAG", "COMPLEX_ABS"],
      inputs: [float([2, 3, 6])],
      tolerance: 1e-6,
      build: (list, [x]) => {
        const z = list.add("RFFT2D", [x!, ints("length", ...length)], {}, "z");
        return (["REAL", "IMAG", "COMPLEX_ABS"] as const).map((type) => list.add(type, [z], {}, type));
      },
    }),
  ),
  // Computed shapes, begins, sizes and amounts of operators that mostly have constant ones.
  open("RESHAPE", [float([2, 6]), int([2], 3, 4)], (list, [x, shape]) => {
    const y = list.addTo("RESHAPE", [x!, shape!], {}, dynamic("r", "float32", [1, 1]));
    return [list.add("REDUCE_MAX", [y, ints("axes", 0, 1)], { keep_dims: false }, "y")];
  }),
  open(
    "SLICE",
    [float([3, 4]), int([2], 1, 0), int([2], 2, 3)],
    (list, [x, begin, size]) => [
      sum(list, list.addTo("SLICE", [x!, begin!, size!], {}, dynamic("s", "float32", [2, 3]))),
    ],
    1e-6,
  ),
  {
    name: "SLICE from a computed place",
    types: ["SLICE"],
    inputs: [float([3, 4]), int([2], 1, 2)],
    tolerance: 0,
    build: (list, [x, begin]) => [list.add("SLICE", [x!, begin!, ints("size", 2, 1)], {}, "y")],
  },
  open(
    "STRIDED_SLICE",
    [float([3, 4]), int([2], 0, 1), int([2], 3, 4)],
    (list, [x, begin, end]) => [
      sum(
        list,
        list.addTo(
          "STRIDED_SLICE",
          [x!, begin!, end!, ints("strides", 2, 1)],
          {},
          dynamic("s", "float32", [1, 1]),
        ),
      ),
    ],
    1e-6,
  ),
  open(
    "TILE",
    [float([2, 2]), int([2], 1, 3)],
    (list, [x, multiples]) => [
      sum(list, list.addTo("TILE", [x!, multiples!], {}, dynamic("t", "float32", [1, 1]))),
    ],
    1e-6,
  ),
  open(
    "PAD",
    [float([2, 2]), int([2, 2], 1, 0, 0, 2)],
    (list, [x, amounts]) => [
      sum(list, list.addTo("PAD", [x!, amounts!], {}, dynamic("p", "float32", [1, 1]))),
    ],
    1e-6,
  ),
  open(
    "RESIZE_BILINEAR",
    [float([1, 2, 2, 1]), int([2], 3, 5)],
    (list, [x, size]) => [
      sum(
        list,
        list.addTo(
          "RESIZE_BILINEAR",
          [x!, size!],
          { align_corners: false, half_pixel_centers: true },
          dynamic("p", "float32", [1, 1, 1, 1]),
        ),
      ),
    ],
    1e-5,
  ),
  open(
    "TRANSPOSE_CONV",
    [float([1, 2, 2, 2]), int([4], 1, 4, 4, 3)],
    (list, [x, shape]) => [
      sum(
        list,
        list.addTo(
          "TRANSPOSE_CONV",
          [shape!, weights("w", [3, 2, 2, 2]), x!],
          { padding: "SAME", stride_h: 2, stride_w: 2 },
          dynamic("t", "float32", [1, 1, 1, 3]),
        ),
      ),
    ],
    1e-5,
  ),
];
