import type { io, Tensor } from "@tensorflow/tfjs-core";
import type { LayerVariable, layers } from "@tensorflow/tfjs-layers";

/**
 * The part of a pretrained model that computes features: what graph and layers models have in common.
 *
 * @internal
 */
export interface FeatureBase {
  readonly kind: "graph" | "layers";
  /** The model's name for its images. */
  readonly inputName: string;
  /** With the batch; `null` where a size is open. */
  readonly inputShape: readonly (number | null)[];
  /** The node or layer that the features come from, by its full name. */
  readonly output: string;
  /** The features of a batch, as at inference: a new tensor. */
  run(images: Tensor): Tensor;
  /** What the features depend on. */
  readonly weights: readonly LayerVariable[];
  /** Of a layers model, in its order. */
  readonly layers: readonly layers.Layer[];
  /** The whole model, to be saved. */
  artifacts(): Promise<io.ModelArtifacts>;
  /** Frees the model. */
  dispose(): void;
}

/**
 * What `tf.io` writes of a model, without writing it.
 *
 * @internal
 */
export async function artifactsOf(
  save: (handler: io.IOHandler) => Promise<unknown>,
): Promise<io.ModelArtifacts> {
  let artifacts: io.ModelArtifacts = {};
  await save({
    save: async (written) => {
      artifacts = written;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    },
  });
  return artifacts;
}
