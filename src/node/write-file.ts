import { randomUUID } from "node:crypto";
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ForgeError } from "../errors.ts";
import { describe } from "../options.ts";

/**
 * Writes a file, whole or not at all: the bytes go to a temporary file beside it, which then takes its name.
 *
 * @param where the function that was called, for errors.
 * @returns the file's absolute path.
 * @internal
 */
export async function writeWhole(path: string | URL, bytes: Uint8Array, where: string): Promise<string> {
  const invalid = (reason: string, cause?: unknown): ForgeError =>
    new ForgeError("invalid-argument", `${where}: ${reason}.`, { cause });
  if (!(bytes instanceof Uint8Array)) throw invalid(`bytes must be a Uint8Array, got ${describe(bytes)}`);
  if (typeof path === "string" ? path === "" : !(path instanceof URL)) {
    throw invalid(`path must be a file name or a file: URL, got ${describe(path)}`);
  }
  const target = resolve(typeof path === "string" ? path : fileURLToPath(path));
  const folder = dirname(target);
  if (!(await isFolder(folder))) throw invalid(`the folder ${folder} does not exist`);
  if (await isFolder(target)) throw invalid(`${target} is a folder: add a file name`);
  const temporary = join(folder, `.${randomUUID()}.tmp`);
  try {
    await writeThrough(temporary, bytes);
    await rename(temporary, target);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw invalid(`${target} cannot be written (${cause instanceof Error ? cause.message : cause})`, cause);
  }
  return target;
}

/** Writes and waits for the disk: after a power cut the new name must not hold an empty file. */
async function writeThrough(path: string, bytes: Uint8Array): Promise<void> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, "wx");
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file?.close();
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
