import { type DataId, KernelBackend } from "@tensorflow/tfjs-core";
import { ForgeError } from "../../errors.ts";

/**
 * Where symbolic tensors live: they have no values, so that it only keeps count and refuses reads by name.
 * It is never registered, and no kernel runs on it.
 */
export class SymbolicBackend extends KernelBackend {
  readonly #where: (dataId: DataId) => string;
  #isRecording = true;
  #read: ForgeError | null = null;

  /** @param where says, for errors, which tensor was read and in which layer: `input "x" were read`. */
  constructor(where: (dataId: DataId) => string) {
    super();
    this.#where = where;
  }

  override readSync(dataId: DataId): never {
    throw this.#refuse(dataId);
  }

  /**
   * While a function is traced, what waits for values never goes on: a rejection would be the application's
   * to handle, and nobody awaits it. The read is an error of the trace: see {@link SymbolicBackend.checkReads}.
   */
  override read(dataId: DataId): Promise<never> {
    const error = this.#refuse(dataId);
    if (!this.#isRecording) return Promise.reject(error);
    this.#read ??= error;
    return new Promise(() => {});
  }

  /** @throws ForgeError `host-read` where values were asked for asynchronously. */
  checkReads(): void {
    if (this.#read !== null) throw this.#read;
  }

  /** Ends the trace: who kept a tensor of it and reads that later has a promise that is rejected. */
  finish(): void {
    this.#isRecording = false;
  }

  #refuse(dataId: DataId): ForgeError {
    return new ForgeError(
      "host-read",
      `The values of ${this.#where(dataId)} (data, dataSync, array, print, ...). While a model is ` +
        "traced for conversion its tensors have shapes and no values: compute with tfjs operations instead, or " +
        "leave that part out of what is converted.",
    );
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
