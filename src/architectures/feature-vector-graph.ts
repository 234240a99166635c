import { io, type Tensor, type TensorInfo } from "@tensorflow/tfjs-core";
import type { LayerVariable } from "@tensorflow/tfjs-layers";
import { ForgeError } from "../errors.ts";
import { artifactsOf, type FeatureBase } from "./feature-vector-base.ts";
import { findName } from "./feature-vector-names.ts";
import { invalid } from "./options.ts";

/**
 * A graph model of `tfjs-converter` (`tf.loadGraphModel`), recognised by its structure, so that a second copy of tfjs
 * does no harm.
 */
export interface LoadedGraphModel {
  /** What goes in. */
  readonly inputs: readonly GraphModelTensor[];
  /** What comes out. */
  readonly outputs: readonly GraphModelTensor[];
  /** Names of the nodes that inputs come in by. */
  readonly inputNodes: readonly string[];
  /** Names of the nodes that outputs come from. */
  readonly outputNodes: readonly string[];
  /** Weights by the names of their nodes. */
  readonly weights: { readonly [name: string]: Tensor[] };
  /** Runs the model, and gives the values of the named nodes. */
  execute(inputs: Tensor | Tensor[], outputs?: string | string[]): Tensor | Tensor[];
  /** Writes the model to a handler of `tf.io`. */
  save(handler: io.IOHandler): Promise<io.SaveResult>;
  /** Frees the weights. */
  dispose(): void;
}

/** An input or output of a {@link LoadedGraphModel}; `-1` in a shape is an open size. */
export interface GraphModelTensor {
  /** The node's name. */
  readonly name: string;
  /** With the batch. */
  readonly shape?: number[];
  /** Such as `"float32"`. */
  readonly dtype: string;
}

/** What tfjs-converter does not declare public; without it names are not checked and all weights are counted. */
interface Insides {
  readonly executor?: { readonly graph?: { readonly nodes?: Readonly<Record<string, GraphNode>> } };
}

interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly GraphNode[];
}

/**
 * Whether a value is a graph model.
 *
 * @internal
 */
export function isGraphModel(value: object): value is LoadedGraphModel {
  const { execute, inputNodes, outputNodes } = value as Partial<LoadedGraphModel>;
  return typeof execute === "function" && Array.isArray(inputNodes) && Array.isArray(outputNodes);
}

/**
 * A graph model, cut at a node.
 *
 * @param node Its name, or the end of it. Default: the model's only output.
 * @internal
 */
export function graphBase(model: LoadedGraphModel, node: unknown, where: string): FeatureBase {
  const nodes = (model as Insides).executor?.graph?.nodes ?? {};
  const [input, ...others] = model.inputs;
  if (input === undefined) {
    throw new ForgeError(
      "invalid-source",
      `${where}: the graph model has no inputs: it is not loaded, or was disposed.`,
    );
  }
  if (others.length > 0) {
    const names = model.inputs.map(({ name }) => name).join(", ");
    throw invalid(where, `a feature vector has one input, the images, but the model has ${names}`);
  }
  const output = outputOf(model, node, nodes, where);
  const shape = input.shape ?? [];
  return {
    kind: "graph",
    inputName: input.name.replace(/:0$/, ""),
    inputShape: shape.map((size) => (size === null || size < 0 ? null : size)),
    output,
    run: (images) => [model.execute(images, output)].flat()[0]!,
    weights: weightsOf(model, nodes[output]),
    layers: [],
    artifacts: async () => {
      const written = await artifactsOf((handler) => model.save(handler));
      if (written.weightData !== undefined) return written;
      // A model whose weights were streamed in does not keep their bytes.
      const { getWeightStream: _, ...rest } = written;
      const weights = Object.entries(model.weights).map(([name, [tensor]]) => ({ name, tensor: tensor! }));
      const { data, specs } = await io.encodeWeights(weights);
      return { ...rest, weightData: data, weightSpecs: specs };
    },
    dispose: () => model.dispose(),
  };
}

function outputOf(
  model: LoadedGraphModel,
  node: unknown,
  nodes: Readonly<Record<string, GraphNode>>,
  where: string,
): string {
  const names = Object.values(nodes)
    .filter(({ op }) => op !== "Const")
    .map(({ name }) => name);
  if (node !== undefined) {
    return names.length === 0 && typeof node === "string" ? node : findName(node, names, "node", where);
  }
  const [output, ...others] = model.outputNodes;
  if (output !== undefined && others.length === 0) return output;
  throw invalid(
    where,
    `the model has ${model.outputNodes.length} outputs (${model.outputNodes.join(", ")}): say which, ` +
      `{ model, node: "${output ?? "name"}" }`,
  );
}

/** The numbers that a node depends on (not the shapes and axes, which are constants too). */
function weightsOf(model: LoadedGraphModel, output: GraphNode | undefined): LayerVariable[] {
  const reached = new Set<string>();
  const visit = (node: GraphNode): void => {
    if (reached.has(node.name)) return;
    reached.add(node.name);
    for (const input of node.inputs) visit(input);
  };
  if (output !== undefined) visit(output);
  return Object.entries(model.weights)
    .filter(([name, [tensor]]) => tensor?.dtype === "float32" && (output === undefined || reached.has(name)))
    .map(([name, [tensor]]) => constant(name, tensor!));
}

/** A weight of a graph model as tfjs-layers sees weights, so that it is counted: it belongs to the model. */
function constant(name: string, tensor: TensorInfo): LayerVariable {
  const variable = {
    name,
    originalName: name,
    id: -1,
    shape: tensor.shape,
    dtype: tensor.dtype,
    trainable: false,
    constraint: null,
    read: () => tensor,
    write: () => {
      throw new ForgeError("invalid-argument", `"${name}" is a constant of a graph model: it cannot be set.`);
    },
    dispose: () => {},
  };
  return variable as unknown as LayerVariable;
}
