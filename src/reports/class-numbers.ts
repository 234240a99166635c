import type { Tensor } from "@tensorflow/tfjs-core";
import { ForgeError } from "../errors.ts";
import { describe } from "../options.ts";
import {
  isShapedArray,
  isTypedArray,
  type ShapedArray,
  type TypedArray,
} from "../preprocess/shaped-array.ts";

/**
 * Classes, of labels or predictions: class numbers (a list, a typed array, a tensor or `{ data, shape }` of shape
 * `[count]` or `[count, 1]`), or a row for each sample (`[count, classes]`, or a list of lists), whose largest value
 * counts: one-hot rows, probabilities, logits. One column of fractions is probabilities of class 1, from 0.5 on.
 */
export type ClassValues =
  | Tensor
  | TypedArray
  | ShapedArray
  | readonly number[]
  | readonly (readonly number[])[];

/** Values as they were given, in one row after the other. */
interface Given {
  readonly values: ArrayLike<number>;
  readonly count: number;
  /** 1 for class numbers. */
  readonly columns: number;
}

/**
 * Class numbers of whatever form they were given in, and how many classes the rows had, if there were rows.
 *
 * @internal
 */
export function classNumbers(
  given: ClassValues,
  what: string,
): { numbers: ArrayLike<number>; classes?: number } {
  const { values, count, columns } = read(given, what);
  if (columns > 1) return { numbers: largestOfRows(values, count, columns, what), classes: columns };
  // A NaN is left for the check of classes, which names it.
  const isFraction = (value: number): boolean => !Number.isInteger(value) && value >= 0 && value <= 1;
  if (!Array.from(values).some(isFraction)) return { numbers: values };
  return {
    numbers: Array.from(values, (value) => (value >= 0 && value <= 1 ? Number(value >= 0.5) : value)),
  };
}

function read(given: ClassValues, what: string): Given {
  const fail = (reason: string): never => {
    throw new ForgeError("invalid-labels", `${what}: ${reason}.`);
  };
  if (isTensor(given) || isShapedArray(given)) {
    const { shape } = given;
    const [count, columns = 1] = shape;
    const values = isTensor(given) ? given.dataSync() : given.data;
    if (count === undefined || shape.length > 2 || columns === 0 || values.length !== count * columns) {
      fail(
        `expected shape [count] or [count,classes], got [${shape.join(",")}] with ${values.length} values`,
      );
    }
    return { values, count: count as number, columns };
  }
  if (isTypedArray(given)) return { values: given, count: given.length, columns: 1 };
  if (!Array.isArray(given)) return fail(`expected class numbers or rows of values, got ${describe(given)}`);
  const list = given as readonly number[] | readonly (readonly number[])[];
  if (!Array.isArray(list[0])) return { values: list as readonly number[], count: list.length, columns: 1 };
  const rows = list as readonly (readonly number[])[];
  const columns = rows[0]!.length;
  const odd = rows.findIndex((row) => !Array.isArray(row) || row.length !== columns || columns === 0);
  if (odd >= 0) fail(`row ${odd} is not a row of ${columns} values`);
  return { values: rows.flat(), count: rows.length, columns };
}

/** By structure: `instanceof` fails across two copies of tfjs. */
const isTensor = (value: unknown): value is Tensor =>
  typeof value === "object" && value !== null && typeof (value as Partial<Tensor>).dataSync === "function";

function largestOfRows(values: ArrayLike<number>, count: number, columns: number, what: string): Int32Array {
  return Int32Array.from({ length: count }, (_, row) => {
    let best = 0;
    for (let c = 0; c < columns; c++) {
      const value = values[row * columns + c]!;
      if (typeof value !== "number" || Number.isNaN(value)) {
        throw new ForgeError("invalid-labels", `${what}: row ${row} holds ${describe(value)}.`);
      }
      if (value > values[row * columns + best]!) best = c;
    }
    return best;
  });
}
