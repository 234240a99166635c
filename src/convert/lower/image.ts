import type { Tensor } from "../../graph/types.ts";
import type { Call } from "./call.ts";
import { toFloat } from "./elementwise.ts";
import { channelsLast } from "./window.ts";

/** To a fixed size, between the nearest pixels. */
export function lowerResizeBilinear(call: Call<"ResizeBilinear">): Tensor {
  const { alignCorners, halfPixelCenters, size } = call.attributes;
  return call.add("RESIZE_BILINEAR", [toFloat(call, call.input("images")), call.integers(size, "size")], {
    align_corners: alignCorners,
    half_pixel_centers: halfPixelCenters,
  });
}

/** To a fixed size, of the nearest pixel. */
export function lowerResizeNearest(call: Call<"ResizeNearestNeighbor">): Tensor {
  const { alignCorners, halfPixelCenters, size } = call.attributes;
  return call.add("RESIZE_NEAREST_NEIGHBOR", [call.input("images"), call.integers(size, "size")], {
    align_corners: alignCorners,
    half_pixel_centers: halfPixelCenters,
  });
}

/** Mirrors the columns of images. */
export function lowerFlip(call: Call<"FlipLeftRight">): Tensor {
  return call.add("REVERSE_V2", [call.input("image"), call.integers([2], "axis")]);
}

/** Channels side by side as blocks of pixels. */
export function lowerDepthToSpace(call: Call<"DepthToSpace">): Tensor {
  const { blockSize: block_size, dataFormat } = call.attributes;
  return channelsLast(call, call.input("x"), dataFormat, (x) =>
    call.add("DEPTH_TO_SPACE", [x], { block_size }),
  );
}
