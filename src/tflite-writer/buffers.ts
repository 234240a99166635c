import { equalBytes, sampleHash } from "../graph/bytes.ts";

/**
 * The constants of a file, each content once. Equality is judged by a hash over a sample of the bytes and
 * then by the bytes themselves, so that large weights are read only where they may be equal.
 */
export class BufferPool {
  /** Buffer 0 is the empty one that tensors without data refer to (schema.fbs). */
  readonly buffers: { readonly data?: Uint8Array }[] = [{}];
  readonly #byHash = new Map<number, number[]>();

  /** The index of the buffer with this content. */
  add(data: Uint8Array): number {
    const hash = sampleHash(data);
    const candidates = this.#byHash.get(hash) ?? [];
    for (const index of candidates) {
      if (equalBytes(this.buffers[index]?.data as Uint8Array, data)) return index;
    }
    const index = this.buffers.push({ data }) - 1;
    this.#byHash.set(hash, [...candidates, index]);
    return index;
  }
}
