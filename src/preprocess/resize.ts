import { cast, image, Tensor, type Tensor3D, type Tensor4D, tidy } from "@tensorflow/tfjs-core";
import { ForgeError } from "../errors.ts";
import { checkOptions, describe, didYouMean } from "../options.ts";
import { checkShapedArray, isShapedArray, isTypedArray, type ShapedArray } from "./shaped-array.ts";

/** How {@link resize} looks between pixels. */
export type ResizeMethod = "bilinear" | "nearest";

/** Options of {@link resize}, named as in `tf.image`. */
export interface ResizeOptions {
  /** Default `"bilinear"`. */
  readonly method?: ResizeMethod;
  /** The centres of the four corner pixels stay at the corners. Default `false`. */
  readonly alignCorners?: boolean;
  /**
   * Pixels are squares with their centre at a half, as in TensorFlow 2 and in Android's own scaling.
   * Default `true`, or `false` where `alignCorners` is set: the two exclude each other.
   */
  readonly halfPixelCenters?: boolean;
}

/**
 * Scales images to another height and width: float32, in the range that came in.
 *
 * The array path needs no tfjs backend and computes what tfjs's CPU kernels do.
 *
 * @example
 * ```ts
 * resize(photo, [224, 224]);                                     // tensor [h,w,c] or [n,h,w,c]
 * resize({ data: pixels, shape: [64, 64, 3] }, [32, 32], { method: "nearest" });
 * ```
 * @param x `[height, width, channels]` or `[count, height, width, channels]`, any numeric dtype.
 * @param size `[height, width]` in pixels.
 * @throws ForgeError `invalid-argument` for another rank (it says what shape came), a size that is not
 *   two positive whole numbers, both coordinate options at once; `unknown-option`.
 */
export function resize(
  x: Tensor,
  size: readonly [height: number, width: number],
  options?: ResizeOptions,
): Tensor;
export function resize(
  x: ShapedArray,
  size: readonly [height: number, width: number],
  options?: ResizeOptions,
): ShapedArray<Float32Array>;
export function resize(
  x: Tensor | ShapedArray,
  size: readonly [height: number, width: number],
  options: ResizeOptions = {},
): Tensor | ShapedArray<Float32Array> {
  const how = checkResizeOptions(options);
  if (!Array.isArray(size) || size.length !== 2 || !size.every((d) => Number.isInteger(d) && d > 0)) {
    throw new ForgeError(
      "invalid-argument",
      `resize: size must be [height, width] in whole pixels, got ${describe(size)}.`,
    );
  }
  if (x instanceof Tensor) {
    checkImageShape(x.shape);
    const target: [number, number] = [size[0], size[1]];
    return tidy(() => {
      const pixels = (x.dtype === "float32" ? x : cast(x, "float32")) as Tensor3D | Tensor4D;
      return how.method === "nearest"
        ? image.resizeNearestNeighbor(pixels, target, how.alignCorners, how.halfPixelCenters)
        : image.resizeBilinear(pixels, target, how.alignCorners, how.halfPixelCenters);
    });
  }
  if (isShapedArray(x)) {
    checkShapedArray(x, "resize");
    checkImageShape(x.shape);
    return resizeArray(x, size, how);
  }
  const cure = isTypedArray(x) ? ": give it a shape first, as in reshape(data, [-1, 64, 64, 3])" : "";
  throw new ForgeError(
    "invalid-argument",
    `resize: expected a tensor or { data, shape }, got ${describe(x)}${cure}.`,
  );
}

const METHODS: readonly ResizeMethod[] = ["bilinear", "nearest"];

function checkResizeOptions(options: ResizeOptions): Required<ResizeOptions> {
  checkOptions(options, ["method", "alignCorners", "halfPixelCenters"], "resize");
  const { method = "bilinear", alignCorners = false, halfPixelCenters = !alignCorners } = options;
  if (!METHODS.includes(method)) {
    throw new ForgeError(
      "invalid-argument",
      `resize: unknown method ${describe(method)}${didYouMean(String(method), METHODS)}.`,
    );
  }
  if (alignCorners && halfPixelCenters) {
    throw new ForgeError("invalid-argument", "resize: alignCorners and halfPixelCenters exclude each other.");
  }
  return { method, alignCorners, halfPixelCenters };
}

function checkImageShape(shape: readonly number[]): void {
  if ((shape.length === 3 || shape.length === 4) && shape.slice(-3).every((d) => d > 0)) return;
  const cure = shape.length === 2 ? ": addChannel gives it a third dimension" : "";
  throw new ForgeError(
    "invalid-argument",
    `resize: expected [height,width,channels] or [count,height,width,channels], got shape [${shape.join(",")}]${cure}.`,
  );
}

/** Where a target row or column comes from: two neighbours and how far between them. */
interface Taps {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly between: Float64Array;
}

function taps(from: number, to: number, how: Required<ResizeOptions>): Taps {
  const scale = how.alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;
  const result = { low: new Int32Array(to), high: new Int32Array(to), between: new Float64Array(to) };
  for (let i = 0; i < to; i++) {
    if (how.method === "nearest") {
      const source = how.halfPixelCenters ? scale * (i + 0.5) : scale * i;
      const nearest = Math.min(from - 1, how.alignCorners ? Math.round(source) : Math.floor(source));
      result.low[i] = nearest;
      result.high[i] = nearest;
    } else {
      const source = how.halfPixelCenters ? scale * (i + 0.5) - 0.5 : scale * i;
      const low = Math.max(0, Math.floor(source));
      result.low[i] = low;
      result.high[i] = Math.min(from - 1, Math.ceil(source));
      result.between[i] = source - low;
    }
  }
  return result;
}

function resizeArray(
  x: ShapedArray,
  [height, width]: readonly [number, number],
  how: Required<ResizeOptions>,
): ShapedArray<Float32Array> {
  const { data, shape } = x;
  const [fromHeight, fromWidth, channels] = shape.slice(-3) as [number, number, number];
  const count = shape.length === 4 ? shape[0]! : 1;
  const rows = taps(fromHeight, height, how);
  const columns = taps(fromWidth, width, how);
  const result = new Float32Array(count * height * width * channels);
  let out = 0;
  for (let n = 0; n < count; n++) {
    const start = n * fromHeight * fromWidth * channels;
    for (let r = 0; r < height; r++) {
      const top = start + rows.low[r]! * fromWidth * channels;
      const bottom = start + rows.high[r]! * fromWidth * channels;
      const down = rows.between[r]!;
      for (let c = 0; c < width; c++) {
        const left = columns.low[c]! * channels;
        const right = columns.high[c]! * channels;
        const across = columns.between[c]!;
        for (let k = 0; k < channels; k++) {
          const topLeft = data[top + left + k]!;
          const bottomLeft = data[bottom + left + k]!;
          const above = topLeft + (data[top + right + k]! - topLeft) * across;
          const below = bottomLeft + (data[bottom + right + k]! - bottomLeft) * across;
          result[out++] = above + (below - above) * down;
        }
      }
    }
  }
  return { data: result, shape: [...shape.slice(0, -3), height, width, channels] };
}
