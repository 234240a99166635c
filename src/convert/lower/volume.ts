import { notYet } from "./call.ts";
import type { Family } from "./table.ts";

/** The lowerings of this file. */
export const lowerings: Family<"volume"> = {
  AvgPool3D: notYet,
  Conv3D: notYet,
  Conv3DBackpropInputV2: notYet,
  MaxPool3D: notYet,
};
