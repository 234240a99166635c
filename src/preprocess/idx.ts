import { ForgeError } from "../errors.ts";
import { describe } from "../options.ts";
import { type ShapedArray, sizeOf, type TypedArray } from "./shaped-array.ts";

/** The element types of an IDX file. */
export type IdxDtype = "uint8" | "int8" | "int16" | "int32" | "float32" | "float64";

/** What {@link readIdx} returns: values, shape and the file's own element type. */
export interface IdxArray<T extends TypedArray = TypedArray> extends ShapedArray<T> {
  /** The element type. `data` is the typed array of that name. */
  readonly dtype: IdxDtype;
}

interface ElementType {
  readonly dtype: IdxDtype;
  readonly bytes: number;
  readonly read: (view: DataView, offset: number, count: number) => TypedArray;
}

/** Type codes: the third byte of the file (format description: yann.lecun.com/exdb/mnist). */
const ELEMENT_TYPES: Readonly<Record<number, ElementType>> = {
  8: {
    dtype: "uint8",
    bytes: 1,
    read: (view, offset, count) => new Uint8Array(view.buffer, view.byteOffset + offset, count),
  },
  9: {
    dtype: "int8",
    bytes: 1,
    read: (view, offset, count) => new Int8Array(view.buffer, view.byteOffset + offset, count),
  },
  11: { dtype: "int16", bytes: 2, read: swapped(Int16Array, (view, at) => view.getInt16(at)) },
  12: { dtype: "int32", bytes: 4, read: swapped(Int32Array, (view, at) => view.getInt32(at)) },
  13: { dtype: "float32", bytes: 4, read: swapped(Float32Array, (view, at) => view.getFloat32(at)) },
  14: { dtype: "float64", bytes: 8, read: swapped(Float64Array, (view, at) => view.getFloat64(at)) },
};

/** IDX is big-endian, which is also `DataView`'s default. */
function swapped<T extends TypedArray>(
  make: { new (length: number): T; readonly BYTES_PER_ELEMENT: number },
  get: (view: DataView, offset: number) => number,
): ElementType["read"] {
  return (view, offset, count) => {
    const values = new make(count);
    for (let i = 0; i < count; i++) values[i] = get(view, offset + i * make.BYTES_PER_ELEMENT);
    return values;
  };
}

/**
 * Reads an IDX file, the format of MNIST and its relatives, gzipped or not.
 *
 * The header is checked against what is there before anything is allocated for it, so a corrupt or
 * hostile file costs no more memory than its own bytes; a gzip stream is stopped as soon as it gives more
 * than its header says. One-byte elements are a view of `bytes`, not a copy, unless it was gzipped.
 *
 * @example
 * ```ts
 * const { data, shape, dtype } = await readIdx(await readFile("train-images-idx3-ubyte.gz"));
 * // Uint8Array(47040000), [60000, 28, 28], "uint8"
 * ```
 * @throws ForgeError `invalid-data`: a wrong magic number, element type or size, with what was expected;
 *   `invalid-argument` for something that is no bytes; `unsupported-environment` for gzip where there is no
 *   `DecompressionStream`.
 */
export async function readIdx(bytes: Uint8Array | ArrayBuffer): Promise<IdxArray> {
  const raw = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes;
  if (!(raw instanceof Uint8Array)) {
    throw new ForgeError(
      "invalid-argument",
      `readIdx: expected bytes (a Uint8Array), got ${describe(bytes)}.`,
    );
  }
  const isGzip = raw.length >= 2 && raw[0] === 0x1f && raw[1] === 0x8b;
  const plain = isGzip ? await gunzipIdx(raw) : raw;
  const header = parseHeader(plain);
  if (header === undefined) throw invalid(`the file ends within its header, after ${plain.length} bytes`);
  if (plain.length !== header.total) {
    throw invalid(
      `a header for shape [${header.shape.join(",")}] of ${header.element.dtype} means ${header.total} bytes, ` +
        `but there are ${plain.length}`,
    );
  }
  const view = new DataView(plain.buffer, plain.byteOffset, plain.byteLength);
  const data = header.element.read(view, header.start, sizeOf(header.shape));
  return { data, shape: header.shape, dtype: header.element.dtype };
}

interface Header {
  readonly element: ElementType;
  readonly shape: readonly number[];
  /** Where the elements start, in bytes. */
  readonly start: number;
  /** The length of the whole file, in bytes. */
  readonly total: number;
}

/** The header, or `undefined` where `bytes` (the beginning of the file) is too short to hold it. */
function parseHeader(bytes: Uint8Array): Header | undefined {
  if (bytes.length < 4) return undefined;
  const [zero, zeroToo, code, rank] = bytes as unknown as [number, number, number, number];
  if (zero !== 0 || zeroToo !== 0) {
    const magic = Array.from(bytes.subarray(0, 4), (b) => b.toString(16).padStart(2, "0")).join(" ");
    throw invalid(`it must begin with two zero bytes, an element type and a rank, got ${magic}`);
  }
  const element = ELEMENT_TYPES[code];
  if (element === undefined) {
    const known = Object.entries(ELEMENT_TYPES).map(
      ([key, { dtype }]) => `0x0${(+key).toString(16)} (${dtype})`,
    );
    throw invalid(`unknown element type 0x${code.toString(16).padStart(2, "0")}; known: ${known.join(", ")}`);
  }
  if (rank === 0) throw invalid("its rank is 0: there is no dimension");
  const start = 4 + 4 * rank;
  if (bytes.length < start) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, start);
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  return { element, shape, start, total: start + sizeOf(shape) * element.bytes };
}

async function gunzipIdx(bytes: Uint8Array): Promise<Uint8Array> {
  if (typeof DecompressionStream !== "function") {
    throw new ForgeError(
      "unsupported-environment",
      "readIdx: this environment has no DecompressionStream: unpack the file before.",
    );
  }
  const source = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  const reader = source.pipeThrough(new DecompressionStream("gzip")).getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  let header: Header | undefined;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      length += value.length;
      header ??= parseHeader(joined(chunks, length));
      if (header !== undefined && length > header.total) {
        throw invalid(
          `a header for shape [${header.shape.join(",")}] of ${header.element.dtype} means ${header.total} bytes, ` +
            "but the gzip stream holds more",
        );
      }
    }
  } catch (error) {
    // A stream that failed is cancelled already; its own rejection must not surface a second time.
    await reader.cancel().catch(() => undefined);
    if (error instanceof ForgeError) throw error;
    throw new ForgeError(
      "invalid-data",
      `readIdx: the gzip stream is corrupt or truncated: ${error instanceof Error ? error.message : String(error)}.`,
      { cause: error },
    );
  }
  return joined(chunks, length);
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  const all = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.length;
  }
  return all;
}

const invalid = (reason: string): ForgeError =>
  new ForgeError("invalid-data", `readIdx: no IDX file: ${reason}.`);
