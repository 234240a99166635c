import type { OutputSpec } from "../graph/operators/shapes.ts";
import { constant, hasData, integersOf, memoryOf } from "../graph/tensors.ts";
import type { Operator, OperatorName, OperatorOf, Tensor } from "../graph/types.ts";

type Numbers = readonly number[];

/** The values of an output, from those of the operands. */
type Compute = (operands: readonly Numbers[], operator: Operator) => Numbers;

/** Of two vectors of a length, or a number for all elements of the other. */
const ofPairs =
  (compute: (a: number, b: number) => number): Compute =>
  ([a = [], b = []]) => {
    const at = (values: Numbers, index: number): number => values[values.length === 1 ? 0 : index] as number;
    return Array.from({ length: Math.max(a.length, b.length) }, (_, index) =>
      compute(at(a, index), at(b, index)),
    );
  };

const same: Compute = ([values = []]) => values;
const joined: Compute = (operands) => operands.flat();

/** A part of a vector: with a stride of 1, for sizes are never read in another order. */
const strided: Compute = ([values = [], [begin = 0] = [], [end = 0] = []], operator) => {
  const { begin_mask, end_mask, shrink_axis_mask } = (operator as OperatorOf<"STRIDED_SLICE">).options;
  const from = begin_mask & 1 ? 0 : begin;
  if (shrink_axis_mask & 1) return [values.at(from) as number];
  return values.slice(from, end_mask & 1 ? undefined : end);
};

/** What sizes are computed with, on numbers and vectors. */
const COMPUTE: { readonly [T in OperatorName]?: Compute } = {
  ADD: ofPairs((a, b) => a + b),
  CAST: same,
  CONCATENATION: joined,
  DIV: ofPairs((a, b) => Math.trunc(a / b)),
  EXPAND_DIMS: same,
  FLOOR_DIV: ofPairs((a, b) => Math.floor(a / b)),
  GATHER: ([values = [], places = []]) => places.map((place) => values[place] as number),
  MAXIMUM: ofPairs(Math.max),
  MINIMUM: ofPairs(Math.min),
  MUL: ofPairs((a, b) => a * b),
  PACK: joined,
  REDUCE_PROD: ([values = []]) => [values.reduce((product, value) => product * value, 1)],
  RESHAPE: same,
  SLICE: ([values = [], [begin = 0] = [], [size = -1] = []]) =>
    values.slice(begin, size === -1 ? undefined : begin + size),
  SQUEEZE: same,
  STRIDED_SLICE: strided,
  SUB: ofPairs((a, b) => a - b),
  SUM: ([values = []]) => [values.reduce((sum, value) => sum + value, 0)],
};

const isIntegers = ({ type, shape }: Pick<Tensor, "type" | "shape">): boolean =>
  (type === "int32" || type === "int64") && shape.length <= 1;

/**
 * The output of an operator as a constant, where it computes sizes from sizes: SHAPE of a tensor of known shape, and
 * arithmetic on what comes of that. Undefined for everything else.
 *
 * @param inputs The operands, the known ones as constants.
 */
export function sizeValues(
  operator: Operator,
  inputs: readonly (Tensor | null)[],
  spec: OutputSpec,
): Tensor | undefined {
  if (!isIntegers(spec)) return undefined;
  const values = operator.type === "SHAPE" ? inputs[0]?.shape : computed(operator, inputs);
  const count = spec.shape[0] ?? 1;
  if (values?.length !== count || !values.every(Number.isSafeInteger)) return undefined;
  return constant(operator.type, spec.type, spec.shape, memoryOf(Int32Array.from(values), spec.type));
}

function computed(operator: Operator, inputs: readonly (Tensor | null)[]): Numbers | undefined {
  const operands = inputs.filter((input) => input !== null && isIntegers(input)).map(valuesOf);
  const values = operands.filter((operand) => operand !== undefined);
  return values.length < inputs.length ? undefined : COMPUTE[operator.type]?.(values, operator);
}

/** A file has no bytes of a constant without elements, such as the shape of a scalar. */
function valuesOf(tensor: Tensor | null): Numbers | undefined {
  if (hasData(tensor)) return integersOf(tensor);
  return tensor?.shape.includes(0) ? [] : undefined;
}
