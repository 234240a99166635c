import { ForgeError } from "../errors.ts";
import { corrupt } from "./flatbuffer-view.ts";
import type { Deletable, LiteRtTensorBuffer, LiteRtTensorType, LiteRtVector } from "./litert-binding.ts";
import type { LiteRtRuntime } from "./litert-runtime.ts";
import type { ModelFile, ModelTensor } from "./model-file.ts";
import { fixShapes, tailStart } from "./static-shapes.ts";
import { arrayOfBytes, type TfliteData } from "./tensor-data.ts";

/** An output's values with their shape. */
export interface RawOutput {
  readonly data: TfliteData;
  readonly shape: number[];
}

/** One file with fixed sizes, compiled in LiteRT's memory until it is freed. */
export interface CompiledModel {
  /** Runs once: inputs and outputs in the file's order, each input of exactly the size compiled for. */
  run(inputs: readonly TfliteData[]): RawOutput[];
  free(): void;
}

/** The CPU: the only accelerator that Node has. Every member must be there. */
const COMPILE_OPTIONS = {
  accelerator: "wasm",
  cpuOptions: { numThreads: 1 },
  gpuOptions: {},
  webNNOptions: {},
};

/**
 * Gives a file to LiteRT with the sizes of its inputs fixed.
 *
 * @throws ForgeError `invalid-tflite` where LiteRT refuses the file.
 */
export function compile(
  runtime: LiteRtRuntime,
  file: ModelFile,
  inputShapes: readonly (readonly number[])[],
): CompiledModel {
  const { binding, environment } = runtime;
  const owned: Deletable[] = [];
  const own = <T extends Deletable>(object: T): T => {
    owned.push(object);
    return object;
  };
  const free = () => {
    try {
      for (const object of owned.splice(0).reverse()) object.delete();
    } catch {
      // A corrupt file can corrupt LiteRT's memory. The module is dropped, and its memory with it.
      runtime.abandon();
    }
  };
  try {
    return runtime.attempt("invalid-tflite", "LiteRT refuses the .tflite file", () => {
      const { pointer, length } = copyIn(runtime, file, inputShapes);
      own({ delete: () => binding._free(pointer) });
      const model = own(binding.loadModel(environment, pointer, length));
      const compiled = own(binding.compileModel(environment, model, { ...COMPILE_OPTIONS, environment }));
      const index = file.signatureIndex;
      const signature = own(model.getSignature(index));
      const inputs = places(signature.inputNames(), file.inputs);
      const outputs = places(signature.outputNames(), file.outputs);
      return {
        free,
        run: (data) =>
          runtime.attempt("invalid-argument", "LiteRT could not run the .tflite file", () => {
            const buffers = inputs.map((place, i) =>
              createInput(runtime, model.getInputTensorType(index, i), data[place]!),
            );
            let results: LiteRtTensorBuffer[];
            try {
              results = compiled.run(index, buffers);
            } finally {
              for (const buffer of buffers) buffer.delete();
            }
            // An output that is larger than its declared shape is logged, not thrown.
            if (runtime.loggedErrors().length > 0) throw new Error("the outputs are not to be trusted");
            return inFileOrder(
              outputs,
              results.map((result, i) => {
                const bytes = readBuffer(runtime, result);
                result.delete();
                const shape = shapeOf(model.getOutputTensorType(index, i));
                return { data: arrayOfBytes(file.outputs[outputs[i]!]!.dtype, bytes), shape };
              }),
            );
          }),
      };
    });
  } catch (error) {
    free();
    throw error;
  }
}

/** Copies a file into LiteRT's memory and changes its sizes there, which spares a copy on our side. */
function copyIn(
  { binding }: LiteRtRuntime,
  file: ModelFile,
  inputShapes: readonly (readonly number[])[],
): { readonly pointer: number; readonly length: number } {
  const { writes, tail } = fixShapes(file, inputShapes);
  const start = tailStart(file.bytes.length);
  const length = start + tail.byteLength;
  const pointer = binding._malloc(length);
  if (pointer === 0) {
    throw new ForgeError("unsupported-environment", `LiteRT has no memory left for ${length} bytes.`);
  }
  const copy = binding.HEAPU8.subarray(pointer, pointer + length);
  copy.set(file.bytes);
  copy.fill(0, file.bytes.length, start);
  copy.set(new Uint8Array(tail.buffer), start);
  const view = new DataView(copy.buffer, copy.byteOffset, copy.byteLength);
  for (const [at, value] of writes) view.setUint32(at, value, true);
  return { pointer, length };
}

/** For each of LiteRT's names, the position of that input or output in the file's order. */
function places(names: LiteRtVector<string>, tensors: readonly ModelTensor[]): number[] {
  const found = listOf(names).map((name) => tensors.findIndex((tensor) => tensor.name === name));
  if (new Set(found).size === tensors.length && !found.includes(-1)) return found;
  throw corrupt(
    `its signature and its graph disagree about ${tensors.map(({ name }) => `"${name}"`).join(", ")}`,
  );
}

function inFileOrder<T>(order: readonly number[], values: readonly T[]): T[] {
  return order.map((_, place) => values[order.indexOf(place)]!);
}

function createInput(
  { binding, environment }: LiteRtRuntime,
  type: LiteRtTensorType,
  data: TfliteData,
): LiteRtTensorBuffer {
  const memory = binding.LiteRtTensorBufferType.HOST_MEMORY;
  const buffer = binding.LiteRtTensorBuffer.createManaged(environment, memory, type, data.byteLength);
  type.delete();
  const pointer = buffer.lock(binding.LiteRtTensorBufferLockMode.WRITE);
  binding.HEAPU8.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), pointer);
  buffer.unlock();
  return buffer;
}

function readBuffer({ binding }: LiteRtRuntime, buffer: LiteRtTensorBuffer): Uint8Array<ArrayBuffer> {
  const pointer = buffer.lock(binding.LiteRtTensorBufferLockMode.READ);
  const bytes = Uint8Array.from(binding.HEAPU8.subarray(pointer, pointer + buffer.packedSize()));
  buffer.unlock();
  return bytes;
}

function shapeOf(type: LiteRtTensorType): number[] {
  const layout = type.layout();
  const shape = listOf(layout.dimensions());
  layout.delete();
  type.delete();
  return shape;
}

function listOf<T>(vector: LiteRtVector<T>): T[] {
  const list = Array.from({ length: vector.size() }, (_, index) => vector.get(index));
  vector.delete();
  return list;
}
