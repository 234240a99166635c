import type { LayersModel } from "@tensorflow/tfjs-layers";
import { compileModel } from "./compile.ts";
import type { CheckedOptions } from "./options.ts";
import { seedModel } from "./seed-model.ts";

/**
 * Seeds and compiles a model that a builder has put together.
 *
 * @internal
 */
export function finish<T extends LayersModel>(model: T, options: CheckedOptions): T {
  if (options.seed !== undefined) seedModel(model, options.seed);
  compileModel(model, options);
  return model;
}
