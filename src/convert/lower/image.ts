import type { Tensor } from "../../graph/types.ts";
import type { Call } from "./call.ts";
import { keepingType, toFloat } from "./elementwise.ts";
import type { Family } from "./table.ts";

type ResizeCall = Call<"ResizeBilinear" | "ResizeNearestNeighbor">;
type Resize = "RESIZE_BILINEAR" | "RESIZE_NEAREST_NEIGHBOR";

/** Between the nearest pixels, of floats. */
function lowerResizeBilinear(call: Call<"ResizeBilinear">): Tensor {
  return resize(call, "RESIZE_BILINEAR", toFloat(call, call.input("images")));
}

/** Of the nearest pixel; of integers as floats, since the kernel of TensorFlow Lite 2.14 knows no integers of 32 bits. */
function lowerResizeNearest(call: Call<"ResizeNearestNeighbor">): Tensor {
  return keepingType(call, call.input("images"), (images) => resize(call, "RESIZE_NEAREST_NEIGHBOR", images));
}

/** To a size that is known, or follows a dynamic one. */
function resize(call: ResizeCall, type: Resize, images: Tensor): Tensor {
  const { alignCorners: align_corners, halfPixelCenters: half_pixel_centers, size } = call.attributes;
  const options = { align_corners, half_pixel_centers };
  const dynamic = call.dynamicAttributes.get("size") as readonly (readonly [number, number])[] | undefined;
  if (dynamic === undefined) return call.add(type, [images, call.integers(size, "size")], options);
  const columns = [0, 1].map((index) => dynamic.map((sizes) => sizes[index] as number));
  const like = { ...call.output, name: call.name(call.kernel), type: images.type };
  return call.addLike(type, [images, call.integersOf(columns, "size")], options, like);
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
