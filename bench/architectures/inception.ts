import { input, type LayersModel, layers, model, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { activated, apply, concatenated, normalized, UNSET } from "./layers.ts";

type Padding = "same" | "valid";

/** Stem, one block of each kind and head of InceptionV3, as Keras Applications has them. */
export function inceptionLike(size = 139): LayersModel {
  const image = input({ shape: [size, size, 3] });
  let x = convolution(image, 32, [3, 3], 2, "valid");
  x = convolution(x, 32, [3, 3], 1, "valid");
  x = maximum(convolution(x, 64, [3, 3]));
  x = convolution(x, 80, [1, 1], 1, "valid");
  x = maximum(convolution(x, 192, [3, 3], 1, "valid"));
  x = square(x);
  x = smallerByThree(x);
  x = factorized(x, 128);
  x = smallerBySeven(x);
  x = expanded(x);
  x = apply(layers.globalAveragePooling2d({}), x);
  const outputs = apply(layers.dense({ units: 1000, activation: "softmax", ...UNSET }), x);
  return model({ inputs: image, outputs });
}

/** 35x35 blocks: 5x5 and two 3x3 convolutions (`mixed0`). */
function square(x: SymbolicTensor): SymbolicTensor {
  return concatenated(
    convolution(x, 64, [1, 1]),
    convolution(convolution(x, 48, [1, 1]), 64, [5, 5]),
    convolution(convolution(convolution(x, 64, [1, 1]), 96, [3, 3]), 96, [3, 3]),
    convolution(average(x), 32, [1, 1]),
  );
}

/** `mixed3` */
function smallerByThree(x: SymbolicTensor): SymbolicTensor {
  const double = convolution(convolution(x, 64, [1, 1]), 96, [3, 3]);
  return concatenated(
    convolution(x, 384, [3, 3], 2, "valid"),
    convolution(double, 96, [3, 3], 2, "valid"),
    maximum(x),
  );
}

/** 17x17 blocks: 7x7 as 1x7 and 7x1 (`mixed4`). */
function factorized(x: SymbolicTensor, inner: number): SymbolicTensor {
  let double = convolution(x, inner, [1, 1]);
  for (const window of [
    [7, 1],
    [1, 7],
    [7, 1],
  ] as const)
    double = convolution(double, inner, window);
  return concatenated(
    convolution(x, 192, [1, 1]),
    convolution(convolution(convolution(x, inner, [1, 1]), inner, [1, 7]), 192, [7, 1]),
    convolution(double, 192, [1, 7]),
    convolution(average(x), 192, [1, 1]),
  );
}

/** `mixed8` */
function smallerBySeven(x: SymbolicTensor): SymbolicTensor {
  const wide = convolution(convolution(convolution(x, 192, [1, 1]), 192, [1, 7]), 192, [7, 1]);
  return concatenated(
    convolution(convolution(x, 192, [1, 1]), 320, [3, 3], 2, "valid"),
    convolution(wide, 192, [3, 3], 2, "valid"),
    maximum(x),
  );
}

/** 8x8 blocks: branches that split again (`mixed9`). */
function expanded(x: SymbolicTensor): SymbolicTensor {
  const split = (y: SymbolicTensor): SymbolicTensor =>
    concatenated(convolution(y, 384, [1, 3]), convolution(y, 384, [3, 1]));
  return concatenated(
    convolution(x, 320, [1, 1]),
    split(convolution(x, 384, [1, 1])),
    split(convolution(convolution(x, 448, [1, 1]), 384, [3, 3])),
    convolution(average(x), 192, [1, 1]),
  );
}

function convolution(
  x: SymbolicTensor,
  filters: number,
  window: readonly [number, number],
  strides = 1,
  padding: Padding = "same",
): SymbolicTensor {
  const kernelSize: [number, number] = [...window];
  const y = apply(layers.conv2d({ filters, kernelSize, strides, padding, useBias: false, ...UNSET }), x);
  return activated(normalized(y, { scale: false }));
}

function maximum(x: SymbolicTensor): SymbolicTensor {
  return apply(layers.maxPooling2d({ poolSize: 3, strides: 2 }), x);
}

function average(x: SymbolicTensor): SymbolicTensor {
  return apply(layers.averagePooling2d({ poolSize: 3, strides: 1, padding: "same" }), x);
}
