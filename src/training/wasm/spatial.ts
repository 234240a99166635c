import { PadV2, Reverse, Slice, type TensorInfo, Transpose } from "@tensorflow/tfjs-core";
import { type KernelScope, view } from "./kernel-scope.ts";

/** Rows or columns added to each side of an image; negative ones are cut off. */
interface Margins {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

export function transpose(scope: KernelScope, x: TensorInfo, perm: number[]): TensorInfo {
  return scope.run(Transpose, { x }, { perm });
}

/** Images [N, H, W, C] with zeros added around them, or cut. */
export function withMargins(scope: KernelScope, x: TensorInfo, margins: Margins): TensorInfo {
  const { top, bottom, left, right } = margins;
  let result = x;
  if (Math.min(top, bottom, left, right) < 0) {
    const [batch, height, width, channels] = x.shape as [number, number, number, number];
    const [cutTop, cutBottom, cutLeft, cutRight] = [top, bottom, left, right].map((m) => Math.max(0, -m)) as [
      number,
      number,
      number,
      number,
    ];
    result = scope.run(
      Slice,
      { x },
      {
        begin: [0, cutTop, cutLeft, 0],
        size: [batch, height - cutTop - cutBottom, width - cutLeft - cutRight, channels],
      },
    );
  }
  if (Math.max(top, bottom, left, right) <= 0) return result;
  const paddings = [
    [0, 0],
    [Math.max(0, top), Math.max(0, bottom)],
    [Math.max(0, left), Math.max(0, right)],
    [0, 0],
  ];
  return scope.run(PadV2, { x: result }, { paddings, constantValue: 0 });
}

/**
 * Images [N, H, W, C] with `strideHeight - 1` rows of zeros after each row, and columns likewise: what undoes
 * a stride. The shape is [N, H * strideHeight, W * strideWidth, C].
 */
export function spreadOut(
  scope: KernelScope,
  x: TensorInfo,
  strideHeight: number,
  strideWidth: number,
): TensorInfo {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  // Zeros after each of `count` runs of values: one padding of the middle of three dimensions.
  const pad = (info: TensorInfo, count: number, run: number, zeros: number) =>
    scope.run(
      PadV2,
      { x: view(info, [count, 1, run]) },
      {
        paddings: [
          [0, 0],
          [0, zeros],
          [0, 0],
        ],
        constantValue: 0,
      },
    );
  let result = x;
  if (strideWidth > 1) result = pad(result, batch * height * width, channels, strideWidth - 1);
  const row = width * strideWidth * channels;
  if (strideHeight > 1) result = pad(result, batch * height, row, strideHeight - 1);
  return view(result, [batch, height * strideHeight, width * strideWidth, channels]);
}

/** A filter [H, W, ...] turned by half a turn. */
export function turned(scope: KernelScope, filter: TensorInfo): TensorInfo {
  return scope.run(Reverse, { x: filter }, { dims: [0, 1] });
}
