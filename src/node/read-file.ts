import { readFile, stat } from "node:fs/promises";
import { ForgeError } from "../errors.ts";

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EACCES: "it may not be read",
  EPERM: "it may not be read",
  ELOOP: "its links lead in a circle",
};

/**
 * The bytes of a file, in a buffer of their own.
 *
 * @throws ForgeError `invalid-data` that says why a file cannot be read.
 *
 * @internal
 */
export async function readBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const status = await stat(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  // Reading a pipe or a device would wait without end.
  if (!status.isFile()) {
    throw new ForgeError(
      "invalid-data",
      `Cannot read ${path}: it is ${status.isDirectory() ? "a folder" : "no regular file"}.`,
    );
  }
  const bytes = await readFile(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  const isOwn = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength;
  return isOwn ? new Uint8Array(bytes.buffer) : Uint8Array.from(bytes);
}

/**
 * The error for a file that cannot be read.
 *
 * @internal
 */
export function unreadable(path: string, cause: unknown): ForgeError {
  const { code = "", message } = cause as NodeJS.ErrnoException;
  return new ForgeError("invalid-data", `Cannot read ${path}: ${REASONS[code] ?? message}.`, { cause });
}
