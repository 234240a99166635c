export { ForgeError, type ForgeErrorCode } from "./errors.ts";
