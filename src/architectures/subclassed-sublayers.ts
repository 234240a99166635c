import { Variable } from "@tensorflow/tfjs-core";
import type { LayerVariable, layers } from "@tensorflow/tfjs-layers";
import { ForgeError } from "../errors.ts";
import { layerNames } from "./layer-names.ts";

type Layer = layers.Layer;

/**
 * A layer of a subclassed model and its path: `encoder`, `blocks/0`.
 *
 * @internal
 */
export interface Sublayer {
  readonly path: string;
  readonly layer: Layer;
}

/** Sublayers of the subclassed models that are built. */
const sublayersOf = new WeakMap<Layer, readonly Sublayer[]>();

/** Layers without a name of the user's. */
const unnamed = new WeakSet<Layer>();

/**
 * Says that a model has only its class's name, so that its field may name it.
 *
 * @internal
 */
export function markUnnamed(model: Layer): void {
  unnamed.add(model);
}

/**
 * The layers in an object's fields: in lists, sets, maps and records too, each once, in the order of the fields.
 *
 * @param where Names the model in errors.
 * @throws ForgeError `invalid-source` for a plain `tf.Variable`, which would not be trained or saved.
 * @internal
 */
export function findLayers(fields: Iterable<readonly [string, unknown]>, where: string): Sublayer[] {
  const found = new Map<Layer, string>();
  const seen = new Set<unknown>();
  const visit = (value: unknown, path: string): void => {
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    if (isLayer(value)) found.set(value, path);
    else if (value instanceof Variable) throw plainVariable(where, path);
    else for (const [key, item] of itemsOf(value)) visit(item, `${path}/${key}`);
  };
  for (const [name, value] of fields) visit(value, name);
  return [...found].map(([layer, path]) => ({ layer, path }));
}

/** By structure: a second copy of tfjs-layers has a `Layer` of its own. */
function isLayer(value: object): value is Layer {
  const { apply, call, getClassName, countParams } = value as Partial<Layer>;
  return [apply, call, getClassName, countParams].every((method) => typeof method === "function");
}

/** What a list, set, map or record holds; an object of any other class is a world of its own. */
function itemsOf(value: object): Iterable<readonly [unknown, unknown]> {
  if (Array.isArray(value)) return value.entries();
  if (value instanceof Map) return value;
  if (value instanceof Set) return [...value].entries();
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? Object.entries(value) : [];
}

function plainVariable(where: string, path: string): ForgeError {
  return new ForgeError(
    "invalid-source",
    `${where}: field "${path}" is a tf.Variable, which would be neither trained nor saved: make it with ` +
      'this.addWeight("name", shape, "float32", initializer), and read it with its read().',
  );
}

/**
 * Gives layers the names of their fields, where they have none of the user's, and remembers the result.
 *
 * @internal
 */
export function nameSublayers(model: Layer, found: readonly Sublayer[]): readonly Sublayer[] {
  const named = layerNames();
  const sublayers = found.map(({ layer, path }) => {
    const hasOwn = !unnamed.has(layer) && !isAutomatic(layer);
    const name = named(hasOwn ? layer.name : validName(path));
    // Another model that has the layer too gives it the name of its own field.
    if (!hasOwn) unnamed.add(layer);
    // A layer that is part of another model's graph is known there by its name.
    if (!hasOwn && !isConnected(layer)) layer.name = name;
    return { layer, path: name };
  });
  sublayersOf.set(model, sublayers);
  return sublayers;
}

/** Whether tfjs made the name up, by counting: `dense_Dense3`, `sequential_2`, `model1`. */
function isAutomatic(layer: Layer): boolean {
  const kind = layer.getClassName();
  const counted = new RegExp(`(_${kind}|^${kind.toLowerCase()}_?)\\d+$`);
  return counted.test(layer.name);
}

function isConnected(layer: Layer): boolean {
  // A model's first node is its own.
  const own = "layers" in layer ? 1 : 0;
  return layer.inboundNodes.length > own;
}

/** What tfjs takes as a name, made of a path of fields and keys. */
function validName(path: string): string {
  const parts = path.split("/").map((part) => part.replace(/[^-\w.]/g, "_").replace(/^[^a-zA-Z0-9]+/, ""));
  return parts.map((part) => part || "layer").join("/");
}

/**
 * All weights of a layer by their paths from there: `encoder/dense/kernel`; by the first one where there are several.
 *
 * @internal
 */
export function weightPaths(layer: Layer): [path: string, weight: LayerVariable][] {
  const first = new Map<LayerVariable, string>();
  for (const [path, weight] of allPaths(layer, "")) if (!first.has(weight)) first.set(weight, path);
  return [...first].map(([weight, path]) => [path, weight]);
}

function allPaths(layer: Layer, prefix: string): [path: string, weight: LayerVariable][] {
  const { layers: parts } = layer as unknown as { readonly layers?: readonly Layer[] };
  const named = layerNames();
  const name = (variable: LayerVariable): [string, LayerVariable] => [
    prefix + named(variable.originalName.split("/").at(-1)!),
    variable,
  ];
  const known = sublayersOf.get(layer);
  if (known === undefined && parts === undefined) return layer.weights.map(name);
  const inner = known ?? (parts ?? []).map((part) => ({ layer: part, path: named(plainName(part)) }));
  return [
    ...ownWeights(layer).map(name),
    ...inner.flatMap((part) => allPaths(part.layer, `${prefix}${part.path}/`)),
  ];
}

/**
 * What `addWeight` has given a layer itself, beside the weights of its sublayers.
 *
 * @internal
 */
export function ownWeights(layer: Layer): LayerVariable[] {
  const own = layer as unknown as Record<"_trainableWeights" | "_nonTrainableWeights", LayerVariable[]>;
  return [...own._trainableWeights, ...own._nonTrainableWeights];
}

/** A layer's name, or its kind where tfjs made the name up. */
function plainName(layer: Layer): string {
  if (!isAutomatic(layer)) return layer.name;
  const words = layer.getClassName().replace(/(.)([A-Z][a-z0-9]+)/g, "$1_$2");
  return words.replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();
}

/**
 * Gives weights their paths as names, and as the `originalName` by which tfjs saves a model around this one: with
 * the model's name, since it has to be unique there. Models of tfjs within keep those by which their files know them.
 *
 * @internal
 */
export function nameWeights(model: Layer): void {
  const foreign = new Set(foreignWeights(model));
  for (const [path, weight] of weightPaths(model)) {
    Object.assign(weight, {
      name: path,
      ...(!foreign.has(weight) && { originalName: `${model.name}/${path}` }),
    });
  }
}

function foreignWeights(layer: Layer): LayerVariable[] {
  const known = sublayersOf.get(layer);
  if (known !== undefined) return known.flatMap((part) => foreignWeights(part.layer));
  return "layers" in layer || isConnected(layer) ? layer.weights : [];
}
