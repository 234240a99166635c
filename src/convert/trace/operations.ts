import type { Kernel, KernelName, Kernels } from "./kernels.ts";

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
}

/** Everything that a node of a trace can be. */
export type Operations = Kernels & HostOperations;

/** A tfjs kernel, or an operation of the host. */
export type OperationName = KernelName | keyof HostOperations;

/** The attributes of an operation. */
export type OperationAttributes<K extends OperationName> = Operations[K]["attributes"];
