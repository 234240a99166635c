import type { Tensor } from "@tensorflow/tfjs-core";
import { input, type LayersModel, layers, SymbolicTensor, model as tfModel } from "@tensorflow/tfjs-layers";
import { describe } from "../options.ts";
import { checkCompileOptions } from "./compile.ts";
import { finish } from "./finish.ts";
import { layerNames } from "./layer-names.ts";
import { type BuildOptions, checkBuildOptions, checkUnits, invalid } from "./options.ts";

/** What `layer.apply` returns: tfjs gives one type for all its uses. */
export type Applied = SymbolicTensor | SymbolicTensor[] | Tensor | Tensor[];

/** Applies a layer to one symbolic tensor, or to several for layers that merge: `layer.apply` without its union. */
export type RunLayer = (layer: layers.Layer, x: SymbolicTensor | readonly SymbolicTensor[]) => SymbolicTensor;

/** Options of {@link buildFunctional}. */
export interface FunctionalOptions extends BuildOptions {
  /** The shape of one sample. Default `[28, 28]`. */
  readonly inputShape?: readonly number[];
  /** Units of the dense layers before the output, each with ReLU. Default `[128]`, or none where there is a `body`. */
  readonly hidden?: readonly number[];
  /**
   * A body of your own between input and dense layers: branches, skips, whatever layers there are. What it returns
   * is flattened where it has to be. Its second argument applies layers without casts.
   */
  readonly body?: (x: SymbolicTensor, run: RunLayer) => Applied;
}

/**
 * Builds a model with tfjs's functional API: input, a body of your own if you like, dense layers, output. Without a
 * body it is the tutorial's: 28x28 images, 128 units, 10 classes, 101,770 parameters.
 *
 * @example
 * ```ts
 * const model = buildFunctional({
 *   inputShape: [28, 28, 1],
 *   body: (x, run) => {
 *     const a = run(tf.layers.conv2d({ filters: 8, kernelSize: 3, padding: "same" }), x);
 *     const b = run(tf.layers.conv2d({ filters: 8, kernelSize: 5, padding: "same" }), x);
 *     return run(tf.layers.add(), [a, b]);
 *   },
 * });
 * ```
 * @throws ForgeError `invalid-argument` for an option out of range, or a body that returns no single symbolic tensor;
 *   `unknown-option`, with the nearest known name.
 */
export function buildFunctional(options: FunctionalOptions = {}): LayersModel {
  const where = "buildFunctional";
  const checked = checkBuildOptions(options, ["hidden", "body"], where, {
    inputShape: [28, 28],
    name: "functional",
  });
  const { body, hidden = body === undefined ? [128] : [] } = options;
  checkUnits(hidden, "hidden", where);
  if (body !== undefined && typeof body !== "function") {
    throw invalid(where, `body must be a function of a symbolic tensor, got ${describe(body)}`);
  }
  checkCompileOptions(checked.compile, where);

  const named = layerNames();
  const { inputShape, classes, activation, name } = checked;
  const inputs = input({ shape: inputShape, name: named("input") });
  let x = body === undefined ? inputs : single(body(inputs, run), "body", where);
  if (x.shape.length > 2) x = run(layers.flatten({ name: named("flatten") }), x);
  for (const units of hidden) x = run(layers.dense({ units, activation: "relu", name: named("hidden") }), x);
  const outputs = run(layers.dense({ units: classes, activation, name: named("output") }), x);
  return finish(tfModel({ inputs, outputs, name }), checked);
}

const run: RunLayer = (layer, x) => {
  const given = Array.isArray(x) ? [...x] : (x as SymbolicTensor);
  return single(layer.apply(given), `layer ${layer.name}`, "buildFunctional");
};

function single(result: Applied, from: string, where: string): SymbolicTensor {
  if (result instanceof SymbolicTensor) return result;
  throw invalid(where, `${from} must return one symbolic tensor, got ${describe(result)}`);
}
