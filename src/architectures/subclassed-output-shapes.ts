import type { Tensor } from "@tensorflow/tfjs-core";
import type { layers, Shape } from "@tensorflow/tfjs-layers";
import { oneOrMany, TRIAL_BATCH } from "./subclassed-shapes.ts";

/** What layers gave in a trial run, with `null` for the batch. */
const outputShapes = new WeakMap<layers.Layer, Shape | Shape[]>();

/**
 * Remembers the shape of what a layer gave in a trial run. tfjs knows the `outputShape` of layers in a graph only, and
 * throws for those that were run on tensors.
 *
 * @internal
 */
export function noteOutputShape(layer: layers.Layer, output: Tensor | Tensor[]): void {
  const shapes = [output].flat().map(({ shape }): Shape => {
    const [batch, ...sizes] = shape;
    return batch === undefined ? [] : [batch === TRIAL_BATCH ? null : batch, ...sizes];
  });
  outputShapes.set(layer, oneOrMany(shapes));
  if (layer.inboundNodes.length > 0 || Object.hasOwn(layer, "outputShape")) return;
  const getter = findGetter(layer);
  Object.defineProperty(layer, "outputShape", {
    configurable: true,
    get: (): unknown => (layer.inboundNodes.length > 0 ? getter?.call(layer) : outputShapes.get(layer)),
  });
}

function findGetter(layer: layers.Layer): (() => unknown) | undefined {
  let prototype: unknown = Object.getPrototypeOf(layer);
  while (prototype !== null) {
    const found = Object.getOwnPropertyDescriptor(prototype, "outputShape")?.get;
    if (found !== undefined) return found;
    prototype = Object.getPrototypeOf(prototype);
  }
  return undefined;
}
