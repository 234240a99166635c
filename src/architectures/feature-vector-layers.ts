import type { Tensor } from "@tensorflow/tfjs-core";
import {
  type LayersModel,
  type layers,
  type SymbolicTensor,
  model as tfModel,
} from "@tensorflow/tfjs-layers";
import { ForgeError } from "../errors.ts";
import { allLayers } from "../training/layer-walk.ts";
import { artifactsOf, type FeatureBase } from "./feature-vector-base.ts";
import { findName } from "./feature-vector-names.ts";
import { invalid } from "./options.ts";

type Layer = layers.Layer;

/**
 * Whether a value is a layers model.
 *
 * @internal
 */
export function isLayersModel(value: object): value is LayersModel {
  const { apply, layers: list } = value as Partial<LayersModel>;
  return typeof apply === "function" && Array.isArray(list);
}

/**
 * A layers model, cut at a layer.
 *
 * @param layer Its name. Default: the model's only output.
 * @internal
 */
export function layersBase(model: LayersModel, layer: unknown, where: string): FeatureBase {
  if (!Array.isArray(model.inputs) || model.inputs.length === 0) {
    throw new ForgeError(
      "unbuilt-model",
      `${where}: the model has no inputs yet: give its first layer an inputShape.`,
    );
  }
  if (model.inputs.length > 1) {
    const names = model.inputNames.join(", ");
    throw invalid(where, `a feature vector has one input, the images, but the model has ${names}`);
  }
  const [output, name] = outputOf(model, layer, where);
  const input = model.inputs[0]!;
  const cut = tfModel({ inputs: input, outputs: output, name: `${model.name}_features` });
  return {
    kind: "layers",
    inputName: model.inputNames?.[0] ?? cut.inputNames[0]!,
    inputShape: input.shape,
    output: name,
    run: (images) => cut.apply(images, { training: false }) as Tensor,
    weights: allWeights(cut.layers),
    layers: cut.layers,
    artifacts: () => artifactsOf((handler) => cut.save(handler)),
    // The cut shares the model's layers, and does not count as an owner of them.
    dispose: () => void model.dispose(),
  };
}

function outputOf(model: LayersModel, layer: unknown, where: string): [SymbolicTensor, string] {
  if (layer === undefined) {
    if (model.outputs.length === 1) return [model.outputs[0]!, model.outputs[0]!.sourceLayer.name];
    const names = model.layers.map(({ name }) => name);
    throw invalid(
      where,
      `the model has ${model.outputs.length} outputs: say which layer, { model, layer: "${names.at(-1)}" }`,
    );
  }
  const names = model.layers.map(({ name }) => name);
  const name = findName(layer, names, "layer", where);
  const found = model.getLayer(name);
  const nodes = (found as unknown as { inboundNodes: readonly { outputTensors: SymbolicTensor[] }[] })
    .inboundNodes;
  // The first use is the model's own: later ones are models that share the layer.
  const outputs = nodes[0]?.outputTensors ?? [];
  if (outputs.length === 1) return [outputs[0]!, name];
  throw invalid(where, `layer "${name}" has ${outputs.length} outputs: take one that has one`);
}

function allWeights(list: readonly Layer[]): FeatureBase["weights"] {
  return [...new Set(list.flatMap(({ weights }) => weights))];
}

/**
 * The layers that hold weights themselves, those of nested models too, in the model's order.
 *
 * @internal
 */
export function weightedLayers(list: readonly Layer[]): Layer[] {
  const inner = new Set(list.flatMap((layer) => allLayers(layer as LayersModel)));
  return [...inner].filter((layer) => {
    const isContainer = Array.isArray((layer as unknown as { layers?: unknown }).layers);
    return !isContainer && layer.weights.length > 0;
  });
}
