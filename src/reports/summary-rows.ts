/* A model's layers as rows of a summary. All is read by structure, so that any copy of tfjs-layers will do. */

type Shape = readonly (number | null)[];

/** What a summary reads of a weight. */
export interface SummaryWeight {
  /** Its product is the number of parameters. */
  readonly shape: readonly (number | null)[];
  /** Such as `"float32"`, for the size in bytes. */
  readonly dtype: string;
}

/** What a summary reads of a layer, which may be a model with layers of its own. */
export interface SummaryLayer {
  /** Its name in the model. */
  readonly name: string;
  /** The class, such as `"Dense"`. */
  getClassName(): string;
  /** All weights. */
  readonly weights: readonly SummaryWeight[];
}

/** What {@link summary} takes: any of tfjs's layers models, or whatever has layers and weights as they have. */
export interface SummaryModel {
  /** The model's name. */
  readonly name: string;
  /** In the order of the table. */
  readonly layers: readonly SummaryLayer[];
  /** Weights that training changes. */
  readonly trainableWeights: readonly SummaryWeight[];
  /** Weights that it does not. */
  readonly nonTrainableWeights: readonly SummaryWeight[];
}

/** What of tfjs's layers and models is there in some only. */
interface Details {
  readonly layers?: readonly SummaryLayer[];
  readonly built?: boolean;
  readonly trainable?: boolean;
  readonly outputShape?: Shape | readonly Shape[];
  readonly inboundNodes?: readonly Node[];
  readonly nodesByDepth?: Readonly<Record<string, readonly Node[]>>;
}

/** One use of a layer in a functional model. */
interface Node {
  readonly inboundLayers: readonly SummaryLayer[];
  readonly nodeIndices: readonly number[];
  readonly tensorIndices: readonly number[];
}

/**
 * One layer's row.
 *
 * @internal
 */
export interface SummaryRow {
  /** 0 for the model's own layers, 1 for those of a nested model, ... */
  readonly depth: number;
  readonly layer: string;
  readonly outputShape: string;
  readonly params: string;
  /** `name[use][output]` of the layers before; none of a model that knows no graph. */
  readonly connectedTo: readonly string[];
  /** Undefined for a layer without weights. */
  readonly trainable: boolean | undefined;
}

/**
 * How rows are made.
 *
 * @internal
 */
export interface RowOptions {
  readonly expandNested: boolean;
  readonly outputShape: (layer: SummaryLayer) => Shape | readonly Shape[] | undefined;
}

/**
 * A model's rows, those of nested models after their own where they are to be expanded.
 *
 * @internal
 */
export function summaryRows(model: object, options: RowOptions, depth = 0, isFrozen = false): SummaryRow[] {
  const { layers = [], nodesByDepth, trainable = true } = model as Details;
  const allFrozen = isFrozen || !trainable;
  const nodes = nodesByDepth && new Set(Object.values(nodesByDepth).flat());
  // Keras does not count a Sequential's input among its layers.
  const shown = isSequential(model)
    ? layers.filter((layer) => layer.getClassName() !== "InputLayer")
    : layers;
  return shown.flatMap((layer) => {
    const details = layer as SummaryLayer & Details;
    const count = countOf(layer.weights);
    const isUnbuilt = details.built === false && count === 0;
    const row: SummaryRow = {
      depth,
      layer: `${layer.name} (${layer.getClassName()})`,
      outputShape: shapeText(shapeOf(details, options)),
      params: `${countText(count)}${isUnbuilt ? " (unbuilt)" : ""}`,
      connectedTo: nodes ? connections(details, nodes) : [],
      trainable: count === 0 ? undefined : !allFrozen && details.trainable !== false,
    };
    const isNested = options.expandNested && Array.isArray(details.layers);
    return isNested ? [row, ...summaryRows(details, options, depth + 1, allFrozen)] : [row];
  });
}

const isSequential = (model: object): boolean =>
  (model as Partial<SummaryLayer>).getClassName?.() === "Sequential";

/**
 * Whether each layer follows the one before, so that connections say nothing: as Keras decides it.
 *
 * @internal
 */
export function isChain(model: object): boolean {
  const { nodesByDepth, layers = [] } = model as Details;
  if (nodesByDepth === undefined || isSequential(model)) return true;
  const depths = Object.values(nodesByDepth);
  const nodes = new Set(depths.flat());
  const isLine = depths.every((used) => used.length === 1 && used[0]!.inboundLayers.length <= 1);
  const isShared = ({ inboundNodes = [] }: Details): boolean =>
    inboundNodes.filter((node) => nodes.has(node)).length > 1;
  return isLine && !layers.some((layer) => isShared(layer as Details));
}

function connections({ inboundNodes = [] }: Details, nodes: ReadonlySet<Node>): string[] {
  return inboundNodes
    .filter((node) => nodes.has(node))
    .flatMap(({ inboundLayers, nodeIndices, tensorIndices }) =>
      inboundLayers.map((from, i) => `${from.name}[${nodeIndices[i]}][${tensorIndices[i]}]`),
    );
}

/** tfjs's own getter throws for a layer with several shapes, or with none yet. */
function shapeOf(
  layer: SummaryLayer & Details,
  options: RowOptions,
): Shape | readonly Shape[] | "multiple" | undefined {
  const given = options.outputShape(layer);
  if (given !== undefined) return given;
  try {
    return layer.outputShape;
  } catch {
    return (layer.inboundNodes?.length ?? 0) > 1 ? "multiple" : undefined;
  }
}

function shapeText(shape: Shape | readonly Shape[] | "multiple" | undefined): string {
  if (shape === undefined) return "?";
  if (shape === "multiple") return shape;
  if (shape.some((part) => Array.isArray(part)))
    return `[${(shape as readonly Shape[]).map(tuple).join(", ")}]`;
  return tuple(shape as Shape);
}

/** As Python writes it: `(None, 10)`, and `(None,)` for one dimension. */
const tuple = (shape: Shape): string =>
  `(${shape.map((d) => d ?? "None").join(", ")}${shape.length === 1 ? "," : ""})`;

/**
 * How many parameters weights have, each counted once.
 *
 * @internal
 */
export function countOf(weights: readonly SummaryWeight[]): number {
  return [...new Set(weights)].reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

/**
 * What weights take in memory.
 *
 * @internal
 */
export function bytesOf(weights: readonly SummaryWeight[]): number {
  return [...new Set(weights)].reduce(
    (sum, { shape, dtype }) => sum + sizeOf(shape) * (dtype === "bool" ? 1 : 4),
    0,
  );
}

const sizeOf = (shape: Shape): number => shape.reduce<number>((size, d) => size * (d ?? 0), 1);

/**
 * `101,770`.
 *
 * @internal
 */
export const countText = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ",");
