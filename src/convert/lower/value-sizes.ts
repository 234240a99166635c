import type { Tensor } from "../../graph/types.ts";
import type { Call } from "./call.ts";
import type { Family } from "./table.ts";

const MAX_INT32 = 2 ** 31 - 1;

type AnyCall = Pick<Call, "output" | "integers">;

/** A size operand: a constant where what is made has fixed sizes after all, else what a run computes. */
function sizesOr(call: AnyCall, sizes: readonly number[], computed: Tensor): Tensor {
  return isFixed(call.output) ? call.integers(sizes, "sizes") : computed;
}

/** What is made by an operator that cannot know its sizes: dynamic there, and fixed behind it where they are. */
function openLike(tensor: Tensor): Tensor {
  return isFixed(tensor) ? { ...tensor, shapeSignature: tensor.shape.map(() => -1) } : tensor;
}

function isFixed({ shapeSignature }: Tensor): boolean {
  return shapeSignature === undefined || !shapeSignature.includes(-1);
}

/** A tensor of one value, of sizes that a run computes. */
function lowerFill(call: Call<"DynamicFill">): Tensor {
  const dims = sizesOr(call, call.output.shape, call.input("dims"));
  return call.addLike("FILL", [dims, call.input("value")], {}, call.output);
}

function lowerRange(call: Call<"DynamicRange">): Tensor {
  const operands = [call.input("start"), call.input("limit"), call.input("delta")];
  return call.addLike("RANGE", operands, {}, openLike(call.output));
}

function lowerReshape(call: Call<"DynamicReshape">): Tensor {
  const shape = sizesOr(call, call.output.shape, call.input("shape"));
  return call.addLike("RESHAPE", [call.input("x"), shape], {}, call.output);
}

/**
 * By STRIDED_SLICE, which cuts an end that is too large: SLICE of a computed size gives LiteRT.js 2.11 a tensor of the
 * sizes that the file has. A size of -1 is all that is left.
 */
function lowerSlice(call: Call<"DynamicSlice">): Tensor {
  const [x, begin, size] = [call.input("x"), call.input("begin"), call.input("size")];
  if (isFixed(call.output)) {
    return call.addLike("SLICE", [x, begin, call.integers(call.output.shape, "size")], {}, call.output);
  }
  const isRest = call.add("LESS", [size, call.integer(0, "none")]);
  const rest = call.integers(
    x.shape.map(() => MAX_INT32),
    "rest",
  );
  const end = call.add("SELECT", [isRest, rest, call.add("ADD", [begin, size])]);
  const strides = call.integers(
    x.shape.map(() => 1),
    "strides",
  );
  return call.addLike("STRIDED_SLICE", [x, begin, end, strides], {}, call.output);
}

function lowerStridedSlice(call: Call<"DynamicStridedSlice">): Tensor {
  const { beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = call.attributes;
  const operands = [call.input("x"), call.input("begin"), call.input("end"), call.input("strides")];
  const options = {
    begin_mask: beginMask,
    end_mask: endMask,
    ellipsis_mask: ellipsisMask,
    new_axis_mask: newAxisMask,
    shrink_axis_mask: shrinkAxisMask,
  };
  const like = call.output.shape.length === 0 ? call.output : openLike(call.output);
  return call.addLike("STRIDED_SLICE", operands, options, like);
}

function lowerPad(call: Call<"DynamicPad">): Tensor {
  const value = call.optional("value");
  const operands = [call.input("x"), call.input("paddings")];
  const like = openLike(call.output);
  return value === null
    ? call.addLike("PAD", operands, {}, like)
    : call.addLike("PADV2", [...operands, value], {}, like);
}

function lowerTile(call: Call<"DynamicTile">): Tensor {
  return call.addLike("TILE", [call.input("x"), call.input("multiples")], {}, openLike(call.output));
}

function lowerBroadcastTo(call: Call<"DynamicBroadcastTo">): Tensor {
  const shape = sizesOr(call, call.output.shape, call.input("shape"));
  return call.addLike("BROADCAST_TO", [call.input("x"), shape], {}, call.output);
}

/** The operator wants its number without dimensions (`topk_v2.cc`). */
function lowerTopK(call: Call<"DynamicTopK">): readonly Tensor[] {
  const k = call.input("k");
  const count = isFixed(call.output)
    ? call.integer(call.output.shape.at(-1) as number, "count")
    : k.shape.length === 0
      ? k
      : call.reshapeTo(k, []);
  return call.addManyLike("TOPK_V2", [call.input("x"), count], {}, call.outputs);
}

function lowerBilinear(call: Call<"DynamicResizeBilinear">): Tensor {
  return call.addLike("RESIZE_BILINEAR", imagesAndSize(call), optionsOf(call), call.output);
}

function lowerNearest(call: Call<"DynamicResizeNearestNeighbor">): Tensor {
  return call.addLike("RESIZE_NEAREST_NEIGHBOR", imagesAndSize(call), optionsOf(call), call.output);
}

type Resize = Call<"DynamicResizeBilinear" | "DynamicResizeNearestNeighbor">;

function imagesAndSize(call: Resize): readonly Tensor[] {
  return [call.input("images"), sizesOr(call, call.output.shape.slice(1, 3), call.input("size"))];
}

function optionsOf({ attributes }: Resize): {
  readonly align_corners: boolean;
  readonly half_pixel_centers: boolean;
} {
  return { align_corners: attributes.alignCorners, half_pixel_centers: attributes.halfPixelCenters };
}

/** The lowerings of this file: each is the operator of its name, with sizes that values decide. */
export const lowerings: Family<"value-sizes"> = {
  DynamicBroadcastTo: lowerBroadcastTo,
  DynamicFill: lowerFill,
  DynamicPad: lowerPad,
  DynamicRange: lowerRange,
  DynamicReshape: lowerReshape,
  DynamicResizeBilinear: lowerBilinear,
  DynamicResizeNearestNeighbor: lowerNearest,
  DynamicSlice: lowerSlice,
  DynamicStridedSlice: lowerStridedSlice,
  DynamicTile: lowerTile,
  DynamicTopK: lowerTopK,
};
