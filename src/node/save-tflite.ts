import { writeWhole } from "./write-file.ts";

/**
 * Writes a `.tflite` file, whole or not at all: the bytes go to a temporary file beside it, which then takes
 * its name. A file of that name is replaced.
 *
 * @param path of the file, or a `file:` URL; its folder must exist.
 * @returns the file's absolute path.
 * @throws ForgeError `invalid-argument` where the folder is missing, the path is a folder, or the file
 * cannot be written (the reason is the error's `cause`).
 *
 * @example
 * ```ts
 * await saveTflite("digits.tflite", await toTflite(model));
 * ```
 */
export async function saveTflite(path: string | URL, bytes: Uint8Array): Promise<string> {
  return writeWhole(path, bytes, "saveTflite");
}
