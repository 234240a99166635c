import { ForgeError } from "../errors.ts";
import { describe, didYouMean } from "../options.ts";
import { corrupt, FlatbufferView, type Table } from "./flatbuffer-view.ts";
import { dtypeOf, type TfliteDtype } from "./tensor-data.ts";

/** Real value = scale * (stored value - zero point). */
export interface TfliteQuantization {
  /** What one step of the stored integers is worth. */
  readonly scale: number;
  /** The stored integer that stands for 0. */
  readonly zeroPoint: number;
}

/** An input or output of a file. */
export interface TfliteTensorInfo {
  /** From the signature where the file has one, else the tensor's own name. */
  readonly name: string;
  /** With -1 where any size will do. */
  readonly shape: readonly number[];
  /** The element type. */
  readonly dtype: TfliteDtype;
  /** Where the tensor is quantized as a whole. */
  readonly quantization?: TfliteQuantization;
}

/** A tensor with a dynamic size, and where the file says so. */
export interface DynamicTensor {
  readonly nominal: readonly number[];
  readonly signature: readonly number[];
  /** Position of the offset that points to the shape, and of the one to the shape signature. */
  readonly shapeField: number;
  readonly signatureField: number;
}

export interface ModelTensor extends TfliteTensorInfo {
  /** The shape that is written in the file, all sizes given. */
  readonly nominal: readonly number[];
  /** Where it is written: tells this tensor among {@link ModelFile.dynamic}. */
  readonly shapeField: number | undefined;
}

/** What the runner must know of a file before LiteRT sees it. */
export interface ModelFile {
  readonly bytes: Uint8Array;
  /** Which of the file's signatures is run, as LiteRT counts them. */
  readonly signatureIndex: number;
  readonly inputs: readonly ModelTensor[];
  readonly outputs: readonly ModelTensor[];
  /** Of every subgraph, intermediate tensors too. */
  readonly dynamic: readonly DynamicTensor[];
}

// Field ids of schema.fbs.
const MODEL = { version: 0, subgraphs: 2, signatureDefs: 7 } as const;
const SUBGRAPH = { tensors: 0, inputs: 1, outputs: 2 } as const;
const TENSOR = { shape: 0, type: 1, name: 3, quantization: 4, shapeSignature: 7 } as const;
const QUANTIZATION = { scale: 2, zeroPoint: 3 } as const;
const SIGNATURE = { inputs: 0, outputs: 1, key: 2, subgraph: 4 } as const;
const TENSOR_MAP = { name: 0, tensorIndex: 1 } as const;

/** `file_identifier` of schema.fbs, at bytes 4 to 7. */
const IDENTIFIER = "TFL3";

/**
 * Reads the inputs and outputs of a file.
 *
 * @param signature the signature's key; default `serving_default`, or the first one.
 * @throws ForgeError `invalid-tflite` for bytes that are no sound file, `invalid-argument` for a signature
 * that is not there.
 */
export function readModelFile(bytes: Uint8Array, signature?: string): ModelFile {
  const view = new FlatbufferView(bytes);
  checkIdentifier(bytes);
  const model = view.root();
  const signatures = model.tables(MODEL.signatureDefs);
  const signatureIndex = pickSignature(signatures, signature);
  const chosen = signatures[signatureIndex];
  const subgraphs = model.tables(MODEL.subgraphs);
  const subgraph = subgraphs[chosen?.uint32(SIGNATURE.subgraph) ?? 0];
  if (subgraph === undefined) throw corrupt("it has no subgraph to run");
  const tensors = subgraph.tables(SUBGRAPH.tensors);
  const read = (list: number, maps: Table[] | undefined) => {
    const named = namedTensors(tensors, subgraph.int32s(list), maps);
    const twice = named.find(([name], index) => named.findIndex(([other]) => other === name) < index);
    if (twice !== undefined) {
      throw new ForgeError(
        "invalid-tflite",
        `Two tensors are named "${twice[0]}", and the file has no signature.`,
      );
    }
    return named.map(([name, tensor]) => readTensor(name, tensor));
  };
  return {
    bytes,
    signatureIndex,
    inputs: read(SUBGRAPH.inputs, chosen?.tables(SIGNATURE.inputs)),
    outputs: read(SUBGRAPH.outputs, chosen?.tables(SIGNATURE.outputs)),
    dynamic: subgraphs.flatMap((graph) => graph.tables(SUBGRAPH.tensors).flatMap(dynamicTensor)),
  };
}

/**
 * The bytes of a file as one kind of array.
 *
 * @throws ForgeError `invalid-argument` for anything else, such as a path.
 */
export function fileBytes(bytes: unknown, caller: string): Uint8Array {
  if (bytes instanceof Uint8Array) return bytes;
  if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes);
  throw new ForgeError("invalid-argument", `${caller}: bytes must be a Uint8Array, got ${describe(bytes)}.`);
}

function checkIdentifier(bytes: Uint8Array): void {
  const found = String.fromCharCode(...bytes.subarray(4, 8));
  if (found === IDENTIFIER) return;
  throw new ForgeError(
    "invalid-tflite",
    bytes.length < 8
      ? `This is no .tflite file: it has ${bytes.length} bytes.`
      : `This is no .tflite file: bytes 4 to 7 must be "${IDENTIFIER}", got ${JSON.stringify(found)}.`,
  );
}

function pickSignature(signatures: readonly Table[], wanted: string | undefined): number {
  const keys = signatures.map((signature) => signature.string(SIGNATURE.key));
  if (wanted === undefined) return Math.max(0, keys.indexOf("serving_default"));
  const index = keys.indexOf(wanted);
  if (index >= 0) return index;
  throw new ForgeError(
    "invalid-argument",
    keys.length === 0
      ? `The file has no signatures, so there is no ${describe(wanted)}.`
      : `The file has no signature ${describe(wanted)}${didYouMean(wanted, keys)}.`,
  );
}

/**
 * Names from the signature, order from the subgraph: TFLiteConverter sorts a signature's names, while the
 * subgraph keeps the model's order.
 */
function namedTensors(
  tensors: readonly Table[],
  order: readonly number[],
  maps: readonly Table[] | undefined,
): [string, Table][] {
  const tensorAt = (index: number): Table => {
    const tensor = tensors[index];
    if (tensor === undefined) throw corrupt(`there is no tensor ${index}`);
    return tensor;
  };
  if (maps === undefined) {
    return order.map((index) => [tensorAt(index).string(TENSOR.name), tensorAt(index)]);
  }
  return maps
    .map((map) => ({ name: map.string(TENSOR_MAP.name), index: map.uint32(TENSOR_MAP.tensorIndex) }))
    .sort((a, b) => order.indexOf(a.index) - order.indexOf(b.index))
    .map(({ name, index }) => [name, tensorAt(index)]);
}

function readTensor(name: string, tensor: Table): ModelTensor {
  const type = tensor.uint8(TENSOR.type);
  const dtype = dtypeOf(type);
  if (dtype === undefined) {
    throw new ForgeError("invalid-tflite", `Tensor "${name}" has type ${type}, which cannot be run here.`);
  }
  const nominal = tensor.int32s(TENSOR.shape);
  if (nominal.some((size) => size < 0)) throw corrupt(`tensor "${name}" has the shape [${nominal}]`);
  const signature = tensor.int32s(TENSOR.shapeSignature);
  const quantization = readQuantization(tensor.table(TENSOR.quantization));
  return {
    name,
    shape: signature.length === nominal.length ? signature : nominal,
    nominal,
    shapeField: tensor.position(TENSOR.shape),
    dtype,
    ...(quantization === undefined ? {} : { quantization }),
  };
}

function readQuantization(table: Table | undefined): TfliteQuantization | undefined {
  const [scale, ...more] = table?.float32s(QUANTIZATION.scale) ?? [];
  if (scale === undefined || more.length > 0) return undefined;
  return { scale, zeroPoint: table?.int64s(QUANTIZATION.zeroPoint)[0] ?? 0 };
}

function dynamicTensor(tensor: Table): DynamicTensor[] {
  const [shapeField, signatureField] = [
    tensor.position(TENSOR.shape),
    tensor.position(TENSOR.shapeSignature),
  ];
  if (shapeField === undefined || signatureField === undefined) return [];
  const [nominal, signature] = [tensor.int32s(TENSOR.shape), tensor.int32s(TENSOR.shapeSignature)];
  const isDynamic = signature.length === nominal.length && signature.includes(-1);
  return isDynamic ? [{ nominal, signature, shapeField, signatureField }] : [];
}
