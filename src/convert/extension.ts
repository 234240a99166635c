import type { WrittenOperator } from "../graph/operators/written.ts";
import type { ConstantTensor, OperatorOptionsInput, OptionsArgument, Tensor } from "../graph/types.ts";
import type { Lowering } from "./lower/call.ts";
import type { Pass } from "./passes/rewrite.ts";
import type { SpecsOf } from "./trace/record.ts";
import type { Spec } from "./trace/shapes.ts";

/** A call of a user's own kernel or layer, while it is lowered: what it is given, and where it puts operators. */
export interface UserCall {
  /** The kernel's attributes, or the layer's options. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The path of the layer that called, `""` in a function. */
  readonly layer: string;
  /** Shapes and types of what it makes. */
  readonly outputs: readonly Tensor[];
  /** An operand by its name, or by its number where there is a list of them. */
  input(name: string | number): Tensor;
  /** An operand that may be absent. */
  optional(name: string): Tensor | null;
  /** All operands in their order. */
  list(): readonly Tensor[];
  /** Adds one of TensorFlow Lite's operators, with the schema's names of its options, and gives what it makes. */
  add<T extends WrittenOperator>(
    type: T,
    inputs: readonly (Tensor | null)[],
    ...options: OptionsArgument<T>
  ): Tensor;
  /** As `add`, of an operator that makes several tensors. */
  addMany<T extends WrittenOperator>(
    type: T,
    inputs: readonly (Tensor | null)[],
    options: OperatorOptionsInput<T>,
  ): readonly Tensor[];
  /**
   * Adds a CUSTOM operator: the runtime that loads the file needs a kernel that is registered under this name.
   */
  custom(
    code: string,
    inputs: readonly (Tensor | null)[],
    options: Uint8Array,
    like: readonly Tensor[],
  ): readonly Tensor[];
  /** A float constant without dimensions. */
  scalar(value: number): ConstantTensor;
  /** A vector of 32-bit integers, such as axes. */
  integers(values: readonly number[], name: string): ConstantTensor;
  /** Reshapes to the shape of a tensor, dynamic sizes included. */
  reshape(x: Tensor, to: Tensor): Tensor;
  /** Whether the target has an operator, at this version of it. */
  allows(type: WrittenOperator, version?: number): boolean;
  /** Ends the lowering with a reason: the conversion fails with it, and with all others. */
  fail(reason: string): never;
}

/** What becomes of a kernel that a user registered with tfjs, or instead of what becomes of one of tfjs's own. */
export interface KernelExtension {
  /**
   * Shapes and types of what it makes, given those of what it takes. Not needed for a kernel of tfjs's own.
   */
  readonly outputs?: (
    inputs: Readonly<Record<string, Spec>>,
    attributes: Readonly<Record<string, unknown>>,
  ) => Spec | readonly Spec[];
  /** Writes a call as operators (`call.add`, or `call.custom` for one of the user's own) and gives what holds its result. */
  readonly lower: (call: UserCall) => Tensor | readonly Tensor[];
}

/** What the converter reads of a layer that an extension speaks for. */
export interface ExtendedLayer {
  /** The layer's name in the model. */
  readonly name: string;
  /** Its options, as they are saved with the model: what `call.attributes` holds when it is lowered. */
  getConfig(): Readonly<Record<string, unknown>>;
}

/**
 * What becomes of a layer as a whole, by its class name, instead of the kernels that it calls. Its inputs are
 * `call.list()`: the layer's own, then its weights in their order.
 */
export interface LayerExtension {
  /** Shapes and types of what the layer makes, given those of what it takes. */
  readonly outputs: (inputs: readonly Spec[], layer: ExtendedLayer) => Spec | readonly Spec[];
  /** Writes the layer as operators and gives what holds its result. */
  readonly lower: (call: UserCall) => Tensor | readonly Tensor[];
}

/**
 * What a user adds to the converter: it has the same standing as what is here.
 *
 * @example A kernel that an application's runtime has under the name "Crossing":
 * ```ts
 * const crossing: Extension = {
 *   kernels: {
 *     Crossing: {
 *       outputs: ({ x }) => x as Spec,
 *       lower: (call) => call.custom("Crossing", call.list(), new Uint8Array([1]), call.outputs),
 *     },
 *   },
 * };
 * const bytes = await toTflite(source, { extensions: [crossing] });
 * ```
 */
export interface Extension {
  /** By the kernel's name. */
  readonly kernels?: Readonly<Record<string, KernelExtension>>;
  /** By the layer's class name. */
  readonly layers?: Readonly<Record<string, LayerExtension>>;
  /** Given the passes that run, in their order, gives those that shall run. */
  readonly passes?: (passes: readonly Pass[]) => readonly Pass[];
}

/** The operation that a layer is recorded as, where an extension speaks for its class. */
export function layerOperation(className: string): string {
  return `layer ${className}`;
}

/** What extensions write operations as; of two that speak for one the later. */
export function extendedLowerings(extensions: readonly Extension[]): ReadonlyMap<string, Lowering<"user">> {
  return new Map(
    extensions.flatMap(({ kernels = {}, layers = {} }) => [
      ...Object.entries(kernels).map(([name, { lower }]) => [name, lower] as const),
      ...Object.entries(layers).map(([name, { lower }]) => [layerOperation(name), lower] as const),
    ]),
  );
}

/** Shapes and types of kernels that only extensions know. */
export function extendedSpecs(extensions: readonly Extension[]): SpecsOf {
  const kernels = new Map(extensions.flatMap(({ kernels: own = {} }) => Object.entries(own)));
  return (kernel, inputs, attributes) => {
    const outputs = kernels.get(kernel)?.outputs;
    if (outputs === undefined) return undefined;
    const specs = Object.fromEntries(
      Object.entries(inputs).map(([name, { shape, dtype }]) => [name, { shape, dtype }]),
    );
    const made = outputs(specs, attributes as Readonly<Record<string, unknown>>);
    return Array.isArray(made) ? (made as readonly Spec[]) : [made as Spec];
  };
}
