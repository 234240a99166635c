import type { Tensor } from "@tensorflow/tfjs-core";
import type { KernelName } from "./kernels.ts";
import type { HostOperations } from "./operations.ts";
import type { Spec } from "./shapes.ts";

/** A loop whose number of turns depends on values. */
export interface LoopRequest {
  /** What the loop starts with. */
  readonly variables: readonly Tensor[];
  /** Gives one boolean: whether there is another turn. */
  readonly condition: (variables: readonly Tensor[]) => Tensor;
  /** Gives the variables of the next turn, of the same shapes and types. */
  readonly body: (variables: readonly Tensor[]) => readonly Tensor[];
}

/** A choice that depends on a value. */
export interface BranchRequest {
  /** One boolean. */
  readonly condition: Tensor;
  /** Gives tensors of the same number, shapes and types as the other. */
  readonly onTrue: () => readonly Tensor[];
  readonly onFalse: () => readonly Tensor[];
}

/** What a front end can do beyond calling tfjs operations while its source is recorded. */
export interface Recorder {
  /** True of a tensor that has no values now: it follows from the inputs. */
  isSymbolic(tensor: Tensor): boolean;
  /**
   * Records an operation whose tfjs function reads values on the host, or a kernel of a user's own. Sizes that
   * only a run knows are those that {@link Recorder.unknownSize} gives.
   */
  emit(
    operation: KernelName | keyof HostOperations | (string & {}),
    inputs: Readonly<Record<string, Tensor>>,
    attributes: object,
    outputs: readonly Spec[],
  ): readonly Tensor[];
  /** A size that depends on values: a number that stands for it, and becomes a dynamic dimension. */
  unknownSize(): number;
  /** Records a loop. What its parts read from outside is handed in without being named. */
  loop(request: LoopRequest): readonly Tensor[];
  /** Records a branch; of a condition that is known only the side that it chooses, in place. */
  branch(request: BranchRequest): readonly Tensor[];
}
