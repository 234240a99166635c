import { createRequire } from "node:module";
import { dirname } from "node:path";
import { ForgeError } from "../errors.ts";

/**
 * The file that this module was loaded from: CommonJS output has `__filename` and an empty `import.meta`,
 * ESM output the reverse.
 */
const here: string = typeof __filename === "string" ? __filename : import.meta.url;

/**
 * The folder of the main file of an optional package, as it is installed for this package.
 *
 * @param name of the package, as in `package.json`.
 * @param purpose what needs it, for the error message.
 * @throws ForgeError `missing-package` where it is not installed.
 *
 * @example
 * ```ts
 * packageFolder("@litertjs/core", "loadTflite"); // ".../node_modules/@litertjs/core/dist"
 * ```
 *
 * @internal
 */
export function packageFolder(name: string, purpose: string): string {
  try {
    return dirname(createRequire(here).resolve(name));
  } catch (cause) {
    throw new ForgeError(
      "missing-package",
      `${purpose} needs the package "${name}", which is not installed: npm install ${name}`,
      { cause },
    );
  }
}
