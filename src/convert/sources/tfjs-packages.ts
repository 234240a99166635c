import { ForgeError } from "../../errors.ts";

/** tfjs-layers, which an application has that has layers models. */
export const layersPackage = (): Promise<typeof import("@tensorflow/tfjs-layers")> =>
  needed(import("@tensorflow/tfjs-layers"), "@tensorflow/tfjs-layers");

/** tfjs-converter, which an application has that has graph models. */
export const converterPackage = (): Promise<typeof import("@tensorflow/tfjs-converter")> =>
  needed(import("@tensorflow/tfjs-converter"), "@tensorflow/tfjs-converter");

async function needed<T>(module: Promise<T>, name: string): Promise<T> {
  try {
    return await module;
  } catch (cause) {
    throw new ForgeError(
      "missing-package",
      `Loading this model needs the package "${name}", which is not installed: npm install ${name}`,
      { cause },
    );
  }
}

/**
 * What tfjs loads. Where it cannot, the first sentence of what it says: the rest is advice for its own users.
 *
 * @param what is loaded: `"the model"`, a file.
 */
export async function loadedByTfjs<T>(what: string, load: () => T | Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const [reason = ""] = (cause instanceof Error ? cause.message : String(cause)).split("\n");
    throw new ForgeError("invalid-source", `tfjs cannot load ${what}: ${reason}`, { cause });
  }
}
