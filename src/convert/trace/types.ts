import type { DataType, Tensor } from "@tensorflow/tfjs-core";
import type { StoredType } from "../source.ts";

/** A value of a trace: an input, what an operation made, or a constant. */
export interface TraceTensor {
  /** With dynamic dimensions at their nominal size: 1 for the batch. */
  readonly shape: readonly number[];
  /** With -1 where a dimension is dynamic; absent where all are static. */
  readonly shapeSignature?: readonly number[];
  /** The shape in each recording, where one is dynamic: equal sizes in all of them are one size. */
  readonly probes?: Probes;
  readonly dtype: DataType;
  /** The values, where they are known; of a constant with dynamic dimensions what is repeated along them. */
  readonly values?: ConstantValues;
  /** The shape of `values`, where they are repeated along dynamic dimensions. */
  readonly valuesShape?: readonly number[];
}

/** A list of sizes as it was in each recording. */
export type Probes = readonly (readonly number[])[];

/** The values of a constant, as tfjs stores them: booleans as bytes, complex numbers as pairs of floats. */
export type ConstantValues = Float32Array | Int32Array | Uint8Array | readonly string[];

/** One call of a kernel, or an operation of the host. */
export interface TraceNode {
  readonly kernel: string;
  /** By tfjs's names, or by number where the kernel takes a list. */
  readonly inputs: Readonly<Record<string, TraceTensor>>;
  /** Those that differ between recordings have their nominal values here. */
  readonly attributes: unknown;
  /** Attributes (by name) that follow a dynamic size, with their value in each recording. */
  readonly dynamicAttributes: ReadonlyMap<string, readonly unknown[]>;
  readonly outputs: readonly TraceTensor[];
  /** Where the call came from: the path of the layer, `""` in a function. */
  readonly layer: string;
  /** What a loop or a branch runs, by name. */
  readonly bodies?: Readonly<Record<string, Trace>>;
}

/** A named input or output of a trace. */
export interface TraceEntry {
  readonly name: string;
  /** The type of an input in the file, where tfjs has no such. */
  readonly storedAs?: StoredType | undefined;
  readonly tensor: TraceTensor;
}

/** All operations that a model runs, in order, on tensors that have shapes and no values. */
export interface Trace {
  readonly name: string;
  readonly inputs: readonly TraceEntry[];
  readonly outputs: readonly TraceEntry[];
  readonly nodes: readonly TraceNode[];
}

/** A value while it is recorded, before constants are read and recordings are compared. */
export interface RecordedTensor {
  readonly shape: readonly number[];
  readonly dtype: DataType;
  /** The tfjs tensor that holds the values of a constant. */
  readonly constant?: Tensor;
  /** What computed it, where tfjs computed a constant of constants while the source was recorded. */
  readonly madeBy?: ConstantCall;
  /** Which of its results it is. */
  readonly result?: number;
}

/** One call of a kernel on constants: tfjs ran it, and it is an operation where its result follows a dynamic size. */
export interface ConstantCall {
  readonly kernel: string;
  /** Constants; those that another such call made need not have values. */
  readonly inputs: Readonly<Record<string, RecordedTensor>>;
  readonly attributes: unknown;
  readonly outputs: readonly Pick<RecordedTensor, "shape" | "dtype">[];
  readonly layer: string;
}

/** An operation as it is recorded. */
export interface RecordedNode {
  readonly kernel: string;
  readonly inputs: Readonly<Record<string, RecordedTensor>>;
  readonly attributes: unknown;
  readonly outputs: readonly RecordedTensor[];
  readonly layer: string;
  readonly bodies?: Readonly<Record<string, Recording>>;
}

/** A named input or output of a recording. */
export interface RecordedEntry {
  readonly name: string;
  readonly storedAs?: StoredType | undefined;
  readonly tensor: RecordedTensor;
}

/** One run of a source at one set of sizes. */
export interface Recording {
  readonly inputs: readonly RecordedEntry[];
  readonly outputs: readonly RecordedEntry[];
  readonly nodes: readonly RecordedNode[];
}
