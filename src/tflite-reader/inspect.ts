import { compareVersions, minimumRuntime, versionOf } from "../graph/operators/versions.ts";
import { BITS, byteCount, signatureOf } from "../graph/tensors.ts";
import type {
  Graph,
  Operator,
  OperatorName,
  Quantization,
  Signature,
  Subgraph,
  Tensor,
  TensorType,
} from "../graph/types.ts";
import { findAppendedZip } from "./appended-zip.ts";
import { parseTflite } from "./parse.ts";
import { countPartitions } from "./partitions.ts";
import { expectXnnpack, XNNPACK_SOURCE } from "./xnnpack.ts";

/** A tensor of a file. */
export interface TfliteTensorSummary {
  /** As in the file; empty where it has none. */
  readonly name: string;
  /** The element type. */
  readonly type: TensorType;
  /** Sizes, -1 where one is dynamic. */
  readonly shape: readonly number[];
  /** Bytes of its values, a dynamic size counted as 1; of a constant, what it takes in the file. */
  readonly bytes: number;
  /** True of weights and other values that are in the file. */
  readonly constant: boolean;
  /** Where its integers stand for real numbers. */
  readonly quantization?: Quantization;
}

/** How often the file uses an operator. */
export interface TfliteOperatorSummary {
  /** The format's name, such as `"CONV_2D"`. */
  readonly type: OperatorName;
  /** The name of a CUSTOM operator. */
  readonly customCode?: string;
  /** The version that a runtime must know. */
  readonly version: number;
  /** In all subgraphs. */
  readonly count: number;
}

/** One operator in its place. */
export interface TfliteNodeSummary {
  /** The format's name. */
  readonly type: OperatorName;
  /** Names of its inputs; null for an optional one that is absent. */
  readonly inputs: readonly (string | null)[];
  /** Names of its outputs. */
  readonly outputs: readonly string[];
}

/** A subgraph: the first is the model, others are reached by signatures or control flow. */
export interface TfliteSubgraphSummary {
  /** For people. */
  readonly name: string;
  /** What the application gives. */
  readonly inputs: readonly TfliteTensorSummary[];
  /** What it gets. */
  readonly outputs: readonly TfliteTensorSummary[];
  /** In the order of their execution. */
  readonly nodes: readonly TfliteNodeSummary[];
  /** All tensors, in the order in which they are first used. */
  readonly tensors: readonly TfliteTensorSummary[];
}

/** An input or output by the name that an application asks for. */
export interface TfliteSignatureEntry {
  /** What the application says. */
  readonly name: string;
  /** The tensor's own name. */
  readonly tensor: string;
}

/** A signature. */
export interface TfliteSignatureSummary {
  /** Such as `"serving_default"`. */
  readonly key: string;
  /** Index of its subgraph. */
  readonly subgraph: number;
  /** In the signature's order. */
  readonly inputs: readonly TfliteSignatureEntry[];
  /** In the signature's order. */
  readonly outputs: readonly TfliteSignatureEntry[];
}

/** Where the bytes of a file are. */
export interface TfliteSizes {
  /** All of it. */
  readonly file: number;
  /** Constants, each once. */
  readonly weights: number;
  /** Blocks of metadata. */
  readonly metadata: number;
  /** Files packed behind the model, with their directory. */
  readonly appended: number;
  /** The rest: operators, names, shapes, scales. */
  readonly structure: number;
  /** The ten largest constants, largest first. */
  readonly largest: readonly TfliteTensorSummary[];
}

/** What a delegate is expected to take of the main subgraph. */
export interface TfliteDelegation {
  /** Pieces that it runs: 1 where it takes all. Values are handed over between pieces, which costs time. */
  readonly expectedPartitions: number;
  /** Operators that it takes. */
  readonly taken: number;
  /** Operators that stay with the runtime, with the reason. */
  readonly left: readonly {
    /** The format's name. */
    readonly type: OperatorName;
    /** Name of what it makes. */
    readonly output: string;
    /** Such as `"no such operator in XNNPACK"`. */
    readonly reason: string;
  }[];
  /** Where the rules are from: a runtime of another version may decide otherwise. */
  readonly source: string;
}

/** What is in a `.tflite` file, as plain data. */
export interface TfliteSummary {
  /** Free text of whoever made the file. */
  readonly description?: string;
  /**
   * The first TensorFlow Lite runtime that can run the file, as far as is known: operators that this package does
   * not write count with what the file says of itself.
   */
  readonly minimumRuntime: string;
  /** Of the main subgraph. */
  readonly inputs: readonly TfliteTensorSummary[];
  /** Of the main subgraph. */
  readonly outputs: readonly TfliteTensorSummary[];
  /** Inputs and outputs by name. */
  readonly signatures: readonly TfliteSignatureSummary[];
  /** Which operators there are, in the order of their first use. */
  readonly operators: readonly TfliteOperatorSummary[];
  /** All that the subgraphs consist of. */
  readonly subgraphs: readonly TfliteSubgraphSummary[];
  /** In bytes. */
  readonly sizes: TfliteSizes;
  /** Blocks of bytes that travel with the model. */
  readonly metadata: readonly {
    /** Such as `"min_runtime_version"`. */
    readonly name: string;
    /** Its size. */
    readonly bytes: number;
  }[];
  /** Files packed behind the model: labels, vocabularies. */
  readonly files: readonly {
    /** As packed. */
    readonly name: string;
    /** Its size, unpacked. */
    readonly bytes: number;
  }[];
  /** What XNNPACK, the default delegate on CPUs, is expected to take. */
  readonly xnnpack: TfliteDelegation;
}

const LARGEST = 10;

/**
 * Looks into a `.tflite` file, whoever wrote it.
 *
 * @param bytes The whole file; not changed.
 * @returns Inputs, outputs, signatures, operators with their versions, tensors, sizes, and what XNNPACK is
 * expected to take: plain data, ready for `JSON.stringify`.
 * @throws ForgeError `invalid-tflite` where the bytes are no such file, truncated or corrupt.
 * @example
 * ```ts
 * const summary = inspectTflite(await readFile("digits.tflite"));
 * console.log(summary.inputs); // [{ name: "image", type: "float32", shape: [-1, 28, 28, 1], ... }]
 * console.log(summary.sizes.weights, summary.xnnpack.expectedPartitions);
 * ```
 */
export function inspectTflite(bytes: Uint8Array): TfliteSummary {
  const graph = parseTflite(bytes);
  const main = graph.subgraphs[0] as Subgraph;
  const zip = findAppendedZip(bytes);
  return {
    ...(graph.description !== undefined && { description: graph.description }),
    minimumRuntime: runtimeOf(graph),
    inputs: main.inputs.map(tensorSummary),
    outputs: main.outputs.map(tensorSummary),
    signatures: graph.signatures.map((signature) => signatureSummary(signature, graph)),
    operators: operatorSummaries(graph),
    subgraphs: graph.subgraphs.map(subgraphSummary),
    sizes: sizesOf(graph, bytes.length, zip === null ? 0 : bytes.length - zip.start),
    metadata: graph.metadata.map(({ name, data }) => ({ name, bytes: data.length })),
    files: (zip?.entries ?? []).map(({ name, bytes: size }) => ({ name, bytes: size })),
    xnnpack: delegationOf(main),
  };
}

/** The highest version that an operator needs or the file itself names. */
function runtimeOf(graph: Graph): string {
  const known = minimumRuntime(graph);
  const entry = graph.metadata.find(({ name }) => name === "min_runtime_version");
  const named = entry === undefined ? "" : new TextDecoder().decode(entry.data).replace(/\0.*$/s, "");
  return /^\d+(\.\d+)+$/.test(named) && compareVersions(named, known) > 0 ? named : known;
}

function tensorSummary(tensor: Tensor): TfliteTensorSummary {
  const { name, type, shape, data, quantization } = tensor;
  return {
    name,
    type,
    shape: signatureOf(tensor),
    bytes: data?.length ?? (BITS[type] === 0 ? 0 : byteCount(type, shape)),
    constant: data !== undefined,
    ...(quantization && { quantization }),
  };
}

function signatureSummary(
  { key, subgraph, inputs, outputs }: Signature,
  graph: Graph,
): TfliteSignatureSummary {
  const entries = (names: Signature["inputs"], tensors: readonly Tensor[] = []): TfliteSignatureEntry[] =>
    names.map(({ name, position }) => ({ name, tensor: tensors[position]?.name ?? "" }));
  const target = graph.subgraphs[subgraph];
  return {
    key,
    subgraph,
    inputs: entries(inputs, target?.inputs),
    outputs: entries(outputs, target?.outputs),
  };
}

function operatorSummaries(graph: Graph): TfliteOperatorSummary[] {
  const found = new Map<string, { readonly operator: Operator; count: number }>();
  for (const operator of graph.subgraphs.flatMap(({ operators }) => operators)) {
    const key = [operator.type, operator.customCode ?? "", versionOf(operator)].join("/");
    const entry = found.get(key);
    if (entry === undefined) found.set(key, { operator, count: 1 });
    else entry.count++;
  }
  return [...found.values()].map(({ operator, count }) => ({
    type: operator.type,
    ...(operator.customCode !== undefined && { customCode: operator.customCode }),
    version: versionOf(operator),
    count,
  }));
}

function subgraphSummary(subgraph: Subgraph): TfliteSubgraphSummary {
  return {
    name: subgraph.name,
    inputs: subgraph.inputs.map(tensorSummary),
    outputs: subgraph.outputs.map(tensorSummary),
    nodes: subgraph.operators.map(({ type, inputs, outputs }) => ({
      type,
      inputs: inputs.map((input) => input?.name ?? null),
      outputs: outputs.map(({ name }) => name),
    })),
    tensors: tensorsOf(subgraph).map(tensorSummary),
  };
}

function tensorsOf({ inputs, operators, outputs }: Subgraph): readonly Tensor[] {
  const used = operators.flatMap((operator) => [
    ...operator.inputs,
    ...operator.outputs,
    ...(operator.intermediates ?? []),
  ]);
  return [...new Set([...inputs, ...used, ...outputs])].filter((tensor) => tensor !== null);
}

function sizesOf(graph: Graph, file: number, appended: number): TfliteSizes {
  const constants = graph.subgraphs.flatMap(tensorsOf).filter(({ data }) => data !== undefined);
  // Tensors may share a buffer, and then a place in the file.
  const blocks = new Map(constants.map((tensor) => [tensor.data?.byteOffset, tensor]));
  const unique = [...blocks.values()].map(tensorSummary);
  const weights = sum(unique.map(({ bytes }) => bytes));
  const metadata = sum(graph.metadata.map(({ data }) => data.length));
  return {
    file,
    weights,
    metadata,
    appended,
    structure: file - weights - metadata - appended,
    largest: unique.sort((a, b) => b.bytes - a.bytes).slice(0, LARGEST),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function delegationOf(subgraph: Subgraph): TfliteDelegation {
  const { taken, left } = expectXnnpack(subgraph);
  return {
    expectedPartitions: countPartitions(subgraph, taken),
    taken: taken.size,
    left: left.map(({ operator, reason }) => ({
      type: operator.type,
      output: operator.outputs[0]?.name ?? "",
      reason,
    })),
    source: XNNPACK_SOURCE,
  };
}
