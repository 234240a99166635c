import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { compileFunction } from "node:vm";
import { readModelFile } from "../../src/node/model-file.ts";
import { packageFolder } from "../../src/node/package-folder.ts";
import { fixShapes, tailStart } from "../../src/node/static-shapes.ts";
import type { Values } from "./judge.ts";

/**
 * The TensorFlow Lite in the WebAssembly module of `@tensorflow/tfjs-tflite` 0.0.1-alpha.10. The package does not say
 * which it is; the versions of operators that it knows do: SIGN (2.11), and none of 2.12 (`target.full.test.ts`).
 */
export const TFLITE_WEB_VERSION = "2.11";

interface Vector<T> {
  size(): number;
  get(index: number): T;
  delete(): void;
}

interface RunnerTensor {
  /** Such as `"2,3"`. */
  readonly shape: string;
  readonly dataType: string;
  /** A view of the module's memory: gone when that grows. */
  data(): { [index: number]: number; readonly length: number; set(values: ArrayLike<number>): void };
}

interface Runner {
  GetInputs(): Vector<RunnerTensor>;
  GetOutputs(): Vector<RunnerTensor>;
  Infer(): boolean;
  delete(): void;
}

interface Binding {
  readonly HEAPU8: Uint8Array;
  _malloc(length: number): number;
  _free(pointer: number): void;
  readonly TFLiteWebModelRunner: {
    CreateFromBufferAndOptions(
      pointer: number,
      length: number,
      options: { numThreads: number; enableProfiling: boolean; maxProfilingBufferEntries: number },
    ): { ok(): boolean; errorMessage(): string; value(): Runner; delete(): void };
  };
}

interface ModuleSettings {
  readonly wasmBinary: Uint8Array;
  readonly print: (line: string) => void;
  readonly printErr: (line: string) => void;
}

const OPTIONS = { numThreads: 1, enableProfiling: false, maxProfilingBufferEntries: 1 };

/** What the module printed last: its reasons. */
const log: string[] = [];
let started: Promise<Binding> | undefined;

/** The script is written for pages. Given the module's bytes it fetches nothing, and runs in Node as well. */
async function start(): Promise<Binding> {
  const file = join(
    packageFolder("@tensorflow/tfjs-tflite", "The judge"),
    "..",
    "wasm",
    "tflite_web_api_cc_simd",
  );
  const script = await readFile(`${file}.js`, "utf8");
  const factory = compileFunction(`${script}\nreturn tflite_web_api_ModuleFactory;`)() as (
    settings: ModuleSettings,
  ) => Promise<Binding>;
  const keep = (line: string): void => void log.push(line);
  return factory({ wasmBinary: await readFile(`${file}.wasm`), print: keep, printErr: keep });
}

/** What this TensorFlow Lite makes of a file; it resizes no input, so that the sizes are written into a copy. */
export async function runInTfliteWeb(
  bytes: Uint8Array,
  inputs: readonly Values[],
): Promise<Readonly<Record<string, Values>>> {
  const file = readModelFile(bytes);
  const { writes, tail } = fixShapes(
    file,
    inputs.map(({ shape }) => shape),
  );
  const end = tailStart(bytes.length);
  const copy = new Uint8Array(end + tail.byteLength);
  copy.set(bytes);
  copy.set(new Uint8Array(tail.buffer), end);
  for (const [at, value] of writes) new DataView(copy.buffer).setUint32(at, value, true);
  return attempt(async (binding) => {
    const pointer = binding._malloc(copy.length);
    binding.HEAPU8.set(copy, pointer);
    const created = binding.TFLiteWebModelRunner.CreateFromBufferAndOptions(pointer, copy.length, OPTIONS);
    if (!created.ok()) throw new Error(created.errorMessage());
    const runner = created.value();
    try {
      tensorsOf(runner.GetInputs()).forEach((tensor, index) => {
        tensor.data().set(Array.from(inputs[index]?.data ?? []));
      });
      if (!runner.Infer()) throw new Error("it cannot run the file");
      const outputs = tensorsOf(runner.GetOutputs());
      return Object.fromEntries(
        file.outputs.map(({ name }, index) => [name, valuesOf(outputs[index] as RunnerTensor)]),
      );
    } finally {
      runner.delete();
      binding._free(pointer);
    }
  });
}

/** After a failure the next file gets a new module. */
async function attempt<T>(run: (binding: Binding) => Promise<T>): Promise<T> {
  started ??= start();
  const binding = await started;
  log.length = 0;
  try {
    return await run(binding);
  } catch (cause) {
    started = undefined;
    throw new Error([(cause as Error).message, ...new Set(log)].join("; "), { cause });
  }
}

function tensorsOf(vector: Vector<RunnerTensor>): RunnerTensor[] {
  const tensors = Array.from({ length: vector.size() }, (_, index) => vector.get(index));
  vector.delete();
  return tensors;
}

function valuesOf(tensor: RunnerTensor): Values {
  const shape = tensor.shape === "" ? [] : tensor.shape.split(",").map(Number);
  return { shape, dtype: tensor.dataType, data: Array.from(tensor.data() as ArrayLike<number>) };
}
