import { ForgeError } from "../../errors.ts";
import { describe } from "../../options.ts";
import type { FunctionSource, GraphModelSource, InputSpec, LayersModelSource } from "../source.ts";
import type { SourceKind } from "./front-end.ts";
import { FUNCTION_TYPES, functionFrontEnd } from "./function.ts";
import type { LoadedGraph } from "./graph-model/graph.ts";
import { layersModelFrontEnd } from "./layers-model.ts";

/** A plain function of tensors, with the description of its inputs. */
const functionKind: SourceKind<FunctionSource> = {
  matches: (source) => "fn" in source,
  check: checkFunction,
  load: () => functionFrontEnd,
};

/** A model of tfjs-layers, or anything with its structure. */
const layersModelKind: SourceKind<LayersModelSource> = {
  matches: (source) => {
    const { apply, layers } = source as Partial<LayersModelSource>;
    return typeof apply === "function" && Array.isArray(layers);
  },
  check: checkLayersModel,
  load: () => layersModelFrontEnd,
};

/** A model of tfjs-converter. */
const graphModelKind: SourceKind<GraphModelSource> = {
  matches: (source) => {
    const { execute, inputNodes, outputNodes } = source as Partial<GraphModelSource>;
    return typeof execute === "function" && Array.isArray(inputNodes) && Array.isArray(outputNodes);
  },
  check: checkGraphModel,
  load: async () => (await import("./graph-model.ts")).graphModelFrontEnd,
};

/** The kinds of source, in the order in which they are asked. */
export const SOURCE_KINDS: readonly SourceKind<never>[] = [functionKind, layersModelKind, graphModelKind];

function checkFunction({ fn, inputs }: FunctionSource): void {
  if (typeof fn !== "function") throw invalid(`source.fn must be a function, got ${describe(fn)}`);
  if (!Array.isArray(inputs) || inputs.length === 0) {
    throw invalid(`source.inputs must list { name, shape, dtype }, got ${describe(inputs)}`);
  }
  const names = new Set<string>();
  for (const [index, input] of (inputs as InputSpec[]).entries()) {
    const where = `source.inputs[${index}]`;
    if (input === null || typeof input !== "object" || typeof input.name !== "string" || input.name === "") {
      throw invalid(`${where}.name must be a text that is not empty, got ${describe(input?.name)}`);
    }
    if (names.has(input.name)) throw invalid(`${where}: a second input "${input.name}"`);
    names.add(input.name);
    const { shape, dtype } = input;
    if (!Array.isArray(shape) || !shape.every(isSize)) {
      throw invalid(
        `${where}.shape must list positive whole numbers, or null or { nominal } for dynamic sizes; got ${describe(shape)}`,
      );
    }
    if (dtype !== undefined && !Object.hasOwn(FUNCTION_TYPES, dtype)) {
      const types = Object.keys(FUNCTION_TYPES).map((type) => JSON.stringify(type));
      throw invalid(`${where}.dtype must be one of ${types.join(", ")}; got ${describe(dtype)}`);
    }
  }
}

function isSize(size: unknown): boolean {
  const fixed = (size as { nominal?: unknown } | null)?.nominal ?? size;
  return size === null || (Number.isInteger(fixed) && (fixed as number) > 0);
}

function invalid(what: string): ForgeError {
  return new ForgeError("invalid-source", `${what}.`);
}

function checkLayersModel(model: LayersModelSource): void {
  // `inputs` of a Sequential is undefined until a first layer with an input shape is there.
  if (!Array.isArray(model.inputs) || !Array.isArray(model.outputs)) {
    throw new ForgeError(
      "unbuilt-model",
      `Model "${model.name}" is not built: give its first layer an inputShape, or call model.build(shape).`,
    );
  }
  if (model.inputs.length === 0) {
    throw new ForgeError(
      "unbuilt-model",
      `Model "${model.name}" has no inputs: a Sequential without a layer is not built.`,
    );
  }
  // A Sequential that was never compiled or run has yet to make its inner model. Its weights exist.
  if (model.inputNames?.length !== model.inputs.length) model.build?.(undefined as never);
}

function checkGraphModel(source: GraphModelSource): void {
  const { executor } = source as LoadedGraph;
  if (source.inputs.length === 0 || executor?.graph?.nodes === undefined) {
    throw new ForgeError(
      "invalid-source",
      "The graph model has no inputs: it is not loaded, or was disposed.",
    );
  }
  if (Object.values(executor.weightMap).some((weights) => weights.some(({ isDisposed }) => isDisposed))) {
    throw new ForgeError("invalid-source", "The graph model was disposed.");
  }
}
