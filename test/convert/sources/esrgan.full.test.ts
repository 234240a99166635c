import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, loadLayersModel } from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toTflite } from "../../../src/convert/index.ts";
import { useWasmBackend } from "../../../src/training/wasm/index.ts";
import { esrganArtifacts } from "../../support/human-models.ts";
import { runFile } from "../../support/judge.ts";
import { photos } from "../../support/photos.ts";
import { withSizes } from "../../support/with-sizes.ts";

describe("@upscalerjs/esrgan-slim, which takes images of any size", () => {
  let model: LayersModel;

  beforeAll(async () => {
    await useWasmBackend();
    const artifacts = await esrganArtifacts("x2");
    model = await loadLayersModel({ load: async () => artifacts });
  });
  afterAll(() => {
    model.dispose();
  });

  /** The largest difference from tfjs on WebAssembly, at a size: colours are from 0 to 1. */
  async function difference(bytes: Uint8Array, height: number, width: number): Promise<number> {
    const { data, shape } = photos(1, [height, width]);
    const expected = model.predict(tf.tensor(data, [...shape])) as tf.Tensor;
    const values = await expected.data<"float32">();
    const inputs = [{ data, shape, dtype: "float32" }];
    const sized = withSizes(bytes, inputs, [{ data: values, shape: expected.shape, dtype: "float32" }]);
    const [actual] = Object.values(await runFile(sized, inputs));
    expect([...actual!.shape]).toEqual(expected.shape);
    return values.reduce(
      (most, value, index) => Math.max(most, Math.abs(value - (actual!.data[index] as number))),
      0,
    );
  }

  it("agrees within 1e-4 at a size given by inputs", async () => {
    const bytes = await toTflite(model, { inputs: { [model.inputNames[0]!]: [1, 48, 64, 3] } });
    expect(await difference(bytes, 48, 64)).toBeLessThan(1e-4);
  });

  it("agrees within 1e-4 at other sizes where height and width are dynamic", async () => {
    const bytes = await toTflite(model, {
      inputs: { [model.inputNames[0]!]: [1, { nominal: 48 }, { nominal: 64 }, 3] },
    });
    expect(await difference(bytes, 48, 64)).toBeLessThan(1e-4);
    expect(await difference(bytes, 30, 44)).toBeLessThan(1e-4);
  });
});
