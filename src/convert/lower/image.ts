import type { Tensor } from "../../graph/types.ts";
import type { Call } from "./call.ts";
import { toFloat } from "./elementwise.ts";
import type { Family } from "./table.ts";

/** To a fixed size, between the nearest pixels. */
function lowerResizeBilinear(call: Call<"ResizeBilinear">): Tensor {
  const { alignCorners, halfPixelCenters, size } = call.attributes;
  return call.add("RESIZE_BILINEAR", [toFloat(call, call.input("images")), call.integers(size, "size")], {
    align_corners: alignCorners,
    half_pixel_centers: halfPixelCenters,
  });
}

/** To a fixed size, of the nearest pixel. */
function lowerResizeNearest(call: Call<"ResizeNearestNeighbor">): Tensor {
  const { alignCorners, halfPixelCenters, size } = call.attributes;
  return call.add("RESIZE_NEAREST_NEIGHBOR", [call.input("images"), call.integers(size, "size")], {
    align_corners: alignCorners,
    half_pixel_centers: halfPixelCenters,
  });
}

/** Mirrors the columns of images. */
function lowerFlip(call: Call<"FlipLeftRight">): Tensor {
  return call.add("REVERSE_V2", [call.input("image"), call.integers([2], "axis")]);
}

/** The lowerings of this file. */
export const lowerings: Family<"image"> = {
  FlipLeftRight: lowerFlip,
  ResizeNearestNeighbor: lowerResizeNearest,
  ResizeBilinear: lowerResizeBilinear,
};
