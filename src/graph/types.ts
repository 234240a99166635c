import type { OperatorName } from "../schema/operators.ts";
import type { OperatorOptions, OperatorOptionsInput, Table, TensorType } from "../schema/types.ts";

export type { OperatorName } from "../schema/operators.ts";
export type { OperatorOptions, OperatorOptionsInput, TensorType } from "../schema/types.ts";

/** An operator's options as the last argument of a function: to be left out where all have a default. */
export type OptionsArgument<T extends OperatorName> =
  Record<never, never> extends OperatorOptionsInput<T> ? [options?: OperatorOptionsInput<T>] : never;

/** How the integers of a quantized tensor stand for real numbers: `real = scale * (stored - zeroPoint)`. */
export interface Quantization {
  /** One for the tensor, or one for each index along `dimension`. */
  readonly scales: readonly number[];
  /** As many as scales. */
  readonly zeroPoints: readonly number[];
  /** The dimension that several scales run along. */
  readonly dimension: number;
}

/**
 * How the floats of a constant are computed from others. Filters are rearranged and scaled only when they are
 * written, one after the other: no copy of all weights is ever held beside the file.
 */
export interface Recipe {
  /** What is done, as text: recipes of equal steps and equal sources give equal values. */
  readonly steps: string;
  /** What it is done to. */
  readonly sources: readonly Float32Array[];
  /** Does it, into a new array. */
  readonly compute: () => Float32Array;
}

/**
 * A value of a graph: known by its identity, not by an index, so that a pass can replace an operator and
 * nothing has to be renumbered. Immutable.
 */
export interface Tensor {
  /** For people, and for signatures; no two tensors of a subgraph share one in files that are written here. */
  readonly name: string;
  /** The element type. */
  readonly type: TensorType;
  /** Sizes; a dynamic dimension has its nominal size here (1 for the batch). `[]` is a scalar. */
  readonly shape: readonly number[];
  /** The same with -1 where a dimension is dynamic; absent where all are static. */
  readonly shapeSignature?: readonly number[] | undefined;
  /** Written without its signature, for kernels that put off their work where their input has one. */
  readonly isUndeclared?: boolean | undefined;
  /** The bytes of a constant, little endian, in row-major order. */
  readonly data?: Uint8Array | undefined;
  /** Instead of `data`, of weights on their way into a file; a graph that was read has none. */
  readonly recipe?: Recipe | undefined;
  /** Where the values stand for real numbers. */
  readonly quantization?: Quantization | undefined;
  /** State that the runtime keeps from one run to the next. */
  readonly isVariable?: boolean | undefined;
  /** Kept as read: nothing here makes sparse tensors. */
  readonly sparsity?: Table<"SparsityParameters"> | undefined;
  /** The rank is not known: only in files that others wrote. */
  readonly unranked?: boolean | undefined;
}

interface WithData {
  /** Its bytes. */
  readonly data: Uint8Array;
}

interface WithRecipe {
  /** How to compute them. */
  readonly recipe: Recipe;
}

/** A tensor whose values are known: its bytes, or how to compute them. */
export type ConstantTensor = Tensor & (WithData | WithRecipe);

/** One operator of a given type. */
export interface OperatorOf<T extends OperatorName> {
  /** The format's name: `"CONV_2D"`. */
  readonly type: T;
  /** `null` stands for an optional input that is absent. */
  readonly inputs: readonly (Tensor | null)[];
  /** What it makes; most operators make one tensor. */
  readonly outputs: readonly Tensor[];
  /** By the schema's names; empty for operators that have none. */
  readonly options: OperatorOptions<T>;
  /** As read from a file; what is made here has its version computed when it is written. */
  readonly version?: number | undefined;
  /** The name of a CUSTOM operator. */
  readonly customCode?: string | undefined;
  /** The options of a CUSTOM operator, in a form that only its author knows. */
  readonly customOptions?: Uint8Array | undefined;
  /** Scratch tensors of the quantized LSTM. */
  readonly intermediates?: readonly Tensor[] | undefined;
}

/** An operator of any type: narrow it by its `type`. */
export type Operator = { [T in OperatorName]: OperatorOf<T> }[OperatorName];

/** A list of operators in the order of their execution, each tensor made by at most one of them. */
export interface Subgraph {
  /** For people. */
  readonly name: string;
  /** What the application, or an operator of another subgraph, gives it. */
  readonly inputs: readonly Tensor[];
  /** What it gives back. */
  readonly outputs: readonly Tensor[];
  /** In the order of their execution. */
  readonly operators: readonly Operator[];
}

/** A name by which an application finds an input or output: its place in the subgraph's list. */
export interface SignatureEntry {
  /** The name. */
  readonly name: string;
  /** Index in the subgraph's `inputs` or `outputs`. */
  readonly position: number;
}

/** A subgraph's inputs and outputs by name. */
export interface Signature {
  /** What an application asks for: `"serving_default"`. */
  readonly key: string;
  /** Index of the subgraph. */
  readonly subgraph: number;
  /** Names of the inputs. */
  readonly inputs: readonly SignatureEntry[];
  /** Names of the outputs. */
  readonly outputs: readonly SignatureEntry[];
}

/** A named block of bytes that travels with the model. */
export interface MetadataEntry {
  /** Such as `"min_runtime_version"`. */
  readonly name: string;
  /** The block, as it is in the file. */
  readonly data: Uint8Array;
}

/** All that a `.tflite` file holds: the one intermediate representation of this package. */
export interface Graph {
  /** Free text of whoever made the file. */
  readonly description?: string | undefined;
  /** The first is the main one; others are reached by signatures or by WHILE and IF. */
  readonly subgraphs: readonly Subgraph[];
  /** Inputs and outputs by name. */
  readonly signatures: readonly Signature[];
  /** Blocks of bytes that no operator reads. */
  readonly metadata: readonly MetadataEntry[];
}
