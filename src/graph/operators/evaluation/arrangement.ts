import * as tf from "@tensorflow/tfjs-core";
import { signatureOf } from "../../tensors.ts";
import type { Tensor } from "../../types.ts";
import { type Evaluation, integers, pairs, scalar, spread, value } from "./rule.ts";

export const reshape: Evaluation<"RESHAPE"> = (values, _, operator) => {
  const target = operator.inputs[1];
  // The operand, since the sizes of an output may be nominal; without one, as of a scalar, the output says all.
  const isGiven = target != null && !target.shape.includes(0);
  return tf.reshape(
    value(values, 0),
    isGiven ? integers(operator, values, 1) : [...signatureOf(operator.outputs[0] as Tensor)],
  );
};

export const pad: Evaluation<"PAD"> = (values, _, operator) =>
  tf.pad(value(values, 0), pairs(integers(operator, values, 1)));

export const padWith: Evaluation<"PADV2"> = (values, _, operator) =>
  tf.pad(value(values, 0), pairs(integers(operator, values, 1)), scalar(values, 2));

export const mirrorPad: Evaluation<"MIRROR_PAD"> = (values, { mode }, operator) =>
  tf.mirrorPad(
    value(values, 0),
    pairs(integers(operator, values, 1)),
    mode === "REFLECT" ? "reflect" : "symmetric",
  );

export const stridedSlice: Evaluation<"STRIDED_SLICE"> = (values, options, operator) =>
  tf.stridedSlice(
    value(values, 0),
    integers(operator, values, 1),
    integers(operator, values, 2),
    integers(operator, values, 3),
    options.begin_mask,
    options.end_mask,
    options.ellipsis_mask,
    options.new_axis_mask,
    options.shrink_axis_mask,
  );

export const squeeze: Evaluation<"SQUEEZE"> = (values, { squeeze_dims = [] }) => {
  const x = value(values, 0);
  return squeeze_dims.length === 0 ? tf.squeeze(x) : tf.squeeze(x, [...squeeze_dims]);
};

export const matrixDiagonal: Evaluation<"MATRIX_DIAG"> = (values) => {
  const x = value(values, 0);
  const size = x.shape.at(-1) as number;
  // Chosen, not multiplied by zero: that would spread NaN and infinity.
  return tf.where(tf.cast(tf.eye(size), "bool"), tf.expandDims(x, -1), tf.zeros([1], x.dtype));
};

export const oneHot: Evaluation<"ONE_HOT"> = (values, { axis }, operator) => {
  const [depth] = integers(operator, values, 1) as [number];
  const indices = value(values, 0);
  const hot = tf.cast(tf.oneHot(tf.cast(indices, "int32"), depth), "bool");
  const made = tf.where(hot, value(values, 2), value(values, 3));
  if (axis === -1) return made;
  const order = Array.from(indices.shape, (_, index) => index);
  return tf.transpose(made, [...order.slice(0, axis), indices.rank, ...order.slice(axis)]);
};

export const broadcastArgs: Evaluation<"BROADCAST_ARGS"> = (values, _, operator) =>
  tf.tensor1d(
    tf.backend_util.assertAndGetBroadcastShape(integers(operator, values, 0), integers(operator, values, 1)),
    "int32",
  );

export const dynamicUpdateSlice: Evaluation<"DYNAMIC_UPDATE_SLICE"> = (values, _, operator) => {
  const [x, update] = [value(values, 0), value(values, 1)];
  const margins = integers(operator, values, 2).map((start, index): [number, number] => {
    // What would reach past an end is moved inside (`dynamic_update_slice.cc`).
    const room = (x.shape[index] as number) - (update.shape[index] as number);
    const before = Math.min(Math.max(start, 0), room);
    return [before, room - before];
  });
  const covered = tf.pad(tf.onesLike(tf.cast(update, "int32")), margins);
  return tf.where(tf.cast(covered, "bool"), tf.pad(update, margins), x);
};

/** A condition of one dimension chooses rows (`select.cc`): it does not broadcast from the last dimension. */
export const select: Evaluation<"SELECT"> = (values) => {
  const [condition, a, b] = [value(values, 0), value(values, 1), value(values, 2)];
  const rows = condition.rank === 1 && a.rank > 1;
  const shape = [condition.size, ...Array<number>(Math.max(a.rank - 1, 0)).fill(1)];
  return tf.where(rows ? tf.reshape(condition, shape) : condition, a, b);
};

export const fill: Evaluation<"FILL"> = (values, _, operator) =>
  spread(value(values, 1), integers(operator, values, 0));
