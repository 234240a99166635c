import {
  type DataId,
  engine,
  keep,
  type NamedTensorMap,
  reshape,
  type Tensor,
  tidy,
} from "@tensorflow/tfjs-core";
import type { ConstantCall, ConstantValues, RecordedTensor } from "./types.ts";

/** Tensors of one memory: a reshaped tensor has the values of the first one, and so may one that was cast. */
interface Memory {
  readonly constants: RecordedTensor[];
  values?: ConstantValues;
}

/** Constants that recordings refer to: each of the user's tensors once, kept alive until it was read. */
export class ConstantStore {
  readonly #memories = new Map<DataId, Memory>();
  readonly #memoryOf = new Map<RecordedTensor, Memory>();
  /** Those that recorded operations read: their values are needed. */
  readonly #used = new Set<RecordedTensor>();
  /** What tfjs made of constants. By the tensor: a reshaped one shares its memory, and was made by another call. */
  readonly #made = new WeakMap<Tensor, RecordedTensor>();
  #isKeeping = false;

  /** The same constant for every tensor of this memory and shape. */
  get(tensor: Tensor): RecordedTensor {
    const recorded = this.#keep(tensor);
    this.#used.add(recorded);
    return recorded;
  }

  /** Takes note of a kernel that tfjs ran on constants while a source was recorded. */
  note(
    call: Pick<ConstantCall, "kernel" | "layer" | "attributes">,
    operands: readonly (readonly [string, Tensor])[],
    results: readonly Tensor[],
  ): void {
    if (this.#isKeeping) return;
    const inputs = operands.map(([name, tensor]) => [name, this.#made.get(tensor) ?? this.#keep(tensor)]);
    const outputs = results.map(({ shape, dtype }) => ({ shape, dtype }));
    const madeBy: ConstantCall = { ...call, inputs: Object.fromEntries(inputs), outputs };
    for (const [result, tensor] of results.entries()) {
      this.#made.set(tensor, { shape: tensor.shape, dtype: tensor.dtype, madeBy, result });
    }
  }

  /** The values of a constant that was read. */
  readonly valuesOf = (constant: RecordedTensor): ConstantValues =>
    this.#memoryOf.get(constant)?.values as ConstantValues;

  /** Reads constants, each memory once: those that operations read, and others where asked for. */
  async read(signal?: AbortSignal, others: Iterable<RecordedTensor> = []): Promise<void> {
    for (const constant of [...this.#used, ...others]) {
      const memory = this.#memoryOf.get(constant);
      if (memory === undefined || memory.values !== undefined) continue;
      signal?.throwIfAborted();
      memory.values = (await memory.constants[0]?.constant?.data()) as ConstantValues;
    }
  }

  /** A constant with values, of one that other calls may have computed: tfjs computes it again. */
  computed(constant: RecordedTensor): RecordedTensor {
    let recorded: RecordedTensor | undefined;
    tidy(() => {
      recorded = this.get(this.#compute(constant));
    });
    return recorded as RecordedTensor;
  }

  /** Lets go of the tensors. */
  dispose(): void {
    for (const { constant } of this.#memoryOf.keys()) constant?.dispose();
    this.#memories.clear();
    this.#memoryOf.clear();
  }

  #compute({ constant, madeBy, result = 0 }: RecordedTensor): Tensor {
    if (constant !== undefined) return constant;
    const { kernel, inputs, attributes } = madeBy as ConstantCall;
    const names = Object.keys(inputs);
    const operands = Object.values(inputs).map((input) => this.#compute(input));
    // Kernels that take a list have their operands by number.
    const isList = names.length > 0 && names.every((name) => /^\d+$/.test(name));
    const named = isList ? operands : Object.fromEntries(names.map((name, index) => [name, operands[index]]));
    const made = engine().runKernel(kernel, named as NamedTensorMap, attributes as never);
    return [made].flat()[result] as Tensor;
  }

  #keep(tensor: Tensor): RecordedTensor {
    let memory = this.#memories.get(tensor.dataId);
    if (memory === undefined) {
      memory = { constants: [] };
      this.#memories.set(tensor.dataId, memory);
    }
    const shape = tensor.shape.join();
    let recorded = memory.constants.find(
      (other) => other.dtype === tensor.dtype && other.shape.join() === shape,
    );
    if (recorded === undefined) {
      // It shares the values and outlives the variable's next assignment: what is exported is the state of
      // this moment, even where training goes on. Not a clone, which copies on the wasm backend.
      this.#isKeeping = true;
      const constant = keep(reshape(tensor, tensor.shape));
      this.#isKeeping = false;
      recorded = { shape: tensor.shape, dtype: tensor.dtype, ...this.#made.get(tensor), constant };
      memory.constants.push(recorded);
      this.#memoryOf.set(recorded, memory);
    }
    return recorded;
  }
}
