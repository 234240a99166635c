import {
  concat,
  fill,
  pad,
  reshape,
  reverse,
  slice,
  split,
  type Tensor,
  tensor,
  transpose,
  zeros,
} from "@tensorflow/tfjs-core";
import { callingClass, type LayerCall } from "./form.ts";
import type { RecurrentLayer } from "./recurrent.ts";

interface Readable {
  read(): Tensor;
}

/** What is read of the cell of an LSTM. */
interface LstmCell {
  readonly units: number;
  readonly kernel: Readable;
  readonly recurrentKernel: Readable;
  readonly bias: Readable | null;
  readonly activation: { getClassName(): string } | null;
  readonly recurrentActivation: { getClassName(): string } | null;
}

/** Whether the fused operator computes a layer: its activations are built in, and its states start at zero. */
export function fitsFused(layer: RecurrentLayer, call: LayerCall): boolean {
  const { activation, recurrentActivation } = layer.cell as unknown as LstmCell;
  const { kwargs, states } = call;
  return (
    callingClass(layer) === "LSTM" &&
    callingClass(layer.cell) === "LSTMCell" &&
    activation?.getClassName() === "tanh" &&
    recurrentActivation?.getClassName() === "sigmoid" &&
    kwargs.mask == null &&
    kwargs.initialState == null &&
    states.initial(layer) === null &&
    !layer.stateful &&
    !layer.returnState
  );
}

/** The logistic function of this is 0 in float32, whatever else the gate sums up. */
const CLOSED = -1e4;

/**
 * An LSTM as one operator. It keeps its state from one run to the next, and nothing in a file can clear that. So a
 * step stands in front of the sequence that does: a feature that is 1 there and 0 elsewhere closes the gates, and
 * with them closed the cell is `0·c + 0·g = 0` and the output `0·tanh(0) = 0`.
 */
export function fusedLstm(layer: RecurrentLayer, sequence: Tensor, call: LayerCall): Tensor {
  const { units, kernel, recurrentKernel, bias } = layer.cell as unknown as LstmCell;
  const [items, steps, features] = sequence.shape as [number, number, number];
  const inTime = layer.goBackwards ? reverse(sequence, 1) : sequence;
  const widened = pad(inTime, [
    [0, 0],
    [0, 0],
    [0, 1],
  ]);
  const clearing = concat([zeros([items, 1, features]), fill([items, 1, 1], 1)], 2);
  const gates = (weights: Tensor): readonly Tensor[] => split(weights, 4, weights.rank - 1);
  const closing = [CLOSED, CLOSED, 0, CLOSED];
  const kernels = gates(kernel.read()).map((weights, gate) =>
    transpose(concat([weights, fill([1, units], closing[gate] as number)], 0)),
  );
  const operands = {
    ...named("kernel", kernels),
    ...named(
      "recurrent",
      gates(recurrentKernel.read()).map((weights) => transpose(weights)),
    ),
    ...named("bias", gates(bias?.read() ?? tensor(new Float32Array(4 * units)))),
  };
  const [outputs] = call.recorder.emit(
    "SequenceLstm",
    { x: concat([clearing, widened], 1), ...operands },
    {},
    [{ shape: [items, steps + 1, units], dtype: "float32" }],
  ) as readonly [Tensor];
  return layer.returnSequences
    ? slice(outputs, [0, 1, 0])
    : reshape(slice(outputs, [0, steps, 0], [-1, 1, -1]), [items, units]);
}

function named(part: string, gates: readonly Tensor[]): Readonly<Record<string, Tensor>> {
  return Object.fromEntries(gates.map((gate, index) => [`${part}_${"ifco"[index]}`, gate]));
}
