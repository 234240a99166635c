import { backend_util } from "@tensorflow/tfjs-core";
import { floatConstant, floatsOf, isConstant, isDynamic, signatureOf } from "../../graph/tensors.ts";
import type { ConstantTensor, Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";
import { cast, toFloat } from "./elementwise.ts";
import { columnsOf, extentsOf } from "./extents.ts";
import { clamp, countingFloats, lastOf, nearest, type PixelList, pixelListOf, pixelsAt } from "./pixels.ts";
import { corners, OUTSIDE, type Samples, sample } from "./sampling.ts";
import { countingBelow } from "./size-arithmetic.ts";
import type { Family } from "./table.ts";

type TransformCall = Call<"Transform">;
type RotateCall = Call<"RotateWithOffset">;
type AnyCall = Call<KernelName>;
type FillMode = "constant" | "reflect" | "wrap" | "nearest";

/**
 * Images seen through projective transforms, each image through its own, or all through one. tfjs's cpu backend
 * stops behind the first image; what it means to do, and other backends do, is done here for all.
 */
function lowerTransform(call: TransformCall): Tensor {
  const [image, transforms] = [call.input("image"), call.input("transforms")];
  const open = [1, 2].some((dimension) => isDynamic(image, dimension) || isDynamic(call.output, dimension));
  const shared = transforms.shape[0] === 1 && !isDynamic(transforms, 0);
  if (!isConstant(transforms) || open || (!shared && isDynamic(image, 0))) {
    return computedTransforms(call, image, transforms);
  }
  return knownTransforms(call, image, transforms);
}

/** Where the points of the result lie in the image (`Transform.ts` of tfjs's cpu backend). */
function pointOf(transform: ArrayLike<number>, x: number, y: number): readonly [number, number] | null {
  const [a, b, c, d, e, f, g, h] = Array.from(transform) as unknown as Eight;
  const projection = g * x + h * y + 1;
  return projection === 0 ? null : [(d * x + e * y + f) / projection, (a * x + b * y + c) / projection];
}

type Eight = readonly [number, number, number, number, number, number, number, number];

/** A coordinate beyond the image, brought back into it. */
const MAPPED: Readonly<Record<FillMode, (at: number, size: number) => number>> = {
  constant: (at) => at,
  nearest: (at, size) => clip(at, size),
  reflect: (at, size) => {
    if (size <= 1) return clip(at, size);
    const period = 2 * size;
    if (at < 0) {
      const moved = period * Math.trunc(-at / period) + at;
      return clip(moved < -size ? moved + period : -moved - 1, size);
    }
    const moved = at - period * Math.trunc(at / period);
    return clip(moved >= size ? period - moved - 1 : moved, size);
  },
  wrap: (at, size) => {
    if (size <= 1) return clip(at, size);
    if (at < 0) return clip(at + size * (Math.trunc(-at / (size - 1)) + 1), size);
    return clip(at > size - 1 ? at - size * Math.trunc(at / (size - 1)) : at, size);
  },
};

function clip(at: number, size: number): number {
  return Math.min(Math.max(at, 0), size - 1);
}

/** Transforms that are known: for each point of the result its pixels and their weights. */
function knownTransforms(call: TransformCall, image: Tensor, transforms: ConstantTensor): Tensor {
  const { interpolation, fillMode, fillValue } = call.attributes;
  const [, height, width, channels] = image.shape as [number, number, number, number];
  const [, rows, columns] = call.output.shape as [number, number, number];
  const count = transforms.shape[0] as number;
  const values = floatsOf(transforms);
  const map = MAPPED[fillMode];
  const samples = samplesOf(count * rows * columns, interpolation === "bilinear" ? 4 : 1, (point) => {
    const [column, rest] = [point % columns, Math.floor(point / columns)];
    const [row, item] = [rest % rows, Math.floor(rest / rows)];
    const at = pointOf(values.subarray(8 * item, 8 * item + 8), column, row);
    if (at === null || !at.every(Number.isFinite)) return { pixels: [], weights: [], lost: 1 };
    const [y, x] = [map(at[0], height), map(at[1], width)] as const;
    const around =
      interpolation === "bilinear" ? corners(y, x, height, width) : nearestPixel(y, x, height, width);
    const first = item * height * width;
    return { ...around, pixels: around.pixels.map((pixel) => (pixel === OUTSIDE ? OUTSIDE : pixel + first)) };
  });
  const lost = samples.fill;
  const filled = { values: lost.map((share) => share * fillValue), channels: 1 };
  const flat = call.reshapeTo(toFloat(call, image), [count === 1 ? -1 : 1, count * height * width, channels]);
  const points = sample(call, flat, { taps: samples.taps, fill: filled });
  return call.reshapeTo(points, [signatureOf(image)[0] as number, rows, columns, channels]);
}

interface Around {
  readonly pixels: readonly number[];
  readonly weights: readonly number[];
  /** The share of the point that lies outside. */
  readonly lost: number;
}

function nearestPixel(y: number, x: number, height: number, width: number): Around {
  const [row, column] = [Math.round(y), Math.round(x)];
  const isInside = row >= 0 && row < height && column >= 0 && column < width;
  return isInside
    ? { pixels: [row * width + column], weights: [1], lost: 0 }
    : { pixels: [OUTSIDE], weights: [1], lost: 1 };
}

/** Points, each of up to so many pixels, and the share of each that lies outside. */
function samplesOf(
  points: number,
  pixels: number,
  around: (point: number) => Around,
): { readonly taps: Samples["taps"]; readonly fill: Float32Array } {
  const taps = Array.from({ length: pixels }, () => ({
    pixels: new Int32Array(points).fill(OUTSIDE),
    weights: new Float32Array(points),
  }));
  const fill = new Float32Array(points);
  for (let point = 0; point < points; point++) {
    const { pixels: numbers, weights, lost } = around(point);
    fill[point] = lost;
    for (const [index, tap] of taps.entries()) {
      const weight = weights[index] ?? 0;
      tap.weights[point] = weight;
      tap.pixels[point] = weight === 0 ? OUTSIDE : (numbers[index] ?? OUTSIDE);
    }
  }
  return { taps, fill };
}

/** Transforms or sizes that only a run knows: [images, rows, columns] of coordinates are computed. */
function computedTransforms(call: TransformCall, image: Tensor, transforms: Tensor): Tensor {
  const { interpolation, fillMode, fillValue } = call.attributes;
  const list = pixelListOf(call, image);
  const [y, x] = gridOf(call);
  const entry = (index: number): Tensor => {
    const begin = call.integers([0, index], "begin");
    const column = call.add("SLICE", [transforms, begin, call.integers([-1, 1], "size")]);
    return call.reshapeTo(column, [signatureOf(column)[0] as number, 1, 1]);
  };
  const weighed = (first: number, last: Tensor): Tensor => {
    const sum = call.add("ADD", [call.add("MUL", [entry(first), x]), call.add("MUL", [entry(first + 1), y])]);
    return call.add("ADD", [sum, last]);
  };
  const projection = weighed(6, call.scalar(1));
  const isFar = call.add("EQUAL", [projection, call.scalar(0)]);
  const divisor = call.add("SELECT_V2", [isFar, call.scalar(1), projection]);
  const coordinate = (first: number, size: Tensor): Tensor => {
    const at = call.add("DIV", [weighed(first, entry(first + 2)), divisor]);
    return COMPUTED[fillMode](call, at, toFloat(call, size));
  };
  const [atX, atY] = [coordinate(0, list.width), coordinate(3, list.height)];
  const items = itemNumbers(call, image);
  const fill = call.scalar(fillValue);
  const read = (row: Tensor, column: Tensor): Tensor =>
    readOrFill(call, list, items, row, column, fillMode === "constant" ? fill : null);
  const values =
    interpolation === "bilinear"
      ? bilinear(call, atY, atX, read)
      : read(nearest(call, atY), nearest(call, atX));
  return call.add("SELECT_V2", [withChannels(call, isFar), fill, values]);
}

/** The rows of the result as [1, rows, 1], its columns as [1, 1, columns]. */
function gridOf(call: AnyCall): readonly [Tensor, Tensor] {
  const columns = columnsOf(extentsOf(call, call.output));
  return ([1, 2] as const).map((dimension) => {
    const shape = dimension === 1 ? [1, -1, 1] : [1, 1, -1];
    const size = call.output.shape[dimension] as number;
    if (!isDynamic(call.output, dimension)) {
      return countingFloats(
        call,
        shape.map((length) => (length === -1 ? size : length)),
      );
    }
    const computed = call.integersOf([columns[dimension] as readonly number[]], "size");
    return call.reshapeTo(cast(call, countingBelow(call, computed, size), "float32"), shape);
  }) as [Tensor, Tensor];
}

/** [images, 1, 1] with the number of each: a running sum, so that no size has to be known. */
function itemNumbers(call: AnyCall, image: Tensor): Tensor {
  if (!isDynamic(image, 0)) {
    const count = image.shape[0] as number;
    return cast(call, countingFloats(call, [count, 1, 1]), "int32");
  }
  const cell = call.add("SLICE", [
    image,
    call.integers([0, 0, 0, 0], "begin"),
    call.integers([-1, 1, 1, 1], "size"),
  ]);
  const zeros = cast(call, call.add("ZEROS_LIKE", [call.reshapeTo(cell, [-1, 1, 1])]), "int32");
  const ones = call.add("ADD", [zeros, call.integers([1], "one")]);
  return call.add("CUMSUM", [ones, call.integer(0, "axis")], { exclusive: true });
}

type Map = (call: TransformCall, at: Tensor, size: Tensor) => Tensor;

/** {@link MAPPED} as operators: `size` is a vector of one float. */
const COMPUTED: Readonly<Record<FillMode, Map>> = {
  constant: (_, at) => at,
  nearest: (call, at, size) => onImage(call, at, size),
  reflect: (call, at, size) => {
    const period = call.add("MUL", [size, call.scalar(2)]);
    const periods = (x: Tensor): Tensor =>
      call.add("MUL", [period, call.add("FLOOR", [call.add("DIV", [x, period])])]);
    const negative = call.add("NEG", [at]);
    const before = call.add("ADD", [periods(negative), at]);
    const mirroredBefore = call.add("SELECT_V2", [
      call.add("LESS", [before, call.add("NEG", [size])]),
      call.add("ADD", [before, period]),
      call.add("SUB", [call.add("NEG", [before]), call.scalar(1)]),
    ]);
    const behind = call.add("SUB", [at, periods(at)]);
    const mirroredBehind = call.add("SELECT_V2", [
      call.add("GREATER_EQUAL", [behind, size]),
      call.add("SUB", [call.add("SUB", [period, behind]), call.scalar(1)]),
      behind,
    ]);
    const isBefore = call.add("LESS", [at, call.scalar(0)]);
    return onImage(call, call.add("SELECT_V2", [isBefore, mirroredBefore, mirroredBehind]), size);
  },
  wrap: (call, at, size) => {
    const last = call.add("SUB", [size, call.scalar(1)]);
    // An image of one pixel has no other: whatever comes out is clipped to it.
    const span = call.add("MAXIMUM", [last, call.scalar(1)]);
    const turns = (x: Tensor): Tensor => call.add("FLOOR", [call.add("DIV", [x, span])]);
    const negative = call.add("NEG", [at]);
    const before = call.add("ADD", [
      at,
      call.add("MUL", [size, call.add("ADD", [turns(negative), call.scalar(1)])]),
    ]);
    const behind = call.add("SUB", [at, call.add("MUL", [size, turns(at)])]);
    const isBefore = call.add("LESS", [at, call.scalar(0)]);
    const isBehind = call.add("GREATER", [at, last]);
    const inside = call.add("SELECT_V2", [isBehind, behind, at]);
    return onImage(call, call.add("SELECT_V2", [isBefore, before, inside]), size);
  },
};

function onImage(call: TransformCall, at: Tensor, size: Tensor): Tensor {
  return clamp(call, at, call.scalar(0), call.add("SUB", [size, call.scalar(1)]));
}

/** Pixels, and the fill value where there are none; without a fill value the nearest one. */
function readOrFill(
  call: AnyCall,
  list: PixelList,
  items: Tensor,
  row: Tensor,
  column: Tensor,
  fill: Tensor | null,
): Tensor {
  const lasts = [list.height, list.width].map((size) => toFloat(call, lastOf(call, size))) as [
    Tensor,
    Tensor,
  ];
  const [y, x] = [row, column].map((at, i) => clamp(call, at, call.scalar(0), lasts[i] as Tensor)) as [
    Tensor,
    Tensor,
  ];
  const pixels = pixelsAt(call, list, items, y, x);
  if (fill === null) return pixels;
  const isInside = call.add("LOGICAL_AND", [call.add("EQUAL", [y, row]), call.add("EQUAL", [x, column])]);
  return call.add("SELECT_V2", [withChannels(call, isInside), pixels, fill]);
}

/** [images, rows, columns] as [images, rows, columns, 1]. */
function withChannels(call: AnyCall, x: Tensor): Tensor {
  return call.add("EXPAND_DIMS", [x, call.integer(3, "axis")]);
}

function bilinear(
  call: AnyCall,
  y: Tensor,
  x: Tensor,
  read: (row: Tensor, column: Tensor) => Tensor,
): Tensor {
  const [top, left] = [call.add("FLOOR", [y]), call.add("FLOOR", [x])];
  const [bottom, right] = [top, left].map((at) => call.add("ADD", [at, call.scalar(1)])) as [Tensor, Tensor];
  const [down, along] = [
    withChannels(call, call.add("SUB", [y, top])),
    withChannels(call, call.add("SUB", [x, left])),
  ];
  const mixed = (row: Tensor): Tensor =>
    call.add("ADD", [
      call.add("MUL", [call.add("SUB", [call.scalar(1), along]), read(row, left)]),
      call.add("MUL", [along, read(row, right)]),
    ]);
  return call.add("ADD", [
    call.add("MUL", [call.add("SUB", [call.scalar(1), down]), mixed(top)]),
    call.add("MUL", [down, mixed(bottom)]),
  ]);
}

/** Images turned around a point, with the nearest pixel at each. */
function lowerRotate(call: RotateCall): Tensor {
  const image = call.input("image");
  if (isDynamic(image, 1) || isDynamic(image, 2)) return computedRotation(call, image);
  const { radians, fillValue, center } = call.attributes;
  const [, height, width, channels] = image.shape as [number, number, number, number];
  const [centerX, centerY] = backend_util.getImageCenter(center, height, width);
  const [sin, cos] = [Math.sin(radians), Math.cos(radians)];
  const { taps, fill } = samplesOf(height * width, 1, (point) => {
    const [x, y] = [(point % width) - centerX, Math.floor(point / width) - centerY];
    return nearestPixel(x * sin + y * cos + centerY, x * cos - y * sin + centerX, height, width);
  });
  const value = (channel: number): number => fillOf(fillValue, channel);
  const values = Float32Array.from({ length: fill.length * channels }, (_, index) =>
    fill[Math.floor(index / channels)] === 0 ? 0 : value(index % channels),
  );
  const flat = call.reshapeTo(toFloat(call, image), [-1, height * width, channels]);
  const points = sample(call, flat, { taps, fill: { values, channels } });
  return call.reshapeTo(points, [signatureOf(image)[0] as number, height, width, channels]);
}

/** What is outside; of colours the fourth channel is how opaque they are: all of it. */
function fillOf(fillValue: RotateCall["attributes"]["fillValue"], channel: number): number {
  if (typeof fillValue === "number") return fillValue;
  return channel === 3 ? 255 : (fillValue[channel] as number);
}

/** As {@link lowerRotate}, of images whose size only a run knows: in the order in which tfjs computes. */
function computedRotation(call: RotateCall, image: Tensor): Tensor {
  const { radians, fillValue, center } = call.attributes;
  const list = pixelListOf(call, image);
  const [shareX, shareY] = backend_util.getImageCenter(center, 1, 1);
  const centerOf = (size: Tensor, share: number): Tensor =>
    call.add("MUL", [toFloat(call, size), call.scalar(share)]);
  const [centerX, centerY] = [centerOf(list.width, shareX), centerOf(list.height, shareY)];
  const [row, column] = gridOf(call);
  const [y, x] = [call.add("SUB", [row, centerY]), call.add("SUB", [column, centerX])];
  const [sin, cos] = [call.scalar(Math.sin(radians)), call.scalar(Math.cos(radians))];
  const atX = call.add("SUB", [call.add("MUL", [x, cos]), call.add("MUL", [y, sin])]);
  const atY = call.add("ADD", [call.add("MUL", [x, sin]), call.add("MUL", [y, cos])]);
  const channels = image.shape[3] as number;
  const fill = floatConstant(
    call.name("fill"),
    [channels],
    Float32Array.from({ length: channels }, (_, channel) => fillOf(fillValue, channel)),
  );
  return readOrFill(
    call,
    list,
    itemNumbers(call, image),
    nearest(call, call.add("ADD", [atY, centerY])),
    nearest(call, call.add("ADD", [atX, centerX])),
    fill,
  );
}

/** The lowerings of this file. */
export const lowerings: Family<"transform"> = {
  Transform: lowerTransform,
  RotateWithOffset: lowerRotate,
};
