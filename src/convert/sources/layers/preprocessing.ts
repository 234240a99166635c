import {
  cast,
  denseBincount,
  expandDims,
  gather,
  mul,
  type Tensor,
  type Tensor1D,
  tensor1d,
} from "@tensorflow/tfjs-core";
import { ForgeError } from "../../../errors.ts";
import type { LayerLike } from "../../source.ts";
import { type LayerForm, tensorsOf } from "./form.ts";

interface CategoryEncoding extends LayerLike {
  readonly numTokens: number;
  readonly outputMode: "int" | "oneHot" | "multiHot" | "count" | "tfIdf";
}

/**
 * `CategoryEncoding.call` of tfjs-layers without its check of the range, for which it reads values: a category that is
 * not there counts for nothing.
 */
export const categoryEncodingForm: LayerForm = ({ layer, inputs, kwargs }) => {
  const { outputMode, numTokens } = layer as CategoryEncoding;
  const [given] = tensorsOf(inputs) as readonly [Tensor];
  const categories = cast(given, "int32");
  if (outputMode === "int") return categories;
  const last = categories.shape.at(-1);
  const columns =
    categories.rank === 0 || (outputMode === "oneHot" && last !== 1)
      ? expandDims(categories, -1)
      : categories;
  if (columns.rank > 2) {
    throw new ForgeError(
      "unsupported-kernel",
      `Layer "${layer.name}": CategoryEncoding in the mode ${outputMode} takes no tensor of shape ` +
        `[${given.shape.join(", ")}]; flatten it before.`,
    );
  }
  const [weights] = tensorsOf(kwargs.countWeights ?? []) as readonly (Tensor | undefined)[];
  const isBinary = outputMode === "multiHot" || outputMode === "oneHot";
  const counted = outputMode === "count" ? (weights ?? []) : [];
  const counts = denseBincount(columns as never, counted as never, numTokens, isBinary);
  if (outputMode !== "tfIdf") return counts;
  if (weights !== undefined) return mul(counts, weights);
  throw new ForgeError(
    "unsupported-kernel",
    `Layer "${layer.name}": CategoryEncoding in the mode tfIdf needs weights, which a model cannot hand to it.`,
  );
};

interface CenterCrop extends LayerLike {
  readonly height: number;
  readonly width: number;
}

/**
 * `CenterCrop.call` of tfjs-layers, which makes a box for each item of a batch: all boxes are one, so that rows and
 * columns are picked. An image that is too small is enlarged by the layer itself.
 */
export const centerCropForm: LayerForm = ({ layer, inputs, kwargs, run }) => {
  const { height, width } = layer as CenterCrop;
  const [image] = tensorsOf(inputs) as readonly [Tensor];
  const [inHeight, inWidth] = image.shape.slice(-3) as [number, number];
  const top = Math.floor((inHeight - height) / 2);
  const half = Math.floor((inWidth - width) / 2);
  // It never starts in the first column, but for an image of the right width.
  const left = inWidth === width ? 0 : half || 1;
  if (top < 0 || left < 0) return run(image, kwargs);
  const rows = gather(image, pickedPositions(top, height, inHeight), image.rank - 3);
  return gather(rows, pickedPositions(left, width, inWidth), image.rank - 2);
};

/** Where `cropAndResize` with the method "nearest" looks (`CropAndResize.ts` of tfjs-backend-cpu), its box in float32. */
function pickedPositions(start: number, size: number, whole: number): Tensor1D {
  const [first, last] = [Math.fround(start / whole), Math.fround((start + size) / whole)];
  const scale = size > 1 ? ((last - first) * (whole - 1)) / (size - 1) : 0;
  const origin = size > 1 ? first * (whole - 1) : 0.5 * (first + last) * (whole - 1);
  return tensor1d(
    Array.from({ length: size }, (_, index) => Math.round(origin + index * scale)),
    "int32",
  );
}

/** It draws another width in every run, in inference too: a file would have one of them for good. */
export const randomWidthForm: LayerForm = ({ layer }) => {
  throw new ForgeError(
    "unsupported-kernel",
    `Layer "${layer.name}": RandomWidth draws the width of its output anew in every run, which no file can do. ` +
      "It is there for training: convert the layers behind it.",
  );
};
