import type { Tensor } from "@tensorflow/tfjs-core";
import { type ExtendedLayer, layerOperation } from "../../extension.ts";
import type { LayerLike } from "../../source.ts";
import type { Spec } from "../../trace/shapes.ts";
import type { FrontEndOptions } from "../front-end.ts";
import { type LayerForm, tensorsOf } from "./form.ts";

interface WithWeights extends LayerLike, ExtendedLayer {
  readonly weights: readonly { read(): Tensor }[];
}

/** The form of a layer that an extension speaks for: one operation, on what it takes and its weights. */
export function extendedForm(layer: LayerLike, { extensions = [] }: FrontEndOptions): LayerForm | undefined {
  const name = layer.getClassName();
  const extension = extensions.findLast(({ layers = {} }) => Object.hasOwn(layers, name))?.layers?.[name];
  if (extension === undefined) return undefined;
  return ({ inputs, recorder }) => {
    const extended = layer as WithWeights;
    const given = tensorsOf(inputs);
    const specs = given.map(({ shape, dtype }): Spec => ({ shape, dtype }));
    const outputs = extension.outputs(specs, extended);
    const operands = [...given, ...extended.weights.map((weight) => weight.read())];
    const made = recorder.emit(
      layerOperation(name),
      Object.fromEntries(operands.entries()),
      extended.getConfig(),
      Array.isArray(outputs) ? (outputs as readonly Spec[]) : [outputs as Spec],
    );
    return made.length === 1 ? made[0] : made;
  };
}
