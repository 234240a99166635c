import { notYet } from "./call.ts";
import type { Family } from "./table.ts";

/** The lowerings of this file. */
export const lowerings: Family<"filling"> = {
  BroadcastArgs: notYet,
  Diag: notYet,
  Fill: notYet,
  LinSpace: notYet,
  Multinomial: notYet,
  OnesLike: notYet,
  Range: notYet,
  ZerosLike: notYet,
};
