import type { io } from "@tensorflow/tfjs-core";
import type { FeatureVectorRecipe } from "./feature-vector.ts";
import type { CompileOptions, OutputActivation } from "./options.ts";

/**
 * What says that a `modelTopology` is a saved classifier.
 *
 * @internal
 */
export const FORMAT = "tflite-forge-hub-classifier";
/**
 * Counts changes that older readers cannot read.
 *
 * @internal
 */
export const VERSION = 1;

/**
 * The `modelTopology` of a saved classifier.
 *
 * @internal
 */
export interface SavedClassifier {
  readonly format: typeof FORMAT;
  readonly version: number;
  readonly classifier: {
    readonly name: string;
    readonly classes: number;
    readonly activation: OutputActivation;
    readonly hidden: readonly number[];
    readonly dropout: number;
    /** Absent where it had functions in it. */
    readonly compile?: CompileOptions | false;
    readonly unfrozenLayers: number;
  };
  readonly featureVector: Omit<FeatureVectorRecipe, "url" | "fromTFHub" | "pooling"> & {
    readonly kind: "graph" | "layers";
    readonly output: string;
    readonly units: number;
    readonly pooling?: FeatureVectorRecipe["pooling"];
    readonly url?: string;
    readonly fromTFHub?: boolean;
  };
  /** The pretrained model, but for its weights: absent where it is a reference. */
  readonly base?: Omit<io.ModelArtifacts, "weightData" | "weightSpecs">;
  /** How many of the weights, and of their bytes, are the head's: they come first. */
  readonly head: { readonly weights: number; readonly bytes: number };
}

/**
 * Weights of a part of the classifier, told from those of the other part.
 *
 * @internal
 */
export const named = (part: string, specs: readonly io.WeightsManifestEntry[]): io.WeightsManifestEntry[] =>
  specs.map((spec) => ({ ...spec, name: `${part}/${spec.name}` }));

/**
 * The names that weights had before {@link named}.
 *
 * @internal
 */
export const unnamed = (specs: readonly io.WeightsManifestEntry[]): io.WeightsManifestEntry[] =>
  specs.map((spec) => ({ ...spec, name: spec.name.slice(spec.name.indexOf("/") + 1) }));
