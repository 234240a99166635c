import { ScatterNd, type UnsortedSegmentSumAttrs } from "@tensorflow/tfjs-core";
import { type Composition, view } from "./kernel-scope.ts";

/**
 * Sums rows by the segment that each belongs to, the gradient of a gather (an embedding): a scatter, which
 * adds up what falls on the same place.
 */
export const unsortedSegmentSum: Composition<"x" | "segmentIds", UnsortedSegmentSumAttrs> = (
  scope,
  { x, segmentIds },
  { numSegments },
) => {
  const rows = segmentIds.shape.reduce((a, b) => a * b, 1);
  const rest = x.shape.slice(segmentIds.shape.length);
  const indices = view(segmentIds, [rows, 1]);
  const updates = view(x, [rows, ...rest]);
  return scope.run(ScatterNd, { indices, updates }, { shape: [numSegments, ...rest] });
};
