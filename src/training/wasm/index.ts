export { ForgeError, type ForgeErrorCode } from "../../errors.ts";
export { useWasmBackend, type WasmBackendOptions } from "./use-wasm-backend.ts";
