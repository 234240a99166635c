import { input, type LayersModel, layers, model, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { apply, normalized, UNSET } from "./layers.ts";

/** Of each stage: channels, blocks, stride of the first, and how much wider a block is inside (Sandler et al., table 2). */
const STAGES = [
  [16, 1, 1, 1],
  [24, 2, 2, 6],
  [32, 3, 2, 6],
  [64, 4, 2, 6],
  [96, 3, 1, 6],
  [160, 3, 2, 6],
  [320, 1, 1, 6],
] as const;

/** MobileNetV2 layer for layer as Keras Applications has it: 3,538,984 parameters at 224x224x3. */
export function mobileNetV2(size = 224): LayersModel {
  const image = input({ shape: [size, size, 3] });
  let x = relu6(normalized(pointwise(image, 32, { kernelSize: 3, strides: 2 })));
  for (const [filters, blocks, strides, expansion] of STAGES) {
    for (let block = 0; block < blocks; block++) {
      x = invertedResidual(x, filters, block === 0 ? strides : 1, expansion);
    }
  }
  x = relu6(normalized(pointwise(x, 1280)));
  x = apply(layers.globalAveragePooling2d({}), x);
  const outputs = apply(layers.dense({ units: 1000, activation: "softmax", ...UNSET }), x);
  return model({ inputs: image, outputs });
}

function invertedResidual(
  x: SymbolicTensor,
  filters: number,
  strides: number,
  expansion: number,
): SymbolicTensor {
  const channels = x.shape[3] as number;
  let y = expansion === 1 ? x : relu6(normalized(pointwise(x, expansion * channels)));
  if (strides === 2) y = apply(layers.zeroPadding2d({ padding: cellsToPad(y) }), y);
  const padding = strides === 2 ? "valid" : "same";
  y = apply(layers.depthwiseConv2d({ kernelSize: 3, strides, padding, useBias: false, ...UNSET }), y);
  y = normalized(pointwise(relu6(normalized(y)), filters));
  return strides === 1 && channels === filters ? apply(layers.add(), [x, y]) : y;
}

/** What SAME pads for a window of 3 and a stride of 2 (`imagenet_utils.correct_pad`). */
function cellsToPad({ shape }: SymbolicTensor): [[number, number], [number, number]] {
  const [height, width] = shape.slice(1, 3).map((size) => 1 - ((size as number) % 2 === 0 ? 1 : 0));
  return [
    [height!, 1],
    [width!, 1],
  ];
}

function pointwise(
  x: SymbolicTensor,
  filters: number,
  window: { readonly kernelSize: number; readonly strides?: number } = { kernelSize: 1 },
): SymbolicTensor {
  return apply(layers.conv2d({ filters, padding: "same", useBias: false, ...UNSET, ...window }), x);
}

function relu6(x: SymbolicTensor): SymbolicTensor {
  return apply(layers.reLU({ maxValue: 6 }), x);
}
