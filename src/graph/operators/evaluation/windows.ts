import * as tf from "@tensorflow/tfjs-core";
import type { OperatorOptions } from "../../types.ts";
import {
  activate,
  type Evaluation,
  type Image,
  integers,
  pairs,
  type Volume,
  value,
  type WithInputs,
} from "./rule.ts";

const paddingOf = (padding: "SAME" | "VALID"): "same" | "valid" => (padding === "SAME" ? "same" : "valid");

const withBias = (y: tf.Tensor, bias: tf.Tensor | undefined, activation: string): tf.Tensor =>
  activate(bias === undefined ? y : tf.add(y, bias), activation);

/** AVERAGE_POOL_2D and MAX_POOL_2D. */
export const pool =
  (operation: typeof tf.avgPool) =>
  (values: readonly tf.Tensor[], options: OperatorOptions<"MAX_POOL_2D">): tf.Tensor => {
    const { filter_height, filter_width, stride_h, stride_w, padding } = options;
    const window: [number, number] = [filter_height, filter_width];
    const y = operation(value(values, 0) as Image, window, [stride_h, stride_w], paddingOf(padding));
    return activate(y, options.fused_activation_function);
  };

export const convolution: Evaluation<"CONV_2D"> = (values, options) => {
  const { stride_h, stride_w, padding, dilation_h_factor, dilation_w_factor } = options;
  const y = tf.conv2d(
    value(values, 0) as Image,
    tf.transpose(value(values, 1), [1, 2, 3, 0]) as Image,
    [stride_h, stride_w],
    paddingOf(padding),
    "NHWC",
    [dilation_h_factor, dilation_w_factor],
  );
  return withBias(y, values[2], options.fused_activation_function);
};

export const depthwise: Evaluation<"DEPTHWISE_CONV_2D"> = (values, options) => {
  const { stride_h, stride_w, padding, dilation_h_factor, dilation_w_factor, depth_multiplier } = options;
  const [, height, width, channels] = value(values, 1).shape as [number, number, number, number];
  const shape: Image["shape"] = [height, width, channels / depth_multiplier, depth_multiplier];
  const y = tf.depthwiseConv2d(
    value(values, 0) as Image,
    tf.reshape(value(values, 1), shape) as Image,
    [stride_h, stride_w],
    paddingOf(padding),
    "NHWC",
    [dilation_h_factor, dilation_w_factor],
  );
  return withBias(y, values[2], options.fused_activation_function);
};

export const transposedConvolution: Evaluation<"TRANSPOSE_CONV"> = (values, options, operator) => {
  const y = tf.conv2dTranspose(
    value(values, 2) as Image,
    tf.transpose(value(values, 1), [1, 2, 0, 3]) as Image,
    integers(operator, values, 0) as Image["shape"],
    [options.stride_h, options.stride_w],
    paddingOf(options.padding),
  );
  return withBias(y, values[3], options.fused_activation_function);
};

export const convolution3d: Evaluation<"CONV_3D"> = (values, options) => {
  const [x, filter] = [value(values, 0) as Volume, value(values, 1) as Volume];
  const strides = [options.stride_d, options.stride_h, options.stride_w] as const;
  const dilations = [
    options.dilation_d_factor,
    options.dilation_h_factor,
    options.dilation_w_factor,
  ] as const;
  // Not tfjs's "same", which pads a negative number of cells where a stride is longer than the window.
  const padded = options.padding === "SAME" ? padVolume(x, filter.shape, strides, dilations) : x;
  const y = tf.conv3d(padded, filter, [...strides], "valid", "NDHWC", [...dilations]);
  return withBias(y, values[2], options.fused_activation_function);
};

/** With the cells around it that SAME stands for (`ComputePaddingWithOffset` in `tflite/kernels/padding.h`). */
function padVolume(
  x: Volume,
  window: readonly number[],
  strides: readonly number[],
  dilations: readonly number[],
): Volume {
  const cells = strides.map((stride, index): [number, number] => {
    const size = x.shape[index + 1] as number;
    const extent = ((window[index] as number) - 1) * (dilations[index] as number) + 1;
    const missing = Math.max(0, (Math.ceil(size / stride) - 1) * stride + extent - size);
    return [Math.floor(missing / 2), Math.ceil(missing / 2)];
  });
  return tf.pad(x, [[0, 0], ...cells, [0, 0]]);
}

export const transposedConvolution3d: Evaluation<"CONV_3D_TRANSPOSE"> = (values, options, operator) => {
  const y = tf.conv3dTranspose(
    value(values, 2) as Volume,
    value(values, 1) as Volume,
    integers(operator, values, 0) as Volume["shape"],
    [options.stride_d, options.stride_h, options.stride_w],
    paddingOf(options.padding),
  );
  return withBias(y, values[3], options.fused_activation_function);
};

/** RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR. */
export const resize =
  (operation: typeof tf.image.resizeBilinear) =>
  (
    values: readonly tf.Tensor[],
    { align_corners, half_pixel_centers }: OperatorOptions<"RESIZE_BILINEAR">,
    operator: WithInputs,
  ): tf.Tensor =>
    operation(
      value(values, 0) as Image,
      integers(operator, values, 1) as [number, number],
      align_corners,
      half_pixel_centers,
    );

export const spaceToDepth: Evaluation<"SPACE_TO_DEPTH"> = (values, { block_size: block }) => {
  const x = value(values, 0);
  const [batch, height, width, channels] = x.shape as Image["shape"];
  const [rows, columns] = [height / block, width / block];
  const blocks = tf.reshape(x, [batch, rows, block, columns, block, channels]);
  const inside = tf.transpose(blocks, [0, 1, 3, 2, 4, 5]);
  return tf.reshape(inside, [batch, rows, columns, block * block * channels]);
};

/** BATCH_TO_SPACE_ND and SPACE_TO_BATCH_ND. */
export const blocks =
  (operation: typeof tf.batchToSpaceND) =>
  (values: readonly tf.Tensor[], _: unknown, operator: WithInputs): tf.Tensor =>
    operation(value(values, 0), integers(operator, values, 1), pairs(integers(operator, values, 2)));
