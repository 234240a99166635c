import { cast, denseBincount, expandDims, mul, type Tensor } from "@tensorflow/tfjs-core";
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

/** It draws another width in every run, in inference too: a file would have one of them for good. */
export const randomWidthForm: LayerForm = ({ layer }) => {
  throw new ForgeError(
    "unsupported-kernel",
    `Layer "${layer.name}": RandomWidth draws the width of its output anew in every run, which no file can do. ` +
      "It is there for training: convert the layers behind it.",
  );
};
