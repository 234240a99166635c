import { dispose, type Tensor } from "@tensorflow/tfjs-core";
import type { LayersModel, LayerVariable, layers } from "@tensorflow/tfjs-layers";
import { allLayers } from "../training/layer-walk.ts";
import { mixSeeds } from "../training/random.ts";
import { seedLayer } from "../training/seeded-layers.ts";

type Layer = layers.Layer;

/** What tfjs's initializers have in common; those with randomness have a `seed` too. */
interface Initializer {
  seed?: number | null;
  apply(shape: number[], dtype?: string): Tensor;
}

/**
 * Makes a model's first weights and its dropout masks depend on the seed alone, with another seed for each weight
 * and layer. Works on the finished model, so that layers of a user's own body are seeded as well as the builder's.
 * An initializer or layer with a seed of its own keeps it.
 *
 * @internal
 */
export function seedModel(model: LayersModel, seed: number): void {
  allLayers(model).forEach((layer, index) => {
    seedWeights(layer, mixSeeds(seed, index));
    const own = (layer as unknown as { seed?: number | null }).seed;
    seedLayer(layer, own ?? mixSeeds(seed, index, 1));
  });
}

function seedWeights(layer: Layer, seed: number): void {
  const fields = layer as unknown as Readonly<Record<string, unknown>>;
  Object.keys(fields)
    .filter((name) => name.endsWith("Initializer"))
    .forEach((name, index) => {
      const initializer = fields[name] as Initializer | null | undefined;
      const weight = weightOf(fields, name.slice(0, -"Initializer".length));
      // A field `seed` that is empty: random, and not seeded by the user.
      const isOpen = initializer && "seed" in initializer && (initializer.seed ?? undefined) === undefined;
      if (!isOpen || weight === undefined) return;
      initializer.seed = mixSeeds(seed, index);
      const values = initializer.apply(weight.shape as number[], weight.dtype);
      weight.write(values);
      dispose(values);
    });
}

/** `kernelInitializer` makes `kernel`, but `recurrentInitializer` makes `recurrentKernel`. */
function weightOf(fields: Readonly<Record<string, unknown>>, stem: string): LayerVariable | undefined {
  const found = fields[stem] ?? fields[`${stem}Kernel`];
  const weight = found as Partial<LayerVariable> | null | undefined;
  return typeof weight?.write === "function" ? (weight as LayerVariable) : undefined;
}
