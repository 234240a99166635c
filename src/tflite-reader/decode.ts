import { ForgeError } from "../errors.ts";
import {
  extendSchema,
  type Field,
  type FieldKind,
  fieldsOf,
  SCALAR_BYTES,
  type ScalarType,
  scalarValue,
} from "../schema/fields.ts";
import { OPTION_TABLES_2, RARE_TABLES, RARE_UNIONS } from "../schema/rare-tables.ts";
import type { Table, TableName } from "../schema/types.ts";

extendSchema({ ...RARE_TABLES, ...OPTION_TABLES_2 }, RARE_UNIONS);

const READ: Readonly<Record<ScalarType, (view: DataView, position: number) => number>> = {
  bool: (v, p) => v.getUint8(p),
  byte: (v, p) => v.getInt8(p),
  ubyte: (v, p) => v.getUint8(p),
  short: (v, p) => v.getInt16(p, true),
  ushort: (v, p) => v.getUint16(p, true),
  int: (v, p) => v.getInt32(p, true),
  uint: (v, p) => v.getUint32(p, true),
  float: (v, p) => v.getFloat32(p, true),
  double: (v, p) => v.getFloat64(p, true),
  long: (v, p) => Number(v.getBigInt64(p, true)),
  ulong: (v, p) => Number(v.getBigUint64(p, true)),
};

/** Elements that may be read per byte of the file: an honest file needs less than one. */
const ELEMENTS_PER_BYTE = 8;

/**
 * Reads structures of the schema out of untrusted bytes. `DataView` refuses reads out of bounds, structures
 * that several others refer to are read once, and the elements read in total are bounded by the size of the
 * file: offsets that overlap cannot make it work or allocate without end.
 */
export class Decoder {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #seen = new Map<string, unknown>();
  #budget: number;
  #end = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#budget = ELEMENTS_PER_BYTE * bytes.byteLength;
  }

  /** The structure at the root of the file. */
  root<N extends TableName>(name: N): Table<N> {
    return this.#table(name, this.#offset(0)) as Table<N>;
  }

  /** Behind the last byte that was read: what comes after it is no part of the structures. */
  get end(): number {
    return this.#end;
  }

  #table(name: TableName, position: number): unknown {
    return this.#once(`${name}@${position}`, () => {
      const fields = fieldsOf(name);
      this.#spend(fields.length);
      const vtable = this.#passBy(position);
      const slots = this.#view.getUint16(vtable, true) / 2 - 2;
      const locate = (id: number): number | undefined => {
        const offset = id < slots ? this.#view.getUint16(vtable + 4 + 2 * id, true) : 0;
        return offset === 0 ? undefined : position + offset;
      };
      const result: Record<string, unknown> = {};
      for (const field of fields) {
        const value = this.#field(field, locate);
        if (value !== undefined) result[field.name] = value;
      }
      return result;
    });
  }

  #field(field: Field, locate: (id: number) => number | undefined): unknown {
    const position = locate(field.id);
    if (field.kind === "scalar") {
      return scalarValue(
        field,
        position === undefined ? field.default : READ[field.type](this.#view, position),
      );
    }
    if (position === undefined) return undefined;
    if (field.kind === "union") {
      const code = locate(field.id - 1);
      const type = code === undefined ? undefined : field.types.get(this.#view.getUint8(code));
      if (type === undefined) this.#passBy(this.#offset(position));
      return type && { type, value: this.#table(type, this.#offset(position)) };
    }
    return this.#reference(field, this.#offset(position));
  }

  #reference(kind: FieldKind, position: number): unknown {
    if (kind.kind === "table") return this.#table(kind.table, position);
    if (kind.kind === "string") return this.#once(`text@${position}`, () => this.#text(position));
    if (kind.kind !== "vector") throw new ForgeError("internal", `internal: a reference to ${kind.kind}`);
    const { element } = kind;
    const name =
      element.kind === "scalar" ? element.type : element.kind === "table" ? element.table : element.kind;
    return this.#once(`[${name}]@${position}`, () => this.#vector(element, position));
  }

  #text(position: number): string {
    return new TextDecoder().decode(this.#block(position));
  }

  /** The bytes behind a length: a view, not a copy. */
  #block(position: number): Uint8Array {
    const length = this.#view.getUint32(position, true);
    const start = position + 4;
    if (length > this.#bytes.length - start) throw new RangeError(`a block of ${length} bytes at ${start}`);
    this.#reach(start + length);
    return this.#bytes.subarray(start, start + length);
  }

  #vector(element: FieldKind, position: number): unknown {
    if (element.kind === "scalar" && element.type === "ubyte") return this.#block(position);
    const length = this.#view.getUint32(position, true);
    const bytes = element.kind === "scalar" ? SCALAR_BYTES[element.type] : 4;
    const start = position + 4;
    if (length * bytes > this.#bytes.length - start)
      throw new RangeError(`a vector of ${length} at ${start}`);
    this.#spend(length);
    this.#reach(start + length * bytes);
    return Array.from({ length }, (_, index) => {
      const at = start + index * bytes;
      if (element.kind === "scalar") return scalarValue(element, READ[element.type](this.#view, at));
      return this.#reference(element, this.#offset(at));
    });
  }

  /** Follows the offset stored at a position. */
  #offset(position: number): number {
    return position + this.#view.getUint32(position, true);
  }

  /** Notes where a table and its layout end; gives the position of the layout. */
  #passBy(position: number): number {
    const vtable = position - this.#view.getInt32(position, true);
    this.#reach(vtable + this.#view.getUint16(vtable, true));
    this.#reach(position + this.#view.getUint16(vtable + 2, true));
    return vtable;
  }

  #reach(end: number): void {
    this.#end = Math.max(this.#end, end);
  }

  #spend(elements: number): void {
    this.#budget -= elements;
    if (this.#budget < 0) throw new RangeError("more elements than a file of this size can hold");
  }

  #once(key: string, read: () => unknown): unknown {
    if (!this.#seen.has(key)) this.#seen.set(key, read());
    return this.#seen.get(key);
  }
}
