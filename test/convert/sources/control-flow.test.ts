import "@tensorflow/tfjs-backend-cpu";
import type { GraphModel } from "@tensorflow/tfjs-converter";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it, vi } from "vitest";
import { convert, toTflite } from "../../../src/convert/index.ts";
import { loadTflite } from "../../../src/node/index.ts";
import { expectClose } from "../../support/judge.ts";
import {
  type Constant,
  type FunctionDef,
  graphArtifacts,
  graphModel,
  type NodeDef,
  node,
  placeholder,
} from "../../support/small-graph-models.ts";

const FLOAT = "DT_FLOAT";
const INT = "DT_INT32";
const ofType = (type: string): Record<string, object> => ({ T: { type } });
const integer = (op: string, name: string, input: readonly string[]): NodeDef =>
  node(op, name, input, ofType(INT));
const called = (...names: readonly (readonly [string, string])[]): Record<string, object> =>
  Object.fromEntries(names.map(([attribute, name]) => [attribute, { func: { name } }]));
const int = (name: string, ...values: number[]): Constant => ({
  name,
  shape: values.length === 1 ? [] : [values.length],
  dtype: "int32",
  values,
});
const vector = (name: string, ...values: number[]): Constant => ({ name, shape: [values.length], values });
const axes = (name: string): Constant => ({ name, shape: [1], dtype: "int32", values: [0] });

async function build(
  nodes: readonly NodeDef[],
  constants: readonly Constant[],
  outputs: readonly string[],
  functions: readonly FunctionDef[] = [],
): Promise<GraphModel> {
  return (await graphModel(graphArtifacts(nodes, constants, outputs, functions))) as unknown as GraphModel;
}

/** Values that tfjs-converter and LiteRT give must be the same, for each of some inputs; gives the operators. */
async function expectSame(
  model: GraphModel,
  inputs: readonly (readonly number[])[],
): Promise<Readonly<Record<string, number>>> {
  // tfjs-converter warns of models that need no executeAsync.
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const { bytes, report } = await convert(model, { batch: inputs[0]!.length });
  const file = await loadTflite(bytes);
  try {
    for (const values of inputs) {
      const x = tf.tensor1d([...values]);
      const results = [await model.executeAsync(x)].flat() as tf.Tensor[];
      const actual = Object.values(await file.run([{ data: [...values], shape: [values.length] }]));
      expect(actual.length).toBe(results.length);
      for (const [index, expected] of results.entries()) {
        expect([...actual[index]!.shape]).toEqual(expected.shape);
        expectClose(
          Array.from(actual[index]!.data as Float32Array),
          await expected.data(),
          1e-6,
          `${values}`,
        );
      }
    }
  } finally {
    file.close();
    warn.mockRestore();
  }
  return report.operators.after;
}

/** `while (sum(x) < 100) x = x * 2 + bias`: values decide how often. */
const untilLarge: readonly FunctionDef[] = [
  {
    name: "is_small",
    inputs: [
      ["c_x", FLOAT],
      ["c_bias", FLOAT],
    ],
    nodes: [
      node("Sum", "c_sum", ["c_x", "axes"], { keep_dims: { b: false }, Tidx: { type: INT } }),
      node("Less", "c_less", ["c_sum:output:0", "limit"]),
    ],
    outputs: [["c_less:z:0", "DT_BOOL"]],
  },
  {
    name: "double",
    inputs: [
      ["b_x", FLOAT],
      ["b_bias", FLOAT],
    ],
    nodes: [
      node("Mul", "b_mul", ["b_x", "two"]),
      node("AddV2", "b_add", ["b_mul:z:0", "b_bias"]),
      node("Identity", "b_same", ["b_bias"]),
    ],
    outputs: [
      ["b_add:z:0", FLOAT],
      ["b_same:output:0", FLOAT],
    ],
  },
];

/** `for (i = 0; i < turns; i++) x = x * 1.1 + i`. */
function counted(turns: number): Promise<GraphModel> {
  return build(
    [
      placeholder("x", [-1]),
      node("StatelessWhile", "loop", ["zero", "x"], called(["cond", "more"], ["body", "step"])),
      node("Identity", "y", ["loop:1"]),
    ],
    [int("zero", 0), int("one", 1), int("turns", turns), { name: "factor", shape: [], values: [1.1] }],
    ["y"],
    [
      {
        name: "more",
        inputs: [
          ["m_i", INT],
          ["m_x", FLOAT],
        ],
        nodes: [integer("Less", "m_less", ["m_i", "turns"])],
        outputs: [["m_less:z:0", "DT_BOOL"]],
      },
      {
        name: "step",
        inputs: [
          ["s_i", INT],
          ["s_x", FLOAT],
        ],
        nodes: [
          integer("AddV2", "s_next", ["s_i", "one"]),
          node("Cast", "s_float", ["s_i"], { SrcT: { type: INT }, DstT: { type: FLOAT } }),
          node("Mul", "s_scaled", ["s_x", "factor"]),
          node("AddV2", "s_add", ["s_scaled:z:0", "s_float:y:0"]),
        ],
        outputs: [
          ["s_next:z:0", INT],
          ["s_add:z:0", FLOAT],
        ],
      },
    ],
  );
}

const FRAME = {
  frame_name: { s: Buffer.from("frame").toString("base64") },
  parallel_iterations: { i: "1" },
};

/** The loop of {@link untilLarge} as TensorFlow 1 wrote it. */
function frame(condition: readonly NodeDef[]): readonly NodeDef[] {
  return [
    node("Enter", "enter_x", ["x"], { ...FRAME, is_constant: { b: false } }),
    node("Enter", "enter_bias", ["bias"], { ...FRAME, is_constant: { b: true } }),
    node("Merge", "merge_x", ["enter_x", "next_x"], { N: { i: "2" } }),
    ...condition,
    node("LoopCond", "loop", ["less"]),
    node("Switch", "switch_x", ["merge_x", "loop"]),
    node("Identity", "body_x", ["switch_x:1"]),
    node("Mul", "double", ["body_x", "two"]),
    node("AddV2", "add", ["double", "enter_bias"]),
    node("NextIteration", "next_x", ["add"]),
    node("Exit", "exit_x", ["switch_x"]),
  ];
}

const sumBelow = [
  node("Sum", "sum", ["merge_x", "axes"], { keep_dims: { b: false }, Tidx: { type: INT } }),
  node("Less", "less", ["sum", "limit"]),
];
const loopConstants: readonly Constant[] = [
  axes("axes"),
  { name: "limit", shape: [], values: [100] },
  { name: "two", shape: [], values: [2] },
  vector("bias", 0.5, 0.25, 1),
];
const BEFORE = [
  [1, 2, 3],
  [40, 40, 40],
  [0.5, 20, -3],
];

/** `while (sum(x) < 100) { for (size = sum(x); size < 10; size += 2) x += bias; x *= 2 }`. */
const nested: readonly FunctionDef[] = [
  untilLarge[0] as FunctionDef,
  {
    name: "fill_and_double",
    inputs: [
      ["o_x", FLOAT],
      ["o_bias", FLOAT],
    ],
    nodes: [
      node("Sum", "o_size", ["o_x", "axes"], { keep_dims: { b: false }, Tidx: { type: INT } }),
      node(
        "While",
        "o_inner",
        ["o_size:output:0", "o_x", "o_bias"],
        called(["cond", "is_below_ten"], ["body", "add_bias"]),
      ),
      node("Mul", "o_mul", ["o_inner:output:1", "two"]),
      node("Identity", "o_same", ["o_bias"]),
    ],
    outputs: [
      ["o_mul:z:0", FLOAT],
      ["o_same:output:0", FLOAT],
    ],
  },
  {
    name: "is_below_ten",
    inputs: [
      ["i_size", FLOAT],
      ["i_x", FLOAT],
      ["i_bias", FLOAT],
    ],
    nodes: [node("Less", "i_less", ["i_size", "ten"])],
    outputs: [["i_less:z:0", "DT_BOOL"]],
  },
  {
    name: "add_bias",
    inputs: [
      ["a_size", FLOAT],
      ["a_x", FLOAT],
      ["a_bias", FLOAT],
    ],
    nodes: [
      node("AddV2", "a_next", ["a_size", "two"]),
      node("AddV2", "a_add", ["a_x", "a_bias"]),
      node("Identity", "a_same", ["a_bias"]),
    ],
    outputs: [
      ["a_next:z:0", FLOAT],
      ["a_add:z:0", FLOAT],
      ["a_same:output:0", FLOAT],
    ],
  },
];

const frameOf = (name: string, isConstant: boolean): Record<string, object> => ({
  frame_name: { s: Buffer.from(name).toString("base64") },
  parallel_iterations: { i: "1" },
  is_constant: { b: isConstant },
});
const merged = { N: { i: "2" } };
const sumOf = (name: string, of: string): NodeDef =>
  node("Sum", name, [of, "axes"], { keep_dims: { b: false }, Tidx: { type: INT } });

/** The loops of {@link nested} as TensorFlow 1 wrote them: a frame in a frame. */
const nestedFrames: readonly NodeDef[] = [
  node("Enter", "enter_x", ["x"], frameOf("outer", false)),
  node("Enter", "enter_bias", ["bias"], frameOf("outer", true)),
  node("Merge", "merge_x", ["enter_x", "next_x"], merged),
  ...sumBelow,
  node("LoopCond", "outer", ["less"]),
  node("Switch", "switch_x", ["merge_x", "outer"]),
  node("Identity", "body_x", ["switch_x:1"]),
  sumOf("size", "body_x"),
  node("Enter", "inner_size", ["size"], frameOf("inner", false)),
  node("Enter", "inner_x", ["body_x"], frameOf("inner", false)),
  node("Enter", "inner_bias", ["enter_bias"], frameOf("inner", true)),
  node("Merge", "merge_size", ["inner_size", "next_size"], merged),
  node("Merge", "merge_inner", ["inner_x", "next_inner"], merged),
  node("Less", "inner_less", ["merge_size", "ten"]),
  node("LoopCond", "inner", ["inner_less"]),
  node("Switch", "switch_size", ["merge_size", "inner"]),
  node("Switch", "switch_inner", ["merge_inner", "inner"]),
  node("AddV2", "larger", ["switch_size:1", "two"]),
  node("AddV2", "added", ["switch_inner:1", "inner_bias"]),
  node("NextIteration", "next_size", ["larger"]),
  node("NextIteration", "next_inner", ["added"]),
  node("Exit", "exit_inner", ["switch_inner"]),
  node("Mul", "double", ["exit_inner", "two"]),
  node("NextIteration", "next_x", ["double"]),
  node("Exit", "exit_x", ["switch_x"]),
];

describe("loops", () => {
  it("with functions, which values end, become WHILE", async () => {
    const model = await build(
      [
        placeholder("x", [-1]),
        node("While", "loop", ["x", "bias"], called(["cond", "is_small"], ["body", "double"])),
        node("Identity", "y", ["loop"]),
      ],
      loopConstants,
      ["y"],
      untilLarge,
    );
    expect(await expectSame(model, BEFORE)).toMatchObject({ WHILE: 1 });
  });

  it("of few turns are written one turn after the other, of many once", async () => {
    const input = [[1, -2, 0.5]];
    expect(await expectSame(await counted(3), input)).not.toHaveProperty("WHILE");
    expect(await expectSame(await counted(0), input)).not.toHaveProperty("WHILE");
    expect(await expectSame(await counted(60), input)).toMatchObject({ WHILE: 1 });
  });

  it("made of Enter, Merge, Switch and NextIteration become WHILE", async () => {
    const model = await build(
      [placeholder("x", [-1]), ...frame(sumBelow), node("Identity", "y", ["exit_x"])],
      loopConstants,
      ["y"],
    );
    expect(await expectSame(model, BEFORE)).toMatchObject({ WHILE: 1 });
  });

  it("inside of a loop become a WHILE inside of a WHILE, of functions and of frames", async () => {
    const all = [...loopConstants, { name: "ten", shape: [], values: [10] }];
    const functions = await build(
      [
        placeholder("x", [-1]),
        node("While", "loop", ["x", "bias"], called(["cond", "is_small"], ["body", "fill_and_double"])),
        node("Identity", "y", ["loop"]),
      ],
      all,
      ["y"],
      nested,
    );
    expect(await expectSame(functions, BEFORE)).toMatchObject({ WHILE: 2 });
    const frames = await build(
      [placeholder("x", [-1]), ...nestedFrames, node("Identity", "y", ["exit_x"])],
      all,
      ["y"],
    );
    expect(await expectSame(frames, BEFORE)).toMatchObject({ WHILE: 2 });
  });

  it("without end are refused", async () => {
    const always = [node("Less", "less", ["one", "limit", "^merge_x"])];
    const model = await build(
      [placeholder("x", [-1]), ...frame(always), node("Identity", "y", ["exit_x"])],
      [...loopConstants, { name: "one", shape: [], values: [1] }],
      ["y"],
    );
    await expect(toTflite(model, { batch: 3 })).rejects.toMatchObject({
      code: "invalid-source",
      message: expect.stringMatching(/node "exit_x" never ends/),
    });
  });
});

describe("branches", () => {
  const sum = [
    node("Sum", "sum", ["x", "axes"], { keep_dims: { b: false }, Tidx: { type: INT } }),
    node("Greater", "positive", ["sum", "zero"]),
  ];
  const constants: readonly Constant[] = [
    axes("axes"),
    { name: "zero", shape: [], values: [0] },
    { name: "two", shape: [], values: [2] },
  ];
  const inputs = [
    [1, 2, 3],
    [-1, -2, -3],
  ];
  const side = (name: string, op: string): FunctionDef => ({
    name,
    inputs: [[`${name}_x`, FLOAT]],
    nodes: [node(op, `${name}_y`, [`${name}_x`, "two"])],
    outputs: [[`${name}_y:z:0`, FLOAT]],
  });

  it("with functions become IF", async () => {
    const model = await build(
      [
        placeholder("x", [-1]),
        ...sum,
        node(
          "StatelessIf",
          "branch",
          ["positive", "x"],
          called(["then_branch", "times"], ["else_branch", "minus"]),
        ),
        node("Identity", "y", ["branch"]),
      ],
      constants,
      ["y"],
      [side("times", "Mul"), side("minus", "Sub")],
    );
    expect(await expectSame(model, inputs)).toMatchObject({ IF: 1 });
  });

  it("made of Switch and Merge become IF, once for all that one predicate decides", async () => {
    const model = await build(
      [
        placeholder("x", [-1]),
        ...sum,
        node("Identity", "predicate", ["positive"], ofType("DT_BOOL")),
        node("Abs", "far", ["x"]),
        node("Switch", "switch_x", ["x", "predicate"]),
        node("Switch", "switch_far", ["far", "predicate"]),
        node("Mul", "times", ["switch_x:1", "two"]),
        node("Sub", "minus", ["switch_x", "switch_far"]),
        node("Merge", "merge_a", ["minus", "times"], { N: { i: "2" } }),
        node("Merge", "merge_b", ["switch_far", "switch_far:1"], { N: { i: "2" } }),
        node("AddV2", "y", ["merge_a", "merge_b"]),
      ],
      constants,
      ["y"],
    );
    expect(await expectSame(model, inputs)).toMatchObject({ IF: 1 });
  });

  it("inside of a branch become an IF inside of an IF", async () => {
    const model = await build(
      [
        placeholder("x", [-1]),
        ...sum,
        node("Greater", "large", ["sum", "two"]),
        node("Switch", "outer_x", ["x", "positive"]),
        node("Switch", "outer_large", ["large", "positive"], ofType("DT_BOOL")),
        node("Identity", "inner", ["outer_large:1"], ofType("DT_BOOL")),
        node("Switch", "inner_x", ["outer_x:1", "inner"]),
        node("Mul", "times", ["inner_x:1", "two"]),
        node("AddV2", "plus", ["inner_x", "two"]),
        node("Merge", "inner_y", ["plus", "times"], { N: { i: "2" } }),
        node("Neg", "negative", ["outer_x"]),
        node("Merge", "y", ["negative", "inner_y"], { N: { i: "2" } }),
      ],
      constants,
      ["y"],
    );
    expect(await expectSame(model, [...inputs, [0.5, 0.25, 0.5]])).toMatchObject({ IF: 2 });
  });

  it("on what is known are one side of them", async () => {
    const model = await build(
      [
        placeholder("x", [-1]),
        node("Greater", "positive", ["two", "zero"]),
        node("Switch", "switch_x", ["x", "positive"]),
        node("Mul", "times", ["switch_x:1", "two"]),
        node("Sub", "minus", ["switch_x", "two"]),
        node("Merge", "y", ["minus", "times"], { N: { i: "2" } }),
      ],
      constants,
      ["y"],
    );
    expect(await expectSame(model, inputs)).toEqual({ MUL: 1 });
  });
});

/**
 * `for (i = 0; i < turns; i++) { state = state * 0.5 + inputs[i]; outputs[i] = state }`, as Keras writes a recurrent
 * layer: a list that is read, and one that is made, of elements whose shape it does not say.
 */
function recurrent(turns: number): Promise<GraphModel> {
  const element = { element_dtype: { type: FLOAT }, shape_type: { type: INT } };
  return build(
    [
      placeholder("x", [turns]),
      node("Reshape", "rows", ["x", "row_shape"], { Tshape: { type: INT } }),
      node("TensorListFromTensor", "list", ["rows", "unknown_row"], element),
      node("TensorListReserve", "made", ["unknown", "turns"], element),
      node("While", "loop", ["zero", "start", "list", "made"], called(["cond", "more"], ["body", "step"])),
      node("TensorListStack", "stack", ["loop:3", "unknown_row"], {
        ...element,
        num_elements: { i: String(turns) },
      }),
      node("Reshape", "y", ["stack", "flat"], { Tshape: { type: INT } }),
      node("Identity", "last", ["loop:1"]),
    ],
    [
      int("zero", 0),
      int("one", 1),
      int("turns", turns),
      { name: "row_shape", shape: [2], dtype: "int32", values: [turns, 1] },
      { name: "flat", shape: [1], dtype: "int32", values: [-1] },
      { name: "unknown", shape: [], dtype: "int32", values: [-1] },
      { name: "unknown_row", shape: [1], dtype: "int32", values: [-1] },
      { name: "half", shape: [], values: [0.5] },
      vector("start", 0),
    ],
    ["y", "last"],
    [
      {
        name: "more",
        inputs: [
          ["m_i", INT],
          ["m_s", FLOAT],
          ["m_in", "DT_VARIANT"],
          ["m_out", "DT_VARIANT"],
        ],
        nodes: [integer("Less", "m_less", ["m_i", "turns"])],
        outputs: [["m_less:z:0", "DT_BOOL"]],
      },
      {
        name: "step",
        inputs: [
          ["s_i", INT],
          ["s_s", FLOAT],
          ["s_in", "DT_VARIANT"],
          ["s_out", "DT_VARIANT"],
        ],
        nodes: [
          integer("AddV2", "s_next", ["s_i", "one"]),
          node("TensorListGetItem", "s_get", ["s_in", "s_i", "unknown_row"], element),
          node("Mul", "s_scaled", ["s_s", "half"]),
          node("AddV2", "s_add", ["s_scaled:z:0", "s_get:item:0"]),
          node("TensorListSetItem", "s_set", ["s_out", "s_i", "s_add:z:0"], element),
        ],
        outputs: [
          ["s_next:z:0", INT],
          ["s_add:z:0", FLOAT],
          ["s_in", "DT_VARIANT"],
          ["s_set:output_handle:0", "DT_VARIANT"],
        ],
      },
    ],
  );
}

const sequence = (length: number): number[] => Array.from({ length }, (_, index) => Math.sin(index) * 3);

describe("lists of tensors", () => {
  it("are tensors of their own in a few turns", async () => {
    expect(await expectSame(await recurrent(3), [sequence(3)])).not.toHaveProperty("WHILE");
  });

  it("go round in a loop as one tensor", async () => {
    const operators = await expectSame(await recurrent(40), [sequence(40)]);
    expect(operators).toMatchObject({ WHILE: 1, DYNAMIC_UPDATE_SLICE: 1, GATHER: 1 });
  });

  it("of TensorFlow 1 are read and written by their handles, in the order of their flow", async () => {
    const frame = (constant: boolean): Record<string, object> => ({ ...FRAME, is_constant: { b: constant } });
    const array = (name: string): NodeDef =>
      node("TensorArrayV3", name, ["turns"], {
        dtype: { type: FLOAT },
        element_shape: { shape: { unknownRank: true } },
        dynamic_size: { b: false },
        clear_after_read: { b: true },
        identical_element_shapes: { b: true },
        tensor_array_name: { s: "" },
      });
    const model = await build(
      [
        placeholder("x", [40]),
        node("Reshape", "rows", ["x", "row_shape"], { Tshape: { type: INT } }),
        array("read"),
        node("TensorArrayScatterV3", "filled", ["read", "all", "rows", "read:1"]),
        array("made"),
        node("Enter", "enter_i", ["zero"], { ...frame(false), T: { type: INT } }),
        node("Enter", "enter_s", ["start"], frame(false)),
        node("Enter", "enter_flow", ["made:1"], frame(false)),
        node("Enter", "enter_made", ["made"], frame(true)),
        node("Enter", "enter_read", ["read"], frame(true)),
        node("Enter", "enter_filled", ["filled"], frame(true)),
        node("Enter", "enter_turns", ["turns"], { ...frame(true), T: { type: INT } }),
        node("Merge", "merge_i", ["enter_i", "next_i"], { T: { type: INT }, N: { i: "2" } }),
        node("Merge", "merge_s", ["enter_s", "next_s"], { N: { i: "2" } }),
        node("Merge", "merge_flow", ["enter_flow", "next_flow"], { N: { i: "2" } }),
        integer("Less", "less", ["merge_i", "enter_turns"]),
        node("LoopCond", "loop", ["less"]),
        integer("Switch", "switch_i", ["merge_i", "loop"]),
        node("Switch", "switch_s", ["merge_s", "loop"]),
        node("Switch", "switch_flow", ["merge_flow", "loop"]),
        integer("Identity", "i", ["switch_i:1"]),
        integer("AddV2", "more", ["i", "one", "^i"]),
        node("TensorArrayReadV3", "item", ["enter_read", "i", "enter_filled"], { dtype: { type: FLOAT } }),
        node("Mul", "scaled", ["switch_s:1", "half"]),
        node("AddV2", "state", ["scaled", "item"]),
        node("TensorArrayWriteV3", "write", ["enter_made", "i", "state", "switch_flow:1"]),
        integer("NextIteration", "next_i", ["more"]),
        node("NextIteration", "next_s", ["state"]),
        node("NextIteration", "next_flow", ["write"]),
        node("Exit", "exit_flow", ["switch_flow"]),
        node("TensorArrayGatherV3", "gathered", ["made", "all", "exit_flow"], {
          dtype: { type: FLOAT },
          element_shape: { shape: { unknownRank: true } },
        }),
        node("Reshape", "y", ["gathered", "flat"], { Tshape: { type: INT } }),
      ],
      [
        int("zero", 0),
        int("one", 1),
        int("turns", 40),
        int("all", ...Array.from({ length: 40 }, (_, index) => index)),
        { name: "row_shape", shape: [2], dtype: "int32", values: [40, 1] },
        { name: "flat", shape: [1], dtype: "int32", values: [-1] },
        { name: "half", shape: [], values: [0.5] },
        vector("start", 0),
      ],
      ["y"],
    );
    expect(await expectSame(model, [sequence(40)])).toMatchObject({ WHILE: 1 });
  });
});
