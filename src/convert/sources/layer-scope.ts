import type { LayerLike } from "../source.ts";

/** Layers that hold others under one of these names: a nested model, a wrapper, a recurrent layer's cell. */
interface Container {
  readonly layers?: readonly LayerLike[];
  readonly layer?: LayerLike;
  readonly cell?: LayerLike;
  readonly cells?: readonly LayerLike[];
  readonly forwardLayer?: LayerLike;
  readonly backwardLayer?: LayerLike;
}

/** Knows which layer's `call` is running, as a path such as `encoder/dense_1`. */
export interface LayerScope {
  readonly current: () => string;
  /** Takes the watch off the layers again. */
  readonly release: () => void;
}

/** Runs a layer: by its own code, `run`, or otherwise. */
export type LayerRunner = (
  layer: LayerLike,
  run: (inputs: unknown, kwargs: unknown) => unknown,
  inputs: unknown,
  kwargs: unknown,
) => unknown;

/**
 * Watches the calls of layers, at any depth, and may run them otherwise. Each layer gets a `call` of its own that is
 * removed again by `release`: nothing of the model is changed for good.
 */
export function watchLayers(
  layers: readonly LayerLike[],
  runner: LayerRunner = (_, run, inputs, kwargs) => run(inputs, kwargs),
): LayerScope {
  const path: string[] = [];
  const watched = new Set<LayerLike>();
  const watch = (layer: LayerLike): void => {
    if (watched.has(layer) || typeof layer.call !== "function") return;
    watched.add(layer);
    const call = layer.call;
    const own = Object.hasOwn(layer, "call");
    Object.defineProperty(layer, "call", {
      configurable: true,
      writable: true,
      value(this: LayerLike, inputs: unknown, kwargs: unknown): unknown {
        path.push(layer.name);
        try {
          return runner(layer, call.bind(this), inputs, kwargs);
        } finally {
          path.pop();
        }
      },
    });
    releases.push(() => {
      if (own) Object.defineProperty(layer, "call", { configurable: true, writable: true, value: call });
      else delete (layer as Partial<LayerLike>).call;
    });
    for (const inner of innerLayers(layer)) watch(inner);
  };
  const releases: (() => void)[] = [];
  for (const layer of layers) watch(layer);
  return {
    current: () => path.join("/"),
    release: () => {
      for (const release of releases) release();
    },
  };
}

/** The layers that a layer holds. */
export function innerLayers(layer: LayerLike): readonly LayerLike[] {
  const { layers = [], cells = [], cell, forwardLayer, backwardLayer, layer: inner } = layer as Container;
  return [...layers, inner, cell, ...cells, forwardLayer, backwardLayer].filter((each) => each != null);
}
