import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ForgeError } from "../../src/errors.ts";
import { readIdx } from "../../src/preprocess/idx.ts";

/** An IDX file by its format description: two zeros, type, rank, big-endian sizes, big-endian elements. */
function idx(
  code: number,
  shape: readonly number[],
  elements: Uint8Array | readonly number[] = [],
): Uint8Array {
  const header = new DataView(new ArrayBuffer(4 + 4 * shape.length));
  header.setUint8(2, code);
  header.setUint8(3, shape.length);
  for (const [i, d] of shape.entries()) header.setUint32(4 + 4 * i, d);
  return Uint8Array.from([...new Uint8Array(header.buffer), ...elements]);
}

describe("readIdx", () => {
  it.each<[number, string, number[], number[], ArrayLike<number>]>([
    [8, "uint8", [3], [0, 128, 255], [0, 128, 255]],
    [9, "int8", [2], [1, 255], [1, -1]],
    [11, "int16", [2], [0x01, 0x02, 0xff, 0xfe], [258, -2]],
    [12, "int32", [1, 1], [0, 1, 0, 0], [65536]],
    [13, "float32", [1], [0x3f, 0xc0, 0, 0], [1.5]],
    [14, "float64", [1], [0xc0, 0x04, 0, 0, 0, 0, 0, 0], [-2.5]],
  ])("type %d is %s", async (code, dtype, shape, bytes, values) => {
    const result = await readIdx(idx(code, shape, bytes));
    expect(result).toMatchObject({ dtype, shape });
    expect([...result.data]).toEqual(values);
    expect(await readIdx(gzipSync(idx(code, shape, bytes)))).toEqual(result);
  });

  it("reads bytes in place, also from the middle of a buffer", async () => {
    const file = idx(8, [2], [7, 8]);
    const padded = new Uint8Array(file.length + 3);
    padded.set(file, 3);
    const { data } = await readIdx(padded.subarray(3));
    expect([...data]).toEqual([7, 8]);
    expect(data.buffer).toBe(padded.buffer);
    expect([...(await readIdx(file.buffer as ArrayBuffer)).data]).toEqual([7, 8]);
  });

  it("takes any shape, and a dimension of 0", async () => {
    const shapes = fc.array(fc.nat(4), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(shapes, fc.boolean(), async (shape, zipped) => {
        const count = shape.reduce((a, b) => a * b, 1);
        const bytes = Uint8Array.from({ length: count }, (_, i) => i);
        const file = idx(8, shape, bytes);
        const result = await readIdx(zipped ? gzipSync(file) : file);
        expect(result.shape).toEqual(shape);
        expect([...result.data]).toEqual([...bytes]);
      }),
      { numRuns: 30 },
    );
  });

  const GIGANTIC = idx(14, [0xffffffff, 0xffffffff, 0xffffffff], [1]);
  const cases: [string, Uint8Array, RegExp][] = [
    ["nothing", new Uint8Array(0), /ends within its header, after 0 bytes/],
    ["three bytes", new Uint8Array(3), /after 3 bytes/],
    ["a header cut off", idx(8, [1, 2, 3]).subarray(0, 9), /ends within its header, after 9 bytes/],
    ["another magic number", Uint8Array.from([0x89, 0x50, 0x4e, 0x47]), /two zero bytes.*got 89 50 4e 47/],
    ["another type", idx(10, [1], [0]), /unknown element type 0x0a; known: 0x08 \(uint8\)/],
    ["rank 0", idx(8, []), /rank is 0/],
    ["too short", idx(8, [4], [1, 2, 3]), /shape \[4\] of uint8 means 12 bytes, but there are 11/],
    ["too long", idx(8, [2], [1, 2, 3]), /means 10 bytes, but there are 11/],
    ["a header for more memory than there is", GIGANTIC, /but there are 17/],
  ];
  it.each(cases)("%s: invalid-data, gzipped or not", async (_, bytes, message) => {
    const expected = { code: "invalid-data", message: expect.stringMatching(message) };
    await expect(readIdx(bytes)).rejects.toMatchObject(expected);
    await expect(readIdx(gzipSync(bytes))).rejects.toMatchObject({ code: "invalid-data" });
  });

  it("stops a gzip stream that gives more than its header says", async () => {
    // 64 MB of zeros in 64 kB, behind a header for two bytes.
    const bomb = gzipSync(Buffer.concat([idx(8, [2]), Buffer.alloc(64 << 20)]));
    const before = process.memoryUsage().arrayBuffers;
    await expect(readIdx(bomb)).rejects.toMatchObject({
      code: "invalid-data",
      message: expect.stringMatching(/means 10 bytes, but the gzip stream holds more/),
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 << 20);
  });

  it("a corrupt or truncated gzip stream", async () => {
    const good = gzipSync(idx(8, [4], [1, 2, 3, 4]));
    const corrupt = Uint8Array.from(good);
    corrupt[corrupt.length - 6]! ^= 0xff;
    for (const bytes of [good.subarray(0, good.length - 9), corrupt, Uint8Array.of(0x1f, 0x8b)]) {
      await expect(readIdx(bytes)).rejects.toMatchObject({
        code: "invalid-data",
        message: expect.stringMatching(/gzip stream is corrupt or truncated/),
      });
    }
  });

  it("whatever the bytes: a result or a ForgeError", async () => {
    const file = idx(8, [2, 3], [1, 2, 3, 4, 5, 6]);
    const mutated = fc
      .tuple(fc.nat(file.length - 1), fc.nat(255), fc.nat(file.length))
      .map(([at, value, end]) => {
        const bytes = Uint8Array.from(file);
        bytes[at] = value;
        return bytes.subarray(0, end);
      });
    await fc.assert(
      fc.asyncProperty(fc.oneof(mutated, fc.uint8Array({ maxLength: 40 })), async (bytes) => {
        const error = await readIdx(bytes).then(
          () => undefined,
          (e: unknown) => e,
        );
        expect(error === undefined || error instanceof ForgeError).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("refuses what is no bytes", async () => {
    await expect(readIdx("file.idx" as never)).rejects.toMatchObject({
      code: "invalid-argument",
      message: expect.stringContaining('got "file.idx"'),
    });
  });
});
