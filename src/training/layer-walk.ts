import type { LayersModel, layers } from "@tensorflow/tfjs-layers";

type Layer = layers.Layer;

/** Where tfjs's containers and wrappers keep the layers that they are made of. */
const PARTS = ["layers", "layer", "forwardLayer", "backwardLayer", "cell", "cells"] as const;

/**
 * All layers of a model, those within nested models, wrappers and recurrent cells too, each once, in an
 * order that depends on the structure alone.
 *
 * @internal
 */
export function allLayers(model: LayersModel): Layer[] {
  const found = new Set<Layer>();
  const visit = (layer: Layer): void => {
    if (found.has(layer)) return;
    found.add(layer);
    const parts = layer as unknown as Partial<Record<(typeof PARTS)[number], Layer | Layer[]>>;
    for (const name of PARTS) {
      for (const part of [parts[name] ?? []].flat()) visit(part);
    }
  };
  visit(model);
  return [...found];
}
