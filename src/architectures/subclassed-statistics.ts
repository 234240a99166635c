import { clone, dispose, keep, type Tensor } from "@tensorflow/tfjs-core";
import type { LayerVariable, layers } from "@tensorflow/tfjs-layers";

type Layer = layers.Layer;

/**
 * Runs layers and takes back what that did to the weights that training does not touch, such as the moving
 * statistics of a batch normalization: a trial run leaves no trace. Layers that are built meanwhile keep the
 * values that they were built with.
 *
 * @internal
 */
export function withoutTrace<T>(all: readonly Layer[], run: () => T): T {
  const values = new Map<LayerVariable, Tensor>();
  const remember = (layer: Layer): void => {
    for (const weight of layer.weights) {
      if (!weight.trainable && !values.has(weight)) values.set(weight, keep(clone(weight.read())));
    }
  };
  const restores: (() => void)[] = [];
  for (const layer of all) {
    // A model has the weights of its layers, which are all here.
    if ("layers" in layer) continue;
    if (layer.built) remember(layer);
    else restores.push(afterBuild(layer, () => remember(layer)));
  }
  try {
    return run();
  } finally {
    for (const restore of restores) restore();
    for (const [weight, value] of values) weight.write(value);
    dispose([...values.values()]);
  }
}

function afterBuild(layer: Layer, then: () => void): () => void {
  const before = Object.getOwnPropertyDescriptor(layer, "build");
  const { build } = layer;
  layer.build = (inputShape) => {
    build.call(layer, inputShape);
    then();
  };
  return () => {
    if (before !== undefined) Object.defineProperty(layer, "build", before);
    else delete (layer as Partial<Pick<Layer, "build">>).build;
  };
}
