import { layers, type Sequential, sequential } from "@tensorflow/tfjs-layers";
import { checkCompileOptions } from "./compile.ts";
import { finish } from "./finish.ts";
import { layerNames } from "./layer-names.ts";
import { type BuildOptions, checkBuildOptions, checkDropout, checkUnits } from "./options.ts";

/** Options of {@link buildSequential}. */
export interface SequentialOptions extends BuildOptions {
  /** The shape of one sample. Default `[28, 28]`; it is flattened. */
  readonly inputShape?: readonly number[];
  /** Units of the dense layers before the output, each with ReLU. Default `[128]`; `[]` for none. */
  readonly hidden?: readonly number[];
  /** The share of units left out in training after each hidden layer, from 0 up to 1. Default 0: no dropout layers. */
  readonly dropout?: number;
}

/**
 * Builds a plain stack of dense layers: flatten, hidden layers, output. The defaults are those of TensorFlow's first
 * tutorial: 28x28 images, 128 units, 10 classes, 101,770 parameters.
 *
 * @example
 * ```ts
 * const model = buildSequential({ hidden: [256, 64], dropout: 0.2, seed: 1 });
 * await fit(model, normalize(train.images), train.labels, { epochs: 5 });
 * ```
 * @throws ForgeError `invalid-argument` for an option out of range; `unknown-option`, with the nearest known name.
 */
export function buildSequential(options: SequentialOptions = {}): Sequential {
  const where = "buildSequential";
  const checked = checkBuildOptions(options, ["hidden", "dropout"], where, {
    inputShape: [28, 28],
    name: "sequential",
  });
  const { hidden = [128], dropout = 0 } = options;
  checkUnits(hidden, "hidden", where);
  checkDropout(dropout, "dropout", where);
  checkCompileOptions(checked.compile, where);

  const named = layerNames();
  const { inputShape, classes, activation, name } = checked;
  const model = sequential({ name });
  model.add(layers.inputLayer({ inputShape, name: named("input") }));
  if (inputShape.length > 1) model.add(layers.flatten({ name: named("flatten") }));
  for (const units of hidden) {
    model.add(layers.dense({ units, activation: "relu", name: named("dense") }));
    if (dropout > 0) model.add(layers.dropout({ rate: dropout, name: named("dropout") }));
  }
  model.add(layers.dense({ units: classes, activation, name: named("dense") }));
  return finish(model, checked);
}
