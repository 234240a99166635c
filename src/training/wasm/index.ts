/**
 * TensorFlow.js on WebAssembly, able to train.
 *
 * @module
 */

export { ForgeError, type ForgeErrorCode } from "../../errors.ts";
export { useWasmBackend, type WasmBackendOptions } from "./use-wasm-backend.ts";
