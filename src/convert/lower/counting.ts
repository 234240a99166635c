import { notYet } from "./call.ts";
import type { Family } from "./table.ts";

/** The lowerings of this file. */
export const lowerings: Family<"counting"> = {
  Bincount: notYet,
  DenseBincount: notYet,
  SearchSorted: notYet,
};
