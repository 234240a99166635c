import type { NamedTensorMap, Tensor } from "@tensorflow/tfjs-core";
import { ForgeError } from "../../errors.ts";
import type { GraphModelSource, InputType } from "../source.ts";
import type { FrontEnd } from "./front-end.ts";

/** What the tracer reads of a graph model's insides, to name the node that is running; it does without. */
interface Insides {
  /** Where it was loaded from: an address or a handler. */
  readonly modelUrl?: unknown;
  readonly weights?: Readonly<Record<string, readonly Pick<Tensor, "isDisposed">[]>>;
  readonly executor?: { readonly graph?: { readonly nodes?: Readonly<Record<string, GraphNode>> } };
}

interface GraphNode {
  readonly name: string;
  readonly category: string;
}

/** A model of tfjs-converter (`loadGraphModel`): TensorFlow Hub's, or a converted saved model. */
export const graphModelFrontEnd: FrontEnd<GraphModelSource> = {
  matches: (source) => {
    const { execute, inputNodes, outputNodes } = source as Partial<GraphModelSource>;
    return typeof execute === "function" && Array.isArray(inputNodes) && Array.isArray(outputNodes);
  },
  check: (source) => {
    const { inputs } = source;
    const weights = Object.values((source as Insides).weights ?? {}).flat();
    if (inputs.length === 0 || weights.some(({ isDisposed }) => isDisposed)) {
      throw new ForgeError(
        "invalid-source",
        inputs.length === 0
          ? "The graph model has no inputs: it is not loaded, or was disposed."
          : "The graph model was disposed.",
      );
    }
    const other = inputs.find(({ dtype }) => !["float32", "int32", "bool"].includes(dtype));
    if (other !== undefined) {
      const { name, dtype } = other;
      throw new ForgeError(
        "invalid-source",
        `Input "${name}" is of ${dtype}: float32, int32 and bool can be converted.`,
      );
    }
  },
  name: (source) => {
    const { modelUrl } = source as Insides;
    return typeof modelUrl === "string" ? fileName(modelUrl) : "graph-model";
  },
  inputs: ({ inputs }) =>
    inputs.map(({ name, shape = [], dtype }) => ({
      name: bare(name),
      // tfjs-converter writes -1 for an open size.
      shape: shape.map((size) => (size === null || size < 0 ? null : size)),
      dtype: dtype as InputType,
    })),
  batchFirst: true,
  open: (model) => {
    const watch = watchNodes((model as Insides).executor?.graph?.nodes ?? {});
    return {
      run: (inputs: readonly Tensor[]) => {
        const named: NamedTensorMap = Object.fromEntries(
          model.inputs.map(({ name }, index) => [name, inputs[index] as Tensor]),
        );
        try {
          return model.execute(named, [...model.outputNodes]);
        } catch (error) {
          throw failureOf(error, watch.current());
        }
      },
      where: watch.current,
      outputNames: model.outputNodes.map(bare),
      close: watch.release,
    };
  },
};

/** What tfjs-converter throws says which operation it does not know, or what it cannot do, and not where. */
function failureOf(error: unknown, node: string): unknown {
  if (error instanceof ForgeError || !(error instanceof Error)) return error;
  const { message } = error;
  const code = message.startsWith("Unknown op") ? "unsupported-kernel" : "invalid-source";
  const what = node === "" ? "The graph model" : `Node "${node}"`;
  return new ForgeError(code, `${what} cannot be run: ${message}`, { cause: error });
}

/** `serving_default_x:0` is output 0 of a node; 0 is what a name without a number means. */
function bare(name: string): string {
  return name.replace(/:0$/, "");
}

/** The folder of a model.json, which is what people call such a model by. */
function fileName(url: string): string {
  const parts =
    url
      .split(/[?#]/)[0]
      ?.split("/")
      .filter((part) => part !== "" && !part.endsWith(".json")) ?? [];
  return parts.at(-1) ?? "graph-model";
}

/**
 * Knows which node is running: the executor looks at a node's category first, so that for the duration this
 * is a property that takes note of the name.
 */
function watchNodes(nodes: Readonly<Record<string, GraphNode>>): {
  readonly current: () => string;
  readonly release: () => void;
} {
  let current = "";
  const originals = Object.values(nodes).map((node) => [node, node.category] as const);
  for (const [node, category] of originals) {
    Object.defineProperty(node, "category", {
      configurable: true,
      enumerable: true,
      get() {
        current = node.name;
        return category;
      },
    });
  }
  return {
    current: () => current,
    release: () => {
      for (const [node, value] of originals) {
        Object.defineProperty(node, "category", {
          configurable: true,
          enumerable: true,
          writable: true,
          value,
        });
      }
    },
  };
}
