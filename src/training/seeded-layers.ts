import {
  add,
  cast,
  dropout,
  greaterEqual,
  mul,
  randomNormal,
  randomUniform,
  sub,
  type Tensor,
  tidy,
} from "@tensorflow/tfjs-core";
import type { LayersModel, layers } from "@tensorflow/tfjs-layers";
import { allLayers } from "./layer-walk.ts";
import { mixSeeds } from "./random.ts";

/*
 * Layers with randomness, made repeatable. tfjs gives a Dropout with a seed the same mask at every step, and
 * the noise layers and recurrent dropout take no seed at all; so here each of them draws a new seed for every
 * call in training. It is done to the layer itself, for as long as it is wanted, and never to `Math.random`:
 * what else draws random numbers meanwhile is not touched.
 */

type Layer = layers.Layer;
type Call = Layer["call"];

/** A seed for the next call in training. */
type SeedSource = () => number;

/** What takes a seed from `next` for one call in training. */
type SeededCall = (layer: Layer, original: Call, next: SeedSource) => Call;

/** Where a layer keeps what its randomness depends on (fields that tfjs does not declare public). */
interface RandomFields {
  seed?: number | null | undefined;
  rate: number;
  stddev: number;
  noiseShape?: number[];
  dropout?: number;
  recurrentDropout?: number;
  dropoutFunc?: (x: Tensor, rate: number) => Tensor;
}

const fields = (layer: Layer): RandomFields => layer as unknown as RandomFields;

/** Dropout reads its seed from the field at every call. */
const dropoutCall: SeededCall = (layer, original, next) => (inputs, kwargs) => {
  if (!isTraining(kwargs)) return original.call(layer, inputs, kwargs);
  const own = fields(layer).seed;
  fields(layer).seed = next();
  try {
    return original.call(layer, inputs, kwargs);
  } finally {
    fields(layer).seed = own;
  }
};

/** For layers that take no seed: the same formula as theirs, with one. */
const noiseCall =
  (noised: (x: Tensor, layer: RandomFields, seed: number) => Tensor): SeededCall =>
  (layer, original, next) =>
  (inputs, kwargs) => {
    if (!isTraining(kwargs)) return original.call(layer, inputs, kwargs);
    const x = (Array.isArray(inputs) ? inputs[0] : inputs) as Tensor;
    return tidy(() => noised(x, fields(layer), next()));
  };

const SEEDED_CALLS: Readonly<Record<string, SeededCall>> = {
  Dropout: dropoutCall,
  SpatialDropout1D: dropoutCall,
  GaussianNoise: noiseCall((x, { stddev }, seed) =>
    add(x, randomNormal(x.shape, 0, stddev, "float32", seed)),
  ),
  GaussianDropout: noiseCall((x, { rate }, seed) =>
    rate > 0 && rate < 1
      ? mul(x, randomNormal(x.shape, 1, Math.sqrt(rate / (1 - rate)), "float32", seed))
      : mul(x, 1),
  ),
  AlphaDropout: noiseCall(alphaDropout),
};

/** Klambauer et al. 2017, "Self-Normalizing Neural Networks": dropped units become `alpha'`, mean and variance stay.
 * (tfjs 4.22 adds `alpha'` with the wrong sign, so it does not keep them.) */
function alphaDropout(x: Tensor, { rate, noiseShape }: RandomFields, seed: number): Tensor {
  if (!(rate > 0 && rate < 1)) return mul(x, 1);
  const dropped = -1.6732632423543772 * 1.0507009873554805;
  const kept = cast(
    greaterEqual(randomUniform(noiseShape ?? x.shape, 0, 1, "float32", seed), rate),
    "float32",
  );
  const a = ((1 - rate) * (1 + rate * dropped ** 2)) ** -0.5;
  const b = -a * dropped * rate;
  return add(mul(add(mul(x, kept), mul(sub(1, kept), dropped)), a), b);
}

const isTraining = (kwargs: unknown): boolean =>
  (kwargs as { training?: boolean } | undefined)?.training === true;

/** The calls of layers as they were before any source was given. */
const originals = new WeakMap<Layer, Call>();

/**
 * Lets a layer draw its seeds from `next` until the returned function is called; `undefined` for a layer that
 * has no randomness.
 */
function drawSeedsFrom(layer: Layer, next: SeedSource): (() => void) | undefined {
  const seeded = SEEDED_CALLS[layer.getClassName()];
  if (seeded !== undefined) {
    const before = Object.getOwnPropertyDescriptor(layer, "call");
    const original = originals.get(layer) ?? layer.call;
    originals.set(layer, original);
    layer.call = seeded(layer, original, next);
    return () => {
      if (before !== undefined) Object.defineProperty(layer, "call", before);
      else {
        delete (layer as Partial<Pick<Layer, "call">>).call;
        originals.delete(layer);
      }
    };
  }
  const cell = fields(layer);
  if ((cell.dropout || cell.recurrentDropout) && layer.getClassName().endsWith("Cell")) {
    const before = cell.dropoutFunc;
    cell.dropoutFunc = (x, rate) => dropout(x, rate, undefined, next());
    return () => {
      if (before === undefined) delete cell.dropoutFunc;
      else cell.dropoutFunc = before;
    };
  }
  return undefined;
}

/**
 * Gives a layer a source of seeds for good: with `seed`, each call in training has its own mask, and a model
 * built again has the same ones.
 *
 * @internal
 */
export function seedLayer(layer: Layer, seed: number): void {
  let calls = 0;
  drawSeedsFrom(layer, () => mixSeeds(seed, calls++));
}

/** Randomness of a model's layers during one training run. */
interface LayerSeeds {
  /** Every epoch has its own masks, which depend on its number alone: resumed training repeats none. */
  startEpoch(epoch: number): void;
  /** Leaves the layers as they were. */
  restore(): void;
}

/**
 * Seeds a model's layers for a training run. Without a seed, only layers that have one of their own and no
 * source yet are touched: a seed in a Dropout means "repeatable", not "one mask for ever".
 *
 * @internal
 */
export function seedLayers(model: LayersModel, seed: number | undefined): LayerSeeds {
  let epoch = 0;
  const calls: number[] = [];
  const restores: (() => void)[] = [];
  allLayers(model).forEach((layer, index) => {
    const own = originals.has(layer) ? undefined : fields(layer).seed;
    const base = seed === undefined ? own : mixSeeds(seed, index);
    if (base === undefined || base === null) return;
    const restore = drawSeedsFrom(layer, () => {
      const call = calls[index] ?? 0;
      calls[index] = call + 1;
      return mixSeeds(base, epoch, call);
    });
    if (restore !== undefined) restores.push(restore);
  });
  return {
    startEpoch: (number) => {
      epoch = number;
      calls.length = 0;
    },
    restore: () => {
      for (const restore of restores) restore();
    },
  };
}
