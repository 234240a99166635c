import { ForgeError } from "../errors.ts";
import { describe } from "../options.ts";
import { checkCompileOptions } from "./compile.ts";
import { FeatureVector } from "./feature-vector.ts";
import { HubClassifier } from "./hub-classifier-model.ts";
import {
  type BuildOptions,
  checkBuildOptions,
  checkDropout,
  checkUnits,
  invalid,
  isCount,
} from "./options.ts";

/** Options of {@link buildHubClassifier}. */
export interface HubClassifierOptions extends Omit<BuildOptions, "inputShape"> {
  /** What {@link loadFeatureVector} gives. It stays yours: dispose it after the classifier. */
  readonly featureVector: FeatureVector;
  /** Units of dense layers with ReLU between features and output. Default `[]`: the output layer alone. */
  readonly hidden?: readonly number[];
  /** The share of features, and of each hidden layer's units, left out in training. Default 0: no dropout layers. */
  readonly dropout?: number;
  /**
   * What learns beside the head: `false` (default) nothing, a number that many of the feature vector's last layers that
   * have weights, `true` all of them. Only a feature vector that was made of a layers model can learn.
   */
  readonly trainable?: boolean | number;
}

/**
 * Builds a classifier on a pretrained feature vector: transfer learning. The feature vector is frozen, a dense layer
 * on it learns from few images.
 *
 * Images must have the feature vector's size and value range, which is checked: {@link resize} and {@link normalize}
 * make them so. `toTflite(classifier)` writes both into one file, which takes the same images.
 *
 * @example
 * ```ts
 * const featureVector = await loadFeatureVector(url);
 * const classifier = buildHubClassifier({ featureVector, classes: 5, seed: 1 });
 * await classifier.fit(normalize(resize(photos, [224, 224])), labels, { epochs: 10 });
 * const bytes = await toTflite(classifier);
 * ```
 * @throws ForgeError `invalid-argument` for an option out of range, a feature vector that is none, and `trainable` with
 *   one of a graph model; `unknown-option`, with the nearest known name.
 */
export function buildHubClassifier(options: HubClassifierOptions): HubClassifier {
  return hubClassifierOf(options, "buildHubClassifier", false);
}

/**
 * {@link buildHubClassifier}, for those who load one as well.
 *
 * @internal
 */
export function hubClassifierOf(
  options: HubClassifierOptions,
  where: string,
  ownsFeatures: boolean,
): HubClassifier {
  const { featureVector, hidden = [], dropout = 0, trainable = false, ...common } = options ?? {};
  if (!(featureVector instanceof FeatureVector)) {
    const cure = "featureVector must be what loadFeatureVector gives (await it)";
    throw invalid(where, `${cure}, got ${describe(featureVector)}`);
  }
  if ("inputShape" in common) {
    throw new ForgeError(
      "unknown-option",
      `${where}: unknown option "inputShape": it is the feature vector's, [${featureVector.inputShape.join(",")}].`,
    );
  }
  const own = ["featureVector", "hidden", "dropout", "trainable"];
  const { inputShape } = featureVector;
  const checked = checkBuildOptions(common, own, where, { inputShape, name: "hub_classifier" });
  checkUnits(hidden, "hidden", where);
  checkDropout(dropout, "dropout", where);
  checkCompileOptions(checked.compile, where);
  if (typeof trainable !== "boolean" && !isCount(trainable)) {
    throw invalid(where, `trainable must be true, false or a number of layers, got ${describe(trainable)}`);
  }
  const classifier = new HubClassifier({ features: featureVector, checked, hidden, dropout, ownsFeatures });
  if (trainable === false) return classifier;
  try {
    classifier.unfreeze(trainable === true ? undefined : trainable);
  } catch (error) {
    classifier.dispose();
    throw error;
  }
  return classifier;
}
