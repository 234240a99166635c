import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import { ForgeError } from "../../src/errors.ts";
import { OperatorList, operatorOf } from "../../src/graph/builder.ts";
import { evaluate } from "../../src/graph/evaluate.ts";
import { compareVersions, maximumVersion, runtimeOf, versionOf } from "../../src/graph/operators/versions.ts";
import { floatConstant, intConstant } from "../../src/graph/tensors.ts";
import type { Graph, Operator, Subgraph, Tensor } from "../../src/graph/types.ts";
import { firstProblem, verifyGraph } from "../../src/graph/verify.ts";
import { loadTflite } from "../../src/node/index.ts";
import { writeTflite } from "../../src/tflite-writer/write.ts";
import { expectClose, expectSameOutputs, type Values } from "../support/judge.ts";
import { type CaseOperand, GRAPH_CASES, type GraphCase } from "./operator-cases.ts";

/** What tfjs calls 64-bit integers, of which it has none. */
const tfjsType = (type: string): string => (type === "int64" ? "int32" : type);

const valuesOf = ({ shape, values }: CaseOperand): number[] =>
  Array.from({ length: tf.util.sizeFromShape([...shape]) }, (_, i) => values[i % values.length]!);

function graphOf(graphCase: GraphCase): Graph {
  const inputs = graphCase.inputs.map(({ shape, type }, i): Tensor => ({ name: `x${i}`, type, shape }));
  const list = new OperatorList();
  const outputs = graphCase.build(list, inputs);
  const main = { name: "main", inputs, outputs, operators: list.operators };
  const named = (tensors: readonly Tensor[]) => tensors.map(({ name }, position) => ({ name, position }));
  return {
    subgraphs: [main, ...(graphCase.subgraphs ?? [])],
    signatures: [{ key: "serving_default", subgraph: 0, inputs: named(inputs), outputs: named(outputs) }],
    metadata: [],
  };
}

function evaluated(graph: Graph, operands: readonly CaseOperand[]): Record<string, Values> {
  const [main] = graph.subgraphs as [Subgraph];
  const before = tf.memory().numTensors;
  const inputs = operands.map((operand) =>
    tf.tensor(valuesOf(operand), [...operand.shape], operand.type as tf.DataType),
  );
  const outputs = evaluate(main, inputs, graph);
  const result = Object.fromEntries(
    outputs.map((output, i) => {
      const { shape, dtype } = output;
      return [main.outputs[i]!.name, { shape, dtype, data: output.dataSync() }];
    }),
  );
  tf.dispose([...inputs, ...outputs]);
  expect(tf.memory().numTensors, "tensors left behind").toBe(before);
  return result;
}

async function judged(graph: Graph, operands: readonly CaseOperand[]): Promise<Record<string, Values>> {
  const model = await loadTflite(writeTflite(graph));
  try {
    const outputs = await model.run(
      operands.map((operand) => ({ data: valuesOf(operand), shape: operand.shape })),
    );
    return Object.fromEntries(
      Object.entries(outputs).map(([name, { data, shape, dtype }]) => [
        name,
        { shape, dtype: tfjsType(dtype), data: Array.from(data as ArrayLike<number | bigint>, Number) },
      ]),
    );
  } finally {
    model.close();
  }
}

beforeAll(async () => {
  await tf.setBackend("cpu");
});

describe("operators on their own compute what LiteRT computes", () => {
  test.each(GRAPH_CASES.map((graphCase) => [graphCase.name, graphCase] as const))(
    "%s",
    async (_, graphCase) => {
      const graph = graphOf(graphCase);
      verifyGraph(graph, "as built");
      expectSameOutputs(
        evaluated(graph, graphCase.inputs),
        await judged(graph, graphCase.inputs),
        graphCase.tolerance,
        "evaluated",
      );
    },
  );
});

/** Weights of a layer in the order of the operator's gates, each transposed to [units, inputs]. */
function lstmOperands(layer: tfl.RNN, units: number): (Tensor | null)[] {
  const [kernel, recurrent, bias] = layer.getWeights() as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
  const gates = (weights: tf.Tensor, name: string): Tensor[] => {
    const turned = tf.tidy(() => tf.split(weights, 4, -1).map((gate) => tf.transpose(gate)));
    const made = turned.map((gate, i) =>
      floatConstant(`${name}${i}`, gate.shape, gate.dataSync() as Float32Array),
    );
    tf.dispose(turned);
    return made;
  };
  const state = (name: string): Tensor => ({ name, type: "float32", shape: [2, units], isVariable: true });
  const none = (count: number): null[] => Array<null>(count).fill(null);
  const matrices = [...gates(kernel, "w"), ...gates(recurrent, "r")];
  return [...matrices, ...none(3), ...gates(bias, "b"), ...none(2), state("h"), state("c"), ...none(4)];
}

test.each([false, true])(
  "UNIDIRECTIONAL_SEQUENCE_LSTM, which LiteRT for Node has not, computes what tfjs's layer does (time first: %s)",
  (timeFirst) => {
    const layer = tfl.layers.lstm({
      units: 3,
      recurrentActivation: "sigmoid",
      // tfjs's default needs methods on tensors that only the umbrella package has.
      recurrentInitializer: "glorotUniform",
      returnSequences: true,
    });
    const x = tf.randomUniform([2, 5, 4], -2, 2, "float32", 7);
    const expected = layer.apply(x) as tf.Tensor;
    const shape = timeFirst ? [5, 2, 4] : [2, 5, 4];
    const input: Tensor = { name: "x", type: "float32", shape };
    const list = new OperatorList();
    const options = { fused_activation_function: "TANH", time_major: timeFirst } as const;
    const output = list.add("UNIDIRECTIONAL_SEQUENCE_LSTM", [input, ...lstmOperands(layer, 3)], options, "y");
    const main: Subgraph = { name: "main", inputs: [input], outputs: [output], operators: list.operators };
    verifyGraph({ subgraphs: [main], signatures: [], metadata: [] }, "as built");
    const given = timeFirst ? tf.transpose(x, [1, 0, 2]) : x;
    const [y] = evaluate(main, [given]) as [tf.Tensor];
    const actual = timeFirst ? tf.transpose(y, [1, 0, 2]) : y;
    expectClose(actual.dataSync(), expected.dataSync(), 1e-6, "hidden states");
    tf.dispose([x, expected, given, y, actual]);
    layer.dispose();
  },
);

const scalar = (name: string, type: Tensor["type"] = "float32"): Tensor => ({ name, type, shape: [] });

describe("what nobody can compute beforehand is an error that names it", () => {
  test.each([
    ["MULTINOMIAL", undefined],
    ["CUSTOM", "Fancy"],
  ] as const)("%s", (type, customCode) => {
    const x: Tensor = { name: "x", type: "float32", shape: [1, 3] };
    const y: Tensor = { name: "y", type: "int32", shape: [1, 2] };
    const operator = {
      ...operatorOf(type, [x, intConstant("count", [], [2])], [y], {}),
      customCode,
    } as Operator;
    const main: Subgraph = { name: "main", inputs: [x], outputs: [y], operators: [operator] };
    verifyGraph({ subgraphs: [main], signatures: [], metadata: [] }, "as built");
    const values = tf.zeros([1, 3]);
    expect(() => evaluate(main, [values])).toThrow(
      new ForgeError(
        "unsupported-kernel",
        `The operator ${customCode ?? type} cannot be evaluated: run the file in LiteRT.`,
      ),
    );
    values.dispose();
  });
});

describe("a list of operators", () => {
  const x: Tensor = { name: "x", type: "float32", shape: [1, 4], shapeSignature: [-1, 4] };
  const axis = intConstant("axis", [], [1]);

  test("gives several outputs, with dynamic sizes", () => {
    const made = new OperatorList().addMany("SPLIT", [axis, x], { num_splits: 2 }, "part");
    expect(made).toEqual([
      { name: "part", type: "float32", shape: [1, 2], shapeSignature: [-1, 2] },
      { name: "part:1", type: "float32", shape: [1, 2], shapeSignature: [-1, 2] },
    ]);
  });

  test("takes a name for each", () => {
    const made = new OperatorList().addMany("SPLIT", [axis, x], { num_splits: 2 }, ["left", "right"]);
    expect(made.map(({ name }) => name)).toEqual(["left", "right"]);
  });

  test("cannot tell sizes that only a run knows", () => {
    const condition: Tensor = { name: "c", type: "bool", shape: [3] };
    expect(() => new OperatorList().add("WHERE", [condition], {}, "found")).toThrow(
      'WHERE "found": its shape is known only when it runs',
    );
  });
});

describe("verification", () => {
  const options = { cond_subgraph_index: 1, body_subgraph_index: 2 };
  const [x, y] = [scalar("x"), scalar("y")];
  const condition = (output: Tensor): Subgraph => {
    const input = scalar("a");
    return {
      name: "condition",
      inputs: [input],
      outputs: [output],
      operators: [operatorOf("LESS", [input, input], [output], {})],
    };
  };
  const body = (outputs: readonly Tensor[]): Subgraph => {
    const input = scalar("b");
    const operators = outputs.map((output) => operatorOf("NEG", [input], [output], {}));
    return { name: "body", inputs: [input], outputs, operators };
  };
  const looping = (...called: readonly Subgraph[]): Graph => ({
    subgraphs: [
      { name: "main", inputs: [x], outputs: [y], operators: [operatorOf("WHILE", [x], [y], options)] },
      ...called,
    ],
    signatures: [],
    metadata: [],
  });

  test("takes a loop", () => {
    expect(() =>
      verifyGraph(looping(condition(scalar("c", "bool")), body([scalar("d")])), "now"),
    ).not.toThrow();
  });

  test.each<[string, Graph]>([
    ['WHILE "y": its body is subgraph 2, of 2', looping(condition(scalar("c", "bool")))],
    [
      'WHILE "y": its body has 2 outputs, and the operator 1',
      looping(condition(scalar("c", "bool")), body([scalar("d"), scalar("e")])),
    ],
    [
      'WHILE "y": its condition must give one boolean',
      looping({ ...condition(scalar("c", "bool")), outputs: [] }, body([scalar("d")])),
    ],
    [
      'WHILE "y": its body has float32 of rank 1 as input 0, and the operator float32 of rank 0',
      looping(condition(scalar("c", "bool")), {
        ...body([]),
        inputs: [{ name: "b", type: "float32", shape: [1] }],
        outputs: [floatConstant("k", [], Float32Array.of(1))],
      }),
    ],
  ])("%s", (problem, graph) => {
    expect(() => verifyGraph(graph, "now")).toThrow(new ForgeError("internal", `internal: now: ${problem}`));
  });

  test.each<[string, Operator]>([
    [
      "makes 2 outputs, and has 1",
      operatorOf(
        "TOPK_V2",
        [{ name: "x", type: "float32", shape: [4] }, intConstant("k", [], [2])],
        [{ name: "y", type: "float32", shape: [2] }],
        {},
      ) as Operator,
    ],
    [
      "makes int64, and its output is int32",
      operatorOf(
        "WHERE",
        [{ name: "x", type: "bool", shape: [4] }],
        [{ name: "y", type: "int32", shape: [1, 1], shapeSignature: [-1, 1] }],
        {},
      ) as Operator,
    ],
    [
      "makes 2 dimensions, and its output has 1",
      operatorOf(
        "WHERE",
        [{ name: "x", type: "bool", shape: [4] }],
        [{ name: "y", type: "int64", shape: [1], shapeSignature: [-1] }],
        {},
      ) as Operator,
    ],
    [
      "makes sizes that only a run knows, and its output has none of -1",
      operatorOf(
        "WHERE",
        [{ name: "x", type: "bool", shape: [4] }],
        [{ name: "y", type: "int64", shape: [1, 1] }],
        {},
      ) as Operator,
    ],
    [
      "is of rank 2, not 3 to 4",
      operatorOf(
        "BATCH_TO_SPACE_ND",
        [
          { name: "x", type: "float32", shape: [4, 4] },
          intConstant("b", [1], [2]),
          intConstant("c", [1, 2], [0, 0]),
        ],
        [{ name: "y", type: "float32", shape: [2, 8] }],
        {},
      ) as Operator,
    ],
  ])("an operator that %s", (problem, operator) => {
    const inputs = [operator.inputs[0] as Tensor];
    expect(firstProblem({ name: "main", inputs, outputs: operator.outputs, operators: [operator] })).toBe(
      `${operator.type} "y" ${problem}`,
    );
  });
});

describe("versions of operators", () => {
  const x: Tensor = { name: "x", type: "float32", shape: [2, 3] };

  // Each row of `op_version.cc` and `runtime_version.cc` by hand.
  test.each<[Operator, number, string]>([
    [operatorOf("WHERE", [{ ...x, type: "bool" }], [x], {}) as Operator, 1, "1.14.0"],
    [operatorOf("WHERE", [x], [x], {}) as Operator, 2, "2.8.0"],
    [operatorOf("SPLIT", [x, { ...x, type: "int32" }], [x], {}) as Operator, 3, "1.14.0"],
    [operatorOf("GATHER", [x, x], [x], { batch_dims: 1 }) as Operator, 5, "2.5.0"],
    [operatorOf("BROADCAST_TO", [x, x], [x], {}) as Operator, 2, "2.5.0"],
    [operatorOf("SPACE_TO_BATCH_ND", [{ ...x, shape: [1, 2, 3] }], [x], {}) as Operator, 3, "2.3.0"],
    [operatorOf("FLOOR_DIV", [x, x], [x], {}) as Operator, 2, "1.14.0"],
  ])("$type", (operator, version, runtime) => {
    expect([versionOf(operator), runtimeOf(operator)]).toEqual([version, runtime]);
  });

  test("the newest that a runtime has", () => {
    expect(maximumVersion("TRANSPOSE", "2.4")).toBe(5);
    expect(maximumVersion("TRANSPOSE", "2.11.1")).toBe(5);
    expect(maximumVersion("TRANSPOSE", "2.12")).toBe(6);
    expect(maximumVersion("BITWISE_XOR", "2.12.0")).toBe(0);
  });

  test("2.4 is 2.4.0, and older than 2.10", () => {
    expect(compareVersions("2.4", "2.4.0")).toBe(0);
    expect(compareVersions("2.4", "2.10.0")).toBeLessThan(0);
  });
});
