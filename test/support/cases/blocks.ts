import * as tf from "@tensorflow/tfjs-core";
import { type CaseInput, fnCase, type OperatorCase } from "../judge.ts";

interface Blocks {
  readonly name: string;
  /** With a dynamic batch where the first size is null. */
  readonly shape: CaseInput["shape"];
  readonly dtype?: CaseInput["dtype"];
  readonly blocks: number[];
  readonly margins: number[][];
}

const NONE = [0, 0];

const TO_BATCH: readonly Blocks[] = [
  { name: "of 2x2", shape: [null, 4, 6, 3], blocks: [2, 2], margins: [NONE, NONE] },
  {
    name: "of 2x3, padded",
    shape: [null, 5, 7, 2],
    blocks: [2, 3],
    margins: [
      [0, 1],
      [2, 0],
    ],
  },
  { name: "of one dimension of four", shape: [null, 6, 5, 2], blocks: [3], margins: [NONE] },
  { name: "of one dimension of three", shape: [null, 5, 2], blocks: [2], margins: [[1, 0]] },
  { name: "of one dimension of two", shape: [null, 5], blocks: [2], margins: [[1, 2]] },
  { name: "of all dimensions of three", shape: [null, 4, 3], blocks: [2, 3], margins: [NONE, NONE] },
  { name: "of two dimensions of five", shape: [null, 4, 3, 2, 5], blocks: [2, 3], margins: [NONE, [1, 2]] },
  { name: "of three dimensions", shape: [null, 4, 3, 4, 2], blocks: [2, 3, 4], margins: [NONE, NONE, NONE] },
  {
    name: "of three dimensions, padded",
    shape: [null, 3, 3, 5, 2],
    blocks: [2, 1, 3],
    margins: [
      [1, 0],
      [1, 1],
      [0, 1],
    ],
  },
  {
    name: "of four dimensions",
    shape: [null, 2, 4, 3, 4],
    blocks: [1, 2, 3, 2],
    margins: [[1, 0], NONE, NONE, [1, 1]],
  },
  { name: "of one cell", shape: [null, 4, 3, 2], blocks: [1, 1], margins: [NONE, NONE] },
  { name: "of integers", shape: [null, 4, 4, 2], dtype: "int32", blocks: [2, 2], margins: [[1, 1], NONE] },
  { name: "of booleans", shape: [2, 4, 4, 2], dtype: "bool", blocks: [2, 2], margins: [NONE, NONE] },
];

const TO_SPACE: readonly Blocks[] = [
  { name: "of 2x2", shape: [8, 3, 2, 3], blocks: [2, 2], margins: [NONE, NONE] },
  {
    name: "of 2x3, cut",
    shape: [6, 3, 3, 2],
    blocks: [2, 3],
    margins: [
      [0, 1],
      [2, 1],
    ],
  },
  { name: "of one dimension of four", shape: [6, 2, 5, 2], blocks: [3], margins: [[1, 0]] },
  { name: "of one dimension of three", shape: [4, 5, 2], blocks: [2], margins: [NONE] },
  { name: "of one dimension of two", shape: [4, 5], blocks: [2], margins: [[1, 2]] },
  { name: "of all dimensions of three", shape: [12, 2, 3], blocks: [2, 3], margins: [NONE, NONE] },
  { name: "of two dimensions of five", shape: [6, 2, 3, 2, 5], blocks: [2, 3], margins: [NONE, [1, 2]] },
  { name: "of three dimensions", shape: [24, 2, 1, 3, 2], blocks: [2, 3, 4], margins: [NONE, NONE, NONE] },
  {
    name: "of three dimensions, cut",
    shape: [12, 2, 3, 2, 2],
    blocks: [2, 1, 3],
    margins: [
      [1, 0],
      [1, 1],
      [0, 1],
    ],
  },
  { name: "of one cell", shape: [2, 4, 3, 2], blocks: [1, 1], margins: [NONE, NONE] },
  { name: "of integers", shape: [4, 2, 2, 2], dtype: "int32", blocks: [2, 2], margins: [[1, 1], NONE] },
];

const given = ({ shape, dtype }: Blocks): CaseInput => ({ shape, ...(dtype && { dtype }) });

/** Blocks of cells that go into the batch and come out of it. */
export const BLOCK_CASES: readonly OperatorCase[] = [
  ...TO_BATCH.map((blocks) =>
    fnCase(
      `spaceToBatchND: blocks ${blocks.name}`,
      [given(blocks)],
      (x) => tf.spaceToBatchND(x, blocks.blocks, blocks.margins),
      0,
    ),
  ),
  ...TO_SPACE.map((blocks) =>
    fnCase(
      `batchToSpaceND: blocks ${blocks.name}`,
      [given(blocks)],
      (x) => tf.batchToSpaceND(x, blocks.blocks, blocks.margins),
      0,
    ),
  ),
  fnCase(
    "blocks into the batch and out of it",
    [[null, 5, 7, 2]],
    (x) => {
      const margins = [
        [1, 0],
        [0, 2],
      ];
      return tf.batchToSpaceND(tf.neg(tf.spaceToBatchND(x, [2, 3], margins)), [2, 3], margins);
    },
    0,
  ),
  fnCase("depthToSpace: blocks of 2", [[null, 2, 3, 12]], (x) => tf.depthToSpace(x as tf.Tensor4D, 2), 0),
  fnCase("depthToSpace: blocks of 3", [[null, 2, 3, 9]], (x) => tf.depthToSpace(x as tf.Tensor4D, 3), 0),
];
