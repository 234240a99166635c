import type { Kernel, KernelName, Kernels } from "./kernels.ts";

type None = Readonly<Record<never, never>>;

/** Bit masks of dimensions, as TensorFlow has them. */
export interface StridedMasks {
  readonly beginMask: number;
  readonly endMask: number;
  readonly ellipsisMask: number;
  readonly newAxisMask: number;
  readonly shrinkAxisMask: number;
}

interface ResizeOptions {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}

/**
 * What a trace can hold beside tfjs's kernels: operations that tfjs computes on the host, where values decide
 * what happens next. Front ends record them (`recorder.ts`).
 */
export interface HostOperations {
  /** A loop; its bodies are `condition` and `body`, each with as many inputs as the loop has. */
  While: Kernel<number>;
  /** A branch on input 0; its bodies are `onTrue` and `onFalse`, with the other inputs. */
  If: Kernel<number>;
  /** Where a tensor is not zero: an index for each, as a row. */
  Where: Kernel<"condition">;
  /** A tensor of one value, of sizes that values decide; so are the sizes of the following ones. */
  DynamicFill: Kernel<"dims" | "value">;
  /** Numbers from `start` to before `limit`. */
  DynamicRange: Kernel<"start" | "limit" | "delta">;
  /** Another shape for the same values. */
  DynamicReshape: Kernel<"x" | "shape">;
  /** A part of a tensor; a size of -1 is all that is left. */
  DynamicSlice: Kernel<"x" | "begin" | "size">;
  /** A part of a tensor between bounds, with steps. */
  DynamicStridedSlice: Kernel<"x" | "begin" | "end" | "strides", StridedMasks>;
  /** A tensor with zeros around it, or another value. */
  DynamicPad: Kernel<"x" | "paddings", None, "value">;
  /** A tensor repeated. */
  DynamicTile: Kernel<"x" | "multiples">;
  /** A tensor repeated along dimensions of size 1. */
  DynamicBroadcastTo: Kernel<"x" | "shape">;
  /** The largest values of the last dimension, and where they are. */
  DynamicTopK: Kernel<"x" | "k">;
  /** Images of other sizes. */
  DynamicResizeBilinear: Kernel<"images" | "size", ResizeOptions>;
  DynamicResizeNearestNeighbor: Kernel<"images" | "size", ResizeOptions>;
  /** Numbers that JavaScript computed of dynamic sizes. */
  SizeNumbers: Kernel<never, { readonly values: readonly number[] }>;
  /** The sizes of a tensor, as data. */
  DynamicShape: Kernel<"x">;
  /** A tensor with a part of it exchanged, from a place that values decide. */
  DynamicUpdateSlice: Kernel<"operand" | "update" | "begin">;
  /** The fused LSTM, with weights and bias of each gate. */
  SequenceLstm: Kernel<"x" | `${"kernel" | "recurrent" | "bias"}_${"i" | "f" | "c" | "o"}`>;
}

/** A kernel or layer of a user's own: an extension says what becomes of it. */
interface UserOperation {
  user: Kernel<string | number, Readonly<Record<string, unknown>>, string>;
}

/** Everything that a node of a trace can be. */
export type Operations = Kernels & HostOperations & UserOperation;

/** A tfjs kernel, an operation of the host, or one of a user's own. */
export type OperationName = KernelName | keyof HostOperations | keyof UserOperation;

/** The attributes of an operation. */
export type OperationAttributes<K extends OperationName> = Operations[K]["attributes"];
