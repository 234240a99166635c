const SAMPLES = 256;

/** A number that equal bytes share: FNV-1a (Fowler, Noll, Vo) over the length and at most 256 bytes spread over the data. */
export function sampleHash(data: Uint8Array): number {
  let hash = 0x811c9dc5 ^ data.length;
  const step = Math.max(1, Math.floor(data.length / SAMPLES));
  for (let index = 0; index < data.length; index += step) {
    hash = Math.imul(hash ^ (data[index] as number), 0x01000193);
  }
  return hash >>> 0;
}

/** Equal length and content. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}
