import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { type ConvertOptions, parseTflite, toTflite } from "../../src/convert/index.ts";
import { ForgeError } from "../../src/errors.ts";
import { evaluate } from "../../src/graph/evaluate.ts";
import type { Graph, Subgraph } from "../../src/graph/types.ts";
import { ALL_CASES } from "../support/cases/all.ts";
import {
  expectSameOutputs,
  inputValues,
  type OperatorCase,
  release,
  runFile,
  type Values,
} from "../support/judge.ts";

/** What the evaluator makes of the graph in a file. */
function evaluateGraph(graph: Graph, inputs: readonly Values[]): Readonly<Record<string, Values>> {
  const [main] = graph.subgraphs as [Subgraph];
  const [signature] = graph.signatures;
  const before = tf.memory().numTensors;
  const tensors = inputs.map(({ data, shape, dtype }) =>
    tf.tensor(Array.from(data), [...shape], dtype as tf.DataType),
  );
  const outputs = evaluate(main, tensors, graph);
  const result = Object.fromEntries(
    signature!.outputs.map(({ name, position }) => {
      const { shape, dtype } = outputs[position]!;
      return [name, { shape, dtype, data: outputs[position]!.dataSync() }];
    }),
  );
  tf.dispose([...tensors, ...outputs]);
  expect(tf.memory().numTensors, "tensors left behind").toBe(before);
  return result;
}

async function compare(
  { source, tolerance }: OperatorCase,
  values: readonly Values[],
  options: ConvertOptions,
): Promise<void> {
  const made = source();
  const bytes = await toTflite(made, options);
  release(made);
  const graph = parseTflite(bytes);
  expectSameOutputs(evaluateGraph(graph, values), await runFile(bytes, values), tolerance, "evaluated");
}

describe("the evaluator computes what LiteRT computes", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
  });

  /** What it draws nobody else draws again. */
  const isDrawn = ({ name }: OperatorCase): boolean => name.startsWith("multinomial");

  test.each(
    ALL_CASES.filter((operatorCase) => !isDrawn(operatorCase)).map(
      (operatorCase) => [operatorCase.name, operatorCase] as const,
    ),
  )("%s", async (_, operatorCase) => {
    await compare(operatorCase, inputValues(operatorCase, 3), {});
    // Transposed convolutions are other operators where the batch is fixed.
    if (/transpose/.test(operatorCase.name)) {
      await compare(operatorCase, inputValues(operatorCase, 2), { batch: 2 });
    }
  });

  test("draws are an error", async () => {
    for (const operatorCase of ALL_CASES.filter(isDrawn)) {
      await expect(compare(operatorCase, inputValues(operatorCase, 3), {})).rejects.toThrow(
        "The operator MULTINOMIAL cannot be evaluated",
      );
    }
  });

  test("a wrong number of inputs is an error", () => {
    expect(() => evaluate({ name: "", inputs: [], outputs: [], operators: [] }, [tf.scalar(1)])).toThrow(
      new ForgeError("invalid-argument", "evaluate: 0 inputs expected, got 1."),
    );
  });

  test("an operator that only others write is an error", () => {
    const y = { name: "y", type: "float32", shape: [] } as const;
    const operator = { type: "BITCAST", inputs: [y], outputs: [y], options: {} } as const;
    const x = tf.scalar(1);
    expect(() =>
      evaluate({ name: "", inputs: [y], outputs: [y], operators: [operator as never] }, [x]),
    ).toThrow(new ForgeError("unsupported-kernel", "The operator BITCAST cannot be evaluated."));
    x.dispose();
  });
});
