import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { toTflite } from "../../../src/convert/index.ts";
import { loadTflite } from "../../../src/node/index.ts";
import { modelOf, type Stack } from "./stacks.ts";

/**
 * The largest difference between tfjs's cpu backend and LiteRT on a random batch, as a fraction of the
 * output's largest value (at least 1).
 */
export async function errorOf(stack: Stack, batch: number): Promise<number> {
  const model = modelOf(stack);
  try {
    const bytes = await toTflite(model);
    return await difference(model, bytes, [batch, ...stack.shape]);
  } finally {
    model.dispose();
  }
}

async function difference(model: LayersModel, bytes: Uint8Array, shape: readonly number[]): Promise<number> {
  const x = tf.randomUniform([...shape], -2, 2, "float32", 42);
  const expected = model.predict(x) as tf.Tensor;
  const file = await loadTflite(bytes);
  try {
    const results = await file.run([{ data: x.dataSync() as Float32Array, shape }]);
    const actual = Object.values(results)[0]?.data as Float32Array;
    const values = expected.dataSync<"float32">();
    if (actual.length !== values.length) return Number.POSITIVE_INFINITY;
    const scale = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
    return (
      values.reduce(
        (worst, value, index) => Math.max(worst, Math.abs(value - (actual[index] as number))),
        0,
      ) / scale
    );
  } finally {
    file.close();
    tf.dispose([x, expected]);
  }
}
