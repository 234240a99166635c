import {
  input,
  type LayersModel,
  layers,
  model,
  type Sequential,
  type SymbolicTensor,
  sequential,
} from "@tensorflow/tfjs-layers";
import { type CaseInput, modelCase, type OperatorCase, TOLERANCE } from "../judge.ts";

type Layer = ReturnType<typeof layers.dense>;
type Sizes = readonly number[];

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

/** Layers as models. */
export const LAYER_CASES: readonly OperatorCase[] = [
  ...ACTIVATED,
  ...ADVANCED,
  ...DENSE,
  ...CONVOLUTIONAL,
  ...OTHERS,
  ...MERGING,
];

/** Layers that do nothing at inference. */
export const VANISHING = ["dropout", "spatialDropout1d", "alphaDropout", "gaussianDropout", "gaussianNoise"];
