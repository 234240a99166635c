import { reshape, type Tensor } from "@tensorflow/tfjs-core";
import { ForgeError } from "../../../errors.ts";
import type { LayerLike } from "../../source.ts";
import { innerLayers } from "../layer-scope.ts";
import { type LayerForm, tensorsOf } from "./form.ts";
import { runSteps, swapped } from "./recurrent.ts";

interface TimeDistributed extends LayerLike {
  readonly layer: LayerLike;
}

/**
 * `TimeDistributed`: its layer on all steps of all items at once, where the layer treats the items of a batch one by
 * one, as those of tfjs-layers do at inference. A layer of a user's own is run step by step.
 */
export const timeDistributedForm: LayerForm = (call) => {
  const { layer } = call.layer as TimeDistributed;
  const [x] = tensorsOf(call.inputs) as readonly [Tensor];
  if (holds(layer, isStateful)) {
    throw new ForgeError(
      "unsupported-kernel",
      `Layer "${call.layer.name}": a stateful layer in a TimeDistributed would have to hand its state from step to ` +
        "step. Build it with stateful: false.",
    );
  }
  const apply = (item: Tensor): Tensor => tensorsOf(layer.call(item, call.kwargs))[0] as Tensor;
  const hasMask = call.kwargs.mask != null;
  if (hasMask || holds(layer, isForeign)) {
    const { output } = runSteps(
      {
        sequences: [swapped(x)],
        states: [],
        every: true,
        step: ([item]) => ({ output: apply(item as Tensor), states: [] }),
      },
      call,
    );
    return swapped(output);
  }
  const [items, steps, ...rest] = x.shape as [number, number, ...number[]];
  const made = apply(reshape(x, [items * steps, ...rest]));
  return reshape(made, [items, steps, ...made.shape.slice(1)]);
};

/** Whether a layer, or one in it, is of some kind. */
function holds(layer: LayerLike, is: (layer: LayerLike) => boolean): boolean {
  return is(layer) || innerLayers(layer).some((inner) => holds(inner, is));
}

function isStateful(layer: LayerLike): boolean {
  return (layer as { readonly stateful?: boolean }).stateful === true;
}

/** Its class is none of tfjs-layers', or one that is derived from them. */
function isForeign(layer: LayerLike): boolean {
  return !Object.hasOwn(layer.constructor, "className") || !ITEM_BY_ITEM.has(layer.getClassName());
}

/** Classes of tfjs-layers that compute each item of a batch as if it were alone. */
const ITEM_BY_ITEM: ReadonlySet<string> = new Set(
  `Activation Add AlphaDropout Average AveragePooling1D AveragePooling2D AveragePooling3D BatchNormalization
  Bidirectional CenterCrop Concatenate Conv1D Conv2D Conv2DTranspose Conv3D Conv3DTranspose ConvLSTM2D
  ConvLSTM2DCell Cropping2D Dense DepthwiseConv2D Dot Dropout ELU Embedding Flatten Functional GRU GRUCell
  GaussianDropout GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D GlobalMaxPooling1D
  GlobalMaxPooling2D InputLayer LSTM LSTMCell LayerNormalization LeakyReLU Masking MaxPooling1D MaxPooling2D
  MaxPooling3D Maximum Minimum Model Multiply PReLU Permute RNN ReLU RepeatVector Rescaling Reshape
  SeparableConv2D Sequential SimpleRNN SimpleRNNCell Softmax SpatialDropout1D StackedRNNCells ThresholdedReLU
  TimeDistributed UpSampling2D ZeroPadding2D`.split(/\s+/),
);
