import { invariant } from "../errors.ts";
import { withDefaults } from "../schema/fields.ts";
import { OPERATOR_OPTIONS } from "../schema/operators.ts";
import type { EnumValue, TableName, TensorType } from "../schema/types.ts";
import { inferOutputs } from "./operators/shapes.ts";
import type { WrittenOperator } from "./operators/written.ts";
import type {
  Operator,
  OperatorName,
  OperatorOf,
  OperatorOptions,
  OperatorOptionsInput,
  Tensor,
} from "./types.ts";

/** An operator's options with everything that is left out at the schema's default. */
export function completeOptions<T extends OperatorName>(
  type: T,
  given: OperatorOptionsInput<T>,
): OperatorOptions<T> {
  const table = OPERATOR_OPTIONS[type as keyof typeof OPERATOR_OPTIONS] as TableName | undefined;
  return (table === undefined ? {} : withDefaults(table, given)) as OperatorOptions<T>;
}

/** The options of a CAST. */
export function castOptions(from: TensorType, to: TensorType): OperatorOptionsInput<"CAST"> {
  const [in_data_type, out_data_type] = [from, to].map((type) => type.toUpperCase()) as [
    EnumValue<"TensorType">,
    EnumValue<"TensorType">,
  ];
  return { in_data_type, out_data_type };
}

/** Makes one operator whose outputs exist already: that is how a pass replaces the one that made them. */
export function operatorOf<T extends OperatorName>(
  type: T,
  inputs: readonly (Tensor | null)[],
  outputs: readonly Tensor[],
  options: OperatorOptionsInput<T>,
): OperatorOf<T> {
  return { type, inputs, outputs, options: completeOptions(type, options) };
}

/** Makes one operator with one output, whose shape and type follow from its inputs. */
export function operatorWithOutput<T extends WrittenOperator>(
  type: T,
  inputs: readonly (Tensor | null)[],
  options: OperatorOptionsInput<T>,
  name: string,
): OperatorOf<T> {
  const operator = operatorWithOutputs(type, inputs, options, name);
  invariant(operator.outputs.length === 1, `${type} "${name}" makes ${operator.outputs.length} outputs`);
  return operator;
}

/**
 * Makes one operator whose outputs follow from its inputs.
 *
 * @param names One for each output, or one for all, numbered from the second on: `split`, `split:1`, `split:2`.
 */
export function operatorWithOutputs<T extends WrittenOperator>(
  type: T,
  inputs: readonly (Tensor | null)[],
  options: OperatorOptionsInput<T>,
  names: string | readonly string[],
): OperatorOf<T> {
  const complete = completeOptions(type, options);
  const specs = inferOutputs(type, inputs, complete);
  const nameOf = (index: number): string | undefined => {
    if (typeof names !== "string") return names[index];
    return index === 0 ? names : `${names}:${index}`;
  };
  invariant(specs !== null, `${type} "${nameOf(0)}": its shape is known only when it runs`);
  const outputs = specs.map((spec, index) => {
    const name = nameOf(index);
    invariant(name !== undefined, `${type}: ${specs.length} outputs, and ${names.length} names`);
    return { name, ...spec };
  });
  return { type, inputs, outputs, options: complete };
}

/** Collects operators in the order of their execution. */
export class OperatorList {
  readonly operators: Operator[] = [];

  /** Adds an operator with one output, whose shape and type follow from its inputs, and gives that output. */
  add<T extends WrittenOperator>(
    type: T,
    inputs: readonly (Tensor | null)[],
    options: OperatorOptionsInput<T>,
    name: string,
  ): Tensor {
    const operator = operatorWithOutput(type, inputs, options, name);
    this.operators.push(operator as Operator);
    return operator.outputs[0] as Tensor;
  }

  /** Adds an operator with several outputs, whose shapes and types follow from its inputs, and gives them. */
  addMany<T extends WrittenOperator>(
    type: T,
    inputs: readonly (Tensor | null)[],
    options: OperatorOptionsInput<T>,
    names: string | readonly string[],
  ): readonly Tensor[] {
    const operator = operatorWithOutputs(type, inputs, options, names);
    this.operators.push(operator as Operator);
    return operator.outputs;
  }

  /** Adds an operator whose output is given, for shapes that only a run knows. */
  addTo<T extends WrittenOperator>(
    type: T,
    inputs: readonly (Tensor | null)[],
    options: OperatorOptionsInput<T>,
    output: Tensor,
  ): Tensor {
    this.addManyTo(type, inputs, options, [output]);
    return output;
  }

  /** As {@link OperatorList.addTo}, with several outputs. */
  addManyTo<T extends WrittenOperator>(
    type: T,
    inputs: readonly (Tensor | null)[],
    options: OperatorOptionsInput<T>,
    outputs: readonly Tensor[],
  ): readonly Tensor[] {
    this.operators.push(operatorOf(type, inputs, outputs, options) as Operator);
    return outputs;
  }
}
