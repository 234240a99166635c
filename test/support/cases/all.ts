import type { OperatorCase } from "../judge.ts";
import { BLOCK_CASES } from "./blocks.ts";
import { COMPLEX_CASES, FOURIER_CASES } from "./complex.ts";
import { CONVOLUTION_CASES } from "./convolution.ts";
import { EINSUM_CASES } from "./einsum.ts";
import { ELEMENTARY_CASES } from "./elementary.ts";
import { ELEMENTWISE_CASES } from "./elementwise.ts";
import { IMAGE_CASES } from "./images.ts";
import { INTEGER_CASES } from "./integer.ts";
import { LAYER_CASES } from "./layers.ts";
import { MATMUL_CASES } from "./matmul.ts";
import { REDUCTION_CASES } from "./reduction.ts";
import { RESAMPLING_CASES } from "./resampling.ts";
import { SCAN_CASES } from "./scan.ts";
import { SHAPE_CASES } from "./shape.ts";
import { VOLUME_CASES } from "./volume.ts";
import { WINDOW_CASES } from "./windows.ts";

/** All models of one operator or layer. */
export const ALL_CASES: readonly OperatorCase[] = [
  ...ELEMENTARY_CASES,
  ...ELEMENTWISE_CASES,
  ...INTEGER_CASES,
  ...SCAN_CASES,
  ...REDUCTION_CASES,
  ...CONVOLUTION_CASES,
  ...MATMUL_CASES,
  ...EINSUM_CASES,
  ...COMPLEX_CASES,
  ...FOURIER_CASES,
  ...SHAPE_CASES,
  ...LAYER_CASES,
  ...VOLUME_CASES,
  ...BLOCK_CASES,
  ...IMAGE_CASES,
  ...RESAMPLING_CASES,
  ...WINDOW_CASES,
];
