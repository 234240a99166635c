import { notYet } from "./call.ts";
import type { Family } from "./table.ts";

/** The lowerings of this file. */
export const lowerings: Family<"selection"> = {
  NonMaxSuppressionV3: notYet,
  NonMaxSuppressionV4: notYet,
  NonMaxSuppressionV5: notYet,
  TopK: notYet,
  Unique: notYet,
  Where: notYet,
};
