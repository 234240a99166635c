import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { operatorOf } from "../../src/graph/builder.ts";
import {
  edgeTpuProblem,
  gpuProblem,
  microcontrollerHas,
  microcontrollerProblem,
  quantizable,
} from "../../src/graph/operators/availability.ts";
import { intConstant } from "../../src/graph/tensors.ts";
import type {
  Operator,
  OperatorName,
  OperatorOptionsInput,
  Tensor,
  TensorType,
} from "../../src/graph/types.ts";

const tensor = (type: TensorType, ...shape: number[]): Tensor => ({ name: "t", type, shape });
const make = <T extends OperatorName>(
  type: T,
  inputs: readonly Tensor[],
  output: Tensor,
  options: OperatorOptionsInput<T> = {} as OperatorOptionsInput<T>,
): Operator => operatorOf(type, inputs, [output], options) as Operator;

const image = tensor("float32", 1, 4, 4, 8);
const bytes = tensor("int8", 1, 4, 4, 8);
const row = tensor("int8", 1, 8);
const rows = tensor("float32", 4, 8);

describe("TensorFlow Lite for Microcontrollers", () => {
  test.each<[Operator, string | null]>([
    [make("TANH", [image], image), null],
    [make("TILE", [image, intConstant("m", [4], [1, 1, 1, 2])], image), "has no kernel"],
    [
      make("TRANSPOSE", [tensor("int32", 2, 3), intConstant("p", [2], [1, 0])], tensor("int32", 3, 2)),
      "has no kernel for int32, only for float32, int8, int16",
    ],
    [
      make("RESHAPE", [image, tensor("int32", 2)], tensor("float32", 1, 128)),
      "makes sizes that only a run knows",
    ],
    [make("BITCAST", [image], image), "is not known"],
  ])("$0.type", (operator, problem) => {
    expect(microcontrollerProblem(operator)).toBe(problem);
  });

  test("what it registers", () => {
    expect(["WHILE", "REDUCE_ALL", "ZEROS_LIKE"].map((type) => microcontrollerHas(type as "WHILE"))).toEqual([
      true,
      true,
      true,
    ]);
    expect(["REDUCE_ANY", "POW", "SELECT"].map((type) => microcontrollerHas(type as "POW"))).toEqual([
      false,
      false,
      false,
    ]);
  });
});

describe("the GPU delegate", () => {
  const begins = intConstant("b", [2], [0, 0]);
  test.each<[string, Operator, string | null]>([
    ["an activation", make("TANH", [image], image), null],
    ["what it has not", make("ROUND", [image], image), "is not taken"],
    [
      "integers",
      make("NEG", [tensor("int32", 4)], tensor("int32", 4)),
      'has "t" of int32, which is not taken',
    ],
    [
      "five dimensions",
      make("ABS", [tensor("float32", 1, 1, 2, 2, 2)], tensor("float32", 1, 1, 2, 2, 2)),
      'has "t" of 5 dimensions, and 4 is the most that is taken',
    ],
    [
      "a slice of rows",
      make("SLICE", [rows, begins, intConstant("s", [2], [1, 8])], tensor("float32", 1, 8)),
      "is of 2 dimensions, and 3 or 4 are taken",
    ],
    ["ranks that do not fit", make("ADD", [image, rows], image), "does not broadcast [1,4,4,8] and [4,8]"],
    [
      "a soft maximum at another temperature",
      make("SOFTMAX", [rows], rows, { beta: 2 }),
      "takes a beta of 1 only",
    ],
    [
      "a version that is too new",
      make("GATHER", [rows, intConstant("i", [2], [0, 1])], rows, { batch_dims: 1 }),
      "is of version 5, and 1 is the newest that is taken",
    ],
  ])("%s", (_, operator, problem) => {
    expect(gpuProblem(operator)).toBe(problem);
  });
});

describe("the Edge TPU", () => {
  test.each<[string, Operator, string | null]>([
    ["bytes", make("TANH", [bytes], bytes), null],
    ["floats", make("TANH", [image], image), 'has "t" of float32, and int8 is taken'],
    ["what it has not", make("ELU", [bytes], bytes), "is not taken"],
    [
      "an activation in a pool",
      make("MAX_POOL_2D", [bytes], bytes, { fused_activation_function: "RELU" }),
      "takes no fused activation",
    ],
    [
      "a mean over channels that are no multiple of four",
      make("MEAN", [tensor("int8", 1, 6), intConstant("a", [1], [1])], tensor("int8", 1)),
      "reduces 6 channels, and multiples of 4 are taken",
    ],
    [
      "a batch",
      make("TANH", [tensor("int8", 2, 4, 4, 8)], tensor("int8", 2, 4, 4, 8)),
      'has "t" with 2 items, and 1 is taken',
    ],
    [
      "a batch that may change",
      make("TANH", [{ ...row, shapeSignature: [-1, 8] }], { ...row, shapeSignature: [-1, 8] }),
      'has "t", whose sizes are not fixed',
    ],
  ])("%s", (_, operator, problem) => {
    expect(edgeTpuProblem(operator)).toBe(problem);
  });
});

test("what may be quantized, to 8 and to 16 bits", () => {
  expect(quantizable("CONV_2D")).toEqual({ int8: true, int16: true });
  expect(quantizable("ARG_MAX")).toEqual({ int8: true, int16: false });
  expect(quantizable("ATAN2")).toEqual({ int8: false, int16: false });
});

test.each(["verify", "builder", "operators/shapes", "operators/specification", "operators/versions"])(
  "what every conversion loads has no import of what is loaded on demand: %s",
  (module) => {
    const source = readFileSync(new URL(`../../src/graph/${module}.ts`, import.meta.url), "utf8");
    expect(source).not.toMatch(/^import .*(availability|evaluation|evaluate)/m);
  },
);
