import type { OperatorCase } from "../judge.ts";
import { BLOCK_CASES } from "./blocks.ts";
import { COMPLEX_CASES, FOURIER_CASES } from "./complex.ts";
import { CONVOLUTION_CASES } from "./convolution.ts";
import { COUNTING_CASES } from "./counting.ts";
import { EINSUM_CASES } from "./einsum.ts";
import { ELEMENTARY_CASES } from "./elementary.ts";
import { ELEMENTWISE_CASES } from "./elementwise.ts";
import { FILLING_CASES } from "./filling.ts";
import { GATHER_CASES } from "./gather.ts";
import { IMAGE_CASES } from "./images.ts";
import { INTEGER_CASES } from "./integer.ts";
import { JOINING_CASES } from "./joining.ts";
import { LAYER_CASES } from "./layers.ts";
import { MATMUL_CASES } from "./matmul.ts";
import { RECURRENT_CASES } from "./recurrent.ts";
import { REDUCTION_CASES } from "./reduction.ts";
import { RESAMPLING_CASES } from "./resampling.ts";
import { SCAN_CASES } from "./scan.ts";
import { SCATTER_CASES } from "./scatter.ts";
import { SELECTION_CASES } from "./selection.ts";
import { SHAPE_CASES } from "./shape.ts";
import { SPARSE_CASES } from "./sparse.ts";
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
  ...SPARSE_CASES,
  ...SELECTION_CASES,
  ...SCATTER_CASES,
  ...JOINING_CASES,
  ...GATHER_CASES,
  ...FILLING_CASES,
  ...COUNTING_CASES,
  ...LAYER_CASES,
  ...RECURRENT_CASES,
  ...VOLUME_CASES,
  ...BLOCK_CASES,
  ...IMAGE_CASES,
  ...RESAMPLING_CASES,
  ...WINDOW_CASES,
];
