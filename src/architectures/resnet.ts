import {
  input,
  type LayersModel,
  layers,
  type SymbolicTensor,
  model as tfModel,
} from "@tensorflow/tfjs-layers";
import { describe, didYouMean } from "../options.ts";
import { checkCompileOptions } from "./compile.ts";
import { finish } from "./finish.ts";
import { layerNames } from "./layer-names.ts";
import { type BuildOptions, checkBuildOptions, invalid } from "./options.ts";
import {
  convolution,
  GENERATION_1,
  GENERATION_2,
  normalizedRelu,
  padding,
  pooling,
  type ResNetGeneration,
  run,
} from "./resnet-blocks.ts";

/** The networks of {@link buildResNet}, by Keras's model names. */
export type ResNetVariant =
  | "resnet50"
  | "resnet101"
  | "resnet152"
  | "resnet50v2"
  | "resnet101v2"
  | "resnet152v2";

/** How {@link buildResNet} pools where there is no top: the mean or the maximum over height and width. */
export type ResNetPooling = "avg" | "max";

/** Options of {@link buildResNet}. */
export interface ResNetOptions extends BuildOptions {
  /** Which network. Default `"resnet50v2"`. */
  readonly variant?: ResNetVariant;
  /** The shape of one image, height and width 32 or more. Default `[32, 32, 1]`. */
  readonly inputShape?: readonly [height: number, width: number, channels: number];
  /**
   * `false` leaves the classifier out, for features or a head of your own: the output is that of the last stack, or
   * what `pooling` makes of it. Such a model has no `classes`, no `activation` and is not compiled. Default `true`.
   */
  readonly includeTop?: boolean;
  /** Without the top: `"avg"` or `"max"` give a vector an image. Default: no pooling. */
  readonly pooling?: ResNetPooling;
  /**
   * How much of its running mean and variance batch normalization keeps at each step, from 0 up to 1. Default 0.99, as
   * in Keras: they lag behind for hundreds of steps, and the network recognises nothing until they have caught up.
   * Give 0.9 for short training.
   */
  readonly batchNormalizationMomentum?: number;
}

interface Variant {
  readonly generation: ResNetGeneration;
  /** Blocks of each stack. */
  readonly blocks: readonly [number, number, number, number];
}

const VARIANTS: Readonly<Record<ResNetVariant, Variant>> = {
  resnet50: { generation: GENERATION_1, blocks: [3, 4, 6, 3] },
  resnet101: { generation: GENERATION_1, blocks: [3, 4, 23, 3] },
  resnet152: { generation: GENERATION_1, blocks: [3, 8, 36, 3] },
  resnet50v2: { generation: GENERATION_2, blocks: [3, 4, 6, 3] },
  resnet101v2: { generation: GENERATION_2, blocks: [3, 4, 23, 3] },
  resnet152v2: { generation: GENERATION_2, blocks: [3, 8, 36, 3] },
};

const POOLINGS: Readonly<Record<ResNetPooling, (x: SymbolicTensor) => SymbolicTensor>> = {
  avg: (x) => run(layers.globalAveragePooling2d({ name: "avg_pool" }), x),
  max: (x) => run(layers.globalMaxPooling2d({ name: "max_pool" }), x),
};

const OWN_OPTIONS = ["variant", "includeTop", "pooling", "batchNormalizationMomentum"];
const SMALLEST = 32;

/**
 * Builds a residual network, layer for layer and name for name as in Keras Applications, so that weights trained
 * there, and converted with `tensorflowjs`, find their places. Its defaults are ResNet50V2 for 32x32 grey images:
 * 23,579,018 parameters.
 *
 * Keras's own pretrained weights want the images that Keras's `preprocess_input` makes: from -1 to 1 for the second
 * generation; for the first, blue before green before red, from 0 to 255 less ImageNet's mean.
 *
 * @example
 * ```ts
 * const model = buildResNet({ inputShape: [32, 32, 1], classes: 10, seed: 1 });
 * await fit(model, resize(images, [32, 32]), labels);
 *
 * // Weights from Keras, as `tensorflowjs_converter --input_format keras` has written them.
 * const features = buildResNet({ inputShape: [224, 224, 3], includeTop: false, pooling: "avg" });
 * const { weightsManifest } = await (await fetch("resnet/model.json")).json();
 * features.loadWeights(await tf.io.loadWeights(weightsManifest, "resnet/"));
 * ```
 * @throws ForgeError `invalid-argument` for an option out of range, and for one that the top decides about: `pooling`
 *   with it, `classes`, `activation` or `compile` without; `unknown-option`, with the nearest known name.
 */
export function buildResNet(options: ResNetOptions = {}): LayersModel {
  const where = "buildResNet";
  const { variant = "resnet50v2", includeTop = true, batchNormalizationMomentum = 0.99 } = options ?? {};
  checkVariant(variant, where);
  const checked = checkBuildOptions(options, OWN_OPTIONS, where, {
    inputShape: [SMALLEST, SMALLEST, 1],
    name: variant,
  });
  const { inputShape, classes, activation, name } = checked;
  checkImage(inputShape, where);
  checkTop(options, where);
  checkMomentum(batchNormalizationMomentum, where);
  checkCompileOptions(checked.compile, where);

  const inputs = input({ shape: inputShape, name: "input_layer" });
  let x = residualStacks(inputs, VARIANTS[variant], batchNormalizationMomentum);
  if (includeTop) {
    x = POOLINGS.avg(x);
    const kernelInitializer = "glorotUniform";
    x = run(layers.dense({ units: classes, activation, kernelInitializer, name: "predictions" }), x);
  } else if (options.pooling !== undefined) {
    x = POOLINGS[options.pooling](x);
  }
  const model = tfModel({ inputs, outputs: x, name });
  return finish(model, includeTop ? checked : { ...checked, compile: false });
}

/** From the image to what the last stack makes of it. */
function residualStacks(
  image: SymbolicTensor,
  { generation, blocks }: Variant,
  momentum: number,
): SymbolicTensor {
  const named = layerNames();
  let x = padding(image, 3, "conv1_pad");
  x = convolution(x, { name: "conv1_conv", filters: 64, kernelSize: 7, strides: 2 });
  if (generation.normalized === "stem") x = normalizedRelu(x, "conv1", momentum);
  x = pooling(padding(x, 1, "pool1_pad"), { name: "pool1_pool", poolSize: 3, strides: 2 });
  for (const [stack, count] of blocks.entries()) {
    const strided = generation.strided === "first" ? 0 : count - 1;
    for (let block = 0; block < count; block++) {
      x = generation.block(x, {
        name: `conv${stack + 2}_block${block + 1}`,
        filters: 64 * 2 ** stack,
        strides: block === strided ? generation.strides[stack]! : 1,
        widens: block === 0,
        momentum,
        named,
      });
    }
  }
  return generation.normalized === "end" ? normalizedRelu(x, "post", momentum) : x;
}

function checkVariant(variant: string, where: string): void {
  if (typeof variant === "string" && Object.hasOwn(VARIANTS, variant)) return;
  const cure = didYouMean(String(variant), Object.keys(VARIANTS));
  throw invalid(where, `unknown variant ${describe(variant)}${cure}`);
}

function checkImage(shape: readonly number[], where: string): void {
  if (shape.length !== 3) {
    throw invalid(where, `inputShape must be [height,width,channels], got ${describe(shape)}`);
  }
  const [height, width] = shape as [number, number];
  if (Math.min(height, width) < SMALLEST) {
    const cure = "resize makes images larger";
    throw invalid(where, `images must be ${SMALLEST}x${SMALLEST} or more, got ${height}x${width}: ${cure}`);
  }
}

function checkMomentum(momentum: number, where: string): void {
  if (typeof momentum === "number" && momentum >= 0 && momentum < 1) return;
  throw invalid(
    where,
    `batchNormalizationMomentum must be from 0 up to 1, without it, got ${describe(momentum)}`,
  );
}

/** An option that has no effect would be taken for one that has. */
function checkTop(options: ResNetOptions, where: string): void {
  const { includeTop = true, pooling, compile } = options;
  if (typeof includeTop !== "boolean") {
    throw invalid(where, `includeTop must be true or false, got ${describe(includeTop)}`);
  }
  if (pooling !== undefined && !Object.hasOwn(POOLINGS, pooling)) {
    const cure = didYouMean(String(pooling), Object.keys(POOLINGS));
    throw invalid(where, `unknown pooling ${describe(pooling)}${cure}`);
  }
  if (includeTop && pooling !== undefined) {
    throw invalid(where, "pooling goes with includeTop: false; the top has an average pooling of its own");
  }
  if (includeTop) return;
  for (const name of ["classes", "activation"] as const) {
    if (options[name] === undefined) continue;
    throw invalid(where, `${name} goes with the top, which includeTop: false leaves out`);
  }
  if (compile !== undefined && compile !== false) {
    throw invalid(where, "a model without its top has no loss to compile with: compile what you build on it");
  }
}
