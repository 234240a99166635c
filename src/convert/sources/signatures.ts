import { ForgeError } from "../../errors.ts";
import { describe } from "../../options.ts";
import type { ModelSource } from "../source.ts";
import type { LoadedModels } from "./artifacts.ts";
import { sourceKindOf } from "./front-ends.ts";

/** What a runtime asks for where the application names no signature. */
const DEFAULT_KEY = "serving_default";

/** A model under the name by which applications ask for it. */
export interface NamedSource {
  readonly key: string;
  readonly source: ModelSource;
}

/**
 * The models of a source, each checked by its front end.
 *
 * @throws ForgeError `invalid-source` or `unbuilt-model`; in a file of several it names the signature.
 */
export function signaturesOf(source: LoadedModels): readonly NamedSource[] {
  if (source === null || typeof source !== "object" || !("signatures" in source)) {
    sourceKindOf(source);
    return [{ key: DEFAULT_KEY, source }];
  }
  const { signatures } = source;
  const isRecord = typeof signatures === "object" && signatures !== null && !Array.isArray(signatures);
  const entries = isRecord ? Object.entries(signatures) : [];
  if (entries.length === 0 || entries.some(([key]) => key === "")) {
    throw new ForgeError(
      "invalid-source",
      `source.signatures must be an object of models by signature key, got ${describe(signatures)}.`,
    );
  }
  return entries.map(([key, model]) => {
    try {
      sourceKindOf(model);
    } catch (error) {
      if (!(error instanceof ForgeError)) throw error;
      throw new ForgeError(error.code, `Signature "${key}": ${error.message}`, { cause: error });
    }
    return { key, source: model };
  });
}
