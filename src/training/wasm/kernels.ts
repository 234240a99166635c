import {
  _FusedMatMul,
  BatchMatMul,
  Conv2D,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  DepthwiseConv2dNative,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  FusedConv2D,
  FusedDepthwiseConv2D,
  type KernelFunc,
  Tile,
  UnsortedSegmentSum,
} from "@tensorflow/tfjs-core";
import { conv2dBackpropFilter, convolutionWithLongStride, fasterConv2dBackpropInput } from "./convolution.ts";
import { depthwiseBackpropFilter, depthwiseBackpropInput } from "./depthwise.ts";
import { compose } from "./kernel-scope.ts";
import { transposingMatMul } from "./matmul.ts";
import { unsortedSegmentSum } from "./segment.ts";
import { leadingTile } from "./tile.ts";

/** Kernels that training needs and tfjs-backend-wasm 4.22 lacks: registered where the backend has none. */
export const MISSING_KERNELS: Readonly<Record<string, KernelFunc>> = {
  [Conv2DBackpropFilter]: compose(conv2dBackpropFilter),
  [DepthwiseConv2dNativeBackpropFilter]: compose(depthwiseBackpropFilter),
  [DepthwiseConv2dNativeBackpropInput]: compose(depthwiseBackpropInput),
  [UnsortedSegmentSum]: compose(unsortedSegmentSum),
};

/** Kernels that the backend has, made right or faster on top of its own: elsewhere the same values. */
export const BETTER_KERNELS: Readonly<Record<string, (original: KernelFunc) => KernelFunc>> = {
  [Conv2D]: convolutionWithLongStride(false),
  [FusedConv2D]: convolutionWithLongStride(false),
  [DepthwiseConv2dNative]: convolutionWithLongStride(true),
  [FusedDepthwiseConv2D]: convolutionWithLongStride(true),
  [Conv2DBackpropInput]: fasterConv2dBackpropInput,
  [BatchMatMul]: transposingMatMul,
  [_FusedMatMul]: transposingMatMul,
  [Tile]: leadingTile,
};
