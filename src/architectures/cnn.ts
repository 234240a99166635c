import { layers, type Sequential, sequential } from "@tensorflow/tfjs-layers";
import { checkOptions, describe } from "../options.ts";
import { checkCompileOptions } from "./compile.ts";
import { finish } from "./finish.ts";
import { layerNames } from "./layer-names.ts";
import {
  type BuildOptions,
  checkBuildOptions,
  checkDropout,
  checkUnits,
  invalid,
  isCount,
} from "./options.ts";

/** A block of a {@link buildCnn} model: convolution, batch normalization, ReLU, pooling, dropout. */
export interface CnnBlock {
  /** Output channels of the convolution. */
  readonly filters: number;
  /** Height and width of its kernel. Default 3; the convolution is valid (unpadded), with stride 1. */
  readonly kernelSize?: number | readonly [height: number, width: number];
  /** Size and stride of the maximum pooling; `true` is 2. Default `false`: none. */
  readonly pool?: number | boolean;
  /** Batch normalization between convolution and ReLU; the convolution has no bias then. Default `false`. */
  readonly batchNormalization?: boolean;
  /** The share of values left out in training at the end of the block, from 0 up to 1. Default 0: no layer. */
  readonly dropout?: number;
}

/** Options of {@link buildCnn}. */
export interface CnnOptions extends BuildOptions {
  /** The shape of one image. Default `[28, 28, 1]`. */
  readonly inputShape?: readonly [height: number, width: number, channels: number];
  /** Default: 32 filters and pooling, 64 filters and pooling, 64 filters. */
  readonly blocks?: readonly CnnBlock[];
  /** Units of the dense layers before the output, each with ReLU. Default `[64]`; `[]` for none. */
  readonly dense?: readonly number[];
}

const DEFAULT_BLOCKS: readonly CnnBlock[] = [
  { filters: 32, pool: 2 },
  { filters: 64, pool: 2 },
  { filters: 64 },
];

/**
 * Builds a convolutional network: blocks, flatten, dense layers, output. The defaults are those of TensorFlow's CNN
 * tutorial for 28x28 grey images: 93,322 parameters.
 *
 * @example
 * ```ts
 * const model = buildCnn({
 *   inputShape: [32, 32, 3],
 *   classes: 5,
 *   blocks: [{ filters: 16, pool: 2, batchNormalization: true }, { filters: 32, pool: 2, dropout: 0.25 }],
 *   seed: 1,
 * });
 * ```
 * @throws ForgeError `invalid-argument` for an option out of range, or blocks that leave nothing of the image (it
 *   names the block and what came to it); `unknown-option`, with the nearest known name.
 */
export function buildCnn(options: CnnOptions = {}): Sequential {
  const where = "buildCnn";
  const checked = checkBuildOptions(options, ["blocks", "dense"], where, {
    inputShape: [28, 28, 1],
    name: "cnn",
  });
  const { blocks: given = DEFAULT_BLOCKS, dense = [64] } = options;
  const { inputShape, classes, activation, name } = checked;
  if (inputShape.length !== 3) {
    throw invalid(where, `inputShape must be [height,width,channels], got ${describe(inputShape)}`);
  }
  const blocks = checkBlocks(given, inputShape, where);
  checkUnits(dense, "dense", where);
  checkCompileOptions(checked.compile, where);

  const named = layerNames();
  const model = sequential({ name });
  model.add(layers.inputLayer({ inputShape, name: named("input") }));
  for (const { filters, kernelSize, pool, batchNormalization, dropout } of blocks) {
    model.add(
      layers.conv2d({
        filters,
        kernelSize,
        useBias: !batchNormalization,
        ...(!batchNormalization && { activation: "relu" as const }),
        name: named("conv2d"),
      }),
    );
    if (batchNormalization) {
      model.add(layers.batchNormalization({ name: named("batch_normalization") }));
      model.add(layers.activation({ activation: "relu", name: named("re_lu") }));
    }
    if (pool > 1)
      model.add(layers.maxPooling2d({ poolSize: pool, strides: pool, name: named("max_pooling2d") }));
    if (dropout > 0) model.add(layers.dropout({ rate: dropout, name: named("dropout") }));
  }
  model.add(layers.flatten({ name: named("flatten") }));
  for (const units of dense) model.add(layers.dense({ units, activation: "relu", name: named("dense") }));
  model.add(layers.dense({ units: classes, activation, name: named("dense") }));
  return finish(model, checked);
}

interface CheckedBlock {
  readonly filters: number;
  readonly kernelSize: [number, number];
  /** 1 for no pooling. */
  readonly pool: number;
  readonly batchNormalization: boolean;
  readonly dropout: number;
}

function checkBlocks(
  blocks: readonly CnnBlock[],
  inputShape: readonly number[],
  where: string,
): CheckedBlock[] {
  if (!Array.isArray(blocks)) throw invalid(where, `blocks must be a list, got ${describe(blocks)}`);
  let [height, width] = inputShape as [number, number];
  return (blocks as readonly CnnBlock[]).map((block, index) => {
    const place = `blocks[${index}]`;
    const checked = checkBlock(block, `${where}: ${place}`);
    const before = `[${height},${width}]`;
    height = Math.floor((height - checked.kernelSize[0] + 1) / checked.pool);
    width = Math.floor((width - checked.kernelSize[1] + 1) / checked.pool);
    if (height < 1 || width < 1) {
      const pooled = checked.pool > 1 ? ` and pooling by ${checked.pool}` : "";
      throw invalid(
        where,
        `${place} leaves nothing of an image of ${before} (kernel ${checked.kernelSize.join("x")}${pooled})`,
      );
    }
    return checked;
  });
}

function checkBlock(block: CnnBlock, where: string): CheckedBlock {
  if (block === null || typeof block !== "object") {
    throw invalid(where, `a block must be an object with filters, got ${describe(block)}`);
  }
  checkOptions(block, ["filters", "kernelSize", "pool", "batchNormalization", "dropout"], where);
  const { filters, kernelSize = 3, pool = false, batchNormalization = false, dropout = 0 } = block;
  if (!isCount(filters))
    throw invalid(where, `filters must be a positive whole number, got ${describe(filters)}`);
  const kernel: readonly unknown[] = Array.isArray(kernelSize) ? [...kernelSize] : [kernelSize, kernelSize];
  if (kernel.length !== 2 || !kernel.every((d) => isCount(d))) {
    throw invalid(
      where,
      `kernelSize must be a positive whole number or two of them, got ${describe(kernelSize)}`,
    );
  }
  const size = typeof pool === "boolean" ? (pool ? 2 : 1) : pool;
  if (!isCount(size)) {
    throw invalid(where, `pool must be a positive whole number, true or false, got ${describe(pool)}`);
  }
  if (typeof batchNormalization !== "boolean") {
    throw invalid(where, `batchNormalization must be true or false, got ${describe(batchNormalization)}`);
  }
  checkDropout(dropout, "dropout", where);
  return { filters, kernelSize: kernel as [number, number], pool: size, batchNormalization, dropout };
}
