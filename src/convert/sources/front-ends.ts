import { ForgeError } from "../../errors.ts";
import { describe } from "../../options.ts";
import type { ModelSource } from "../source.ts";
import type { FrontEnd, SourceKind } from "./front-end.ts";
import { SOURCE_KINDS } from "./kinds.ts";

const EXPECTED = "a tfjs-layers model, a graph model, or { fn, inputs: [{ name, shape, dtype }] }";

/**
 * The kind of a source, which was checked.
 *
 * @throws ForgeError `invalid-source` where it is no known kind of model, `unbuilt-model` where a layers
 * model has no inputs yet.
 */
export function sourceKindOf(source: unknown): SourceKind<ModelSource> {
  if (source === null || typeof source !== "object") {
    const hint = typeof source === "function" ? " Wrap a function as { fn, inputs }." : "";
    throw new ForgeError("invalid-source", `The source must be ${EXPECTED}; got ${describe(source)}.${hint}`);
  }
  if (typeof (source as { then?: unknown }).then === "function") {
    throw new ForgeError("invalid-source", `The source is a promise: await it first. Expected ${EXPECTED}.`);
  }
  const kind = SOURCE_KINDS.find(({ matches }) => matches(source)) as SourceKind<ModelSource> | undefined;
  if (kind === undefined) {
    throw new ForgeError("invalid-source", `The source must be ${EXPECTED}; got ${describe(source)}.`);
  }
  kind.check(source as ModelSource);
  return kind;
}

/** The front end for a source; it throws as {@link sourceKindOf} does. */
export async function frontEndOf(source: unknown): Promise<FrontEnd<ModelSource>> {
  return sourceKindOf(source).load();
}
