import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { layers, regularizers } from "@tensorflow/tfjs-layers";
import { type CallOptions, SubclassedModel } from "../../src/architectures/subclassed-model.ts";
import { randomFrom } from "../../src/training/random.ts";

export const FEATURES = 4;
export const CLASSES = 3;

const random = randomFrom(5);
/** 60 samples of 4 features, and the class that a rule gives each. */
export const features: Float32Array = Float32Array.from({ length: 60 * FEATURES }, () => random() * 2 + 1);
export const labels: number[] = Array.from({ length: 60 }, (_, i) => {
  const [a, b, c] = features.subarray(i * FEATURES) as unknown as [number, number, number];
  return a > b ? 0 : b > c ? 1 : 2;
});
export const featureTensor = (): tf.Tensor => tf.tensor(features, [60, FEATURES]);

/** Plain operations, a normalization, a branch on training, layers in a list, a map and another model. */
export class Encoder extends SubclassedModel {
  readonly dense = layers.dense({ units: 6 });
  readonly normalization = layers.batchNormalization({ momentum: 0.5 });

  call(x: tf.Tensor, { training }: CallOptions): tf.Tensor {
    const normalized = this.run(this.normalization, this.run(this.dense, x));
    return training ? tf.dropout(normalized, 0.1, undefined, 3) : tf.mul(normalized, 1);
  }
}

export class Classifier extends SubclassedModel {
  readonly encoder = new Encoder();
  private readonly blocks = [layers.dense({ units: 5 }), layers.dense({ units: 5 })];
  private readonly heads = new Map([["classes", layers.dense({ units: CLASSES, activation: "softmax" })]]);
  readonly dropout = layers.dropout({ rate: 0.1 });

  call(x: tf.Tensor): tf.Tensor {
    let h = tf.relu(this.run(this.encoder, tf.mul(tf.sub(x, 2), 1.5)));
    for (const block of this.blocks) h = tf.add(h.shape[1] === 5 ? h : 0, tf.relu(this.run(block, h)));
    return this.run(this.heads.get("classes")!, this.run(this.dropout, h));
  }
}

/** One dense layer of ones with a penalty of 0.5 a squared weight, and a weight of its own with another. */
export class Penalized extends SubclassedModel {
  readonly dense = layers.dense({
    units: 2,
    kernelInitializer: "ones",
    kernelRegularizer: regularizers.l2({ l2: 0.5 }),
  });

  call(x: tf.Tensor): tf.Tensor {
    return this.run(this.dense, x);
  }
}

/** A model whose `call` is given. */
export function modelOf(
  call: (x: tf.Tensor, options: CallOptions, model: SubclassedModel) => unknown,
  fields: object = {},
): SubclassedModel {
  class Given extends SubclassedModel {
    constructor() {
      super({ inputShape: [FEATURES] });
      Object.assign(this, fields);
    }
    call(x: tf.Tensor, options: CallOptions): tf.Tensor {
      return call(x, options, this) as tf.Tensor;
    }
  }
  return new Given();
}

export const COMPILE = {
  optimizer: "adam",
  loss: "categoricalCrossentropy",
  metrics: ["accuracy"],
};

export const valuesOf = (tensor: tf.Tensor | tf.Tensor[]): number[] => {
  const values = [...(tensor as tf.Tensor).dataSync()];
  tf.dispose(tensor);
  return values;
};

export const weightValues = (model: SubclassedModel): Record<string, number[]> =>
  Object.fromEntries(model.weights.map((weight) => [weight.name, [...weight.read().dataSync()]]));
