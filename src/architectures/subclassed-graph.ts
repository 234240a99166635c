import type { DataType, Scalar, Tensor } from "@tensorflow/tfjs-core";
import {
  input,
  type LayersModel,
  type LayerVariable,
  layers,
  type Shape,
  type SymbolicTensor,
  model as tfModel,
} from "@tensorflow/tfjs-layers";

type Kwargs = Parameters<layers.Layer["call"]>[1];

/**
 * A subclassed model's `call` as the one layer of a functional model, through which tfjs runs it.
 *
 * It has the model's name: tfjs looks for the losses of a model within a model by that.
 */
class CallLayer extends layers.Layer {
  /** @nocollapse */
  static readonly className = "SubclassedCall";
  readonly #owner: LayersModel;

  constructor(owner: LayersModel) {
    super({ name: owner.name });
    this.#owner = owner;
    this.built = true;
  }

  /** So that whoever walks through layers finds the model's own. */
  get layers(): layers.Layer[] {
    return this.#owner.layers;
  }

  override get trainableWeights(): LayerVariable[] {
    return this.#owner.trainableWeights;
  }

  override get nonTrainableWeights(): LayerVariable[] {
    return this.#owner.nonTrainableWeights;
  }

  override calculateLosses(): Scalar[] {
    return this.#owner.calculateLosses();
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
    return this.#owner.computeOutputShape(inputShape);
  }

  override call(inputs: Tensor | Tensor[], kwargs: Kwargs): Tensor | Tensor[] {
    return this.#owner.call(inputs, kwargs);
  }

  override dispose(): ReturnType<layers.Layer["dispose"]> {
    return this.#owner.dispose();
  }
}

/**
 * The functional model around a subclassed model's `call`.
 *
 * @param shapes Of the inputs, without the batch.
 * @internal
 */
export function callGraph(
  owner: LayersModel,
  shapes: readonly (readonly number[])[],
  dtypes: readonly DataType[],
): LayersModel {
  const names = numbered("input", shapes.length);
  const inputs = shapes.map((shape, i) => input({ shape: [...shape], dtype: dtypes[i]!, name: names[i]! }));
  const given = inputs.length === 1 ? inputs[0]! : inputs;
  const outputs = new CallLayer(owner).apply(given) as SymbolicTensor | SymbolicTensor[];
  return tfModel({ inputs, outputs, name: owner.name });
}

/**
 * `output`, or `output_0`, `output_1`, ... where there are several.
 *
 * @internal
 */
export function numbered(name: string, count: number): string[] {
  return count === 1 ? [name] : Array.from({ length: count }, (_, i) => `${name}_${i}`);
}
