import "@tensorflow/tfjs-backend-cpu";
import type { Builder, Offset } from "flatbuffers";
import { expect, it } from "vitest";
import { toTflite } from "../../src/convert/index.ts";
import { loadTflite } from "../../src/node/index.ts";
import { graphArtifacts, graphModel, node, placeholder } from "../support/small-graph-models.ts";
import { type TinyModel, TYPE, writeTiny } from "./tiny-tflite.ts";

// BuiltinOperator and BuiltinOptions of schema.fbs.
const [WHERE, SLICE, SHAPE] = [109, 65, 77];
const int32 = TYPE.int32;
/** ShapeOptions, 55 of the union: `out_type` is INT32. */
const SHAPE_OPTIONS = {
  type: 55,
  write: (builder: Builder): Offset => {
    builder.startObject(1);
    builder.addFieldInt8(0, int32, 0);
    return builder.endObject();
  },
};
const ints = (...values: number[]): Uint8Array => new Uint8Array(Int32Array.from(values).buffer);

/** `y` = `x` from 0, as many as `size` says. */
const slice = (size: "given" | "shape of x"): TinyModel => ({
  tensors: [
    { name: "x", shape: [1], signature: [-1] },
    { name: "begin", shape: [1], type: int32, data: ints(0) },
    { name: "size", shape: [1], type: int32 },
    { name: "y", shape: [1], signature: [-1] },
  ],
  operators: [
    ...(size === "given"
      ? []
      : [{ code: SHAPE as number, inputs: [0], outputs: [2], options: SHAPE_OPTIONS }]),
    { code: SLICE as number, inputs: [0, 1, 2], outputs: [3] },
  ],
  inputs: size === "given" ? [0, 2] : [0],
  outputs: [3],
});

it("refuses outputs whose size values decide, by name", async () => {
  const where = writeTiny({
    tensors: [
      { name: "x", shape: [4], type: TYPE.bool },
      { name: "places", shape: [1, 1], signature: [-1, 1], type: TYPE.int64 },
    ],
    operators: [{ code: WHERE as number, inputs: [0], outputs: [1] }],
    inputs: [0],
    outputs: [1],
  });
  await expect(loadTflite(where)).rejects.toMatchObject({
    code: "invalid-argument",
    message: expect.stringMatching(/output "places" of shape \[-1,1\].*padded output/),
  });
  await expect(loadTflite(writeTiny(slice("given")))).rejects.toThrow(/how large output "y"/);
});

it("follows what is made of such a tensor", async () => {
  const model = await graphModel(
    graphArtifacts(
      [
        placeholder("x", [6]),
        node("Greater", "is_positive", ["x", "zero"]),
        node("Where", "places", ["is_positive"]),
        node("GatherNd", "chosen", ["x", "places"], { Tindices: { type: "DT_INT32" } }),
        node("Sum", "sum", ["chosen", "axes"], { keep_dims: { b: false }, Tidx: { type: "DT_INT32" } }),
      ],
      [
        { name: "zero", shape: [], values: [0] },
        { name: "axes", shape: [1], dtype: "int32", values: [0] },
      ],
      ["sum"],
    ),
  );
  for (const output of ["places", "chosen"]) {
    const bytes = await toTflite(model, { outputs: [output] });
    await expect(loadTflite(bytes)).rejects.toThrow(`how large output "${output}"`);
  }
  const reduced = await loadTflite(await toTflite(model));
  const { sum } = await reduced.run(Float32Array.of(1, -2, 3, -4, 5, 6));
  expect(sum?.data).toEqual(Float32Array.of(15));
  reduced.close();
  model.dispose();
});

it("runs a slice whose bounds follow the size of an input", async () => {
  const model = await loadTflite(writeTiny(slice("shape of x")));
  const { y } = await model.run(Float32Array.of(3, 1, 2));
  expect(y).toMatchObject({ data: Float32Array.of(3, 1, 2), shape: [3] });
  model.close();
});
