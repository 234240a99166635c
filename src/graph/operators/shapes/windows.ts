import type { OperatorOptions, Tensor } from "../../types.ts";
import {
  type AnyRule,
  input,
  integers,
  type Operands,
  type OutputSpec,
  open,
  type ShapeRule,
} from "./rule.ts";

/** Output cells of a window along one dimension (`ComputeOutSize`, `tflite/kernels/padding.h`). */
export function windowOutput(
  size: number,
  window: number,
  stride: number,
  dilation: number,
  padding: "SAME" | "VALID",
): number {
  if (padding === "SAME") return Math.ceil(size / stride);
  return Math.floor((size - (window - 1) * dilation - 1) / stride) + 1;
}

interface Window {
  readonly padding: "SAME" | "VALID";
  readonly stride_h: number;
  readonly stride_w: number;
  readonly dilation_h_factor?: number;
  readonly dilation_w_factor?: number;
}

function window2d(x: Tensor, height: number, width: number, channels: number, options: Window): OutputSpec {
  const [batch, h, w] = x.shape as [number, number, number];
  const { padding, stride_h, stride_w, dilation_h_factor = 1, dilation_w_factor = 1 } = options;
  return {
    shape: [
      batch,
      windowOutput(h, height, stride_h, dilation_h_factor, padding),
      windowOutput(w, width, stride_w, dilation_w_factor, padding),
      channels,
    ],
    type: x.type,
  };
}

export const pool = (inputs: Operands, options: OperatorOptions<"MAX_POOL_2D">): OutputSpec => {
  const x = input(inputs, 0);
  return window2d(x, options.filter_height, options.filter_width, x.shape[3] as number, options);
};

export const convolution: ShapeRule<"CONV_2D"> = (inputs, options) => {
  const [channels, height, width] = input(inputs, 1).shape as [number, number, number];
  return window2d(input(inputs, 0), height, width, channels, options);
};

export const depthwise: ShapeRule<"DEPTHWISE_CONV_2D"> = (inputs, options) => {
  const [, height, width, channels] = input(inputs, 1).shape as [number, number, number, number];
  return window2d(input(inputs, 0), height, width, channels, options);
};

export const convolution3d: ShapeRule<"CONV_3D"> = (inputs, options) => {
  const x = input(inputs, 0);
  const [batch, depth, height, width] = x.shape as [number, number, number, number];
  const [d, h, w, , channels] = input(inputs, 1).shape as [number, number, number, number, number];
  const { padding } = options;
  return {
    shape: [
      batch,
      windowOutput(depth, d, options.stride_d, options.dilation_d_factor, padding),
      windowOutput(height, h, options.stride_h, options.dilation_h_factor, padding),
      windowOutput(width, w, options.stride_w, options.dilation_w_factor, padding),
      channels,
    ],
    type: x.type,
  };
};

/** Transposed convolutions are told their output's shape. */
export const transposedConvolution: AnyRule = (inputs) => {
  const shape = integers(inputs, 0);
  const { type } = input(inputs, 2);
  return shape === null ? open(type, input(inputs, 2).shape.length) : { shape, type };
};

export const resize: AnyRule = (inputs) => {
  const { shape, type } = input(inputs, 0);
  const size = integers(inputs, 1);
  if (size === null) return open(type, 4);
  return { shape: [shape[0] as number, size[0] as number, size[1] as number, shape[3] as number], type };
};

export const depthToSpace: ShapeRule<"DEPTH_TO_SPACE"> = (inputs, { block_size }) => {
  const { shape, type } = input(inputs, 0);
  const [batch, height, width, channels] = shape as [number, number, number, number];
  return {
    shape: [batch, height * block_size, width * block_size, channels / (block_size * block_size)],
    type,
  };
};

export const spaceToDepth: ShapeRule<"SPACE_TO_DEPTH"> = (inputs, { block_size }) => {
  const { shape, type } = input(inputs, 0);
  const [batch, height, width, channels] = shape as [number, number, number, number];
  return {
    shape: [batch, height / block_size, width / block_size, channels * block_size * block_size],
    type,
  };
};

/** Blocks and margins of the dimensions between the first and the last. */
const blocks =
  (
    batch: (size: number, blocks: number) => number,
    extent: (size: number, block: number, margin: number) => number,
  ): AnyRule =>
  (inputs) => {
    const { shape, type } = input(inputs, 0);
    const [block, margins] = [integers(inputs, 1), integers(inputs, 2)];
    if (block === null || margins === null) return open(type, shape.length);
    const made = shape.map((size, index) => {
      const at = index - 1;
      if (block[at] === undefined) return size;
      return extent(size, block[at], (margins[2 * at] as number) + (margins[2 * at + 1] as number));
    });
    made[0] = batch(
      shape[0] as number,
      block.reduce((product, size) => product * size, 1),
    );
    return { shape: made, type };
  };

export const spaceToBatch = blocks(
  (size, count) => size * count,
  (size, block, padding) => (size + padding) / block,
);

export const batchToSpace = blocks(
  (size, count) => size / count,
  (size, block, crop) => size * block - crop,
);
