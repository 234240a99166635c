import { floatsOf, intsOf, isConstant, isDynamic } from "../../graph/tensors.ts";
import type { ConstantTensor, Tensor } from "../../graph/types.ts";
import type { Call } from "./call.ts";
import { cast, toFloat } from "./elementwise.ts";
import { between, clamp, countingFloats, lastOf, nearest, pixelListOf, pixelsAt } from "./pixels.ts";
import { corners, OUTSIDE, sample } from "./sampling.ts";
import type { Family } from "./table.ts";

type CropCall = Call<"CropAndResize">;

/** Boxes of images, each brought to one size. */
function lowerCropAndResize(call: CropCall): Tensor {
  const [image, boxes, boxInd] = [call.input("image"), call.input("boxes"), call.input("boxInd")];
  const isFixed = [image, boxes, boxInd].every((x) => !isDynamic(x, 0)) && image.shapeSignature === undefined;
  if (isConstant(boxes) && isConstant(boxInd)) {
    const open = [1, 2].some((dimension) => isDynamic(image, dimension));
    const reach = Math.max(...intsOf(boxInd));
    if (!open && (isFixed || reach === 0)) return knownBoxes(call, image, boxes, boxInd);
  }
  return computedBoxes(call, image, boxes, boxInd);
}

/** Where the rows (or columns) of a crop lie in the image (`cropAndResize` of tfjs's cpu backend). */
function positions(from: number, to: number, count: number, size: number): readonly number[] {
  if (count === 1) return [0.5 * (from + to) * (size - 1)];
  const step = ((to - from) * (size - 1)) / (count - 1);
  return Array.from({ length: count }, (_, index) => from * (size - 1) + index * step);
}

/** Boxes that are known: their pixels and weights are constants, or a part of the image is all they are. */
function knownBoxes(call: CropCall, image: Tensor, boxes: ConstantTensor, boxInd: ConstantTensor): Tensor {
  const { cropSize, method, extrapolationValue } = call.attributes;
  const [batch, height, width, channels] = image.shape as [number, number, number, number];
  const corner = floatsOf(boxes);
  const crops = [...intsOf(boxInd)].map((item, index) => {
    const [y1, x1, y2, x2] = corner.subarray(4 * index, 4 * index + 4) as unknown as Corners;
    return {
      item,
      rows: positions(y1, y2, cropSize[0], height),
      columns: positions(x1, x2, cropSize[1], width),
    };
  });
  const x = toFloat(call, image);
  const part = crops.length === 1 ? partOf(call, x, crops[0] as Crop, method) : null;
  if (part !== null) return part;
  const count = crops.length * cropSize[0] * cropSize[1];
  const taps = Array.from({ length: method === "bilinear" ? 4 : 1 }, () => ({
    pixels: new Int32Array(count).fill(OUTSIDE),
    weights: new Float32Array(count),
  }));
  const fill = new Float32Array(count);
  let point = 0;
  for (const { item, rows, columns } of crops) {
    for (const row of rows) {
      for (const column of columns) {
        const at = point++;
        // tfjs leaves boxes of images that there are none of at zero.
        if (item >= batch && !isDynamic(image, 0)) continue;
        if (!(row >= 0 && row <= height - 1 && column >= 0 && column <= width - 1)) {
          fill[at] = extrapolationValue;
          continue;
        }
        const { pixels, weights } =
          method === "bilinear"
            ? corners(row, column, height, width)
            : { pixels: [Math.round(row) * width + Math.round(column)], weights: [1] };
        for (const [index, tap] of taps.entries()) {
          const pixel = pixels[index] as number;
          tap.pixels[at] =
            pixel === OUTSIDE || weights[index] === 0 ? OUTSIDE : pixel + item * height * width;
          tap.weights[at] = weights[index] as number;
        }
      }
    }
  }
  const flat = call.reshapeTo(x, [1, isDynamic(image, 0) ? -1 : batch * height * width, channels]);
  const samples = sample(call, flat, { taps, fill: { values: fill, channels: 1 } });
  return call.reshapeTo(samples, [crops.length, ...cropSize, channels]);
}

type Corners = readonly [number, number, number, number];

interface Crop {
  readonly item: number;
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

/**
 * One box whose corners are pixels: a slice, and a resize that keeps the corners where its points lie between
 * pixels. Null of other boxes.
 */
function partOf(call: CropCall, x: Tensor, { item, rows, columns }: Crop, method: string): Tensor | null {
  const [height, width] = [x.shape[1] as number, x.shape[2] as number];
  const ends = [rows, columns].map((points) => [points[0] as number, points.at(-1) as number]);
  const inside = ends.every(
    ([from, to], i) =>
      Number.isInteger(from) &&
      Number.isInteger(to) &&
      (from as number) >= 0 &&
      (to as number) >= (from as number) &&
      (to as number) < (i === 0 ? height : width),
  );
  if (!inside) return null;
  const sizes = ends.map(([from, to]) => (to as number) - (from as number) + 1);
  const whole = [rows, columns].every((points, i) => points.length === sizes[i]);
  // One point along a direction is a pixel of its own only where it is all of it.
  const resizes = method === "bilinear" && [rows, columns].every((p, i) => p.length > 1 || sizes[i] === 1);
  if (!whole && !resizes) return null;
  if (item > 0 && isDynamic(x, 0)) return null;
  if (item >= (x.shape[0] as number)) return null;
  const begin = call.integers([item, ends[0]?.[0] as number, ends[1]?.[0] as number, 0], "begin");
  const size = call.integers([1, ...sizes, x.shape[3] as number], "size");
  const part = call.add("SLICE", [x, begin, size]);
  if (whole) return part;
  const target = call.integers([rows.length, columns.length], "size");
  return call.add("RESIZE_BILINEAR", [part, target], { align_corners: true, half_pixel_centers: false });
}

/** Boxes that only a run knows: the points are computed. */
function computedBoxes(call: CropCall, image: Tensor, boxes: Tensor, boxInd: Tensor): Tensor {
  const { cropSize, method, extrapolationValue } = call.attributes;
  const [rows, columns] = cropSize;
  const list = pixelListOf(call, image);
  const y = computedPositions(call, boxes, 0, rows, list.height);
  const x = computedPositions(call, boxes, 1, columns, list.width);
  const item = cast(call, boxInd, "int32");
  const known = call.reshapeTo(call.add("MINIMUM", [item, lastOf(call, list.count)]), [-1, 1, 1]);
  const at = (row: Tensor, column: Tensor): Tensor =>
    pixelsAt(call, list, known, call.reshapeTo(row, [-1, rows, 1]), call.reshapeTo(column, [-1, 1, columns]));
  const vertically = (mask: Tensor): Tensor => call.reshapeTo(mask, [-1, rows, 1, 1]);
  const horizontally = (mask: Tensor): Tensor => call.reshapeTo(mask, [-1, 1, columns, 1]);
  const values =
    method === "bilinear"
      ? bilinear(call, y.at, x.at, at, vertically, horizontally)
      : at(nearest(call, y.at), nearest(call, x.at));
  const isInside = call.add("LOGICAL_AND", [vertically(y.isInside), horizontally(x.isInside)]);
  const inside = call.add("SELECT_V2", [isInside, values, call.scalar(extrapolationValue)]);
  const exists = call.reshapeTo(call.add("LESS", [item, list.count]), [-1, 1, 1, 1]);
  return call.add("SELECT_V2", [exists, inside, call.scalar(0)]);
}

type At = (row: Tensor, column: Tensor) => Tensor;

function bilinear(
  call: CropCall,
  y: Tensor,
  x: Tensor,
  at: At,
  vertically: (share: Tensor) => Tensor,
  horizontally: (share: Tensor) => Tensor,
): Tensor {
  const [top, bottom] = [call.add("FLOOR", [y]), call.add("CEIL", [y])];
  const [left, right] = [call.add("FLOOR", [x]), call.add("CEIL", [x])];
  const [down, along] = [vertically(call.add("SUB", [y, top])), horizontally(call.add("SUB", [x, left]))];
  const above = between(call, at(top, left), at(top, right), along);
  const below = between(call, at(bottom, left), at(bottom, right), along);
  return between(call, above, below, down);
}

interface Positions {
  /** Where the points lie, as far as they lie on the image. */
  readonly at: Tensor;
  readonly isInside: Tensor;
}

/**
 * What 32-bit floats may make of a point on the image's border, relative to its size: without it the last row
 * of a box that ends at 1 would at times count as outside.
 */
const ROUNDING = 5e-7;

/** [boxes, points] along one direction: {@link positions} as operators. */
function computedPositions(
  call: CropCall,
  boxes: Tensor,
  axis: 0 | 1,
  count: number,
  size: Tensor,
): Positions {
  const column = (index: number): Tensor => {
    const begin = call.integers([0, index], "begin");
    return call.add("SLICE", [boxes, begin, call.integers([-1, 1], "size")]);
  };
  const [from, to] = [column(axis), column(axis + 2)];
  const last = toFloat(call, lastOf(call, size));
  const scaled = (x: Tensor): Tensor => call.add("MUL", [x, last]);
  const position =
    count === 1
      ? scaled(call.add("MUL", [call.add("ADD", [from, to]), call.scalar(0.5)]))
      : call.add("ADD", [
          scaled(from),
          call.add("DIV", [
            call.add("MUL", [scaled(call.add("SUB", [to, from])), countingFloats(call, [1, count])]),
            call.scalar(count - 1),
          ]),
        ]);
  const margin = call.add("MUL", [last, call.scalar(ROUNDING)]);
  const isInside = call.add("LOGICAL_AND", [
    call.add("GREATER_EQUAL", [position, call.add("NEG", [margin])]),
    call.add("LESS_EQUAL", [position, call.add("ADD", [last, margin])]),
  ]);
  return { at: clamp(call, position, call.scalar(0), last), isInside };
}

/** The lowerings of this file. */
export const lowerings: Family<"crop"> = {
  CropAndResize: lowerCropAndResize,
};
