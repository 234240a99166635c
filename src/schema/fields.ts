import { invariant } from "../errors.ts";
import { ENUMS, WIDE_ENUMS } from "./enums.ts";
import { CONTAINER_TABLES, OPTION_TABLES, UNIONS } from "./tables.ts";
import type { EnumName, TableName } from "./types.ts";

/** How numbers are stored; `long` and `ulong` take 8 bytes, `bool`, `byte` and `ubyte` one. */
export type ScalarType =
  | "bool"
  | "byte"
  | "ubyte"
  | "short"
  | "ushort"
  | "int"
  | "uint"
  | "float"
  | "double"
  | "long"
  | "ulong";

/** What a field or the element of a vector holds. */
export type FieldKind =
  | { readonly kind: "scalar"; readonly type: ScalarType; readonly values?: readonly string[] }
  | { readonly kind: "string" }
  | { readonly kind: "table"; readonly table: TableName }
  | { readonly kind: "vector"; readonly element: FieldKind }
  | {
      readonly kind: "union";
      readonly types: ReadonlyMap<number, TableName>;
      readonly codes: ReadonlyMap<string, number>;
    };

/** One field of a table. */
export type Field = FieldKind & {
  readonly name: string;
  /** The field's place in the vtable; of a union, the place of its value (its type is one before). */
  readonly id: number;
  /** The value that is not written: a number, or 0 / false / the first of an enumeration. */
  readonly default: number;
};

type Rows = Readonly<Record<string, Readonly<Record<string, string>>>>;
type UnionCodes = Readonly<Record<string, Readonly<Record<string, number>>>>;

let tables: Rows = { ...CONTAINER_TABLES, ...OPTION_TABLES };
let unions: UnionCodes = UNIONS;

/** Adds tables and types of unions to what can be read and written. */
export function extendSchema(moreTables: Rows, moreUnions: UnionCodes): void {
  tables = { ...tables, ...moreTables };
  const names = new Set([...Object.keys(unions), ...Object.keys(moreUnions)]);
  unions = Object.fromEntries([...names].map((name) => [name, { ...unions[name], ...moreUnions[name] }]));
  parsed.clear();
}

/** The code of a table in a union; undefined where it belongs to another. */
export function unionCode(union: string, table: string): number | undefined {
  return unions[union]?.[table];
}

const SCALARS: ReadonlySet<string> = new Set<ScalarType>([
  "bool",
  "byte",
  "ubyte",
  "short",
  "ushort",
  "int",
  "uint",
  "float",
  "double",
  "long",
  "ulong",
]);

/** Bytes of each scalar. */
export const SCALAR_BYTES: Readonly<Record<ScalarType, number>> = {
  bool: 1,
  byte: 1,
  ubyte: 1,
  short: 2,
  ushort: 2,
  int: 4,
  uint: 4,
  float: 4,
  double: 8,
  long: 8,
  ulong: 8,
};

const parsed = new Map<string, readonly Field[]>();

/** The fields of a table, parsed from its row once. */
export function fieldsOf(table: TableName): readonly Field[] {
  let fields = parsed.get(table);
  if (fields === undefined) {
    const row = tables[table];
    invariant(row !== undefined, `table ${table} has no row in the schema`);
    fields = parseRow(row);
    parsed.set(table, fields);
  }
  return fields;
}

/** Ids in a table, the types of unions included: the width of its vtable. */
export function fieldCount(table: TableName): number {
  return (fieldsOf(table).at(-1)?.id ?? -1) + 1;
}

function parseRow(row: Readonly<Record<string, string>>): readonly Field[] {
  const fields: Field[] = [];
  let id = 0;
  for (const [name, notation] of Object.entries(row)) {
    const [type, defaultText] = notation.split(" = ") as [string, string?];
    if (type !== "deprecated") {
      const kind = parseType(type);
      if (kind.kind === "union") id++; // its type takes the id before
      fields.push({ ...kind, name, id, default: parseDefault(kind, defaultText) });
    }
    id++;
  }
  return fields;
}

function parseType(type: string): FieldKind {
  if (type.startsWith("[")) return { kind: "vector", element: parseType(type.slice(1, -1)) };
  if (type.startsWith("union ")) return parseUnion(type.slice("union ".length));
  if (type === "string") return { kind: "string" };
  if (type === "BuiltinOperator") return { kind: "scalar", type: "int" };
  if (SCALARS.has(type)) return { kind: "scalar", type: type as ScalarType };
  const values = ENUMS[type as EnumName] as readonly string[] | undefined;
  if (values !== undefined) return { kind: "scalar", type: WIDE_ENUMS.has(type) ? "uint" : "byte", values };
  return { kind: "table", table: type as TableName };
}

function parseUnion(name: string): FieldKind {
  const types = Object.entries(unions[name] ?? {}) as [TableName, number][];
  return {
    kind: "union",
    types: new Map(types.map(([table, code]) => [code, table])),
    codes: new Map(types),
  };
}

function parseDefault(kind: FieldKind, text: string | undefined): number {
  if (text === undefined) return 0;
  if (text === "true") return 1;
  if (kind.kind === "scalar" && kind.values !== undefined) return kind.values.indexOf(text);
  return Number(text);
}

/** A structure with every scalar that was left out at the schema's default. */
export function withDefaults(
  table: TableName,
  input: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const field of fieldsOf(table)) {
    const value =
      input[field.name] ?? (field.kind === "scalar" ? scalarValue(field, field.default) : undefined);
    if (value !== undefined) result[field.name] = value;
  }
  return result;
}

/** A stored number as the schema's user sees it: a boolean, the name of an enumeration's value, a number. */
export function scalarValue(kind: FieldKind & { readonly kind: "scalar" }, stored: number): unknown {
  if (kind.type === "bool") return stored !== 0;
  // A value past the list is of a newer schema: kept as a number, so that nothing is lost.
  return kind.values === undefined ? stored : (kind.values[stored] ?? stored);
}

/** The reverse of {@link scalarValue}. */
export function storedScalar(kind: FieldKind & { readonly kind: "scalar" }, value: unknown): number {
  if (kind.values !== undefined && typeof value === "string") {
    const index = kind.values.indexOf(value);
    invariant(index >= 0, `"${value}" is none of ${kind.values.join(", ")}`);
    return index;
  }
  return Number(value);
}
