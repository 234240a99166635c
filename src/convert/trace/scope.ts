import type { RecordedNode, RecordedTensor } from "./types.ts";

/**
 * Where operations are recorded: the source itself, or the body of a loop or a branch. A body reads values of
 * the scopes around it through inputs of its own, since a subgraph sees nothing else.
 */
export class Scope {
  readonly nodes: RecordedNode[] = [];
  readonly #parent: Scope | null;
  readonly #own = new Set<RecordedTensor>();
  /** What this scope calls a value of the scope around it. */
  readonly #local = new Map<RecordedTensor, RecordedTensor>();

  constructor(parent: Scope | null) {
    this.#parent = parent;
  }

  /** Values of the scope around that are read here, in the order of their first use. */
  get captured(): readonly RecordedTensor[] {
    return [...this.#local.keys()];
  }

  /** Takes note of a value that is made here. */
  own(tensor: RecordedTensor): void {
    this.#own.add(tensor);
  }

  /** What a value is called here: itself, or the input that it comes in by. */
  local(tensor: RecordedTensor): RecordedTensor {
    if (tensor.constant !== undefined || this.#parent === null || this.#own.has(tensor)) return tensor;
    const outer = this.#parent.local(tensor);
    let local = this.#local.get(outer);
    if (local === undefined) {
      local = { shape: tensor.shape, dtype: tensor.dtype };
      this.#own.add(local);
      this.#local.set(outer, local);
    }
    return local;
  }

  /** The value of an outer scope that a tensor stands for. */
  origin(tensor: RecordedTensor): RecordedTensor {
    for (const [outer, local] of this.#local) {
      if (local === tensor) return this.#parent?.origin(outer) ?? outer;
    }
    return tensor;
  }
}
