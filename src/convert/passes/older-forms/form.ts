import { castOptions, OperatorList } from "../../../graph/builder.ts";
import type { WrittenOperator } from "../../../graph/operators/written.ts";
import { constant, floatConstant, intConstant, openSizes, signatureOf } from "../../../graph/tensors.ts";
import type {
  ConstantTensor,
  Operator,
  OperatorOptionsInput,
  OptionsArgument,
  Tensor,
} from "../../../graph/types.ts";
import type { TargetRules } from "../../target-rules.ts";

/** Builds what stands in for an operator that a target lacks. */
export class FormBuilder {
  readonly #name: string;
  readonly #target: Pick<TargetRules, "allows">;
  readonly #list = new OperatorList();

  constructor(name: string, target: Pick<TargetRules, "allows">) {
    this.#name = name;
    this.#target = target;
  }

  get operators(): readonly Operator[] {
    return this.#list.operators;
  }

  /** Whether the target has an operator, at this version of it. */
  allows(type: WrittenOperator, version = 1): boolean {
    return this.#target.allows(type, version);
  }

  add<T extends WrittenOperator>(
    type: T,
    inputs: readonly (Tensor | null)[],
    ...options: OptionsArgument<T>
  ): Tensor {
    return this.#list.add(type, inputs, (options[0] ?? {}) as OperatorOptionsInput<T>, this.#name);
  }

  scalar(value: number): ConstantTensor {
    return floatConstant(this.#name, [], Float32Array.of(value));
  }

  integers(values: readonly number[]): ConstantTensor {
    return intConstant(this.#name, [values.length], values);
  }

  /** A constant of floats or integers, by the type it shall have. */
  numbers(type: "float32" | "int32", shape: readonly number[], values: readonly number[]): ConstantTensor {
    const memory = type === "float32" ? Float32Array.from(values) : Int32Array.from(values);
    return constant(this.#name, type, shape, memory);
  }

  /** Reshapes to sizes of which one may be -1. */
  reshape(x: Tensor, sizes: readonly number[]): Tensor {
    return this.add("RESHAPE", [x, this.integers(sizes)], { new_shape: [...sizes] });
  }

  /** To the shape of a tensor, which has at most one dynamic size. */
  reshapeLike(x: Tensor, like: Tensor): Tensor {
    return this.reshape(x, signatureOf(like));
  }

  /** `size` items of one dimension from `begin` on, of the others everything. */
  slice(x: Tensor, axis: number, begin: number, size: number): Tensor {
    const begins = x.shape.map((_, index) => (index === axis ? begin : 0));
    const sizes = x.shape.map((_, index) => (index === axis ? size : -1));
    return this.add("SLICE", [x, this.integers(begins), this.integers(sizes)]);
  }

  transpose(x: Tensor, permutation: readonly number[]): Tensor {
    return this.add("TRANSPOSE", [x, this.integers(permutation)]);
  }

  cast(x: Tensor, type: "float32" | "int32" | "bool"): Tensor {
    if (x.type === type) return x;
    return this.add("CAST", [x], castOptions(x.type, type));
  }
}

/** Builds what computes the same, each output of it; null where there is no such form of this one. */
export type OlderForm = (operator: Operator, builder: FormBuilder) => Tensor | readonly Tensor[] | null;

/** True where all sizes are known. */
export function isStatic(x: Tensor): boolean {
  return !signatureOf(x).includes(-1);
}

/** An operand that is there. */
export function operand(operator: Operator, index: number): Tensor {
  return operator.inputs[index] as Tensor;
}

/** True where at most one size is dynamic: what a reshape can say. */
export function reshapes(x: Tensor): boolean {
  return openSizes(signatureOf(x)) <= 1;
}
