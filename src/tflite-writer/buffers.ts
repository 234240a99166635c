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

const SAMPLES = 256;

/** FNV-1a (Fowler, Noll, Vo) over the length and at most 256 bytes spread over the data. */
function sampleHash(data: Uint8Array): number {
  let hash = 0x811c9dc5 ^ data.length;
  const step = Math.max(1, Math.floor(data.length / SAMPLES));
  for (let index = 0; index < data.length; index += step) {
    hash = Math.imul(hash ^ (data[index] as number), 0x01000193);
  }
  return hash >>> 0;
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}
