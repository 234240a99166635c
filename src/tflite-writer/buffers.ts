import { type Content, contentHash, contentOf, sameContent } from "../graph/content.ts";
import { byteCount, bytesOf } from "../graph/tensors.ts";
import type { ConstantTensor } from "../graph/types.ts";

/** The bytes of a buffer, which may have to be computed: their number, and how to get them. */
export interface Block {
  readonly length: number;
  readonly read: () => Uint8Array;
}

/** Buffer 0, the one that tensors without data refer to (schema.fbs). A constant of no elements has one of its own. */
export const NO_DATA: Block = { length: 0, read: () => new Uint8Array() };

/**
 * The constants of a file, each content once. Equality is judged by a hash over a sample of the bytes and
 * then by the bytes themselves, so that large weights are read only where they may be equal.
 */
export class BufferPool {
  /** By index. */
  readonly blocks: Block[] = [NO_DATA];
  readonly #byHash = new Map<number, { readonly content: Content; readonly index: number }[]>();

  /** The index of the buffer with a constant's values. */
  add(tensor: ConstantTensor): number {
    const length = tensor.data?.length ?? byteCount(tensor.type, tensor.shape);
    return this.#add(contentOf(tensor), { length, read: () => bytesOf(tensor) });
  }

  /** The index of the buffer with these bytes. */
  addBytes(data: Uint8Array): number {
    return this.#add({ steps: "", sources: [data] }, { length: data.length, read: () => data });
  }

  #add(content: Content, block: Block): number {
    const hash = contentHash(content);
    const candidates = this.#byHash.get(hash) ?? [];
    const equal = candidates.find((candidate) => sameContent(candidate.content, content));
    if (equal !== undefined) return equal.index;
    const index = this.blocks.push(block) - 1;
    this.#byHash.set(hash, [...candidates, { content, index }]);
    return index;
  }
}
