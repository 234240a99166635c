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
