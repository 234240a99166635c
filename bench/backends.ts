import { setBackend } from "@tensorflow/tfjs-core";
import { useWasmBackend } from "../src/training/wasm/index.ts";

/** Where the weights may be. */
export const BACKENDS = ["cpu", "wasm"] as const;

/** Starts a backend: plain JavaScript or WebAssembly. */
export async function useBackend(name: string): Promise<void> {
  if (name === "wasm") return useWasmBackend();
  await import("@tensorflow/tfjs-backend-cpu");
  await setBackend(name);
}
