import { input, type LayersModel, layers, model, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { activated, apply, concatenated, normalized, UNSET } from "./layers.ts";

/** How a decoder doubles height and width. */
const ENLARGE = {
  /** Ronneberger et al.: windows of 2 that do not overlap. */
  transposed: (x: SymbolicTensor, filters: number) =>
    apply(layers.conv2dTranspose({ filters, kernelSize: 2, strides: 2, padding: "same", ...UNSET }), x),
  /** As pix2pix does: windows of 4 that overlap, and a batch normalization. */
  overlapping: (x: SymbolicTensor, filters: number) => {
    const options = { filters, kernelSize: 4, strides: 2, padding: "same", useBias: false } as const;
    return activated(normalized(apply(layers.conv2dTranspose({ ...options, ...UNSET }), x)));
  },
  nearest: (x: SymbolicTensor, filters: number) =>
    convolution(apply(layers.upSampling2d({ size: [2, 2] }), x), filters, 2),
} as const;

/** Encoder, decoder, and what the encoder saw beside it at each size. */
export function uNetLike(way: keyof typeof ENLARGE, size = 128, filters = 16): LayersModel {
  const image = input({ shape: [size, size, 3] });
  const seen: SymbolicTensor[] = [];
  let x: SymbolicTensor = image;
  let width = filters;
  for (let depth = 0; depth < 4; depth++, width *= 2) {
    x = twice(x, width);
    seen.push(x);
    x = apply(layers.maxPooling2d({ poolSize: 2 }), x);
  }
  x = twice(x, width);
  for (const skip of seen.reverse()) {
    width /= 2;
    x = twice(concatenated(skip, ENLARGE[way](x, width)), width);
  }
  const outputs = apply(layers.conv2d({ filters: 2, kernelSize: 1, activation: "sigmoid", ...UNSET }), x);
  return model({ inputs: image, outputs });
}

function twice(x: SymbolicTensor, filters: number): SymbolicTensor {
  return convolution(convolution(x, filters, 3), filters, 3);
}

function convolution(x: SymbolicTensor, filters: number, kernelSize: number): SymbolicTensor {
  const y = apply(layers.conv2d({ filters, kernelSize, padding: "same", ...UNSET }), x);
  return activated(normalized(y));
}
