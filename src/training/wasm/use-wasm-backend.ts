import { findBackend, setBackend } from "@tensorflow/tfjs-core";
import { ForgeError } from "../../errors.ts";
import { checkOptions, describe } from "../../options.ts";
import { WASM } from "./kernel-scope.ts";
import { registerKernels } from "./register.ts";

/** How {@link useWasmBackend} starts the backend. */
export interface WasmBackendOptions {
  /**
   * Where the backend's `.wasm` files are: the URL or path of their folder, or one for each file name. Not
   * needed in Node. In a browser the default is the folder of the script, so a bundled page gives the place
   * that it serves them from.
   */
  readonly wasmPaths?: string | Readonly<Record<string, string>>;
  /**
   * Threads in a browser whose page is cross-origin isolated; default: as many as tfjs finds fit. Without
   * effect in Node, where tfjs has no threads.
   */
  readonly threads?: number;
}

/**
 * Makes WebAssembly the tfjs backend (optional package `@tensorflow/tfjs-backend-wasm`), and able to train:
 * it registers the gradient kernels that the package lacks (of convolutions, depthwise convolutions and
 * embeddings) and faster forms of some that it has. In Node training then takes a tenth to a hundredth of the
 * time that the plain cpu backend takes. Calling it again is harmless.
 *
 * @throws ForgeError `missing-package` without the package, `unsupported-environment` where the backend does
 * not start (mostly: its `.wasm` files are not where it looks for them).
 *
 * @example
 * ```ts
 * import { useWasmBackend } from "tflite-forge/wasm";
 *
 * await useWasmBackend(); // Node
 * await useWasmBackend({ wasmPaths: "/assets/" }); // a page
 * await model.fit(images, labels);
 * ```
 */
export async function useWasmBackend(options: WasmBackendOptions = {}): Promise<void> {
  checkOptions(options, ["wasmPaths", "threads"], "useWasmBackend");
  const { wasmPaths, threads } = options;
  if (threads !== undefined && !(Number.isInteger(threads) && threads > 0)) {
    throw new ForgeError(
      "invalid-argument",
      `useWasmBackend: options.threads must be a whole number from 1, got ${describe(threads)}.`,
    );
  }
  const { setWasmPaths, setThreadsCount } = await loadPackage();
  // Both count only for a backend that has not started.
  if (findBackend(WASM) === null) {
    if (wasmPaths !== undefined) setPaths(setWasmPaths, wasmPaths);
    if (threads !== undefined) setThreadsCount(threads);
  }
  let cause: unknown;
  const started = await setBackend(WASM).catch((error: unknown) => {
    cause = error;
    return false;
  });
  if (!started) {
    throw new ForgeError(
      "unsupported-environment",
      "The wasm backend did not start: options.wasmPaths must point to the folder of its .wasm files " +
        "(dist of @tensorflow/tfjs-backend-wasm), which a page must be able to fetch.",
      { cause },
    );
  }
  registerKernels();
}

/** tfjs puts a folder before a file's name as it is, and wants every file or none in a record. */
function setPaths(
  setWasmPaths: (paths: string | Record<string, string>) => void,
  paths: string | Readonly<Record<string, string>>,
): void {
  try {
    setWasmPaths(typeof paths === "string" && !paths.endsWith("/") ? `${paths}/` : paths);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ForgeError("invalid-argument", `useWasmBackend: options.wasmPaths: ${reason}`, { cause });
  }
}

async function loadPackage(): Promise<typeof import("@tensorflow/tfjs-backend-wasm")> {
  try {
    return await import("@tensorflow/tfjs-backend-wasm");
  } catch (cause) {
    throw new ForgeError(
      "missing-package",
      'useWasmBackend needs the package "@tensorflow/tfjs-backend-wasm": npm install @tensorflow/tfjs-backend-wasm',
      { cause },
    );
  }
}
