import { ForgeError } from "../../errors.ts";
import { describe } from "../../options.ts";
import type { ModelSource } from "../source.ts";
import type { FrontEnd } from "./front-end.ts";
import { functionFrontEnd } from "./function.ts";
import { graphModelFrontEnd } from "./graph-model.ts";
import { layersModelFrontEnd } from "./layers-model.ts";

/** The kinds of source, in the order in which they are asked. */
const FRONT_ENDS: readonly FrontEnd<never>[] = [functionFrontEnd, layersModelFrontEnd, graphModelFrontEnd];

const EXPECTED = "a tfjs-layers model, a graph model, or { fn, inputs: [{ name, shape, dtype }] }";

/**
 * The front end for a source, which was checked by it.
 *
 * @throws ForgeError `invalid-source` where it is no known kind of model, `unbuilt-model` where a layers
 * model has no inputs yet.
 */
export function frontEndOf(source: unknown): FrontEnd<ModelSource> {
  if (source === null || typeof source !== "object") {
    const hint = typeof source === "function" ? " Wrap a function as { fn, inputs }." : "";
    throw new ForgeError("invalid-source", `The source must be ${EXPECTED}; got ${describe(source)}.${hint}`);
  }
  if (typeof (source as { then?: unknown }).then === "function") {
    throw new ForgeError("invalid-source", `The source is a promise: await it first. Expected ${EXPECTED}.`);
  }
  const frontEnd = FRONT_ENDS.find(({ matches }) => matches(source)) as FrontEnd<ModelSource> | undefined;
  if (frontEnd === undefined) {
    throw new ForgeError("invalid-source", `The source must be ${EXPECTED}; got ${describe(source)}.`);
  }
  frontEnd.check(source as ModelSource);
  return frontEnd;
}
