import { invariant } from "../../errors.ts";
import { OperatorList } from "../../graph/builder.ts";
import type { WrittenOperator } from "../../graph/operators/written.ts";
import { floatConstant, intConstant, isDynamic, signatureOf } from "../../graph/tensors.ts";
import type { ConstantTensor, OperatorOptionsInput, Tensor } from "../../graph/types.ts";
import type { KernelAttributes, KernelName, Kernels } from "../trace/kernels.ts";

/** Why a call of a kernel cannot be lowered: caught and collected, so that a model's problems come all at once. */
export class LoweringError extends Error {
  override readonly name = "LoweringError";
}

/** What a lowering is given: one call of a kernel, on tensors of the graph. */
export class Call<K extends KernelName = KernelName> {
  readonly kernel: string;
  readonly attributes: KernelAttributes<K>;
  /** What the kernel makes, as the trace knows it. */
  readonly output: Tensor;
  readonly outputs: readonly Tensor[];
  /** The path of the layer, `""` in a function. */
  readonly layer: string;
  /** Attributes that change with the batch size. */
  readonly batchAttributes: ReadonlySet<string>;
  readonly operators = new OperatorList();
  readonly #inputs: ReadonlyMap<string, Tensor>;

  constructor(call: {
    readonly kernel: string;
    readonly attributes: unknown;
    readonly inputs: ReadonlyMap<string, Tensor>;
    readonly outputs: readonly Tensor[];
    readonly layer: string;
    readonly batchAttributes: ReadonlySet<string>;
  }) {
    this.kernel = call.kernel;
    this.attributes = call.attributes as KernelAttributes<K>;
    this.#inputs = call.inputs;
    this.outputs = call.outputs;
    this.output = call.outputs[0] as Tensor;
    this.layer = call.layer;
    this.batchAttributes = call.batchAttributes;
  }

  /** An operand by tfjs's name. */
  input(name: Kernels[K]["inputs"]): Tensor {
    const tensor = this.#inputs.get(String(name));
    invariant(tensor !== undefined, `kernel ${this.kernel} has no input "${String(name)}"`);
    return tensor;
  }

  /** An operand that may be absent. */
  optional(name: Kernels[K]["optional"]): Tensor | null {
    return this.#inputs.get(name) ?? null;
  }

  /** All operands, of kernels that take a list. */
  list(): readonly Tensor[] {
    return [...this.#inputs.values()];
  }

  /** Adds an operator; its output is called after the layer and the kernel. */
  add<T extends WrittenOperator>(
    type: T,
    inputs: readonly (Tensor | null)[],
    ...options: Record<never, never> extends OperatorOptionsInput<T>
      ? [options?: OperatorOptionsInput<T>]
      : never
  ): Tensor {
    return this.operators.add(
      type,
      inputs,
      (options[0] ?? {}) as OperatorOptionsInput<T>,
      this.name(this.kernel),
    );
  }

  /** A name below the layer's. */
  name(part: string): string {
    return this.layer === "" ? part : `${this.layer}/${part}`;
  }

  /** A float constant without dimensions. */
  scalar(value: number, part = "constant"): ConstantTensor {
    return floatConstant(this.name(part), [], Float32Array.of(value));
  }

  /** A vector of 32-bit integers, such as axes or paddings; two columns where they come in pairs. */
  integers(values: readonly number[], part: string, columns = 0): ConstantTensor {
    return intConstant(
      this.name(part),
      columns === 0 ? [values.length] : [values.length / columns, columns],
      values,
    );
  }

  /** Reshapes to the shape of a tensor, dynamic dimensions included. */
  reshape(x: Tensor, to: Tensor): Tensor {
    return this.reshapeTo(x, signatureOf(to));
  }

  /** Reshapes to sizes of which one may be -1. */
  reshapeTo(x: Tensor, sizes: readonly number[]): Tensor {
    if (sizes.filter((size) => size === -1).length > 1)
      this.fail("more than one size of its result is dynamic");
    return this.add("RESHAPE", [x, this.integers(sizes, "shape")], { new_shape: sizes });
  }

  /** Reorders dimensions. */
  transpose(x: Tensor, permutation: readonly number[]): Tensor {
    return this.add("TRANSPOSE", [x, this.integers(permutation, "permutation")]);
  }

  /** The fixed size of a dimension, for lowerings that need a number. */
  size(x: Tensor, dimension: number): number {
    if (isDynamic(x, dimension))
      this.fail(`it needs a fixed size of dimension ${dimension}, which is dynamic`);
    return x.shape[dimension] as number;
  }

  /** Ends the lowering: this call has no form in TensorFlow Lite yet. */
  fail(reason: string): never {
    throw new LoweringError(reason);
  }
}

/** Writes one kernel's call as operators and gives what holds its result. */
export type Lowering<K extends KernelName> = (call: Call<K>) => Tensor | readonly Tensor[];

/** Why a kernel has no lowering. */
export interface NotLowered {
  readonly not: "yet" | "training" | "dispatched" | "possible";
  readonly why: string;
}
