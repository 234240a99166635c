import { customGrad, type Tensor, zerosLike } from "@tensorflow/tfjs-core";
import { type LayerVariable, layers } from "@tensorflow/tfjs-layers";
import type { FeatureVector } from "./feature-vector.ts";
import { weightedLayers } from "./feature-vector-layers.ts";

type Layer = layers.Layer;

/**
 * A feature vector as a layer: always as at inference, so that batch normalization keeps its statistics, and frozen
 * but for the layers that were unfrozen.
 *
 * @internal
 */
export class FeatureVectorLayer extends layers.Layer {
  static readonly className: string = "FeatureVector";
  readonly #features: FeatureVector;
  /** What it is made of, for those who look at models: none of a graph model. */
  readonly layers: readonly Layer[];
  #unfrozen: readonly Layer[] = [];
  /** Whether any of its layers could ever learn: then it may be another than it was. */
  wasUnfrozen = false;

  constructor(features: FeatureVector, name: string) {
    super({ name });
    this.#features = features;
    this.layers = features.base.layers;
    this.built = true;
  }

  /** How many of the last layers with weights learn. */
  get unfrozen(): number {
    return this.#unfrozen.length;
  }

  /** Lets the last `count` layers that have weights learn, and no others. */
  unfreeze(count: number): void {
    const all = weightedLayers(this.layers);
    this.#unfrozen = count === 0 ? [] : all.slice(-count);
    for (const layer of this.#unfrozen) layer.trainable = true;
    if (count > 0) this.wasUnfrozen = true;
  }

  override get trainableWeights(): LayerVariable[] {
    return [...new Set(this.#unfrozen.flatMap((layer) => layer.trainableWeights))];
  }

  override get nonTrainableWeights(): LayerVariable[] {
    const learning = new Set(this.trainableWeights);
    return this.#features.base.weights.filter((weight) => !learning.has(weight));
  }

  override get weights(): LayerVariable[] {
    return [...this.trainableWeights, ...this.nonTrainableWeights];
  }

  override computeOutputShape(): [null, number] {
    return [null, this.#features.units];
  }

  override call(inputs: Tensor | Tensor[], kwargs: { training?: boolean }): Tensor {
    const images = [inputs].flat()[0]!;
    if (kwargs.training !== true || this.#unfrozen.length > 0) return this.#features.apply(images);
    return withoutTape(images, () => this.#features.apply(images));
  }

  /** The weights are the feature vector's own. */
  override dispose(): { refCountAfterDispose: number; numDisposedVariables: number } {
    return { refCountAfterDispose: 0, numDisposedVariables: 0 };
  }
}

/**
 * Runs what needs no gradient in the middle of what does: nothing of it is kept for the way back.
 *
 * @internal
 */
export function withoutTape(input: Tensor, run: () => Tensor): Tensor {
  return customGrad(() => ({ value: run(), gradFunc: () => zerosLike(input) }))(input);
}
