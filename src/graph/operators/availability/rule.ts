import type { Operator, Tensor } from "../../types.ts";

/** Why one operator, as it is, cannot run somewhere; null where it can. */
export type Limit = (operator: Operator) => string | null;

/** An option of whatever operator has it. */
export function option(operator: Operator, name: string): unknown {
  return (operator.options as Readonly<Record<string, unknown>>)[name];
}

/** An input that may be absent. */
export function operand(operator: Operator, index: number): Tensor | undefined {
  return operator.inputs[index] ?? undefined;
}

/** Several limits as one: the first that an operator is past says why. */
export const limits =
  (...list: readonly Limit[]): Limit =>
  (operator) => {
    for (const limit of list) {
      const problem = limit(operator);
      if (problem !== null) return problem;
    }
    return null;
  };
