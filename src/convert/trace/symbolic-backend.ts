import { type DataId, KernelBackend } from "@tensorflow/tfjs-core";
import { ForgeError } from "../../errors.ts";

/**
 * Where symbolic tensors live: they have no values, so that it only keeps count and refuses reads by name.
 * It is never registered, and no kernel runs on it.
 */
export class SymbolicBackend extends KernelBackend {
  readonly #where: (dataId: DataId) => string;

  /** @param where says, for errors, which tensor is read and from which layer. */
  constructor(where: (dataId: DataId) => string) {
    super();
    this.#where = where;
  }

  override readSync(dataId: DataId): never {
    throw new ForgeError(
      "host-read",
      `The values of ${this.#where(dataId)} were read (data, dataSync, array, print, ...). While a model is ` +
        "traced for conversion its tensors have shapes and no values: compute with tfjs operations instead, or " +
        "leave that part out of what is converted.",
    );
  }

  override read(dataId: DataId): never {
    return this.readSync(dataId);
  }

  override disposeData(): boolean {
    return true;
  }

  override refCount(): number {
    return 1;
  }

  override incRef(): void {}

  override numDataIds(): number {
    return 0;
  }
}
