import type { ENUMS } from "./enums.ts";
import type { OPERATOR_OPTIONS, OperatorName } from "./operators.ts";
import type { OPTION_TABLES_2, RARE_TABLES, RARE_UNIONS } from "./rare-tables.ts";
import type { CONTAINER_TABLES, OPTION_TABLES, UNIONS } from "./tables.ts";

/** The rows of every table, from which the types below are computed. */
export type Tables = typeof CONTAINER_TABLES &
  typeof OPTION_TABLES &
  typeof RARE_TABLES &
  typeof OPTION_TABLES_2;
/** The name of a table of the schema. */
export type TableName = keyof Tables;
/** The name of an enumeration of the schema. */
export type EnumName = keyof typeof ENUMS;
/** The values of an enumeration, as the schema spells them. */
export type EnumValue<E extends EnumName> = (typeof ENUMS)[E][number];

/** Element type of a tensor, in lower case: `"float32"`, `"int8"`, ... */
export type TensorType = Lowercase<EnumValue<"TensorType">>;

interface Scalars {
  bool: boolean;
  byte: number;
  ubyte: number;
  short: number;
  ushort: number;
  int: number;
  uint: number;
  float: number;
  double: number;
  /** 64-bit integers are numbers here: sizes, offsets and zero points stay far below 2^53. */
  long: number;
  ulong: number;
  string: string;
  /** `BuiltinOperator`, the one enumeration of the table of operators. */
  BuiltinOperator: number;
}

type Unions = {
  [U in keyof typeof RARE_UNIONS]: U extends keyof typeof UNIONS
    ? (typeof RARE_UNIONS)[U] & (typeof UNIONS)[U]
    : (typeof RARE_UNIONS)[U];
};

/** As it is read: every scalar is there. As it is given to the writer: what is left out has its default. */
type Mode = "read" | "given";

type Structure<N extends TableName, M extends Mode> = M extends "read" ? Table<N> : TableInput<N>;

type UnionValue<U extends keyof Unions, M extends Mode> = {
  [T in keyof Unions[U] & TableName]: { readonly type: T; readonly value: Structure<T, M> };
}[keyof Unions[U] & TableName];

type FieldType<F, M extends Mode> = F extends `${infer T} = ${string}`
  ? FieldType<T, M>
  : F extends "[ubyte]"
    ? Uint8Array
    : F extends `[${infer T}]`
      ? readonly FieldType<T, M>[]
      : F extends `union ${infer U extends keyof Unions}`
        ? UnionValue<U, M>
        : F extends keyof Scalars
          ? Scalars[F]
          : F extends EnumName
            ? EnumValue<F>
            : F extends TableName
              ? Structure<F, M>
              : never;

type IsScalar<F> = F extends `${infer T} = ${string}`
  ? IsScalar<T>
  : F extends Exclude<keyof Scalars, "string"> | EnumName
    ? true
    : false;

type ScalarFields<R> = { [N in keyof R]: IsScalar<R[N]> extends true ? N : never }[keyof R];
type OtherFields<R> = {
  [N in keyof R]: R[N] extends "deprecated" ? never : IsScalar<R[N]> extends true ? never : N;
}[keyof R];

type Row<R> = { readonly [N in ScalarFields<R>]: FieldType<R[N], "read"> } & {
  readonly [N in OtherFields<R>]?: FieldType<R[N], "read"> | undefined;
};

/** A structure as it is read: numbers, booleans and enumerations are always there, the rest may be absent. */
export type Table<N extends TableName> = Row<Tables[N]>;

/** A structure as it is given to the writer: what is left out has the schema's default. */
export type TableInput<N extends TableName> = {
  readonly [F in keyof Tables[N] as Tables[N][F] extends "deprecated" ? never : F]?:
    | FieldType<Tables[N][F], "given">
    | undefined;
};

type OptionsTable<T extends OperatorName> = T extends keyof typeof OPERATOR_OPTIONS
  ? (typeof OPERATOR_OPTIONS)[T]
  : never;

/** The options of an operator, every number and enumeration given; `{}` where it has none. */
export type OperatorOptions<T extends OperatorName = OperatorName> = [OptionsTable<T>] extends [never]
  ? Readonly<Record<never, never>>
  : Table<OptionsTable<T>>;

/** The options of an operator as given by who makes it: what is left out has the schema's default. */
export type OperatorOptionsInput<T extends OperatorName = OperatorName> = [OptionsTable<T>] extends [never]
  ? Readonly<Record<never, never>>
  : TableInput<OptionsTable<T>>;
