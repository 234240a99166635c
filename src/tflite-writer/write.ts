import { Builder } from "flatbuffers";
import { invariant } from "../errors.ts";
import { minimumRuntime, versionOf } from "../graph/operators/versions.ts";
import { isConstant } from "../graph/tensors.ts";
import type { Graph, Operator, Signature, Subgraph, Tensor } from "../graph/types.ts";
import { unionCode } from "../schema/fields.ts";
import { OPERATOR_NAMES, OPERATOR_OPTIONS } from "../schema/operators.ts";
import type { EnumValue, TableInput, TableName } from "../schema/types.ts";
import { type Block, BufferPool, NO_DATA } from "./buffers.ts";
import { BLOCK_ALIGNMENT, Encoder } from "./encode.ts";

/** The only file version that runtimes accept (`interpreter_builder.cc`). */
const SCHEMA_VERSION = 3;
const FILE_IDENTIFIER = "TFL3";
/** Codes above this do not fit the 8-bit field of old files, which holds it as a mark (`schema_utils.cc`). */
const PLACEHOLDER_CODE = 127;

/**
 * Writes a graph as a `.tflite` file.
 *
 * @param graph In execution order; not changed.
 * @returns Exactly the file's bytes, in a buffer of their own. The same graph gives the same bytes.
 */
export function writeTflite(graph: Graph): Uint8Array {
  const { model, blocks } = modelOf(graph);
  // Read one after the other as they are written: what has to be computed is not held beside the file.
  const buffers = blocks.map((block) =>
    block === NO_DATA
      ? {}
      : {
          get data() {
            return block.read();
          },
        },
  );
  const lengths = blocks.map(({ length }) => length);
  return writeModel({ ...model, buffers }, lengths);
}

/** The structures of a file, as plain data. */
export type Model = TableInput<"Model">;

/**
 * Writes the structures of a file.
 *
 * @param lengths Of the buffers' data, where reading them would compute them.
 * @returns Exactly the file's bytes, in a buffer of their own.
 */
export function writeModel(model: Model, lengths: readonly number[] = dataLengths(model)): Uint8Array {
  // Alignments are at most 16, so that a dry run with each block cut to its length modulo 16 has the size
  // of the file less what was cut. The builder is then filled once, without growing.
  const buffers = model.buffers?.map((buffer, index) => {
    const length = lengths[index] as number;
    if (length === 0) return buffer;
    const { offset, size } = buffer;
    return { offset, size, data: new Uint8Array(length % BLOCK_ALIGNMENT) };
  });
  const dry = build({ ...model, buffers }, 1024);
  const cut = lengths.reduce((sum, length) => sum + length - (length % BLOCK_ALIGNMENT), 0);
  return build(model, dry.length + cut);
}

function dataLengths(model: Model): readonly number[] {
  return (model.buffers ?? []).map(({ data }) => data?.length ?? 0);
}

function build(model: Model, size: number): Uint8Array {
  const builder = new Builder(size);
  finish(builder, new Encoder(builder).table("Model", model));
  return builder.asUint8Array();
}

/**
 * What `builder.finish` does, without asking for more room than it uses: so that the buffer, sized to the
 * byte, need not grow.
 */
function finish(builder: Builder, root: number): void {
  const header = 4 + FILE_IDENTIFIER.length;
  builder.pad((BLOCK_ALIGNMENT - ((builder.offset() + header) % BLOCK_ALIGNMENT)) % BLOCK_ALIGNMENT);
  for (const letter of [...FILE_IDENTIFIER].reverse()) builder.writeInt8(letter.charCodeAt(0));
  builder.addOffset(root);
  const file = builder.dataBuffer();
  file.setPosition(file.capacity() - builder.offset());
}

/** The file's structures, as plain data, and its buffers. */
function modelOf(graph: Graph): { readonly model: Model; readonly blocks: readonly Block[] } {
  const pool = new BufferPool();
  const codes = operatorCodes(graph);
  const subgraphs = graph.subgraphs.map((subgraph) => subgraphOf(subgraph, codes, pool));
  const metadata = [
    ...graph.metadata.filter(({ name }) => name !== MINIMUM_RUNTIME),
    { name: MINIMUM_RUNTIME, data: runtimeText(minimumRuntime(graph)) },
  ];
  const model: Model = {
    version: SCHEMA_VERSION,
    operator_codes: codes.rows,
    subgraphs: subgraphs.map(({ table }) => table),
    description: graph.description,
    metadata: metadata.map(({ name, data }) => ({ name, buffer: pool.addBytes(data) })),
    signature_defs: graph.signatures.map((signature) => signatureOf(signature, graph, subgraphs)),
  };
  return { model, blocks: pool.blocks };
}

const MINIMUM_RUNTIME = "min_runtime_version";

/** 16 bytes, padded with zeros (`tflite/converter/tools/versioning/runtime_version.cc`). */
function runtimeText(version: string): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes.set(new TextEncoder().encode(version).subarray(0, 15));
  return bytes;
}

interface OperatorCodes {
  readonly rows: TableInput<"OperatorCode">[];
  readonly indexOf: (operator: Operator) => number;
}

/** One entry per operator type (and custom name), with the highest version that any of its uses needs. */
function operatorCodes(graph: Graph): OperatorCodes {
  const keyOf = (operator: Operator): string => `${operator.type}/${operator.customCode ?? ""}`;
  const entries = new Map<string, { readonly operator: Operator; version: number }>();
  for (const operator of graph.subgraphs.flatMap((subgraph) => subgraph.operators)) {
    const version = operator.version ?? versionOf(operator);
    const entry = entries.get(keyOf(operator));
    if (entry === undefined) entries.set(keyOf(operator), { operator, version });
    else entry.version = Math.max(entry.version, version);
  }
  const keys = [...entries.keys()];
  return {
    indexOf: (operator) => keys.indexOf(keyOf(operator)),
    rows: [...entries.values()].map(({ operator, version }) => {
      const code = OPERATOR_NAMES.indexOf(operator.type);
      return {
        deprecated_builtin_code: Math.min(code, PLACEHOLDER_CODE),
        builtin_code: code,
        custom_code: operator.customCode,
        version,
      };
    }),
  };
}

interface WrittenSubgraph {
  readonly table: TableInput<"SubGraph"> & {
    readonly inputs: readonly number[];
    readonly outputs: readonly number[];
  };
}

function subgraphOf(subgraph: Subgraph, codes: OperatorCodes, pool: BufferPool): WrittenSubgraph {
  const tensors = new Map<Tensor, number>();
  const index = (tensor: Tensor | null): number => {
    if (tensor === null) return -1;
    let position = tensors.get(tensor);
    if (position === undefined) {
      position = tensors.size;
      tensors.set(tensor, position);
    }
    return position;
  };
  const inputs = subgraph.inputs.map(index);
  const operators = subgraph.operators.map((operator) => ({
    opcode_index: codes.indexOf(operator),
    inputs: operator.inputs.map(index),
    outputs: operator.outputs.map(index),
    ...optionsOf(operator),
    custom_options: operator.customOptions,
    intermediates: operator.intermediates?.map(index),
  }));
  const outputs = subgraph.outputs.map(index);
  const rows = [...tensors.keys()].map((tensor) => tensorOf(tensor, pool));
  return { table: { tensors: rows, inputs, outputs, operators, name: subgraph.name } };
}

/** Options go into the first union (at most 127 types) or, of late operators, into the second. */
function optionsOf(
  operator: Operator,
): Pick<TableInput<"Operator">, "builtin_options" | "builtin_options_2"> {
  const type = OPERATOR_OPTIONS[operator.type as keyof typeof OPERATOR_OPTIONS] as TableName | undefined;
  if (type === undefined) return {};
  const options = { type, value: readable(operator) } as never;
  return unionCode("BuiltinOptions", type) !== undefined
    ? { builtin_options: options }
    : { builtin_options_2: options };
}

/** As many sizes as the parser takes of RESHAPE's options (`kTfLiteReshapeParamsMaxDimensionCount`). */
const RESHAPE_SIZES = 8;

/** RESHAPE has its shape twice, and the kernel reads the operand: one that is too long for the options is only there. */
function readable(operator: Operator): Operator["options"] {
  if (operator.type !== "RESHAPE" || operator.inputs.length < 2) return operator.options;
  return (operator.options.new_shape?.length ?? 0) > RESHAPE_SIZES ? {} : operator.options;
}

function tensorOf(tensor: Tensor, pool: BufferPool): TableInput<"Tensor"> {
  const { quantization } = tensor;
  return {
    shape: tensor.shape,
    type: tensor.type.toUpperCase() as EnumValue<"TensorType">,
    buffer: isConstant(tensor) ? pool.add(tensor) : 0,
    name: tensor.name,
    quantization: quantization && {
      scale: quantization.scales,
      zero_point: quantization.zeroPoints,
      quantized_dimension: quantization.dimension,
    },
    is_variable: tensor.isVariable === true,
    sparsity: tensor.sparsity,
    shape_signature: tensor.isUndeclared ? undefined : tensor.shapeSignature,
    has_rank: tensor.unranked !== true,
  };
}

function signatureOf(
  signature: Signature,
  graph: Graph,
  subgraphs: readonly WrittenSubgraph[],
): TableInput<"SignatureDef"> {
  const subgraph = subgraphs[signature.subgraph]?.table;
  invariant(
    subgraph !== undefined,
    `signature ${signature.key} has no subgraph among ${graph.subgraphs.length}`,
  );
  const mapOf = (entries: Signature["inputs"], positions: readonly number[]): TableInput<"TensorMap">[] =>
    entries.map(({ name, position }) => ({ name, tensor_index: positions[position] as number }));
  return {
    signature_key: signature.key,
    subgraph_index: signature.subgraph,
    inputs: mapOf(signature.inputs, subgraph.inputs),
    outputs: mapOf(signature.outputs, subgraph.outputs),
  };
}
