import type { Tensor } from "@tensorflow/tfjs-core";
import { ForgeError } from "../../errors.ts";
import type { InputType, LayersModelSource } from "../source.ts";
import type { FrontEnd } from "./front-end.ts";
import { watchLayers } from "./layer-scope.ts";

/** A model of tfjs-layers, or anything with its structure. */
export const layersModelFrontEnd: FrontEnd<LayersModelSource> = {
  matches: (source) => {
    const { apply, layers } = source as Partial<LayersModelSource>;
    return typeof apply === "function" && Array.isArray(layers);
  },
  check,
  name: ({ name }) => name,
  inputs: ({ inputs, inputNames }) =>
    inputs.map(({ shape, dtype }, index) => ({
      name: inputNames[index] ?? `input_${index}`,
      shape,
      dtype: dtype as InputType,
    })),
  batchFirst: true,
  open: (model) => {
    const scope = watchLayers(model.layers);
    return {
      // `apply`, not `predict`, which cuts its input into batches.
      run: (inputs: readonly Tensor[]) =>
        model.apply(inputs.length === 1 ? inputs[0] : inputs, { training: false }),
      where: scope.current,
      outputNames: model.outputNames,
      close: scope.release,
    };
  },
};

function check(model: LayersModelSource): void {
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
