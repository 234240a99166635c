import { operatorOf } from "../../../graph/builder.ts";
import { elementCount, floatsOf, intsOf, isConstant } from "../../../graph/tensors.ts";
import type { Operator, OperatorName, OperatorOptionsInput, Tensor } from "../../../graph/types.ts";
import type { GraphView } from "../../../graph/view.ts";
import { hasActivation } from "../linear.ts";
import type { Rewrite } from "../rewrite.ts";

/** Numbers in a pattern went through float32, and through a division or a product or two. */
const CLOSE = 1e-6;

/** Equal but for rounding. */
export function isClose(value: number, expected: number): boolean {
  return Math.abs(value - expected) <= CLOSE * Math.abs(expected);
}

/** The value of a constant with one element; null of anything else. */
export function scalarOf(tensor: Tensor | null | undefined): number | null {
  if (!isConstant(tensor) || tensor.type !== "float32" || elementCount(tensor.shape) !== 1) return null;
  return floatsOf(tensor)[0] as number;
}

/** True of one constant axis, the last of a tensor. */
export function isLastAxis(axes: Tensor | null | undefined, { shape }: Tensor): boolean {
  if (!isConstant(axes) || axes.type !== "int32") return false;
  const [axis, ...others] = [...intsOf(axes)];
  return others.length === 0 && (axis === shape.length - 1 || axis === -1);
}

/** Part of a pattern: the operators that compute a tensor, seen as one expression. */
interface Expression {
  readonly operators: readonly Operator[];
}

/** `scale * factors[0] * factors[1] * ...` */
export interface Product extends Expression {
  readonly scale: number;
  readonly factors: readonly Tensor[];
}

/** `constant + terms[0] - terms[1] + ...` */
export interface Sum extends Expression {
  readonly constant: number;
  readonly terms: readonly { readonly tensor: Tensor; readonly sign: 1 | -1 }[];
}

/**
 * A tensor as a product, whatever the order and grouping of its multiplications by MUL, NEG and DIV by a number:
 * as far back as nobody else reads what is between.
 */
export function productOf(tensor: Tensor, view: GraphView): Product {
  const { scale, factors, operators } = multiplied(view.producer(tensor));
  const parts = factors.map((factor) => (view.isPrivate(factor) ? productOf(factor, view) : alone(factor)));
  return {
    scale: parts.reduce((product, part) => product * part.scale, scale),
    factors: factors.length === 0 ? [tensor] : parts.flatMap((part) => part.factors),
    operators: [...parts.flatMap((part) => part.operators), ...operators],
  };
}

function alone(tensor: Tensor): Product {
  return { scale: 1, factors: [tensor], operators: [] };
}

/** What one operator multiplies; no factors where it multiplies nothing. */
function multiplied(operator: Operator | undefined): Product {
  const nothing = { scale: 1, factors: [], operators: [] };
  if (operator === undefined || hasActivation(operator)) return nothing;
  const [a, b] = operator.inputs as [Tensor, Tensor];
  const [x, y] = [scalarOf(a), scalarOf(b)];
  const operators = [operator];
  if (operator.type === "NEG") return { scale: -1, factors: [a], operators };
  if (operator.type === "DIV" && y !== null) return { scale: 1 / y, factors: [a], operators };
  if (operator.type !== "MUL") return nothing;
  if (y !== null) return { scale: y, factors: [a], operators };
  return x === null ? { scale: 1, factors: [a, b], operators } : { scale: x, factors: [b], operators };
}

/** A tensor as the sum that one ADD or SUB makes; null of other tensors. */
export function sumOf(tensor: Tensor, view: GraphView): Sum | null {
  const operator = view.producer(tensor);
  if ((operator?.type !== "ADD" && operator?.type !== "SUB") || hasActivation(operator)) return null;
  const [a, b] = operator.inputs as [Tensor, Tensor];
  const [x, y] = [scalarOf(a), scalarOf(b)];
  const sign = operator.type === "ADD" ? 1 : -1;
  const operators = [operator];
  if (y !== null) return { constant: sign * y, terms: [{ tensor: a, sign: 1 }], operators };
  const second = { tensor: b, sign } as const;
  return x === null
    ? { constant: 0, terms: [{ tensor: a, sign: 1 }, second], operators }
    : { constant: x, terms: [second], operators };
}

/** `constant + tensor`: the tensor, and the operator that adds. */
export function added(
  tensor: Tensor,
  constant: number,
  view: GraphView,
): { readonly tensor: Tensor; readonly operators: readonly Operator[] } | null {
  const sum = sumOf(tensor, view);
  const [term, ...others] = sum?.terms ?? [];
  if (sum === null || term?.sign !== 1 || others.length > 0 || !isClose(sum.constant, constant)) return null;
  return { tensor: term.tensor, operators: sum.operators };
}

/**
 * One operator on `inputs` for all that computed the root's output; a reason where somebody else reads a tensor
 * in between.
 */
export function replacedBy<T extends OperatorName>(
  type: T,
  inputs: readonly Tensor[],
  options: OperatorOptionsInput<T>,
  root: Operator,
  inner: readonly Operator[],
  view: GraphView,
): Rewrite | string {
  const remove = new Set([...inner, root]);
  for (const operator of remove) {
    if (operator === root) continue;
    for (const output of operator.outputs) {
      const inside = view.consumers(output).every((consumer) => remove.has(consumer));
      if (!inside || view.isOutput(output)) return `"${output.name}" has other readers, or is an output`;
    }
  }
  return { remove: [...remove], insert: [operatorOf(type, inputs, root.outputs, options) as Operator] };
}
