import type { Tensor } from "@tensorflow/tfjs-core";
import { ForgeError } from "../../../errors.ts";
import type { LayerLike } from "../../source.ts";
import type { SourceInput } from "../front-end.ts";
import { innerLayers } from "../layer-scope.ts";
import type { StatePorts } from "./form.ts";
import { formOf } from "./forms.ts";
import { type RecurrentLayer, recurrentForm } from "./recurrent.ts";

/** A state of a recurrent layer that the application carries from one run to the next. */
interface StreamedState extends SourceInput {
  readonly layer: LayerLike;
}

/** The states of all recurrent layers, in the order of the model: `lstm/state_0`, `lstm/state_1`. */
export function streamedStates(layers: readonly LayerLike[]): readonly StreamedState[] {
  return recurrentLayers(layers, "").flatMap(({ layer, path }) => {
    if (layer.goBackwards) {
      throw cannotStream(path, "it goes backwards, so that it would need the end of a sequence first");
    }
    return stateShapes(layer, path).map((shape, index) => ({
      layer,
      name: `${path}/state_${index}`,
      shape,
      dtype: "float32" as const,
    }));
  });
}

/** Hands states in and out of the layers while a model is recorded. */
export class StreamedStates implements StatePorts {
  readonly #states: readonly StreamedState[];
  readonly #inputs: ReadonlyMap<StreamedState, Tensor>;
  readonly #outputs = new Map<StreamedState, Tensor>();

  constructor(states: readonly StreamedState[], inputs: readonly Tensor[]) {
    this.#states = states;
    this.#inputs = new Map(states.map((state, index) => [state, inputs[index] as Tensor]));
  }

  readonly initial = (layer: LayerLike): readonly Tensor[] | null => {
    const own = this.#of(layer);
    if (own.some((state) => this.#outputs.has(state))) {
      throw cannotStream(layer.name, "the model runs it more than once");
    }
    return own.length === 0 ? null : own.map((state) => this.#inputs.get(state) as Tensor);
  };

  readonly final = (layer: LayerLike, states: readonly Tensor[]): void => {
    for (const [index, state] of this.#of(layer).entries()) this.#outputs.set(state, states[index] as Tensor);
  };

  /** What the layers ended with, in the order of the inputs. */
  get results(): readonly Tensor[] {
    return this.#states.map((state) => {
      const result = this.#outputs.get(state);
      if (result === undefined) throw cannotStream(state.layer.name, "the model does not run it");
      return result;
    });
  }

  #of(layer: LayerLike): readonly StreamedState[] {
    return this.#states.filter((state) => state.layer === layer);
  }
}

/** Recurrent layers at any depth, each with its path. A layer in a TimeDistributed starts anew for each step. */
function recurrentLayers(
  layers: readonly LayerLike[],
  parent: string,
): readonly { readonly layer: RecurrentLayer; readonly path: string }[] {
  return layers.flatMap((layer) => {
    const path = parent === "" ? layer.name : `${parent}/${layer.name}`;
    if (isRecurrent(layer)) return [{ layer, path }];
    return layer.getClassName() === "TimeDistributed" ? [] : recurrentLayers(innerLayers(layer), path);
  });
}

/** A recurrent layer, by the code that it runs. */
export function isRecurrent(layer: LayerLike): layer is RecurrentLayer {
  return formOf(layer) === recurrentForm;
}

interface ConvolutionalRecurrent extends RecurrentLayer {
  readonly inputSpec: readonly { readonly shape?: readonly (number | null)[] }[];
  computeSingleOutputShape(inputShape: readonly (number | null)[]): readonly (number | null)[];
}

function stateShapes(layer: RecurrentLayer, path: string): readonly (readonly (number | null)[])[] {
  const { stateSize } = layer.cell;
  const sizes = typeof stateSize === "number" ? [stateSize] : stateSize;
  const batch = layer.stateful ? ((layer.states[0]?.shape[0] ?? null) as number | null) : null;
  if (!("computeSingleOutputShape" in layer)) return sizes.map((size) => [batch, size]);
  const { inputSpec, computeSingleOutputShape } = layer as ConvolutionalRecurrent;
  const [, , ...image] = computeSingleOutputShape.call(layer, inputSpec[0]?.shape ?? []);
  if (image.some((size) => size === null || Number.isNaN(size))) {
    throw cannotStream(
      path,
      "the height and width of its images are not fixed, as those of its states must be",
    );
  }
  return sizes.map(() => [batch, ...image]);
}

function cannotStream(layer: string, why: string): ForgeError {
  return new ForgeError(
    "invalid-argument",
    `options.state is "io", and layer "${layer}" cannot take its state as an input: ${why}.`,
  );
}
