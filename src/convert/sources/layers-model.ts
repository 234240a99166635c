import type { InputType, LayerLike, LayersModelSource } from "../source.ts";
import type { InputSizes } from "../trace/input-sizes.ts";
import type { Recorder } from "../trace/recorder.ts";
import { distinctNames } from "./distinct-names.ts";
import type { FrontEnd, FrontEndOptions, OpenSource } from "./front-end.ts";
import { innerLayers, type LayerRunner, watchLayers } from "./layer-scope.ts";
import { extendedForm } from "./layers/extended.ts";
import { type StatePorts, tensorsOf } from "./layers/form.ts";
import { formOf } from "./layers/forms.ts";
import { isRecurrent, StreamedStates, streamedStates } from "./layers/streaming.ts";

/** A model of tfjs-layers, or anything with its structure. */
export const layersModelFrontEnd: FrontEnd<LayersModelSource> = {
  name: ({ name }) => name,
  inputs: ({ inputs, inputNames, layers }, options) => [
    ...inputs.map(({ shape, dtype }, index) => ({
      name: inputNames[index] ?? `input_${index}`,
      shape,
      dtype: dtype as InputType,
    })),
    ...statesOf(layers, options),
  ],
  batchFirst: true,
  warnings: ({ layers }, { state }) =>
    state === "io"
      ? []
      : layersIn(layers)
          .filter(isStateful)
          .map(({ name }) => statefulWarning(name)),
  open,
};

function statesOf(
  layers: readonly LayerLike[],
  { state }: FrontEndOptions,
): ReturnType<typeof streamedStates> {
  return state === "io" ? streamedStates(layers) : [];
}

/** What a model without streamed states hands to its layers. */
const NO_STATES: StatePorts = { initial: () => null, final: () => {} };

/** What an application says of its inputs beyond the model. */
type InputOptions = FrontEndOptions & { readonly inputs?: object };

/** Whether all sizes but the batch are the same in every run. */
function hasFixedSizes({ inputs, inputNames }: LayersModelSource, options: InputOptions): boolean {
  const given = (options.inputs ?? {}) as Readonly<Record<string, InputSizes | undefined>>;
  return inputs.every(({ shape }, index) =>
    (given[inputNames[index] ?? ""] ?? shape).slice(1).every((size) => typeof size === "number"),
  );
}

function open(model: LayersModelSource, options: InputOptions): OpenSource {
  const states = statesOf(model.layers, options);
  const { recurrent, target } = options;
  const fixedSizes = hasFixedSizes(model, options);
  let recording: { readonly recorder: Recorder; readonly states: StatePorts } | null = null;
  const runner: LayerRunner = (layer, run, inputs, kwargs) => {
    const form = recording === null ? undefined : (extendedForm(layer, options) ?? formOf(layer));
    if (recording === null || form === undefined) return run(inputs, kwargs);
    return form({
      layer,
      run,
      inputs,
      kwargs: (kwargs ?? {}) as Record<string, unknown>,
      recurrent,
      target,
      fixedSizes,
      ...recording,
    });
  };
  const scope = watchLayers(model.layers, runner);
  return {
    // `apply`, not `predict`, which cuts its input into batches.
    run(inputs, recorder) {
      const own = inputs.slice(0, inputs.length - states.length);
      const streamed = new StreamedStates(states, inputs.slice(own.length));
      recording =
        recorder === undefined ? null : { recorder, states: states.length === 0 ? NO_STATES : streamed };
      const outputs = model.apply(own.length === 1 ? own[0] : own, { training: false });
      return states.length === 0 ? outputs : [...tensorsOf(outputs), ...streamed.results];
    },
    where: scope.current,
    outputNames: distinctNames([...model.outputNames, ...states.map(({ name }) => name)]),
    close: scope.release,
  };
}

function layersIn(layers: readonly LayerLike[]): readonly LayerLike[] {
  return layers.flatMap((layer) => [layer, ...layersIn(innerLayers(layer))]);
}

function isStateful(layer: LayerLike): boolean {
  return isRecurrent(layer) && layer.stateful;
}

function statefulWarning(layer: string): string {
  return (
    `Layer "${layer}" is stateful: in the file every run starts from the state that it holds now. ` +
    'With the option { state: "io" } its state is an input and an output of the file.'
  );
}
