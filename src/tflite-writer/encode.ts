import type { Builder } from "flatbuffers";
import { invariant } from "../errors.ts";
import {
  type Field,
  type FieldKind,
  fieldCount,
  fieldsOf,
  SCALAR_BYTES,
  type ScalarType,
  storedScalar,
} from "../schema/fields.ts";
import type { TableInput, TableName } from "../schema/types.ts";

type Offset = number;
type Structure = Readonly<Record<string, unknown>>;

/** `force_align: 16` of `Buffer.data` and the custom blocks (schema.fbs): kernels read weights in place. */
export const BLOCK_ALIGNMENT = 16;

/** How a number of each type is put into a vector or a table. */
const ADD: Readonly<Record<ScalarType, (builder: Builder, value: number) => void>> = {
  bool: (b, v) => b.addInt8(v),
  byte: (b, v) => b.addInt8(v),
  ubyte: (b, v) => b.addInt8(v),
  short: (b, v) => b.addInt16(v),
  ushort: (b, v) => b.addInt16(v),
  int: (b, v) => b.addInt32(v),
  uint: (b, v) => b.addInt32(v),
  float: (b, v) => b.addFloat32(v),
  double: (b, v) => b.addFloat64(v),
  long: (b, v) => b.addInt64(BigInt(v)),
  ulong: (b, v) => b.addInt64(BigInt(v)),
};

/**
 * Writes structures of the schema through a FlatBuffers builder. Equal vectors of numbers and equal strings
 * are written once: the per-channel scales of a quantized model repeat themselves.
 */
export class Encoder {
  readonly #builder: Builder;
  readonly #vectors = new Map<string, Offset>();

  constructor(builder: Builder) {
    this.#builder = builder;
  }

  /** Writes one structure with all that it refers to, and gives its offset. */
  table<N extends TableName>(name: N, value: TableInput<N>): Offset {
    return this.#table(name, value as Structure);
  }

  #table(name: TableName, value: Structure): Offset {
    const builder = this.#builder;
    // FlatBuffers writes children before their parent.
    const stored: { readonly field: Field; readonly write: () => void }[] = [];
    for (const field of fieldsOf(name)) {
      const given = value[field.name];
      if (given !== undefined && given !== null) stored.push({ field, write: this.#field(field, given) });
    }
    builder.startObject(fieldCount(name));
    // Large fields first leave no gaps between them.
    for (const { write } of stored.sort((a, b) => fieldBytes(b.field) - fieldBytes(a.field))) write();
    return builder.endObject();
  }

  /** Writes what a field refers to now; the result writes the field itself into its open table. */
  #field(field: Field, given: unknown): () => void {
    const builder = this.#builder;
    if (field.kind === "scalar") {
      const value = storedScalar(field, given);
      return () => {
        if (value === field.default) return;
        ADD[field.type](builder, value);
        builder.slot(field.id);
      };
    }
    if (field.kind === "union") {
      const { type, value } = given as { readonly type: TableName; readonly value: Structure };
      const code = field.codes.get(type);
      invariant(code !== undefined, `${type} is no type of the union ${field.name}`);
      const offset = this.#table(type, value);
      return () => {
        builder.addFieldOffset(field.id, offset, 0);
        builder.addFieldInt8(field.id - 1, code, 0);
      };
    }
    const offset = this.#reference(field, given);
    return () => builder.addFieldOffset(field.id, offset, 0);
  }

  #reference(kind: FieldKind, given: unknown): Offset {
    if (kind.kind === "string") return this.#builder.createSharedString(given as string);
    if (kind.kind === "table") return this.#table(kind.table, given as Structure);
    invariant(kind.kind === "vector", `a vector of ${kind.kind} elements`);
    return this.#vector(kind.element, given as readonly unknown[] | Uint8Array);
  }

  #vector(element: FieldKind, values: readonly unknown[] | Uint8Array): Offset {
    const builder = this.#builder;
    if (values instanceof Uint8Array) {
      builder.prep(BLOCK_ALIGNMENT, values.length);
      return builder.createByteVector(values);
    }
    if (element.kind === "scalar") {
      const key = `${element.type}:${values.map((value) => (Object.is(value, -0) ? "-0" : value)).join(",")}`;
      let offset = this.#vectors.get(key);
      if (offset === undefined) {
        offset = this.#scalars(element, values);
        this.#vectors.set(key, offset);
      }
      return offset;
    }
    const offsets = values.map((value) => this.#reference(element, value));
    builder.startVector(4, offsets.length, 4);
    for (const offset of offsets.reverse()) builder.addOffset(offset);
    return builder.endVector();
  }

  #scalars(element: FieldKind & { readonly kind: "scalar" }, values: readonly unknown[]): Offset {
    const builder = this.#builder;
    const bytes = SCALAR_BYTES[element.type];
    builder.startVector(bytes, values.length, bytes);
    for (let index = values.length - 1; index >= 0; index--) {
      ADD[element.type](builder, storedScalar(element, values[index]));
    }
    return builder.endVector();
  }
}

function fieldBytes(field: Field): number {
  return field.kind === "scalar" ? SCALAR_BYTES[field.type] : 4;
}
