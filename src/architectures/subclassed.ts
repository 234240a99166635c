import type { Tensor } from "@tensorflow/tfjs-core";
import { layers } from "@tensorflow/tfjs-layers";
import { checkCompileOptions } from "./compile.ts";
import { finish } from "./finish.ts";
import {
  type BuildOptions,
  type CheckedOptions,
  checkBuildOptions,
  checkDropout,
  checkUnits,
} from "./options.ts";
import { SubclassedModel } from "./subclassed-model.ts";

/** Options of {@link buildSubclassed}. */
export interface SubclassedOptions extends BuildOptions {
  /** The shape of one sample. Default `[28, 28]`; it is flattened. */
  readonly inputShape?: readonly number[];
  /** Units of the dense layers before the output, each with ReLU. Default `[128]`; `[]` for none. */
  readonly hidden?: readonly number[];
  /** The share of units left out in training after each hidden layer, from 0 up to 1. Default 0: no dropout layers. */
  readonly dropout?: number;
}

/**
 * Builds a plain stack of dense layers as a {@link SubclassedModel}: flatten, hidden layers, output. The defaults are
 * those of TensorFlow's first tutorial: 28x28 images, 128 units, 10 classes, 101,770 parameters.
 *
 * Write a class of your own for anything else: this one shows that it does what the other builders' models do.
 *
 * @example
 * ```ts
 * const model = buildSubclassed({ hidden: [256, 64], dropout: 0.2, seed: 1 });
 * await model.fit(normalize(train.images), train.labels, { epochs: 5 });
 * ```
 * @throws ForgeError `invalid-argument` for an option out of range; `unknown-option`, with the nearest known name.
 */
export function buildSubclassed(options: SubclassedOptions = {}): SubclassedModel {
  const where = "buildSubclassed";
  const checked = checkBuildOptions(options, ["hidden", "dropout"], where, {
    inputShape: [28, 28],
    name: "subclassed",
  });
  const { hidden = [128], dropout = 0 } = options;
  checkUnits(hidden, "hidden", where);
  checkDropout(dropout, "dropout", where);
  checkCompileOptions(checked.compile, where);
  const model = new DenseStack(checked, hidden, dropout);
  model.build();
  return finish(model, checked);
}

class DenseStack extends SubclassedModel {
  readonly flatten: layers.Layer | undefined;
  readonly hidden: readonly layers.Layer[];
  readonly dropout: readonly layers.Layer[];
  readonly dense: layers.Layer;

  constructor(
    { inputShape, classes, activation, name }: CheckedOptions,
    hidden: readonly number[],
    dropout: number,
  ) {
    super({ inputShape, name });
    this.flatten = inputShape.length > 1 ? layers.flatten() : undefined;
    this.hidden = hidden.map((units) => layers.dense({ units, activation: "relu" }));
    this.dropout = dropout > 0 ? hidden.map(() => layers.dropout({ rate: dropout })) : [];
    this.dense = layers.dense({ units: classes, activation });
  }

  override call(inputs: Tensor): Tensor {
    let x = this.flatten === undefined ? inputs : this.run(this.flatten, inputs);
    this.hidden.forEach((layer, i) => {
      x = this.run(layer, x);
      const dropout = this.dropout[i];
      if (dropout !== undefined) x = this.run(dropout, x);
    });
    return this.run(this.dense, x);
  }
}
