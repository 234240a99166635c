import { isDynamic } from "../../graph/tensors.ts";
import type { Tensor } from "../../graph/types.ts";
import type { Call } from "./call.ts";
import type { Family } from "./table.ts";

/** The sizes of a tensor as integers: constant where they are fixed. */
function lowerShape(call: Call<"DynamicShape">): Tensor {
  return call.shapeOf(call.input("x"));
}

/** A tensor with a part of it exchanged, from a place that a run decides. */
function lowerUpdateSlice(call: Call<"DynamicUpdateSlice">): Tensor {
  return call.add("DYNAMIC_UPDATE_SLICE", [call.input("operand"), call.input("update"), call.input("begin")]);
}

/**
 * The fused LSTM, `[batch, time, feature]` to `[batch, time, unit]`. Its state is in variables, which have the sizes
 * of the file whatever it is run with (`unidirectional_sequence_lstm.cc`): the batch must be fixed.
 */
function lowerLstm(call: Call<"SequenceLstm">): Tensor {
  const x = call.input("x");
  if (isDynamic(x, 0)) {
    call.fail(
      'the fused LSTM needs a fixed batch: use the option { batch: 1 }, or another number, or { recurrent: "while" }',
    );
  }
  const units = call.output.shape.at(-1) as number;
  const variable = (part: string): Tensor => ({
    name: call.name(part),
    type: "float32",
    shape: [x.shape[0] as number, units],
    isVariable: true,
  });
  const gates = (part: "kernel" | "recurrent" | "bias"): readonly Tensor[] =>
    GATES.map((gate) => call.input(`${part}_${gate}`));
  const none = (count: number): readonly null[] => new Array<null>(count).fill(null);
  // Peepholes, then a projection and layer normalization: an LSTM of tfjs has none.
  const inputs = [
    x,
    ...gates("kernel"),
    ...gates("recurrent"),
    ...none(3),
    ...gates("bias"),
    ...none(2),
    variable("output_state"),
    variable("cell_state"),
    ...none(4),
  ];
  const options = {
    fused_activation_function: "TANH",
    cell_clip: 0,
    proj_clip: 0,
    time_major: false,
  } as const;
  return call.add("UNIDIRECTIONAL_SEQUENCE_LSTM", inputs, options);
}

/** In the operator's order (`kernels/lstm_shared.h`), which is tfjs's as well: input, forget, cell, output. */
const GATES = ["i", "f", "c", "o"] as const;

/** The lowerings of this file. */
export const lowerings: Family<"recurrent"> = {
  DynamicShape: lowerShape,
  DynamicUpdateSlice: lowerUpdateSlice,
  SequenceLstm: lowerLstm,
};
