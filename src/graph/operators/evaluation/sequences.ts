import * as tf from "@tensorflow/tfjs-core";
import { ForgeError } from "../../../errors.ts";
import { activate, type Evaluation, integers, value } from "./rule.ts";

/** Where the operator's 24 inputs begin, by kind (`kernels/lstm_shared.h`). */
const WEIGHTS = 1;
const RECURRENT = 5;
const BIAS = 12;
const OUTPUT_STATE = 18;
const CELL_STATE = 19;

/** Peepholes, a projection and its bias, layer normalization. */
const UNUSUAL = [9, 10, 11, 16, 17, 20, 21, 22, 23];

/**
 * The fused LSTM (`unidirectional_sequence_lstm.cc`), from the state that its variables have: zeros, unless
 * the file says otherwise.
 */
export const lstm: Evaluation<"UNIDIRECTIONAL_SEQUENCE_LSTM"> = (values, options) => {
  if (
    options.diagonal_recurrent_tensors ||
    values[WEIGHTS] === undefined ||
    UNUSUAL.some((index) => values[index] !== undefined)
  ) {
    throw new ForgeError(
      "unsupported-kernel",
      "UNIDIRECTIONAL_SEQUENCE_LSTM with peepholes, projection, layer normalization, coupled gates or diagonal weights cannot be evaluated.",
    );
  }
  const time = options.time_major ? 0 : 1;
  let [h, c] = [value(values, OUTPUT_STATE), value(values, CELL_STATE)];
  const product = (x: tf.Tensor, index: number): tf.Tensor => tf.matMul(x, value(values, index), false, true);
  const gate = (x: tf.Tensor, kind: number): tf.Tensor =>
    tf.addN([product(x, WEIGHTS + kind), product(h, RECURRENT + kind), spreadBias(kind, c.shape)]);
  const spreadBias = (kind: number, shape: number[]): tf.Tensor =>
    tf.broadcastTo(value(values, BIAS + kind), shape);
  const steps = tf.unstack(value(values, 0), time).map((x) => {
    const [open, forget] = [tf.sigmoid(gate(x, 0)), tf.sigmoid(gate(x, 1))];
    const candidate = activate(gate(x, 2), options.fused_activation_function);
    const output = tf.sigmoid(gate(x, 3));
    c = tf.add(tf.mul(forget, c), tf.mul(open, candidate));
    if (options.cell_clip > 0) c = tf.clipByValue(c, -options.cell_clip, options.cell_clip);
    h = tf.mul(output, activate(c, options.fused_activation_function));
    return h;
  });
  return tf.stack(steps, time);
};

/** The two-dimensional transform of real numbers: along the rows, then along the columns. */
export const fourier: Evaluation<"RFFT2D"> = (values, _, operator) => {
  const x = value(values, 0);
  const [height, width] = integers(operator, values, 1) as [number, number];
  const rows = tf.spectral.rfft(fitted(x, height), width);
  const order = [...x.shape.keys()];
  const [last, previous] = [x.rank - 1, x.rank - 2];
  const swap = [...order.slice(0, -2), last, previous];
  // tfjs transposes no complex numbers on every backend.
  const turned = (z: tf.Tensor): tf.Tensor =>
    tf.complex(tf.transpose(tf.real(z), swap), tf.transpose(tf.imag(z), swap));
  return turned(tf.spectral.fft(turned(rows)));
};

/** Rows cut, or zeros added below, as `rfft` does with columns. */
function fitted(x: tf.Tensor, height: number): tf.Tensor {
  const missing = height - (x.shape.at(-2) as number);
  if (missing > 0) {
    const none: [number, number] = [0, 0];
    return tf.pad(x, [...x.shape.slice(0, -2).map(() => none), [0, missing], none]);
  }
  const sizes = [...x.shape];
  sizes[x.rank - 2] = height;
  return tf.slice(
    x,
    sizes.map(() => 0),
    sizes,
  );
}
