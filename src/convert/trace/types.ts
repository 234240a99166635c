import type { DataType, Tensor } from "@tensorflow/tfjs-core";

/** A value of a trace: an input, what a kernel made, or a constant. */
export interface TraceTensor {
  /** With dynamic dimensions at their nominal size: 1 for the batch. */
  readonly shape: readonly number[];
  /** With -1 where a dimension is dynamic; absent where all are static. */
  readonly shapeSignature?: readonly number[];
  readonly dtype: DataType;
  /** The values, where they are known. */
  readonly values?: ConstantValues;
}

/** The values of a constant, as tfjs stores them: booleans as bytes. */
export type ConstantValues = Float32Array | Int32Array | Uint8Array | readonly string[];

/** One call of a kernel. */
export interface TraceNode {
  readonly kernel: string;
  /** By tfjs's names, or by number where the kernel takes a list. */
  readonly inputs: Readonly<Record<string, TraceTensor>>;
  readonly attributes: unknown;
  /** Attributes (by name) that change with the batch size; their values here are those of batch size 1. */
  readonly batchAttributes: ReadonlySet<string>;
  readonly outputs: readonly TraceTensor[];
  /** Where the call came from: the path of the layer, `""` in a function. */
  readonly layer: string;
}

/** A named input or output of a trace. */
export interface TraceEntry {
  readonly name: string;
  readonly tensor: TraceTensor;
}

/** All kernels that a model runs, in order, on tensors that have shapes and no values. */
export interface Trace {
  readonly name: string;
  readonly inputs: readonly TraceEntry[];
  readonly outputs: readonly TraceEntry[];
  readonly nodes: readonly TraceNode[];
}

/** A value while it is recorded, before constants are read and batch sizes are compared. */
export interface RecordedTensor {
  readonly shape: readonly number[];
  readonly dtype: DataType;
  /** The tfjs tensor that holds the values of a constant. */
  readonly constant?: Tensor;
}

/** A call of a kernel as it is recorded. */
export interface RecordedNode {
  readonly kernel: string;
  readonly inputs: Readonly<Record<string, RecordedTensor>>;
  readonly attributes: unknown;
  readonly outputs: readonly RecordedTensor[];
  readonly layer: string;
}

/** One run of a source at one batch size. */
export interface Recording {
  readonly batch: number;
  readonly inputs: readonly { readonly name: string; readonly tensor: RecordedTensor }[];
  readonly outputs: readonly { readonly name: string; readonly tensor: RecordedTensor }[];
  readonly nodes: readonly RecordedNode[];
}
