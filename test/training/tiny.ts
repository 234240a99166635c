import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, layers, type ModelCompileArgs, sequential } from "@tensorflow/tfjs-layers";
import { randomFrom } from "../../src/training/random.ts";

export const SAMPLES = 20;
export const FEATURES = 4;
export const CLASSES = 3;

const random = randomFrom(7);

/** 20 samples of 4 features, and a class for each. */
export const features: Float32Array = Float32Array.from(
  { length: SAMPLES * FEATURES },
  () => random() * 2 - 1,
);
export const classes: number[] = Array.from({ length: SAMPLES }, (_, i) => (i * i + 1) % CLASSES);

export const featureTensor = (): tf.Tensor => tf.tensor(features, [SAMPLES, FEATURES]);
export const oneHotTensor = (): tf.Tensor => tf.tidy(() => tf.oneHot(tf.tensor1d(classes, "int32"), CLASSES));

/** Weights that depend on nothing but their place. */
function fixWeights(model: LayersModel): void {
  tf.tidy(() => {
    const fresh = randomFrom(3);
    model.setWeights(
      model.getWeights().map((w) =>
        tf.tensor(
          Float32Array.from({ length: w.size }, () => fresh() - 0.5),
          w.shape,
        ),
      ),
    );
  });
}

/** Dense 5 ReLU - Dense 3 softmax, with an optional dropout between. */
export function tinyModel(
  compile: Partial<ModelCompileArgs> = {},
  { dropout, dropoutSeed }: { dropout?: number; dropoutSeed?: number } = {},
): LayersModel {
  const model = sequential();
  model.add(layers.dense({ units: 5, activation: "relu", inputShape: [FEATURES] }));
  if (dropout !== undefined) {
    model.add(layers.dropout({ rate: dropout, ...(dropoutSeed !== undefined && { seed: dropoutSeed }) }));
  }
  model.add(layers.dense({ units: CLASSES, activation: "softmax" }));
  model.compile({ optimizer: "sgd", loss: "categoricalCrossentropy", metrics: ["accuracy"], ...compile });
  fixWeights(model);
  return model;
}

export const weightsOf = (model: LayersModel): number[][] => model.getWeights().map((w) => [...w.dataSync()]);

/** Two lists of weights, the same to float32 rounding. */
export function largestDifference(a: number[][], b: number[][]): number {
  return Math.max(...a.flatMap((row, i) => row.map((v, k) => Math.abs(v - b[i]![k]!))));
}
