import type { LayerLike } from "../../source.ts";
import { callingClass, type LayerForm } from "./form.ts";
import { categoryEncodingForm, centerCropForm, randomWidthForm } from "./preprocessing.ts";
import { recurrentForm } from "./recurrent.ts";
import { timeDistributedForm } from "./time-distributed.ts";

/** Layers that are not recorded by running their own code, by the class that has the code. */
const FORMS: Readonly<Record<string, LayerForm>> = {
  RNN: recurrentForm,
  SimpleRNN: recurrentForm,
  GRU: recurrentForm,
  LSTM: recurrentForm,
  ConvRNN2D: recurrentForm,
  ConvLSTM2D: recurrentForm,
  TimeDistributed: timeDistributedForm,
  CategoryEncoding: categoryEncodingForm,
  CenterCrop: centerCropForm,
  RandomWidth: randomWidthForm,
};

/** How a layer is recorded, where not by running its own code. */
export function formOf(layer: LayerLike): LayerForm | undefined {
  const name = callingClass(layer);
  return Object.hasOwn(FORMS, name) ? FORMS[name] : undefined;
}
