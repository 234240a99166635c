import type { Tensor } from "../../graph/types.ts";
import { type Call, notYet } from "./call.ts";
import type { Family } from "./table.ts";
import { channelsLast } from "./window.ts";

/** Channels side by side as blocks of pixels. */
function lowerDepthToSpace(call: Call<"DepthToSpace">): Tensor {
  const { blockSize: block_size, dataFormat } = call.attributes;
  return channelsLast(call, call.input("x"), dataFormat, (x) =>
    call.add("DEPTH_TO_SPACE", [x], { block_size }),
  );
}

/** The lowerings of this file. */
export const lowerings: Family<"blocks"> = {
  BatchToSpaceND: notYet,
  SpaceToBatchND: notYet,
  DepthToSpace: lowerDepthToSpace,
};
