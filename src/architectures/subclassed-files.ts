import { io, type NamedTensorMap, type Tensor, util } from "@tensorflow/tfjs-core";
import type { LayersModel, LayerVariable, Shape } from "@tensorflow/tfjs-layers";
import { ForgeError } from "../errors.ts";
import { describe } from "../options.ts";

/**
 * What a subclassed model was saved as.
 *
 * @internal
 */
export interface SavedModel {
  /** By their paths; the caller's to dispose. */
  readonly weights: NamedTensorMap;
  /** With the batch; undefined where the files do not tell. */
  readonly inputShape: Shape | Shape[] | undefined;
  readonly trainingConfig: Parameters<LayersModel["loadTrainingConfig"]>[0] | undefined;
  /** The caller's to dispose. */
  readonly optimizerWeights: { name: string; tensor: Tensor }[];
}

/**
 * Reads what a subclassed model was saved as.
 *
 * @throws ForgeError `invalid-argument` where nothing can be loaded from there; `invalid-data` without weights.
 * @internal
 */
export async function readArtifacts(
  from: string | io.IOHandler | io.IOHandlerSync,
  where: string,
): Promise<SavedModel> {
  const handlers = typeof from === "string" ? io.getLoadHandlers(from) : [from];
  const load = handlers[0]?.load?.bind(handlers[0]);
  if (load === undefined) {
    throw new ForgeError(
      "invalid-argument",
      `${where}: load takes a URL of a scheme that tfjs can load from here, or a handler of tf.io, got ${describe(from)}.`,
    );
  }
  const { weightData, weightSpecs, modelTopology, trainingConfig } = await load();
  if (weightData === undefined || weightSpecs === undefined) {
    throw new ForgeError("invalid-data", `${where}: there are no weights in what was loaded.`);
  }
  const tensors = io.decodeWeights(weightData, weightSpecs);
  const isOptimizers = new Set(
    weightSpecs.filter(({ group }) => group === "optimizer").map(({ name }) => name),
  );
  const entries = Object.entries(tensors);
  return {
    weights: Object.fromEntries(entries.filter(([name]) => !isOptimizers.has(name))),
    inputShape: savedShape(modelTopology),
    trainingConfig: trainingConfig as SavedModel["trainingConfig"],
    optimizerWeights: weightSpecs
      .filter(({ name }) => isOptimizers.has(name))
      .map(({ name }) => ({ name, tensor: tensors[name]! })),
  };
}

function savedShape(topology: unknown): Shape | Shape[] | undefined {
  const { config } = (topology ?? {}) as { readonly config?: { readonly input_shape?: unknown } };
  const shape = config?.input_shape;
  if (!Array.isArray(shape)) return undefined;
  return Array.isArray(shape[0])
    ? (shape as number[][]).map((one) => [null, ...one])
    : [null, ...(shape as number[])];
}

/**
 * Writes values to weights by their paths: all of them, or none.
 *
 * @param strict Whether missing and unknown names are errors too.
 * @throws ForgeError `invalid-data` with every difference.
 * @internal
 */
export function writeWeights(
  own: readonly (readonly [path: string, weight: LayerVariable])[],
  values: NamedTensorMap,
  strict: boolean,
  where: string,
): void {
  const weights = new Map(own);
  const wrong = Object.entries(values).flatMap(([path, { shape }]) => {
    const weight = weights.get(path);
    if (weight === undefined) return strict ? [`"${path}" is not one of the model's`] : [];
    const fits = util.arraysEqual(weight.shape as number[], shape);
    return fits ? [] : [`"${path}" has the shape [${shape}], not [${weight.shape}]`];
  });
  const missing = strict ? [...weights.keys()].filter((path) => values[path] === undefined) : [];
  const problems = [...wrong, ...missing.map((path) => `"${path}" is missing`)];
  if (problems.length > 0) {
    throw new ForgeError(
      "invalid-data",
      `${where}: these weights were saved by another model: ${problems.join("; ")}.`,
    );
  }
  for (const [path, value] of Object.entries(values)) weights.get(path)?.write(value);
}
