import { randomFrom } from "../../src/training/random.ts";

/** What looks like photos to a network: smooth colours and a little noise, from 0 to 1; always the same. */
export function photos(
  count: number,
  [height, width, channels = 3]: readonly [height: number, width: number, channels?: number],
): { readonly data: Float32Array; readonly shape: readonly number[] } {
  const random = randomFrom(9);
  const data = new Float32Array(count * height * width * channels);
  let at = 0;
  for (let n = 0; n < count; n++) {
    const waves = Array.from({ length: channels }, () => [random() * 6, random() * 6, random() * 6] as const);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        for (const [down, across, phase] of waves) {
          const wave = Math.sin((down * y) / height + (across * x) / width + phase) * 0.4 + 0.5;
          data[at++] = Math.min(1, Math.max(0, wave + (random() - 0.5) * 0.2));
        }
      }
    }
  }
  return { data, shape: [count, height, width, channels] };
}
