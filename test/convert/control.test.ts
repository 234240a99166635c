import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { compile } from "../../src/convert/compile.ts";
import type { ConvertOptions } from "../../src/convert/index.ts";
import { ConstantStore } from "../../src/convert/trace/constant-store.ts";
import { mergeRecordings } from "../../src/convert/trace/merge.ts";
import { record } from "../../src/convert/trace/record.ts";
import type { Recorder } from "../../src/convert/trace/recorder.ts";
import { parseTflite } from "../../src/tflite-reader/parse.ts";
import { expectSameOutputs, runFile, type Values } from "../support/judge.ts";

type Control = Pick<Recorder, "loop" | "branch">;
type Outputs = Record<string, tf.Tensor>;
type Size = number | null;

/** A function of tensors with loops and branches, for which tfjs has no operation of its own. */
interface Program {
  readonly name: string;
  /** With null for the batch. */
  readonly inputs: readonly (readonly Size[])[];
  readonly run: (inputs: readonly tf.Tensor[], control: Control) => Outputs;
  readonly values: readonly (readonly number[])[];
}

/** Loops and branches as tfjs's users write them: with values. */
const eager: Control = {
  loop({ variables, condition, body }) {
    let current = variables;
    while (condition(current).dataSync()[0]) current = body(current);
    return current;
  },
  branch: ({ condition, onTrue, onFalse }) => (condition.dataSync()[0] ? onTrue() : onFalse()),
};

async function fileOf({ name, inputs, run }: Program, options: ConvertOptions = {}): Promise<Uint8Array> {
  const constants = new ConstantStore();
  try {
    const at = (batch: number) =>
      record(
        {
          inputs: inputs.map((shape, index) => ({
            name: `in_${index}`,
            spec: { shape: shape.map((size) => size ?? batch), dtype: "float32" },
          })),
          run,
          layer: () => "",
          unknownSize: () => 1,
        },
        constants,
      ).recording;
    const symbol = { name: "batch size", probe: 11, varied: 13, nominal: 1 };
    const recordings = { recordings: [at(11), at(13)], varied: [[symbol] as const] };
    await constants.read();
    const trace = mergeRecordings(name, recordings, constants.valuesOf);
    return (await compile([{ key: "serving_default", trace }], options)).bytes;
  } finally {
    constants.dispose();
  }
}

const valuesOf = (data: readonly number[], shape: readonly Size[]): Values => {
  const fixed = shape.reduce<number>((product, size) => product * (size ?? 1), 1);
  return { data: [...data], shape: shape.map((size) => size ?? data.length / fixed), dtype: "float32" };
};

const number = (value: number) => tf.scalar(value);
const counter = () => tf.scalar(0, "int32");
const next = (count: tf.Tensor) => tf.add(count, tf.scalar(1, "int32"));
const below = (count: tf.Tensor, end: number) => tf.less(count, tf.scalar(end, "int32"));
const norm = (x: tf.Tensor) => tf.sum(tf.square(x));

const LOOPS: readonly Program[] = [
  {
    name: "doubles until it is large",
    inputs: [[null, 2]],
    values: [
      [1, 2],
      [0.5, 0.25, 3, -1],
      [100, 0],
    ],
    run: ([x], control) => {
      const [y] = control.loop({
        variables: [x as tf.Tensor],
        condition: ([value]) => tf.less(norm(value as tf.Tensor), 50),
        body: ([value]) => [tf.mul(value as tf.Tensor, 2)],
      });
      return { y: y as tf.Tensor };
    },
  },
  {
    name: "reads values from outside, in the condition and in the body",
    inputs: [
      [null, 2],
      [2, 2],
    ],
    values: [
      [1, 2, 3, 4],
      [0.1, 0.2, -0.3, 1.1],
    ],
    run: ([x, w], control) => {
      const limit = tf.mul(norm(x as tf.Tensor), 30);
      const step = tf.abs(w as tf.Tensor);
      const [y, turns] = control.loop({
        variables: [x as tf.Tensor, counter()],
        condition: ([value, count]) =>
          tf.logicalAnd(tf.less(norm(value as tf.Tensor), limit), below(count as tf.Tensor, 5)),
        body: ([value, count]) => [
          tf.add(tf.matMul(value as tf.Tensor, step), x as tf.Tensor),
          next(count as tf.Tensor),
        ],
      });
      return { y: y as tf.Tensor, turns: turns as tf.Tensor, limit };
    },
  },
  {
    name: "makes no turn",
    inputs: [[null, 2]],
    values: [[1, 2]],
    run: ([x], control) => {
      const [y] = control.loop({
        variables: [x as tf.Tensor],
        condition: ([value]) => tf.less(norm(value as tf.Tensor), -1),
        body: ([value]) => [tf.mul(value as tf.Tensor, 2)],
      });
      return { y: y as tf.Tensor };
    },
  },
  {
    name: "starts with constants and keeps one of its variables",
    inputs: [[null, 3]],
    values: [[1, 2, 3, 4, 5, 6]],
    run: ([x], control) => {
      const [, sum, weights] = control.loop({
        variables: [counter(), number(0.5), tf.tensor1d([1, 2, 3])],
        condition: ([count]) => below(count as tf.Tensor, 4),
        body: ([count, sum, weights]) => [
          next(count as tf.Tensor),
          tf.add(sum as tf.Tensor, tf.sum(tf.mul(x as tf.Tensor, weights as tf.Tensor))),
          weights as tf.Tensor,
        ],
      });
      return { sum: sum as tf.Tensor, weights: weights as tf.Tensor };
    },
  },
  {
    name: "gives constants, and variables in another order",
    inputs: [[null, 2]],
    values: [[1, 2, 3, 4]],
    run: ([x], control) => {
      const [, a, b, fixed] = control.loop({
        variables: [counter(), x as tf.Tensor, tf.neg(x as tf.Tensor), number(7)],
        condition: ([count]) => below(count as tf.Tensor, 3),
        body: ([count, a, b]) => [next(count as tf.Tensor), b as tf.Tensor, a as tf.Tensor, number(2)],
      });
      return { a: a as tf.Tensor, b: b as tf.Tensor, fixed: fixed as tf.Tensor };
    },
  },
  {
    name: "gives one value as two variables",
    inputs: [[null, 2]],
    values: [[1, 2, 3, 4]],
    run: ([x], control) => {
      const [, a, b] = control.loop({
        variables: [counter(), x as tf.Tensor, x as tf.Tensor],
        condition: ([count]) => below(count as tf.Tensor, 3),
        body: ([count, a]) => {
          const half = tf.mul(a as tf.Tensor, 0.5);
          return [next(count as tf.Tensor), half, half];
        },
      });
      return { a: a as tf.Tensor, b: b as tf.Tensor };
    },
  },
  {
    name: "in a loop",
    inputs: [[null, 2]],
    values: [
      [1, 2],
      [0.5, 0.25, 3, -1],
    ],
    run: ([x], control) => {
      const scale = tf.add(tf.abs(x as tf.Tensor), 1);
      const [, y] = control.loop({
        variables: [counter(), x as tf.Tensor],
        condition: ([count]) => below(count as tf.Tensor, 3),
        body: ([count, value]) => {
          const [, inner] = control.loop({
            variables: [counter(), value as tf.Tensor],
            condition: ([turn]) => tf.less(turn as tf.Tensor, count as tf.Tensor),
            body: ([turn, small]) => [next(turn as tf.Tensor), tf.div(small as tf.Tensor, scale)],
          });
          return [next(count as tf.Tensor), tf.add(inner as tf.Tensor, x as tf.Tensor)];
        },
      });
      return { y: y as tf.Tensor };
    },
  },
  {
    name: "of complex numbers",
    inputs: [[null, 2]],
    values: [[1, 2, 3, 4]],
    run: ([x], control) => {
      const turn = tf.complex([0, 0.5], [1, 0.5]);
      const factors = tf.reshape(turn, [1, 2]);
      const [, y] = control.loop({
        variables: [counter(), tf.complex(x as tf.Tensor, tf.neg(x as tf.Tensor))],
        condition: ([count]) => below(count as tf.Tensor, 3),
        body: ([count, value]) => [next(count as tf.Tensor), tf.mul(value as tf.Tensor, factors)],
      });
      return { real: tf.real(y as tf.Tensor), imaginary: tf.imag(y as tf.Tensor) };
    },
  },
];

const BRANCHES: readonly Program[] = [
  {
    name: "on an input, with values from outside",
    inputs: [[null, 2]],
    values: [
      [1, 2, 3, 4],
      [-1, -2, -3, -4],
    ],
    run: ([x], control) => {
      const twice = tf.mul(x as tf.Tensor, 2);
      const [y] = control.branch({
        condition: tf.greater(tf.sum(x as tf.Tensor), 0),
        onTrue: () => [tf.add(twice, x as tf.Tensor)],
        onFalse: () => [tf.sqrt(tf.abs(twice))],
      });
      return { y: y as tf.Tensor };
    },
  },
  {
    name: "that gives inputs, constants and one value twice",
    inputs: [[null, 2]],
    values: [
      [1, 2, 3, 4],
      [-1, -2, -3, -4],
    ],
    run: ([x], control) => {
      const [a, b, c] = control.branch({
        condition: tf.greater(tf.sum(x as tf.Tensor), 0),
        onTrue: () => [x as tf.Tensor, x as tf.Tensor, number(1)],
        onFalse: () => {
          const y = tf.exp(x as tf.Tensor);
          return [y, y, number(2)];
        },
      });
      return { a: a as tf.Tensor, b: b as tf.Tensor, c: c as tf.Tensor };
    },
  },
  {
    name: "with a loop on one side",
    inputs: [[null, 2]],
    values: [
      [1, 2, 3, 4],
      [-1, -2, -3, -4],
    ],
    run: ([x], control) => {
      const shift = tf.mul(x as tf.Tensor, 0.25);
      const [y] = control.branch({
        condition: tf.greater(tf.sum(x as tf.Tensor), 0),
        onTrue: () => {
          const [, value] = control.loop({
            variables: [counter(), x as tf.Tensor],
            condition: ([count]) => below(count as tf.Tensor, 4),
            body: ([count, value]) => [next(count as tf.Tensor), tf.add(value as tf.Tensor, shift)],
          });
          return [value as tf.Tensor];
        },
        onFalse: () => [shift],
      });
      return { y: y as tf.Tensor };
    },
  },
  {
    name: "in a loop",
    inputs: [[null, 2]],
    values: [
      [1, 2, 3, 4],
      [-1, -2, -3, -4],
    ],
    run: ([x], control) => {
      const [, y] = control.loop({
        variables: [counter(), x as tf.Tensor],
        condition: ([count]) => below(count as tf.Tensor, 4),
        body: ([count, value]) => [
          next(count as tf.Tensor),
          ...control.branch({
            condition: tf.greater(tf.sum(value as tf.Tensor), 5),
            onTrue: () => [tf.sub(value as tf.Tensor, x as tf.Tensor)],
            onFalse: () => [tf.add(value as tf.Tensor, tf.abs(x as tf.Tensor))],
          }),
        ],
      });
      return { y: y as tf.Tensor };
    },
  },
];

beforeAll(async () => {
  await tf.setBackend("cpu");
});

async function expectSame(program: Program): Promise<void> {
  const bytes = await fileOf(program);
  const runs = program.inputs.length === 1 ? program.values.map((values) => [values]) : [program.values];
  for (const run of runs) {
    const values = program.inputs.map((shape, index) => valuesOf(run[index] as readonly number[], shape));
    const tensors = values.map(({ data, shape }) => tf.tensor(Array.from(data), [...shape]));
    const expected = Object.fromEntries(
      Object.entries(program.run(tensors, eager)).map(([name, tensor]) => [
        name,
        { shape: tensor.shape, dtype: tensor.dtype, data: tensor.dataSync() },
      ]),
    );
    expectSameOutputs(await runFile(bytes, values), expected, 1e-6, `${program.name}, ${run}`);
  }
}

describe("a loop in LiteRT gives what a loop over tfjs tensors gives, where it", () => {
  test.each(LOOPS.map((program) => [program.name, program] as const))("%s", (_, program) =>
    expectSame(program),
  );
});

describe("a branch in LiteRT gives what a choice between tfjs tensors gives:", () => {
  test.each(BRANCHES.map((program) => [program.name, program] as const))("%s", (_, program) =>
    expectSame(program),
  );
});

describe("subgraphs", () => {
  const program = LOOPS.find(({ name }) => name === "in a loop") as Program;

  test("are named after what they are part of, and only the first is run by applications", async () => {
    const { subgraphs, signatures } = parseTflite(await fileOf(program));
    expect(signatures.map(({ subgraph }) => subgraph)).toEqual([0]);
    expect(subgraphs[0]?.name).toBe("main");
    expect(new Set(subgraphs.map(({ name }) => name)).size).toBe(subgraphs.length);
    expect(subgraphs.filter(({ name }) => /condition_\d+$/.test(name ?? ""))).toHaveLength(2);
    expect(subgraphs.filter(({ name }) => /body_\d+$/.test(name ?? ""))).toHaveLength(2);
  });

  test("of a branch hold no copies of inputs and constants, on which runtime 2.14 corrupts its memory", async () => {
    const given = BRANCHES.find(({ name }) => name.startsWith("that gives inputs")) as Program;
    const { subgraphs } = parseTflite(await fileOf(given));
    expect(subgraphs.slice(1).map(({ operators }) => operators.map(({ type }) => type))).toEqual([
      [],
      ["EXP", "RESHAPE"],
    ]);
  });

  test("have tensors of distinct names", async () => {
    for (const { inputs, operators } of parseTflite(await fileOf(program)).subgraphs) {
      const made = [...inputs, ...operators.flatMap(({ outputs }) => outputs)];
      expect(new Set(made.map(({ name }) => name)).size).toBe(made.length);
    }
  });
});

describe("what a loop or a branch cannot be is an error", () => {
  const failing = (run: Program["run"]) => fileOf({ name: "f", inputs: [[null, 2]], values: [], run });

  test("a variable that changes its shape", async () => {
    const file = failing(([x], control) => ({
      y: control.loop({
        variables: [x as tf.Tensor],
        condition: ([value]) => tf.less(norm(value as tf.Tensor), 50),
        body: ([value]) => [tf.concat([value as tf.Tensor, value as tf.Tensor], 1)],
      })[0] as tf.Tensor,
    }));
    await expect(file).rejects.toThrow("Variable 0 of a loop starts as float32[11,2] and is float32[11,4]");
  });

  test("a condition that is no boolean", async () => {
    const file = failing(([x], control) => ({
      y: control.loop({
        variables: [x as tf.Tensor],
        condition: ([value]) => norm(value as tf.Tensor),
        body: ([value]) => [value as tf.Tensor],
      })[0] as tf.Tensor,
    }));
    await expect(file).rejects.toThrow("A loop's condition must give one boolean, got float32[]");
  });

  test("sides of different types", async () => {
    const file = failing(([x], control) => ({
      y: control.branch({
        condition: tf.greater(norm(x as tf.Tensor), 1),
        onTrue: () => [x as tf.Tensor],
        onFalse: () => [tf.cast(x as tf.Tensor, "int32")],
      })[0] as tf.Tensor,
    }));
    await expect(file).rejects.toThrow("one gives float32[11,2], the other int32[11,2]");
  });
});
