import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { type FunctionSource, type InputType, toTflite } from "../../../src/convert/index.ts";
import { randomFrom } from "../../../src/training/random.ts";
import { expectedOf, runFile, type Values } from "../../support/judge.ts";
import { type Choices, OPERATIONS, type ProgramValue } from "./program-operations.ts";

/** Numbers that an operation, its operands and its attributes are picked by. */
interface Step {
  readonly operation: number;
  readonly operand: number;
  readonly numbers: readonly number[];
}

interface Input {
  readonly shape: readonly number[];
  readonly dtype: InputType;
}

/** What a random program is made of. */
export interface Recipe {
  readonly inputs: readonly Input[];
  /** Whether the first dimension of the inputs is a dynamic batch. */
  readonly dynamic: boolean;
  readonly steps: readonly Step[];
}

const size = (max: number) => fc.integer({ min: 1, max });
const numbers = fc.array(fc.nat({ max: 119 }), { minLength: 8, maxLength: 8 });

/** Recipes of one to three inputs and up to thirty operations. */
export const recipes: fc.Arbitrary<Recipe> = fc.record({
  inputs: fc.array(
    fc.record({
      shape: fc.oneof(
        fc.array(size(4), { maxLength: 5 }),
        fc.tuple(size(2), size(7), size(7), size(4)),
        fc.tuple(size(2), size(7), size(4)),
      ),
      dtype: fc.constantFrom<InputType>("float32", "float32", "float32", "int32", "bool"),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  dynamic: fc.boolean(),
  steps: fc.array(fc.record({ operation: fc.nat({ max: 9999 }), operand: fc.nat({ max: 99 }), numbers }), {
    minLength: 3,
    maxLength: 30,
    size: "max",
  }),
});

/** A program: readable, and what is run. */
export interface Program {
  readonly text: string;
  readonly source: FunctionSource;
  /** Values of the inputs at a batch. */
  readonly inputs: readonly {
    readonly shape: readonly number[];
    readonly data: readonly number[];
    readonly dtype: string;
  }[];
  readonly dynamic: boolean;
}

/** The batch that is run; its values decide which operations are far from where they jump. */
export const BATCH = 3;
/** Another one: what differs follows the batch. */
const OTHER_BATCH = 2;

const MAX_SIZE = 1500;
const MAX_FLOAT = 100;
const MAX_INTEGER = 1e5;

/** Constants of programs by shape and seed: floats within one of zero, small integers. */
function constant(shape: number[], seed: number, dtype: "float32" | "int32" | "bool" = "float32"): tf.Tensor {
  return tf.tensor(randomValues(tf.util.sizeFromShape(shape), seed, dtype), shape, dtype);
}

function randomValues(length: number, seed: number, dtype: string): number[] {
  const random = randomFrom(seed);
  const next = {
    float32: () => 2 * random() - 1,
    int32: () => Math.floor(9 * random()) - 4,
    bool: () => Math.floor(2 * random()),
  }[dtype] as () => number;
  return Array.from({ length }, next);
}

type Run = (tfjs: typeof tf, make: typeof constant, ...inputs: readonly tf.Tensor[]) => tf.Tensor;

/** The function that a text is. */
function compiled(names: readonly string[], body: string): Run {
  return new Function("tf", "constant", ...names, body) as Run;
}

/** Writes the program of a recipe: a step that does not apply, or leads to large numbers, is left out. */
export function programOf(recipe: Recipe): Program {
  const engine = tf.engine();
  engine.startScope();
  try {
    return written(recipe);
  } finally {
    engine.endScope();
  }
}

function written({ inputs, dynamic, steps }: Recipe): Program {
  const first = inputs.map(({ shape, dtype }, index) => {
    const at = (batch: number): tf.Tensor => {
      const sizes = dynamic && shape.length > 0 ? [batch, ...shape.slice(1)] : [...shape];
      const values = randomValues(tf.util.sizeFromShape(sizes), 31 + index, dtype);
      return tf.tensor(dtype === "float32" ? values.map((value) => 2 * value) : values, sizes, dtype);
    };
    return { name: `x${index}`, tensors: [at(BATCH), at(OTHER_BATCH)] as const };
  });
  const known = [...first];
  const described = first.map(({ name, tensors }) => describedValue(name, tensors) as ProgramValue);
  const lines: string[] = [];
  const read = new Set<string>();
  for (const step of steps) {
    const text = expressionOf(step, described);
    if (text === null) continue;
    const name = `y${lines.length}`;
    const tensors = attempt(text, known);
    const value = tensors && describedValue(name, tensors);
    if (tensors == null || value == null) continue;
    lines.push(`const ${name} = ${text};`);
    for (const { name: other } of known) if (new RegExp(`\\b${other}\\b`).test(text)) read.add(other);
    known.push({ name, tensors });
    described.push(value);
  }
  const outputs = known
    .slice(first.length)
    .map(({ name }) => name)
    .filter((name) => !read.has(name))
    .slice(-4);
  const results = outputs.length > 0 ? outputs : [(known[0] as { name: string }).name];
  const body = [...lines, `return { ${results.join(", ")} };`].join("\n  ");
  const names = first.map(({ name }) => name);
  const run = compiled(names, body);
  const source: FunctionSource = {
    fn: (...tensors) => run(tf, constant, ...tensors),
    inputs: inputs.map(({ shape, dtype }, index) => ({
      name: `x${index}`,
      shape: dynamic && shape.length > 0 ? [null, ...shape.slice(1)] : shape,
      dtype,
    })),
  };
  const specs = source.inputs.map(({ name, shape, dtype }) => `${name}: ${dtype}[${shape.join()}]`);
  return {
    text: `(${specs.join(", ")}) => {\n  ${body}\n}`,
    source,
    dynamic,
    inputs: first.map(({ tensors: [tensor] }) => ({
      shape: tensor.shape,
      dtype: tensor.dtype,
      data: Array.from(tensor.dataSync()),
    })),
  };
}

type Pair = readonly [tf.Tensor, tf.Tensor];

function expressionOf(
  { operation, operand, numbers: given }: Step,
  values: readonly ProgramValue[],
): string | null {
  let taken = 0;
  const below = (count: number): number => (given[taken++ % given.length] as number) % Math.max(1, count);
  const pick: Choices["pick"] = (list) => list[below(list.length)] as (typeof list)[number];
  // What was made last is read most.
  const recent = values.slice(-6);
  const x = (
    operand % 4 === 0 ? values[operand % values.length] : recent[operand % recent.length]
  ) as ProgramValue;
  const other: Choices["other"] = (wanted) => {
    const found = values.filter(wanted);
    return found.length === 0 ? null : pick(found);
  };
  // The operations from the chosen one on, until one applies.
  for (let tried = 0; tried < 12; tried++) {
    const write = OPERATIONS[(operation + 17 * tried) % OPERATIONS.length] as (typeof OPERATIONS)[number];
    const text = write(x, { below, pick, other });
    if (text !== null) return text;
  }
  return null;
}

/** What an expression gives at both batches; null where tfjs refuses it. */
function attempt(
  text: string,
  known: readonly { readonly name: string; readonly tensors: Pair }[],
): Pair | null {
  const run = compiled(
    known.map(({ name }) => name),
    `return ${text};`,
  );
  try {
    const [a, b] = [0, 1].map((index) =>
      run(tf, constant, ...known.map(({ tensors }) => tensors[index] as tf.Tensor)),
    );
    return [a as tf.Tensor, b as tf.Tensor];
  } catch {
    return null;
  }
}

/** What is known of a value; null where nothing should be computed with it. */
function describedValue(name: string, [tensor, other]: Pair): ProgramValue | null {
  const { shape: sizes, dtype } = tensor;
  if (sizes.length > 5 || tensor.size === 0 || tensor.size > MAX_SIZE || other.shape.length !== sizes.length)
    return null;
  const values = tensor.dataSync();
  const limit = dtype === "float32" ? MAX_FLOAT : MAX_INTEGER;
  if (!values.every((value) => Math.abs(value) <= limit)) return null;
  const shape = sizes.map((size, index) => (size === other.shape[index] ? size : null));
  // LiteRT for Node finds sizes that grow as the batch does, in one dimension.
  const grows = sizes.every(
    (size, index) => shape[index] !== null || size * OTHER_BATCH === (other.shape[index] as number) * BATCH,
  );
  if (!grows || shape.filter((size) => size === null).length > 1) return null;
  return { name, shape, dtype, values, sizes };
}

/** Fails with the text of the program where its file does not give in LiteRT what tfjs gives. */
export async function expectSame(recipe: Recipe): Promise<void> {
  const program = programOf(recipe);
  let error: unknown;
  try {
    error = await errorOf(program);
  } catch (thrown) {
    error = thrown;
  }
  if (typeof error === "number" && error <= 1) return;
  const what = typeof error === "number" ? `${error} times the difference that is allowed` : String(error);
  throw new Error(`${what}, batch ${BATCH}, of\n${program.text}`);
}

/** How far a file is from tfjs: 1 is all that is allowed. */
export async function errorOf({ source, inputs }: Program): Promise<number> {
  const bytes = await toTflite(source);
  const expected = expectedOf(source, inputs);
  const actual = await runFile(bytes, inputs);
  if (Object.keys(actual).join() !== Object.keys(expected).join()) return Number.POSITIVE_INFINITY;
  const errors = Object.entries(expected).map(([name, output]) => difference(output, actual[name] as Values));
  return Math.max(...errors);
}

/** The largest difference of floats, in units of 2e-5 of the largest value (at least 1); others must be equal. */
const TOLERANCE = 2e-5;

function difference(expected: Values, actual: Values): number {
  const same = actual.dtype === expected.dtype && actual.shape.join() === expected.shape.join();
  if (!same) return Number.POSITIVE_INFINITY;
  const values = Array.from(expected.data);
  const scale = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
  const unit = expected.dtype === "float32" ? TOLERANCE * scale : 0;
  return values.reduce((worst, value, index) => {
    const distance = Math.abs(value - (actual.data[index] as number));
    if (distance === 0) return worst;
    return Number.isNaN(distance) ? Number.POSITIVE_INFINITY : Math.max(worst, distance / unit);
  }, 0);
}
