import { io } from "@tensorflow/tfjs-core";
import { ForgeError } from "../errors.ts";
import { checkOptions, describe } from "../options.ts";
import { checkCompileOptions } from "./compile.ts";
import { FeatureVector, featureVectorOf, loadFeatureVector } from "./feature-vector.ts";
import { artifactsOfReference, type FetchOptions, modelOf } from "./feature-vector-source.ts";
import { hubClassifierOf } from "./hub-classifier.ts";
import { FORMAT, type SavedClassifier, unnamed, VERSION } from "./hub-classifier-format.ts";
import type { HubClassifier } from "./hub-classifier-model.ts";
import { type CompileOptions, invalid } from "./options.ts";

/** Options of {@link loadHubClassifier}. */
export interface LoadClassifierOptions extends Omit<FetchOptions, "fromTFHub"> {
  /**
   * The feature vector for a classifier that was saved with a reference. It stays yours. Default: it is loaded from
   * where it was loaded before.
   */
  readonly featureVector?: FeatureVector;
  /** How the classifier is compiled. Default: as it was. */
  readonly compile?: CompileOptions | false;
}

/**
 * Loads a classifier that {@link HubClassifier.save} wrote. It predicts what the saved one did.
 *
 * @example
 * ```ts
 * const classifier = await loadHubClassifier("/models/flowers/model.json");
 * ```
 * @throws ForgeError `invalid-data` for what is no saved classifier, and for weights that are incomplete;
 *   `invalid-argument` where its feature vector was not saved with it and is not given, or another one is.
 */
export async function loadHubClassifier(
  source: string | URL | io.IOHandler,
  options: LoadClassifierOptions = {},
): Promise<HubClassifier> {
  const where = "loadHubClassifier";
  checkOptions(options, ["featureVector", "compile", "requestInit", "fetchFunc", "onProgress"], where);
  if (options.compile !== undefined) checkCompileOptions(options.compile, where);
  const { featureVector: given } = options;
  if (given !== undefined && !(given instanceof FeatureVector)) {
    throw invalid(where, `featureVector must be what loadFeatureVector gives, got ${describe(given)}`);
  }
  const artifacts = await artifactsOfReference(source, { ...options, fromTFHub: false }, where);
  const saved = topologyOf(artifacts, where);
  const { weightSpecs = [] } = artifacts;
  const bytes = io.CompositeArrayBuffer.join(artifacts.weightData);
  const { weights: count, bytes: headBytes } = saved.head;
  const featureVector =
    given ??
    (await featuresOf(
      saved,
      { weightSpecs: unnamed(weightSpecs.slice(count)), weightData: bytes.slice(headBytes) },
      options,
      where,
    ));
  try {
    checkSame(saved, featureVector, where);
    const { unfrozenLayers, compile: savedCompile, ...rest } = saved.classifier;
    const compile = options.compile ?? savedCompile;
    const classifier = hubClassifierOf(
      {
        ...rest,
        featureVector,
        ...(compile !== undefined && { compile }),
        ...(unfrozenLayers > 0 && { trainable: unfrozenLayers }),
      },
      where,
      given === undefined,
    );
    const tensors = io.decodeWeights(bytes.slice(0, headBytes), unnamed(weightSpecs.slice(0, count)));
    classifier.head.loadWeights(tensors);
    for (const tensor of Object.values(tensors)) tensor.dispose();
    return classifier;
  } catch (error) {
    if (given === undefined) featureVector.dispose();
    throw error;
  }
}

function topologyOf({ modelTopology }: io.ModelArtifacts, where: string): SavedClassifier {
  const saved = modelTopology as Partial<SavedClassifier>;
  if (saved.format !== FORMAT) {
    const cure = "a layers or graph model alone is loaded by tfjs itself, or by loadFeatureVector";
    throw new ForgeError("invalid-data", `${where}: this is no saved HubClassifier: ${cure}.`);
  }
  if (saved.version === VERSION) return saved as SavedClassifier;
  throw new ForgeError(
    "invalid-data",
    `${where}: it was saved by a later version of tflite-forge (${saved.version}; this one reads ${VERSION}).`,
  );
}

async function featuresOf(
  { featureVector: described, base }: SavedClassifier,
  weights: Pick<io.ModelArtifacts, "weightData" | "weightSpecs">,
  options: LoadClassifierOptions,
  where: string,
): Promise<FeatureVector> {
  const { kind, output, inputShape, range, pooling, url, fromTFHub } = described;
  const recipe = { inputShape, range, ...(pooling && { pooling }) };
  if (base !== undefined) {
    const loaded = await modelOf({ ...base, ...weights }, "the saved classifier", where);
    // A layers model was cut before it was saved.
    const part = kind === "graph" ? { node: output } : {};
    return featureVectorOf(
      loaded,
      part,
      { ...recipe, url, ...(fromTFHub !== undefined && { fromTFHub }) },
      where,
    );
  }
  if (url === undefined) {
    throw invalid(
      where,
      "the classifier was saved without its feature vector, which had no address: give { featureVector }",
    );
  }
  const { featureVector: _, compile: __, ...fetching } = options;
  const part = kind === "graph" ? { node: output } : { layer: output };
  return loadFeatureVector(
    { model: url, ...part },
    { ...fetching, ...recipe, ...(fromTFHub !== undefined && { fromTFHub }) },
  );
}

function checkSame(
  { featureVector: described }: SavedClassifier,
  { inputShape, units }: FeatureVector,
  where: string,
): void {
  if (units === described.units && inputShape.join() === described.inputShape.join()) return;
  throw invalid(
    where,
    `the classifier was trained on ${described.units} features of images [${described.inputShape.join(",")}], but ` +
      `this feature vector gives ${units} of [${inputShape.join(",")}]`,
  );
}
