import { notYet } from "./call.ts";
import type { Family } from "./table.ts";

/** The lowerings of this file. */
export const lowerings: Family<"scatter"> = {
  ScatterNd: notYet,
  TensorScatterUpdate: notYet,
  SparseToDense: notYet,
  UnsortedSegmentSum: notYet,
};
