import { invariant } from "../../errors.ts";
import { OperatorList } from "../../graph/builder.ts";
import type { WrittenOperator } from "../../graph/operators/written.ts";
import {
  bytesOf,
  floatConstant,
  intConstant,
  isConstant,
  isDynamic,
  openSizes,
  signatureOf,
} from "../../graph/tensors.ts";
import type { ConstantTensor, OperatorOptionsInput, OptionsArgument, Tensor } from "../../graph/types.ts";
import type { TargetRules } from "../target-rules.ts";
import type { OperationAttributes, OperationName, Operations } from "../trace/operations.ts";
import type { Probes } from "../trace/types.ts";
import type { RuntimeSizes } from "./runtime-sizes.ts";

/** Why a call of a kernel cannot be lowered: caught and collected, so that a model's problems come all at once. */
export class LoweringError extends Error {
  override readonly name = "LoweringError";
}

/** Complex numbers, which are two tensors of floats all through the graph: no operator makes them of floats. */
export interface ComplexTensor {
  readonly real: Tensor;
  readonly imaginary: Tensor;
  /** The imaginary part is zero: what is computed with it can be left out. */
  readonly isReal?: boolean;
}

/** What an operation takes and gives. */
export type Value = Tensor | ComplexTensor;

/** True of a pair that stands for complex numbers. */
export function isComplex(value: Value | readonly Value[]): value is ComplexTensor {
  return "imaginary" in value;
}

/** What a call is made of. */
export interface CallParts {
  readonly kernel: string;
  readonly attributes: unknown;
  readonly inputs: ReadonlyMap<string, Value>;
  readonly outputs: readonly Value[];
  readonly layer: string;
  readonly dynamicAttributes: ReadonlyMap<string, readonly unknown[]>;
  readonly sizes: RuntimeSizes;
  /** Tensors that are known to be zeros, beside constants. */
  readonly zeros: ReadonlySet<Tensor>;
  readonly bodies: Readonly<Record<string, number>>;
  readonly target: Pick<TargetRules, "allows">;
}

/** What a lowering is given: one call of a kernel, on tensors of the graph. */
export class Call<K extends OperationName = OperationName> {
  readonly kernel: string;
  readonly attributes: OperationAttributes<K>;
  /** The path of the layer, `""` in a function. */
  readonly layer: string;
  /** Attributes that follow a dynamic size, by name, with their value in each recording. */
  readonly dynamicAttributes: ReadonlyMap<string, readonly unknown[]>;
  /** Indexes of the subgraphs that a loop or a branch runs. */
  readonly bodies: Readonly<Record<string, number>>;
  readonly operators = new OperatorList();
  readonly parts: CallParts;

  constructor(parts: CallParts) {
    this.parts = parts;
    this.kernel = parts.kernel;
    this.attributes = parts.attributes as OperationAttributes<K>;
    this.layer = parts.layer;
    this.dynamicAttributes = parts.dynamicAttributes;
    this.bodies = parts.bodies;
  }

  /** What the kernel makes, as the trace knows it: the shape, and what its first output will be called. */
  get output(): Tensor {
    return this.outputs[0] as Tensor;
  }

  /** All that it makes. */
  get outputs(): readonly Tensor[] {
    return this.parts.outputs.map((value) => this.#real(value));
  }

  /** An operand by tfjs's name. */
  input(name: Operations[K]["inputs"]): Tensor {
    return this.#real(this.value(name));
  }

  /** An operand that may be of complex numbers. */
  value(name: Operations[K]["inputs"]): Value {
    const value = this.parts.inputs.get(String(name));
    invariant(value !== undefined, `kernel ${this.kernel} has no input "${String(name)}"`);
    return value;
  }

  /** An operand that may be absent. */
  optional(name: Operations[K]["optional"]): Tensor | null {
    const value = this.parts.inputs.get(name);
    return value === undefined ? null : this.#real(value);
  }

  /** All operands, of kernels that take a list. */
  list(): readonly Tensor[] {
    return [...this.parts.inputs.values()].map((value) => this.#real(value));
  }

  #real(value: Value): Tensor {
    return isComplex(value) ? this.fail("it is of complex numbers") : value;
  }

  /** Adds an operator; its output is called after the layer and the kernel. */
  add<T extends WrittenOperator>(
    type: T,
    inputs: readonly (Tensor | null)[],
    ...options: OptionsArgument<T>
  ): Tensor {
    return this.operators.add(
      type,
      inputs,
      (options[0] ?? {}) as OperatorOptionsInput<T>,
      this.name(this.kernel),
    );
  }

  /** As {@link Call.add}, of an operator that makes several tensors. */
  addMany<T extends WrittenOperator>(
    type: T,
    inputs: readonly (Tensor | null)[],
    options: OperatorOptionsInput<T>,
  ): readonly Tensor[] {
    return this.operators.addMany(type, inputs, options, this.name(this.kernel));
  }

  /**
   * As {@link Call.add}, of an operator whose shape only a run knows: it is that of `like`, such as
   * {@link Call.output}. The tensor is a new one.
   */
  addLike<T extends WrittenOperator>(
    type: T,
    inputs: readonly (Tensor | null)[],
    options: OperatorOptionsInput<T>,
    like: Tensor,
  ): Tensor {
    return this.operators.addTo(type, inputs, options, { ...like });
  }

  /** As {@link Call.addLike}, of an operator that makes several tensors. */
  addManyLike<T extends WrittenOperator>(
    type: T,
    inputs: readonly (Tensor | null)[],
    options: OperatorOptionsInput<T>,
    like: readonly Tensor[],
  ): readonly Tensor[] {
    const outputs = like.map((tensor) => ({ ...tensor }));
    return this.operators.addManyTo(type, inputs, options, outputs);
  }

  /**
   * Adds an operator of a user's own: the runtime that loads the file has a kernel registered under this name.
   *
   * @param code Its name.
   * @param inputs Its operands.
   * @param options What its kernel reads, in a form of its own.
   * @param like Shapes and types of what it makes, such as {@link Call.outputs}.
   */
  custom(
    code: string,
    inputs: readonly (Tensor | null)[],
    options: Uint8Array,
    like: readonly Tensor[],
  ): readonly Tensor[] {
    const outputs = like.map((tensor) => ({ ...tensor }));
    this.operators.operators.push({
      type: "CUSTOM",
      inputs,
      outputs,
      options: {},
      customCode: code,
      customOptions: options,
    });
    return outputs;
  }

  /** Whether the target has an operator, at this version of it: a lowering may know an older form. */
  allows(type: WrittenOperator, version = 1): boolean {
    return this.parts.target.allows(type, version);
  }

  /** A name below the layer's. */
  name(part: string): string {
    return this.layer === "" ? part : `${this.layer}/${part}`;
  }

  /** A float constant without dimensions. */
  scalar(value: number, part = "constant"): ConstantTensor {
    return floatConstant(this.name(part), [], Float32Array.of(value));
  }

  /** A 32-bit integer without dimensions. */
  integer(value: number, part = "constant"): ConstantTensor {
    return intConstant(this.name(part), [], [value]);
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
    const sizes = signatureOf(to);
    if (openSizes(sizes) <= 1) return this.reshapeTo(x, sizes);
    const shape = this.shapeOf(to);
    return this.addLike("RESHAPE", [x, shape], {}, { ...to, type: x.type, name: this.name(this.kernel) });
  }

  /** Reshapes to sizes of which one may be -1. */
  reshapeTo(x: Tensor, sizes: readonly number[]): Tensor {
    if (openSizes(sizes) > 1) this.fail("more than one size of its result is dynamic");
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

  /** The shape of an input or output, as integers: constant, or computed where a size is dynamic. */
  shapeOf(tensor: Tensor): Tensor {
    const probes = this.probesOf(tensor);
    return this.integersOf(
      tensor.shape.map((size, index) =>
        probes === undefined ? [size] : probes.map((shape) => shape[index] as number),
      ),
      "shape",
    );
  }

  /** True of a tensor that is known to be zeros. */
  isZero(tensor: Tensor): boolean {
    return this.parts.zeros.has(tensor) || (isConstant(tensor) && isAllZero(tensor));
  }

  /** What an input or output was like in each recording; undefined where it is static. */
  probesOf(tensor: Tensor): Probes | undefined {
    return this.parts.sizes.probesOf(tensor);
  }

  /** Integers as a vector, each given by its value in every recording: constant where all are. */
  integersOf(columns: readonly (readonly number[])[], part: string): Tensor {
    return this.parts.sizes.vector(this, columns, part);
  }

  /** Ends the lowering: this call has no form in TensorFlow Lite yet. */
  fail(reason: string): never {
    throw new LoweringError(reason);
  }
}

function isAllZero(tensor: ConstantTensor): boolean {
  return bytesOf(tensor).every((byte) => byte === 0);
}

/** Writes one operation as operators and gives what holds its result. */
export type Lowering<K extends OperationName> = (call: Call<K>) => Value | readonly Value[];

/** Why a kernel has no lowering. */
export interface NotLowered {
  readonly not: "training" | "dispatched" | "possible";
  readonly why: string;
}
