import { notYet } from "./call.ts";
import type { Family } from "./table.ts";

/** The lowerings of this file. */
export const lowerings: Family<"gather"> = {
  GatherV2: notYet,
  GatherNd: notYet,
  OneHot: notYet,
};
