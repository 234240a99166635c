import { ForgeError } from "../errors.ts";
import { BITS, byteCount } from "../graph/tensors.ts";
import type {
  Graph,
  MetadataEntry,
  Operator,
  OperatorName,
  Quantization,
  Signature,
  SignatureEntry,
  Subgraph,
  Tensor,
  TensorType,
} from "../graph/types.ts";
import { describe } from "../options.ts";
import { withDefaults } from "../schema/fields.ts";
import { OPERATOR_NAMES, OPERATOR_OPTIONS } from "../schema/operators.ts";
import type { Table, TableName } from "../schema/types.ts";
import { Decoder } from "./decode.ts";

/**
 * Reads a `.tflite` file, whoever wrote it.
 *
 * @param bytes The whole file. Constants of the result are views of these bytes, not copies.
 * @returns The graph: subgraphs of operators on tensors, signatures, metadata.
 * @throws ForgeError `invalid-tflite` where the bytes are no such file, truncated or corrupt: it says what
 * was expected where. Any bytes end in a result or this error.
 * @example
 * ```ts
 * const graph = parseTflite(await readFile("digits.tflite"));
 * console.log(graph.subgraphs[0].operators.map((operator) => operator.type));
 * ```
 */
export function parseTflite(bytes: Uint8Array): Graph {
  if (!(bytes instanceof Uint8Array)) {
    throw new ForgeError(
      "invalid-argument",
      `parseTflite: bytes must be a Uint8Array, got ${describe(bytes)}.`,
    );
  }
  const identifier = String.fromCharCode(...bytes.subarray(4, 8));
  if (bytes.length < 16 || identifier !== "TFL3") {
    const got = bytes.length < 16 ? `${bytes.length} bytes` : `the identifier ${describe(identifier)}`;
    throw corrupt(`expected at least 16 bytes with "TFL3" at byte 4, got ${got}`);
  }
  try {
    // A view without the subclass: what Node's Buffer calls slice() would not copy.
    const file = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return graphOf(new Decoder(file).root("Model"), file);
  } catch (error) {
    // DataView throws RangeError where an offset or a length points outside of the file.
    if (error instanceof RangeError)
      throw corrupt(`an offset or length points outside of the file (${error.message})`);
    throw error;
  }
}

function corrupt(what: string): ForgeError {
  return new ForgeError("invalid-tflite", `Not a valid .tflite file: ${what}.`);
}

/** The element at an index that the file gives, or an error that says which list it is out of. */
function at<T>(list: readonly T[] | undefined, index: number, what: string): T {
  const element = list?.[index];
  if (element === undefined)
    throw corrupt(`${what} ${index} is out of range (there are ${list?.length ?? 0})`);
  return element;
}

function graphOf(model: Table<"Model">, file: Uint8Array): Graph {
  if (model.version !== 3) throw corrupt(`schema version 3 expected, got ${model.version}`);
  const blocks = (model.buffers ?? []).map((buffer) => blockOf(buffer, file));
  const codes = model.operator_codes ?? [];
  const tables = model.subgraphs ?? [];
  if (tables.length === 0) throw corrupt("it has no subgraph");
  const read = tables.map((table, index) => subgraphOf(table, index, codes, blocks));
  return {
    description: model.description,
    subgraphs: read.map(({ subgraph }) => subgraph),
    signatures: (model.signature_defs ?? []).map((signature) => signatureOf(signature, read)),
    metadata: (model.metadata ?? []).map(
      ({ name, buffer }): MetadataEntry => ({
        name: name ?? "",
        data: at(blocks, buffer, "the buffer of metadata") ?? new Uint8Array(),
      }),
    ),
  };
}

/** A buffer's bytes, in the file or (files past 2 GB) behind it; null where it has none. */
function blockOf(buffer: Table<"Buffer">, file: Uint8Array): Uint8Array | null {
  if (buffer.offset > 1) {
    if (buffer.offset + buffer.size > file.length)
      throw corrupt(`a buffer ends at ${buffer.offset + buffer.size}`);
    return file.subarray(buffer.offset, buffer.offset + buffer.size);
  }
  return buffer.data?.length ? buffer.data : null;
}

interface ReadSubgraph {
  readonly subgraph: Subgraph;
  readonly tensors: readonly Tensor[];
}

function subgraphOf(
  table: Table<"SubGraph">,
  number: number,
  codes: readonly Table<"OperatorCode">[],
  blocks: readonly (Uint8Array | null)[],
): ReadSubgraph {
  const tensors = (table.tensors ?? []).map((tensor, index) => tensorOf(tensor, index, blocks));
  const tensor = (index: number): Tensor => at(tensors, index, `subgraph ${number}: tensor`);
  const optional = (index: number): Tensor | null => (index === -1 ? null : tensor(index));
  const operators = (table.operators ?? []).map((operator): Operator => {
    const code = at(codes, operator.opcode_index, `subgraph ${number}: operator code`);
    const type = operatorType(code);
    return {
      type,
      inputs: (operator.inputs ?? []).map(optional),
      outputs: (operator.outputs ?? []).map(tensor),
      options: optionsOf(type, operator),
      version: code.version,
      ...(type === "CUSTOM" && { customCode: code.custom_code ?? "" }),
      ...(operator.custom_options && { customOptions: operator.custom_options }),
      ...(operator.intermediates && { intermediates: operator.intermediates.map(tensor) }),
    } as Operator;
  });
  const subgraph: Subgraph = {
    name: table.name ?? "",
    inputs: (table.inputs ?? []).map(tensor),
    outputs: (table.outputs ?? []).map(tensor),
    operators,
  };
  return { subgraph, tensors };
}

/** Old files have the code in one byte, newer ones in both fields (`schema_utils.cc`). */
function operatorType(code: Table<"OperatorCode">): OperatorName {
  return at(
    OPERATOR_NAMES,
    Math.max(code.deprecated_builtin_code, code.builtin_code),
    "the builtin operator",
  );
}

function optionsOf(type: OperatorName, operator: Table<"Operator">): Record<string, unknown> {
  const table = OPERATOR_OPTIONS[type as keyof typeof OPERATOR_OPTIONS] as TableName | undefined;
  if (table === undefined) return {};
  const given = operator.builtin_options ?? operator.builtin_options_2;
  if (given !== undefined && given.type !== table)
    throw corrupt(`${type} has ${given.type}, expected ${table}`);
  return withDefaults(table, (given?.value ?? {}) as Record<string, unknown>);
}

function tensorOf(table: Table<"Tensor">, index: number, blocks: readonly (Uint8Array | null)[]): Tensor {
  const name = table.name ?? "";
  const type = typeOf(table.type, index);
  const shape = table.shape ?? [];
  if (shape.some((size) => size < 0))
    throw corrupt(`tensor ${index} "${name}" has the shape [${shape.join(",")}]`);
  const data = at(blocks, table.buffer, `tensor ${index}: buffer`);
  if (
    data !== null &&
    BITS[type] > 0 &&
    table.sparsity === undefined &&
    data.length < byteCount(type, shape)
  ) {
    throw corrupt(`tensor ${index} "${name}" needs ${byteCount(type, shape)} bytes and has ${data.length}`);
  }
  const dynamic = table.shape_signature?.includes(-1) ?? false;
  const quantization = quantizationOf(table.quantization, index);
  return {
    name,
    type,
    shape,
    ...(dynamic && { shapeSignature: table.shape_signature }),
    ...(data !== null && { data }),
    ...(quantization && { quantization }),
    ...(table.is_variable && { isVariable: true }),
    ...(table.sparsity && { sparsity: table.sparsity }),
    ...(!table.has_rank && shape.length === 0 && { unranked: true }),
  };
}

function typeOf(type: string | number, index: number): TensorType {
  if (typeof type !== "string") throw corrupt(`tensor ${index} has the unknown element type ${type}`);
  return type.toLowerCase() as TensorType;
}

/** Null where a tensor is not quantized: converters write an empty table, or one with statistics only. */
function quantizationOf(
  table: Table<"QuantizationParameters"> | undefined,
  index: number,
): Quantization | null {
  const scales = table?.scale ?? [];
  if (scales.length === 0) return null;
  const zeroPoints = table?.zero_point ?? scales.map(() => 0);
  if (zeroPoints.length !== scales.length) {
    throw corrupt(`tensor ${index} has ${scales.length} scales and ${zeroPoints.length} zero points`);
  }
  return { scales, zeroPoints, dimension: table?.quantized_dimension ?? 0 };
}

function signatureOf(table: Table<"SignatureDef">, read: readonly ReadSubgraph[]): Signature {
  const key = table.signature_key ?? "";
  const { subgraph, tensors } = at(read, table.subgraph_index, `signature "${key}": subgraph`);
  const entries = (
    maps: readonly Table<"TensorMap">[] | undefined,
    list: readonly Tensor[],
  ): SignatureEntry[] =>
    (maps ?? []).map(({ name, tensor_index }) => {
      const position = list.indexOf(at(tensors, tensor_index, `signature "${key}": tensor`));
      if (position < 0) throw corrupt(`signature "${key}" names tensor ${tensor_index}, no input or output`);
      return { name: name ?? "", position };
    });
  return {
    key,
    subgraph: table.subgraph_index,
    inputs: entries(table.inputs, subgraph.inputs),
    outputs: entries(table.outputs, subgraph.outputs),
  };
}
