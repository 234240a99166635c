import type { Operator, Subgraph, Tensor } from "./types.ts";

/** Who makes and who reads each tensor of a subgraph. */
export class GraphView {
  readonly #producers = new Map<Tensor, Operator>();
  readonly #consumers = new Map<Tensor, Operator[]>();
  readonly #inputs: ReadonlySet<Tensor>;
  readonly #outputs: ReadonlySet<Tensor>;

  constructor(subgraph: Subgraph) {
    this.#inputs = new Set(subgraph.inputs);
    this.#outputs = new Set(subgraph.outputs);
    for (const operator of subgraph.operators) {
      for (const output of operator.outputs) this.#producers.set(output, operator);
      for (const input of new Set(operator.inputs)) {
        if (input === null) continue;
        const consumers = this.#consumers.get(input);
        if (consumers === undefined) this.#consumers.set(input, [operator]);
        else consumers.push(operator);
      }
    }
  }

  /** The operator that makes a tensor; undefined for inputs and constants. */
  producer(tensor: Tensor | null | undefined): Operator | undefined {
    return tensor == null ? undefined : this.#producers.get(tensor);
  }

  /** The operators that read a tensor, each once. */
  consumers(tensor: Tensor): readonly Operator[] {
    return this.#consumers.get(tensor) ?? [];
  }

  /** True of an input of the subgraph. */
  isInput(tensor: Tensor): boolean {
    return this.#inputs.has(tensor);
  }

  /** True of an output of the subgraph. */
  isOutput(tensor: Tensor): boolean {
    return this.#outputs.has(tensor);
  }

  /** True where one operator alone reads a tensor and the application does not: it may change or vanish. */
  isPrivate(tensor: Tensor): boolean {
    return !this.isOutput(tensor) && this.consumers(tensor).length === 1;
  }
}
