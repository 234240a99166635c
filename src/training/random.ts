import { ForgeError } from "../errors.ts";
import { describe } from "../options.ts";

/**
 * Refuses a seed that is no whole number.
 *
 * @internal
 */
export function checkSeed(seed: unknown, where: string): void {
  if (seed === undefined || Number.isSafeInteger(seed)) return;
  throw new ForgeError("invalid-argument", `${where}: seed must be a whole number, got ${describe(seed)}.`);
}

/**
 * A 32-bit seed made of several numbers, so that every layer, epoch and step has one of its own. Neighbouring
 * inputs give unrelated seeds (MurmurHash3's mixing steps, by Austin Appleby, public domain).
 *
 * @internal
 */
export function mixSeeds(...parts: readonly number[]): number {
  let hash = 0x9747b28c;
  // Both halves of a 53-bit number count.
  for (const word of parts.flatMap((part) => [part | 0, Math.floor(part / 2 ** 32) | 0])) {
    let k = Math.imul(word, 0xcc9e2d51);
    k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
    hash ^= k;
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * Numbers in [0, 1) from a seed: the same seed, the same numbers (mulberry32, by Tommy Ettinger, public domain).
 *
 * @internal
 */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * The numbers 0 to `count - 1` in an order that depends on the seed alone (Fisher-Yates).
 *
 * @internal
 */
export function shuffledOrder(count: number, seed: number): Int32Array {
  const random = randomFrom(seed);
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const held = order[i]!;
    order[i] = order[j]!;
    order[j] = held;
  }
  return order;
}
