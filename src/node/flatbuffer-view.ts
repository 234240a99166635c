import { ForgeError } from "../errors.ts";

/**
 * Reads FlatBuffers tables by field id from bytes that may be corrupt: every read is checked, and a vector
 * must lie inside the bytes before its length is believed. Independent of the library's own reader, which
 * the runner is there to judge.
 */
export class FlatbufferView {
  readonly #data: DataView;

  constructor(bytes: Uint8Array) {
    this.#data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get byteLength(): number {
    return this.#data.byteLength;
  }

  /** The table that the file begins with. */
  root(): Table {
    return new Table(this, this.uint32(0));
  }

  uint8(at: number): number {
    return this.#data.getUint8(this.#checked(at, 1));
  }

  uint16(at: number): number {
    return this.#data.getUint16(this.#checked(at, 2), true);
  }

  int32(at: number): number {
    return this.#data.getInt32(this.#checked(at, 4), true);
  }

  uint32(at: number): number {
    return this.#data.getUint32(this.#checked(at, 4), true);
  }

  float32(at: number): number {
    return this.#data.getFloat32(this.#checked(at, 4), true);
  }

  int64(at: number): number {
    return Number(this.#data.getBigInt64(this.#checked(at, 8), true));
  }

  /** Position of the first element and number of elements of the vector at a position. */
  vector(at: number, elementBytes: number): { readonly start: number; readonly length: number } {
    const length = this.uint32(at);
    if (at + 4 + length * elementBytes > this.byteLength) {
      throw corrupt(`a vector of ${length} elements at byte ${at} reaches past the end`);
    }
    return { start: at + 4, length };
  }

  #checked(at: number, bytes: number): number {
    if (at < 0 || at + bytes > this.byteLength) {
      throw corrupt(`it refers to byte ${at}, and has ${this.byteLength}`);
    }
    return at;
  }
}

/** One table: where its fields are, by id. */
export class Table {
  readonly #view: FlatbufferView;
  readonly #at: number;
  readonly #vtable: number;

  constructor(view: FlatbufferView, at: number) {
    this.#view = view;
    this.#at = at;
    this.#vtable = at - view.int32(at);
  }

  /** Position of a field's value, or `undefined` where the table leaves it at its default. */
  position(id: number): number | undefined {
    const slot = 4 + 2 * id;
    if (slot + 2 > this.#view.uint16(this.#vtable)) return undefined;
    const offset = this.#view.uint16(this.#vtable + slot);
    return offset === 0 ? undefined : this.#at + offset;
  }

  uint8(id: number): number {
    const at = this.position(id);
    return at === undefined ? 0 : this.#view.uint8(at);
  }

  uint32(id: number): number {
    const at = this.position(id);
    return at === undefined ? 0 : this.#view.uint32(at);
  }

  table(id: number): Table | undefined {
    const at = this.#target(id);
    return at === undefined ? undefined : new Table(this.#view, at);
  }

  tables(id: number): Table[] {
    return this.#list(id, 4, (at) => new Table(this.#view, at + this.#view.uint32(at)));
  }

  int32s(id: number): number[] {
    return this.#list(id, 4, (at) => this.#view.int32(at));
  }

  float32s(id: number): number[] {
    return this.#list(id, 4, (at) => this.#view.float32(at));
  }

  int64s(id: number): number[] {
    return this.#list(id, 8, (at) => this.#view.int64(at));
  }

  string(id: number): string {
    const bytes = this.#list(id, 1, (at) => this.#view.uint8(at));
    return new TextDecoder().decode(Uint8Array.from(bytes));
  }

  #list<T>(id: number, elementBytes: number, read: (at: number) => T): T[] {
    const at = this.#target(id);
    if (at === undefined) return [];
    const { start, length } = this.#view.vector(at, elementBytes);
    return Array.from({ length }, (_, index) => read(start + index * elementBytes));
  }

  #target(id: number): number | undefined {
    const at = this.position(id);
    return at === undefined ? undefined : at + this.#view.uint32(at);
  }
}

/** The error for bytes that are not what the format says. */
export function corrupt(reason: string): ForgeError {
  return new ForgeError("invalid-tflite", `The .tflite file is truncated or corrupt: ${reason}.`);
}
