import {
  expandDims,
  matMul,
  mean,
  mul,
  relu,
  sigmoid,
  type Tensor,
  type Tensor2D,
} from "@tensorflow/tfjs-core";
import {
  initializers,
  input,
  type LayersModel,
  layers,
  model,
  type Sequential,
  type SymbolicTensor,
  sequential,
} from "@tensorflow/tfjs-layers";
import { type CaseInput, fnCase, modelCase, type OperatorCase, TOLERANCE } from "../judge.ts";

type Layer = ReturnType<typeof layers.dense>;
type Sizes = readonly number[];

/**
 * A layer as third parties write them: weights of its own, an option, plain tfjs operations. It knows nothing of
 * conversion.
 */
class SqueezeExcite extends layers.Layer {
  static readonly className = "SqueezeExcite";
  readonly #ratio: number;
  #narrow: ReturnType<Layer["addWeight"]> | undefined;
  #wide: ReturnType<Layer["addWeight"]> | undefined;

  constructor({ ratio }: { readonly ratio: number }) {
    super({});
    this.#ratio = ratio;
  }

  override build(shape: (number | null)[]): void {
    const channels = shape.at(-1) as number;
    const initializer = initializers.glorotUniform({});
    this.#narrow = this.addWeight("narrow", [channels, channels * this.#ratio], "float32", initializer);
    this.#wide = this.addWeight("wide", [channels * this.#ratio, channels], "float32", initializer);
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const x = Array.isArray(inputs) ? (inputs[0] as Tensor) : inputs;
    const squeezed = relu(matMul(mean(x, 1) as Tensor2D, this.#narrow?.read() as Tensor2D));
    return mul(x, expandDims(sigmoid(matMul(squeezed, this.#wide?.read() as Tensor2D)), 1));
  }

  override getConfig(): ReturnType<Layer["getConfig"]> {
    return { ...super.getConfig(), ratio: this.#ratio };
  }
}

/** One layer on an input of the given shape, without the batch. */
const layerCase = (
  name: string,
  shape: Sizes,
  layer: () => unknown,
  given: Partial<CaseInput> = {},
  tolerance: number = TOLERANCE,
): OperatorCase =>
  modelCase(
    `layer ${name}`,
    () => {
      const whole: Sequential = sequential();
      whole.add(layers.inputLayer({ inputShape: [...shape] }));
      whole.add(layer() as Layer);
      return whole;
    },
    [{ ...given, shape: [null, ...shape] }],
    tolerance,
  );

/** A layer that joins several inputs. */
const mergeCase = (
  name: string,
  shapes: readonly Sizes[],
  layer: () => unknown,
  tolerance: number = TOLERANCE,
): OperatorCase =>
  modelCase(
    `layer ${name}`,
    (): LayersModel => {
      const inputs = shapes.map((shape) => input({ shape: [...shape] }));
      const outputs = (layer() as Layer).apply(inputs) as SymbolicTensor;
      return model({ inputs, outputs });
    },
    shapes.map((shape) => [null, ...shape]),
    tolerance,
  );

/** Every activation of tfjs-layers. */
const ACTIVATIONS = [
  "linear",
  "relu",
  "relu6",
  "elu",
  "selu",
  "sigmoid",
  "hardSigmoid",
  "tanh",
  "softmax",
  "logSoftmax",
  "softplus",
  "softsign",
  "swish",
  "gelu",
  "gelu_new",
  "mish",
] as const;

type Activation = Exclude<(typeof ACTIVATIONS)[number], "gelu" | "gelu_new" | "logSoftmax">;

const ACTIVATED: readonly OperatorCase[] = ACTIVATIONS.flatMap((name) => {
  // The types of tfjs-layers do not know all that it has.
  const activation = name as Activation;
  return [
    layerCase(`activation ${name}`, [3, 4], () => layers.activation({ activation }), { range: [-4, 8] }),
    layerCase(`dense with ${name}`, [5], () => layers.dense({ units: 4, activation })),
    layerCase(`conv2d with ${name}`, [5, 6, 2], () =>
      layers.conv2d({ filters: 3, kernelSize: 3, activation }),
    ),
  ];
});

const ADVANCED: readonly OperatorCase[] = [
  layerCase("reLU", [3, 4], () => layers.reLU(), { range: [-4, 8] }, 0),
  layerCase("reLU with a largest value", [3, 4], () => layers.reLU({ maxValue: 6 }), { range: [-4, 8] }, 0),
  layerCase(
    "reLU with another largest value",
    [3, 4],
    () => layers.reLU({ maxValue: 2.5 }),
    { range: [-4, 8] },
    0,
  ),
  layerCase("leakyReLU", [3, 4], () => layers.leakyReLU()),
  layerCase("leakyReLU with a slope", [3, 4], () => layers.leakyReLU({ alpha: 0.07 })),
  layerCase("pReLU", [3, 4, 2], () => layers.prelu()),
  layerCase("pReLU with a slope per channel", [3, 4, 2], () => layers.prelu({ sharedAxes: [1, 2] })),
  layerCase("pReLU with a slope per row", [3, 4, 2], () => layers.prelu({ sharedAxes: [2, 3] })),
  layerCase("thresholdedReLU", [3, 4], () => layers.thresholdedReLU({ theta: 0.7 }), {}, 0),
  layerCase("elu", [3, 4], () => layers.elu()),
  layerCase("softmax", [4], () => layers.softmax()),
  layerCase("softmax of rows", [3, 4], () => layers.softmax({ axis: -1 })),
];

const DENSE: readonly OperatorCase[] = [
  layerCase("dense", [5], () => layers.dense({ units: 4 })),
  layerCase("dense without a bias", [5], () =>
    layers.dense({ units: 4, useBias: false, activation: "relu" }),
  ),
  layerCase("dense on rows", [3, 5], () => layers.dense({ units: 4, activation: "relu" })),
  layerCase("dense on images", [2, 3, 5], () => layers.dense({ units: 4, activation: "tanh" })),
  layerCase("flatten", [3, 4, 2], () => layers.flatten(), {}, 0),
  layerCase(
    "flatten, channels first",
    [3, 4, 2],
    () => layers.flatten({ dataFormat: "channelsFirst" }),
    {},
    0,
  ),
  layerCase("reshape", [3, 4], () => layers.reshape({ targetShape: [2, -1] }), {}, 0),
  layerCase("permute", [3, 4, 2], () => layers.permute({ dims: [3, 1, 2] }), {}, 0),
  layerCase("repeatVector", [4], () => layers.repeatVector({ n: 3 }), {}, 0),
];

const FORMATS = ["channelsLast", "channelsFirst"] as const;
const shapeOf = (format: (typeof FORMATS)[number]): Sizes =>
  format === "channelsLast" ? [7, 6, 3] : [3, 7, 6];

const CONVOLUTIONAL: readonly OperatorCase[] = FORMATS.flatMap((dataFormat) => {
  const named = (name: string, layer: () => unknown, tolerance?: number): OperatorCase =>
    layerCase(`${name}, ${dataFormat}`, shapeOf(dataFormat), layer, {}, tolerance);
  return [
    named("conv2d", () => layers.conv2d({ filters: 4, kernelSize: [3, 2], dataFormat, activation: "relu" })),
    named("conv2d, same, stride 2", () =>
      layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: "same", dataFormat }),
    ),
    named("conv2d, dilation 2", () =>
      layers.conv2d({ filters: 4, kernelSize: 2, dilationRate: 2, dataFormat, activation: "sigmoid" }),
    ),
    named("conv2d without a bias", () =>
      layers.conv2d({ filters: 4, kernelSize: 3, useBias: false, dataFormat }),
    ),
    named("depthwiseConv2d", () =>
      layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, dataFormat, activation: "relu" }),
    ),
    named("depthwiseConv2d, same, stride 2", () =>
      layers.depthwiseConv2d({ kernelSize: [2, 3], strides: 2, padding: "same", dataFormat }),
    ),
    named("conv2dTranspose, valid", () =>
      layers.conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, dataFormat, activation: "relu" }),
    ),
    named("conv2dTranspose, same", () =>
      layers.conv2dTranspose({ filters: 4, kernelSize: [4, 3], strides: 2, padding: "same", dataFormat }),
    ),
    named("conv2dTranspose, stride longer than the filter", () =>
      layers.conv2dTranspose({ filters: 2, kernelSize: 2, strides: 3, dataFormat, useBias: false }),
    ),
    named("maxPooling2d", () => layers.maxPooling2d({ dataFormat }), 0),
    named(
      "maxPooling2d, same",
      () => layers.maxPooling2d({ poolSize: [3, 2], strides: [2, 1], padding: "same", dataFormat }),
      0,
    ),
    named("averagePooling2d", () => layers.averagePooling2d({ poolSize: [2, 3], dataFormat })),
    named("averagePooling2d, same", () =>
      layers.averagePooling2d({ poolSize: 3, strides: [2, 2], padding: "same", dataFormat } as never),
    ),
    named("globalMaxPooling2d", () => layers.globalMaxPooling2d({ dataFormat }), 0),
    named("globalAveragePooling2d", () => layers.globalAveragePooling2d({ dataFormat })),
    named(
      "zeroPadding2d",
      () =>
        layers.zeroPadding2d({
          padding: [
            [1, 2],
            [0, 3],
          ],
          dataFormat,
        }),
      0,
    ),
    named(
      "cropping2D",
      () =>
        layers.cropping2D({
          cropping: [
            [1, 2],
            [0, 3],
          ],
          dataFormat,
        }),
      0,
    ),
    named("upSampling2d, nearest", () => layers.upSampling2d({ size: [2, 3], dataFormat }), 0),
    named("upSampling2d, bilinear", () =>
      layers.upSampling2d({ size: [2, 3], dataFormat, interpolation: "bilinear" }),
    ),
  ];
});

const OTHERS: readonly OperatorCase[] = [
  layerCase("conv1d", [9, 3], () => layers.conv1d({ filters: 4, kernelSize: 3, activation: "relu" })),
  layerCase("conv1d, same, stride 2", [9, 3], () =>
    layers.conv1d({ filters: 4, kernelSize: 4, strides: 2, padding: "same" }),
  ),
  layerCase("conv1d, dilation 2", [9, 3], () =>
    layers.conv1d({ filters: 4, kernelSize: 3, dilationRate: 2 }),
  ),
  layerCase("separableConv2d", [7, 6, 3], () =>
    layers.separableConv2d({ filters: 4, kernelSize: 3, depthMultiplier: 2, activation: "relu" }),
  ),
  layerCase("separableConv2d, same, stride 2", [7, 6, 3], () =>
    layers.separableConv2d({ filters: 4, kernelSize: 3, strides: 2, padding: "same", useBias: false }),
  ),
  layerCase("maxPooling1d", [9, 3], () => layers.maxPooling1d({ poolSize: 2 }), {}, 0),
  layerCase("averagePooling1d, same", [9, 3], () =>
    layers.averagePooling1d({ poolSize: 3, strides: 2, padding: "same" }),
  ),
  layerCase("globalMaxPooling1d", [9, 3], () => layers.globalMaxPooling1d({}), {}, 0),
  layerCase("globalAveragePooling1d", [9, 3], () => layers.globalAveragePooling1d({})),
  layerCase("batchNormalization of vectors", [5], () => layers.batchNormalization()),
  layerCase("batchNormalization of images", [3, 4, 5], () => layers.batchNormalization({ epsilon: 1e-2 })),
  layerCase("batchNormalization without center and scale", [3, 4, 5], () =>
    layers.batchNormalization({ center: false, scale: false }),
  ),
  layerCase("layerNormalization", [3, 5], () => layers.layerNormalization()),
  layerCase("dropout", [5], () => layers.dropout({ rate: 0.5 }), {}, 0),
  layerCase("spatialDropout1d", [4, 5], () => layers.spatialDropout1d({ rate: 0.5 } as never), {}, 0),
  layerCase("alphaDropout", [5], () => layers.alphaDropout({ rate: 0.5 }), {}, 0),
  layerCase("gaussianDropout", [5], () => layers.gaussianDropout({ rate: 0.5 }), {}, 0),
  layerCase("gaussianNoise", [5], () => layers.gaussianNoise({ stddev: 1 }), {}, 0),
  layerCase("rescaling", [4, 5], () => layers.rescaling({ scale: 1 / 127.5, offset: -1 }), {
    range: [0, 255],
  }),
];

const SAME: readonly Sizes[] = [
  [3, 4],
  [3, 4],
];

const MERGING: readonly OperatorCase[] = [
  mergeCase("add", SAME, () => layers.add()),
  mergeCase("add of three", [...SAME, [3, 4]], () => layers.add()),
  mergeCase(
    "add of a vector per item",
    [
      [3, 4],
      [1, 4],
    ],
    () => layers.add(),
  ),
  mergeCase("multiply", SAME, () => layers.multiply()),
  mergeCase("multiply by a vector per item", [[3, 4], [4]], () => layers.multiply()),
  mergeCase("average", SAME, () => layers.average()),
  mergeCase("average of three", [...SAME, [3, 4]], () => layers.average()),
  mergeCase("maximum", SAME, () => layers.maximum(), 0),
  mergeCase("minimum", SAME, () => layers.minimum(), 0),
  mergeCase(
    "concatenate",
    [
      [3, 4],
      [3, 2],
    ],
    () => layers.concatenate(),
    0,
  ),
  mergeCase(
    "concatenate along rows",
    [
      [3, 4],
      [1, 4],
    ],
    () => layers.concatenate({ axis: 1 }),
    0,
  ),
  mergeCase("dot", [[4], [4]], () => layers.dot({ axes: 1 })),
  mergeCase("dot, normalized", [[4], [4]], () => layers.dot({ axes: 1, normalize: true })),
];

const VOLUME = { channelsLast: [4, 5, 6, 2], channelsFirst: [2, 4, 5, 6] } as const;

const VOLUMES: readonly OperatorCase[] = FORMATS.flatMap((dataFormat) => {
  const named = (name: string, layer: () => unknown, tolerance?: number): OperatorCase =>
    layerCase(`${name}, ${dataFormat}`, VOLUME[dataFormat], layer, {}, tolerance);
  return [
    named("conv3d", () => layers.conv3d({ filters: 3, kernelSize: 2, dataFormat, activation: "relu" })),
    named("conv3d, same, stride 2", () =>
      layers.conv3d({
        filters: 3,
        kernelSize: [3, 2, 3],
        strides: 2,
        padding: "same",
        dataFormat,
        useBias: false,
      }),
    ),
    named("conv3dTranspose", () =>
      layers.conv3dTranspose({
        filters: 3,
        kernelSize: 2,
        strides: 2,
        dataFormat,
        activation: "tanh",
      } as never),
    ),
    named("conv3dTranspose, same", () =>
      layers.conv3dTranspose({ filters: 2, kernelSize: 3, strides: 2, padding: "same", dataFormat } as never),
    ),
    named("maxPooling3d", () => layers.maxPooling3d({ poolSize: 2, dataFormat } as never), 0),
    named(
      "maxPooling3d, same",
      () =>
        layers.maxPooling3d({
          poolSize: [2, 3, 2],
          strides: [1, 2, 2],
          padding: "same",
          dataFormat,
        } as never),
      0,
    ),
    named("averagePooling3d", () => layers.averagePooling3d({ poolSize: 2, dataFormat } as never)),
    named("averagePooling3d, same", () =>
      layers.averagePooling3d({ poolSize: 3, strides: 2, padding: "same", dataFormat } as never),
    ),
  ];
});

const MORE_CONVOLUTIONS: readonly OperatorCase[] = [
  layerCase("conv1d, channels first", [3, 9], () =>
    layers.conv1d({ filters: 4, kernelSize: 3, dataFormat: "channelsFirst" }),
  ),
  layerCase("conv1d without a bias", [9, 3], () =>
    layers.conv1d({ filters: 4, kernelSize: 2, useBias: false }),
  ),
  layerCase("conv2d, channels first, same, dilation", [3, 7, 6], () =>
    layers.conv2d({
      filters: 2,
      kernelSize: 3,
      dilationRate: [2, 1],
      padding: "same",
      dataFormat: "channelsFirst",
    }),
  ),
  layerCase("depthwiseConv2d, dilation", [7, 6, 3], () =>
    layers.depthwiseConv2d({ kernelSize: 3, dilationRate: 2, useBias: false }),
  ),
  layerCase("separableConv2d, dilation", [7, 6, 3], () =>
    layers.separableConv2d({ filters: 4, kernelSize: 2, dilationRate: 2 }),
  ),
  layerCase(
    "maxPooling1d, same, stride 1",
    [9, 3],
    () => layers.maxPooling1d({ poolSize: 3, strides: 1, padding: "same" }),
    {},
    0,
  ),
  layerCase("averagePooling1d", [9, 3], () => layers.averagePooling1d({ poolSize: 2 })),
  layerCase(
    "zeroPadding2d of one size",
    [3, 4, 2],
    () => layers.zeroPadding2d({ padding: 2 as never }),
    {},
    0,
  ),
  layerCase("upSampling2d as it comes", [3, 4, 2], () => layers.upSampling2d({} as never), {}, 0),
];

/** Sequences of tokens, as floats, which is what a model takes where it does not say otherwise. */
const TOKENS: Partial<CaseInput> = { values: [0, 3, 1, 4, 2, 2, 0] };

const TOKEN_LAYERS: readonly OperatorCase[] = [
  layerCase("embedding", [6], () => layers.embedding({ inputDim: 5, outputDim: 3 }), TOKENS, 0),
  layerCase(
    "embedding of one token",
    [1],
    () => layers.embedding({ inputDim: 5, outputDim: 3, inputLength: 1 }),
    TOKENS,
    0,
  ),
  modelCase(
    "layer embedding of integers",
    () => {
      const tokens = input({ shape: [6], dtype: "int32" });
      const outputs = (layers.embedding({ inputDim: 5, outputDim: 3 }) as unknown as Layer).apply(tokens);
      return model({ inputs: tokens, outputs: outputs as SymbolicTensor });
    },
    [{ shape: [null, 6], dtype: "int32", values: TOKENS.values as readonly number[] }],
    0,
  ),
  layerCase(
    "masking",
    [5, 2],
    () => layers.masking({ maskValue: 1 }),
    { values: [1, 1, 0, 1, 2, 1, 1, 1, 3] },
    0,
  ),
];

const NORMALIZING: readonly OperatorCase[] = [
  layerCase("layerNormalization over two axes", [3, 4, 5], () => layers.layerNormalization({ axis: [2, 3] })),
  layerCase("layerNormalization over all axes", [3, 4], () => layers.layerNormalization({ axis: [1, 2] })),
  layerCase("layerNormalization of vectors", [5], () => layers.layerNormalization({ epsilon: 0.1 })),
  layerCase("layerNormalization without center and scale", [3, 5], () =>
    layers.layerNormalization({ center: false, scale: false }),
  ),
  layerCase("batchNormalization of sequences", [4, 5], () => layers.batchNormalization({ center: false })),
];

const BROADCAST: readonly (readonly Sizes[])[] = [
  [
    [3, 4],
    [3, 1],
  ],
  [[2, 3, 4], [4]],
  [
    [1, 4],
    [3, 1],
  ],
];

const MERGERS = {
  add: () => layers.add(),
  multiply: () => layers.multiply(),
  average: () => layers.average(),
  maximum: () => layers.maximum(),
  minimum: () => layers.minimum(),
} as const;

const MORE_MERGING: readonly OperatorCase[] = [
  ...Object.entries(MERGERS).flatMap(([name, merge]) =>
    BROADCAST.map((shapes) =>
      mergeCase(`${name} of ${shapes.map((shape) => `[${shape.join(",")}]`).join(" and ")}`, shapes, merge),
    ),
  ),
  mergeCase("multiply of three", [...SAME, [3, 4]], () => layers.multiply()),
  mergeCase(
    "concatenate of three, negative axis",
    [[4], [2], [1]],
    () => layers.concatenate({ axis: -1 }),
    0,
  ),
  mergeCase(
    "dot of matrices",
    [
      [3, 4],
      [5, 4],
    ],
    () => layers.dot({ axes: 2 }),
  ),
  mergeCase(
    "dot of matrices along different axes",
    [
      [3, 4],
      [4, 5],
    ],
    () => layers.dot({ axes: [2, 1] }),
  ),
  mergeCase(
    "dot of matrices along negative axes",
    [
      [3, 4],
      [5, 4],
    ],
    () => layers.dot({ axes: -1, normalize: true }),
  ),
  mergeCase("dot of a matrix and a vector", [[3, 4], [4]], () => layers.dot({ axes: [2, 1] })),
];

/** Models of more than one layer. */
const STRUCTURED: readonly OperatorCase[] = [
  modelCase("layer shared by two inputs", () => {
    const [x, y] = [input({ shape: [5] }), input({ shape: [5] })];
    const shared = layers.dense({ units: 3, activation: "relu" });
    return model({ inputs: [x, y], outputs: [shared.apply(x), shared.apply(y)] as SymbolicTensor[] });
  }, [
    [null, 5],
    [null, 5],
  ]),
  modelCase("layers in a model in a model", () => {
    const inner = sequential();
    inner.add(layers.dense({ units: 4, inputShape: [5], activation: "tanh" }));
    const middle = sequential();
    middle.add(inner);
    middle.add(layers.dense({ units: 3 }));
    const x = input({ shape: [5] });
    return model({ inputs: x, outputs: middle.apply(x) as SymbolicTensor });
  }, [[null, 5]]),
  modelCase("layers with several inputs and outputs", () => {
    const [picture, facts] = [input({ shape: [4, 4, 2] }), input({ shape: [3] })];
    const seen = layers.flatten().apply(layers.conv2d({ filters: 2, kernelSize: 3 }).apply(picture));
    const joined = layers.concatenate().apply([seen as SymbolicTensor, facts]);
    const value = layers.dense({ units: 1 }).apply(joined);
    const classes = layers.dense({ units: 4, activation: "softmax" }).apply(joined);
    return model({ inputs: [picture, facts], outputs: [value, classes] as SymbolicTensor[] });
  }, [
    [null, 4, 4, 2],
    [null, 3],
  ]),
  layerCase("of a third party", [4, 3], () => new SqueezeExcite({ ratio: 2 })),
];

/** Layers that tfjs 4.22 cannot put into a model (`computeOutputShape`, `call`): they work on tensors. */
const DIRECT: Readonly<Record<string, readonly [layer: () => unknown, shape: Sizes]>> = {
  resizing: [() => layers.resizing({ height: 5, width: 7 }), [4, 6, 2]],
  "resizing, nearest": [
    () => layers.resizing({ height: 8, width: 3, interpolation: "nearest" } as never),
    [4, 6, 2],
  ],
  "resizing, keeping the aspect": [
    () => layers.resizing({ height: 8, width: 12, cropToAspectRatio: true } as never),
    [4, 6, 2],
  ],
  centerCrop: [() => layers.centerCrop({ height: 3, width: 4 }), [7, 8, 2]],
  "centerCrop that enlarges": [() => layers.centerCrop({ height: 9, width: 12 }), [4, 6, 2]],
};

/** One layer, called with tensors. */
export const DIRECT_LAYERS: readonly (() => unknown)[] = Object.values(DIRECT).map(([layer]) => layer);

const DIRECTLY: readonly OperatorCase[] = Object.entries(DIRECT).map(([name, [layer, shape]]) =>
  // centerCrop makes a box for each item of the batch, which it must know.
  fnCase(
    `layer ${name}`,
    [[name === "centerCrop" ? 2 : null, ...shape]],
    (x) => (layer() as Layer).apply(x) as Tensor,
  ),
);

/** Layers as models. */
export const LAYER_CASES: readonly OperatorCase[] = [
  ...ACTIVATED,
  ...ADVANCED,
  ...DENSE,
  ...CONVOLUTIONAL,
  ...OTHERS,
  ...MERGING,
  ...VOLUMES,
  ...MORE_CONVOLUTIONS,
  ...TOKEN_LAYERS,
  ...NORMALIZING,
  ...MORE_MERGING,
  ...STRUCTURED,
  ...DIRECTLY,
];

/** Layers that do nothing at inference. */
export const VANISHING = ["dropout", "spatialDropout1d", "alphaDropout", "gaussianDropout", "gaussianNoise"];
