import { type SymbolicTensor, layers as tfLayers } from "@tensorflow/tfjs-layers";

type Layer = tfLayers.Layer;

/** Where a residual block stands. */
interface BlockOptions {
  /** What its layers' names begin with, as in Keras: `conv2_block1`. */
  readonly name: string;
  /** Channels within the block; four times as many leave it. */
  readonly filters: number;
  readonly strides: number;
  /** The first block of a stack widens: its shortcut is a convolution. */
  readonly widens: boolean;
  /** Of batch normalization's running mean and variance. */
  readonly momentum: number;
  /** Names for the layers that Keras leaves to its counter. */
  readonly named: (kind: string) => string;
}

/** How the two generations of ResNet differ. */
export interface ResNetGeneration {
  /** Of the four stacks. */
  readonly strides: readonly [number, number, number, number];
  /** The block of a stack that takes its strides. */
  readonly strided: "first" | "last";
  /** Where batch normalization and ReLU stand outside the blocks: behind the first convolution or the last stack. */
  readonly normalized: "stem" | "end";
  readonly block: (x: SymbolicTensor, options: BlockOptions) => SymbolicTensor;
}

/**
 * He et al. 2015: each convolution is followed by batch normalization, and the block ends with a ReLU.
 *
 * @internal
 */
export const GENERATION_1: ResNetGeneration = {
  strides: [1, 2, 2, 2],
  strided: "first",
  normalized: "stem",
  block: (x, { name, filters, strides, widens, momentum }) => {
    let shortcut = x;
    if (widens) {
      shortcut = convolution(x, { name: `${name}_0_conv`, filters: 4 * filters, kernelSize: 1, strides });
      shortcut = normalization(shortcut, `${name}_0_bn`, momentum);
    }
    let y = convolution(x, { name: `${name}_1_conv`, filters, kernelSize: 1, strides });
    y = normalizedRelu(y, `${name}_1`, momentum);
    y = convolution(y, { name: `${name}_2_conv`, filters, kernelSize: 3, padding: "same" });
    y = normalizedRelu(y, `${name}_2`, momentum);
    y = convolution(y, { name: `${name}_3_conv`, filters: 4 * filters, kernelSize: 1 });
    y = normalization(y, `${name}_3_bn`, momentum);
    return relu(run(tfLayers.add({ name: `${name}_add` }), [shortcut, y]), `${name}_out`);
  },
};

/**
 * He et al. 2016: batch normalization and ReLU come before each convolution, and nothing stands in the way of the sum.
 *
 * @internal
 */
export const GENERATION_2: ResNetGeneration = {
  strides: [2, 2, 2, 1],
  strided: "last",
  normalized: "end",
  block: (x, { name, filters, strides, widens, momentum, named }) => {
    const start = normalizedRelu(x, `${name}_preact`, momentum);
    let shortcut = x;
    if (widens)
      shortcut = convolution(start, { name: `${name}_0_conv`, filters: 4 * filters, kernelSize: 1, strides });
    else if (strides > 1) shortcut = pooling(x, { name: named("max_pooling2d"), poolSize: 1, strides });
    let y = convolution(start, { name: `${name}_1_conv`, filters, kernelSize: 1, useBias: false });
    y = padding(normalizedRelu(y, `${name}_1`, momentum), 1, `${name}_2_pad`);
    y = convolution(y, { name: `${name}_2_conv`, filters, kernelSize: 3, strides, useBias: false });
    y = normalizedRelu(y, `${name}_2`, momentum);
    y = convolution(y, { name: `${name}_3_conv`, filters: 4 * filters, kernelSize: 1 });
    return run(tfLayers.add({ name: `${name}_out` }), [shortcut, y]);
  },
};

/**
 * `layer.apply` without its union.
 *
 * @internal
 */
export function run(layer: Layer, x: SymbolicTensor | SymbolicTensor[]): SymbolicTensor {
  return layer.apply(x) as SymbolicTensor;
}

interface ConvolutionOptions {
  readonly name: string;
  readonly filters: number;
  readonly kernelSize: number;
  readonly strides?: number;
  readonly padding?: "same";
  readonly useBias?: boolean;
}

/**
 * A convolution with Keras's initializer; tfjs's own is another, and takes longer.
 *
 * @internal
 */
export function convolution(x: SymbolicTensor, options: ConvolutionOptions): SymbolicTensor {
  return run(tfLayers.conv2d({ kernelInitializer: "glorotUniform", ...options }), x);
}

/**
 * Batch normalization and ReLU, named `..._bn` and `..._relu`.
 *
 * @internal
 */
export function normalizedRelu(x: SymbolicTensor, name: string, momentum: number): SymbolicTensor {
  return relu(normalization(x, `${name}_bn`, momentum), `${name}_relu`);
}

/**
 * Zeros around an image.
 *
 * @internal
 */
export function padding(x: SymbolicTensor, size: number, name: string): SymbolicTensor {
  const sides: [number, number] = [size, size];
  return run(tfLayers.zeroPadding2d({ padding: [sides, sides], name }), x);
}

/**
 * Maximum pooling without padding.
 *
 * @internal
 */
export function pooling(
  x: SymbolicTensor,
  options: { readonly name: string; readonly poolSize: number; readonly strides: number },
): SymbolicTensor {
  return run(tfLayers.maxPooling2d(options), x);
}

function normalization(x: SymbolicTensor, name: string, momentum: number): SymbolicTensor {
  return run(tfLayers.batchNormalization({ axis: 3, momentum, epsilon: 1.001e-5, name }), x);
}

function relu(x: SymbolicTensor, name: string): SymbolicTensor {
  return run(tfLayers.activation({ activation: "relu", name }), x);
}
