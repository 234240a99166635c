import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
// tfjs-layers registers the gradients: tfjs-core alone has none.
import "@tensorflow/tfjs-layers";
import type * as tfl from "@tensorflow/tfjs-layers";
import { expect } from "vitest";
import { useWasmBackend } from "../../src/training/wasm/index.ts";

/** Values in the order of tensors. */
export type Values = readonly (readonly number[])[];

/** Runs the same tensor code on tfjs-backend-cpu, the judge, and on wasm. */
export async function onBoth(run: () => tf.Tensor[]): Promise<{ cpu: Values; wasm: Values }> {
  const read = () => {
    const tensors = tf.tidy(run);
    const values = tensors.map((tensor) => [...tensor.dataSync()]);
    tf.dispose(tensors);
    return values;
  };
  await tf.setBackend("cpu");
  const cpu = read();
  await useWasmBackend();
  return { cpu, wasm: read() };
}

/** Every value within `tolerance` of the largest one of its tensor. */
export function expectClose(actual: Values, expected: Values, tolerance: number, what = ""): void {
  expect(actual.map((values) => values.length)).toEqual(expected.map((values) => values.length));
  for (const [index, values] of expected.entries()) {
    const scale = values.reduce((largest, v) => Math.max(largest, Math.abs(v)), 0);
    const error = values.reduce((largest, v, i) => {
      const difference = Math.abs(v - actual[index]![i]!);
      return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(largest, difference);
    }, 0);
    expect(error, `${what} tensor ${index}, largest value ${scale}`).toBeLessThanOrEqual(
      tolerance * scale + 1e-9,
    );
  }
}

/** Normally distributed values, the same for the same seed on any backend. */
export function random(shape: number[], seed: number, deviation = 1): tf.Tensor {
  return tf.randomNormal(shape, 0, deviation, "float32", seed);
}

/** Trains a fresh model on the current backend from weights that depend on their position alone. */
export async function train(
  build: () => tfl.LayersModel,
  x: () => tf.Tensor,
  y: () => tf.Tensor,
  steps: number,
): Promise<Values> {
  const model = build();
  const weights = model.getWeights().map(({ shape }, index) => {
    const fanIn = shape.slice(0, -1).reduce((a, b) => a * b, 1);
    // Biases too start off zero, where a gradient that is wrong would show less; moving variances stay positive.
    return tf.tidy(() =>
      shape.length > 1
        ? random(shape, index + 1, Math.sqrt(1 / fanIn))
        : tf.abs(random(shape, index + 1, 0.5)),
    );
  });
  model.setWeights(weights);
  const [inputs, labels] = [x(), y()];
  for (let step = 0; step < steps; step++) await model.trainOnBatch(inputs, labels);
  const values = model.getWeights().map((weight) => [...weight.dataSync()]);
  tf.dispose([weights, inputs, labels]);
  model.dispose();
  return values;
}
