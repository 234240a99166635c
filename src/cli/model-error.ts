import { ForgeError } from "../errors.ts";
import { Interrupted } from "./command.ts";

/** What JavaScript throws by itself: a fault of some program, and not of the model. */
const FAULTS = [TypeError, RangeError, ReferenceError, SyntaxError] as const;

/** What tfjs throws where a model does not run on what it is given: wrong sizes, mostly. */
export function errorOfModel(path: string, error: unknown): unknown {
  const isOurs = error instanceof ForgeError || error instanceof Interrupted;
  if (isOurs || !(error instanceof Error) || FAULTS.some((fault) => error instanceof fault)) return error;
  const [reason = ""] = error.message.split("\n");
  return new ForgeError("invalid-source", `${path} does not run on inputs of these sizes: ${reason}`, {
    cause: error,
  });
}
