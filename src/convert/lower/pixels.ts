import { floatConstant } from "../../graph/tensors.ts";
import type { Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";
import { cast, toFloat } from "./elementwise.ts";
import { columnsOf, extentsFrom, extentsOf, reshapeTo } from "./extents.ts";

type AnyCall = Call<KernelName>;

/** Images of floats as one list of pixels, with their sizes as vectors of one integer. */
export interface PixelList {
  /** [images · height · width, channels]. */
  readonly pixels: Tensor;
  readonly count: Tensor;
  readonly height: Tensor;
  readonly width: Tensor;
}

/** The list of an operand's pixels. */
export function pixelListOf(call: AnyCall, images: Tensor): PixelList {
  const extents = extentsOf(call, images);
  const [count, height, width] = columnsOf(extents).map((column) => call.integersOf([column], "size")) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const flat = extentsFrom(extents, ([n, h, w, c]) => [
    (n as number) * (h as number) * (w as number),
    c as number,
  ]);
  return { pixels: reshapeTo(call, toFloat(call, images), flat), count, height, width };
}

/** A size less one: the last row, column or image. */
export function lastOf(call: AnyCall, size: Tensor): Tensor {
  return call.add("SUB", [size, call.integers([1], "one")]);
}

/** The pixels at whole rows and columns of images, of any shapes that broadcast. */
export function pixelsAt(
  call: AnyCall,
  { pixels, height, width }: PixelList,
  image: Tensor,
  row: Tensor,
  column: Tensor,
): Tensor {
  const [y, x] = [cast(call, row, "int32"), cast(call, column, "int32")];
  const line = call.add("ADD", [y, call.add("MUL", [image, height])]);
  const number = call.add("ADD", [call.add("MUL", [line, width]), x]);
  return call.add("GATHER", [pixels, number], { axis: 0 });
}

/** The nearest whole number, halves up: as JavaScript rounds. */
export function nearest(call: AnyCall, x: Tensor): Tensor {
  return call.add("FLOOR", [call.add("ADD", [x, call.scalar(0.5)])]);
}

/** `from + (to - from) · share`. */
export function between(call: AnyCall, from: Tensor, to: Tensor, share: Tensor): Tensor {
  return call.add("ADD", [from, call.add("MUL", [call.add("SUB", [to, from]), share])]);
}

/** The numbers from 0 on, as floats of a shape. */
export function countingFloats(
  call: AnyCall,
  shape: readonly number[],
  value: (index: number) => number = (index) => index,
): Tensor {
  const length = shape.reduce((all, size) => all * size, 1);
  return floatConstant(
    call.name("grid"),
    shape,
    Float32Array.from({ length }, (_, index) => value(index)),
  );
}

/** At least `low` and at most `high`. */
export function clamp(call: AnyCall, x: Tensor, low: Tensor, high: Tensor): Tensor {
  return call.add("MINIMUM", [call.add("MAXIMUM", [x, low]), high]);
}
