import { ForgeError } from "../../errors.ts";
import { describe } from "../../options.ts";
import type { ModelSource } from "../source.ts";
import type { LoadedModels } from "./artifacts.ts";
import type { SourceKind } from "./front-end.ts";
import { sourceKindOf } from "./front-ends.ts";

/** What a runtime asks for where the application names no signature. */
const DEFAULT_KEY = "serving_default";

/** A model under the name by which applications ask for it. */
export interface NamedSource {
  readonly key: string;
  readonly source: ModelSource;
  readonly kind: SourceKind<ModelSource>;
}

/**
 * The models of a source, each checked by its front end.
 *
 * @throws ForgeError `invalid-source` or `unbuilt-model`; in a file of several it names the signature.
 */
export function signaturesOf(source: LoadedModels): readonly NamedSource[] {
  if (source === null || typeof source !== "object" || !("signatures" in source)) {
    return [{ key: DEFAULT_KEY, source, kind: sourceKindOf(source) }];
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
      return { key, source: model, kind: sourceKindOf(model) };
    } catch (error) {
      if (!(error instanceof ForgeError)) throw error;
      throw new ForgeError(error.code, `Signature "${key}": ${error.message}`, { cause: error });
    }
  });
}
