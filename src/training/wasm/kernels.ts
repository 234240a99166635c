import {
  _FusedMatMul,
  BatchMatMul,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  type KernelFunc,
  Tile,
  UnsortedSegmentSum,
} from "@tensorflow/tfjs-core";
import { conv2dBackpropFilter, fasterConv2dBackpropInput } from "./convolution.ts";
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

/** Kernels that the backend has, made faster on top of its own: the same values up to rounding. */
export const FASTER_KERNELS: Readonly<Record<string, (original: KernelFunc) => KernelFunc>> = {
  [BatchMatMul]: transposingMatMul,
  [_FusedMatMul]: transposingMatMul,
  [Conv2DBackpropInput]: fasterConv2dBackpropInput,
  [Tile]: leadingTile,
};
