import type { ConstantTensor } from "./types.ts";

/** What a constant's bytes are, told without computing them: equal content is written once. */
export interface Content {
  /** What is done to the sources; `""` where there is one, which is the content itself. */
  readonly steps: string;
  readonly sources: readonly ArrayBufferView[];
}

/** The content of a constant. */
export function contentOf(tensor: ConstantTensor): Content {
  if (tensor.data === undefined) return tensor.recipe as Content;
  return { steps: "", sources: [tensor.data] };
}

const SAMPLES = 256;

/**
 * A number that equal contents share: FNV-1a (Fowler, Noll, Vo) over the steps, the lengths and at most 256
 * bytes spread over each source.
 */
export function contentHash({ steps, sources }: Content): number {
  let hash = 0x811c9dc5;
  const mix = (value: number): void => {
    hash = Math.imul(hash ^ value, 0x01000193);
  };
  for (let index = 0; index < steps.length; index++) mix(steps.charCodeAt(index));
  for (const bytes of sources.map(bytesIn)) {
    mix(bytes.length);
    const step = Math.max(1, Math.floor(bytes.length / SAMPLES));
    for (let index = 0; index < bytes.length; index += step) mix(bytes[index] as number);
  }
  return hash >>> 0;
}

/** Equal steps on sources of equal bytes. */
export function sameContent(a: Content, b: Content): boolean {
  if (a.steps !== b.steps || a.sources.length !== b.sources.length) return false;
  return a.sources.every((source, index) =>
    sameBytes(bytesIn(source), bytesIn(b.sources[index] as ArrayBufferView)),
  );
}

function bytesIn({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  if (a.buffer === b.buffer && a.byteOffset === b.byteOffset) return true;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}
