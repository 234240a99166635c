import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { parseTflite, toTflite } from "../../src/convert/index.ts";
import { ForgeError } from "../../src/errors.ts";
import { printGraph } from "../../src/graph/print.ts";
import { writeTflite } from "../../src/tflite-writer/write.ts";

let bytes: Uint8Array;

beforeAll(async () => {
  await tf.setBackend("cpu");
  const model = sequential({
    name: "small",
    layers: [
      layers.conv2d({ name: "conv", filters: 3, kernelSize: 3, activation: "relu6", inputShape: [6, 6, 2] }),
      layers.averagePooling2d({ name: "pool", poolSize: 2 }),
      layers.flatten({ name: "flat" }),
      layers.dense({ name: "out", units: 2, activation: "softmax" }),
    ],
  });
  bytes = await toTflite(model);
});

/** A result, or our own error: nothing else may come of any bytes. */
function parseOrRefuse(data: Uint8Array): boolean {
  try {
    parseTflite(data);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(ForgeError);
    expect((error as ForgeError).code).toBe("invalid-tflite");
    return false;
  }
}

describe("parseTflite", () => {
  it("gives the graph back, with names, shapes, options and signature", () => {
    const graph = parseTflite(bytes);
    expect(printGraph(graph)).toMatchInlineSnapshot(`
      "main(conv_input: float32[-1,6,6,2]) -> out
        conv: float32[-1,4,4,3] = CONV_2D(conv_input, conv/kernel: float32[3,3,3,2], conv/bias: float32[3]) { padding: VALID, stride_w: 1, stride_h: 1, fused_activation_function: RELU6 }
        pool: float32[-1,2,2,3] = AVERAGE_POOL_2D(conv) { padding: VALID, stride_w: 2, stride_h: 2, filter_width: 2, filter_height: 2 }
        out/_FusedMatMul: float32[-1,12] = RESHAPE(pool, [-1,12])
        out/_FusedMatMul_1: float32[-1,2] = FULLY_CONNECTED(out/_FusedMatMul, out/kernel: float32[2,12], out/bias: float32[2])
        out: float32[-1,2] = SOFTMAX(out/_FusedMatMul_1) { beta: 1 }"
    `);
    expect(graph.signatures).toEqual([
      {
        key: "serving_default",
        subgraph: 0,
        inputs: [{ name: "conv_input", position: 0 }],
        outputs: [{ name: "out", position: 0 }],
      },
    ]);
    expect(
      graph.metadata.map(({ name, data }) => [name, new TextDecoder().decode(data).replace(/\0+$/, "")]),
    ).toEqual([["min_runtime_version", "1.5.0"]]);
  });

  it("writes what it read as the same bytes", () => {
    expect(Buffer.compare(writeTflite(parseTflite(bytes)), bytes)).toBe(0);
  });

  it.each([
    ["nothing", new Uint8Array()],
    ["a text", new TextEncoder().encode("this is no model, but a text of some length")],
    ["another FlatBuffer", Uint8Array.of(16, 0, 0, 0, 0x41, 0x42, 0x43, 0x44, 0, 0, 0, 0, 0, 0, 0, 0)],
    [
      "an identifier alone",
      Uint8Array.of(255, 255, 255, 255, 0x54, 0x46, 0x4c, 0x33, 0, 0, 0, 0, 0, 0, 0, 0),
    ],
  ])("refuses %s", (_, data) => {
    expect(parseOrRefuse(data)).toBe(false);
  });

  it("refuses what is no Uint8Array", () => {
    expect(() => parseTflite("model.tflite" as never)).toThrow(/must be a Uint8Array, got "model.tflite"/);
  });

  it("refuses every file cut off inside its structures", () => {
    // The last bytes are weights, padded: cutting those may be harmless.
    for (let length = 0; length < bytes.length - 64; length += 3) parseOrRefuse(bytes.slice(0, length));
    expect(parseOrRefuse(bytes.slice(0, bytes.length >> 1))).toBe(false);
  });

  it("ends with a result or its own error, whatever bytes are changed", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ at: fc.nat(), value: fc.oneof(fc.nat(255), fc.constantFrom(0, 255, 128, 4)) }), {
          minLength: 1,
          maxLength: 12,
        }),
        (changes) => {
          const damaged = bytes.slice();
          for (const { at, value } of changes) damaged[at % damaged.length] = value;
          parseOrRefuse(damaged);
        },
      ),
      { numRuns: 2000, seed: 1 },
    );
  });

  it("ends soon where offsets point at each other", () => {
    // Every word of the structures points close by: vectors overlap, and tables contain their parents.
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 64 }), fc.integer({ min: 8, max: 400 }), (value, from) => {
        const damaged = bytes.slice();
        const view = new DataView(damaged.buffer);
        for (let at = from & ~3; at + 4 <= Math.min(damaged.length, from + 1600); at += 4)
          view.setUint32(at, value, true);
        const start = performance.now();
        parseOrRefuse(damaged);
        expect(performance.now() - start).toBeLessThan(2000);
      }),
      { numRuns: 200, seed: 2 },
    );
  });

  it("does not allocate what a length claims", () => {
    const damaged = bytes.slice();
    const view = new DataView(damaged.buffer);
    for (let at = 8; at + 4 <= Math.min(damaged.length, 2000); at += 4) {
      const kept = view.getUint32(at, true);
      view.setUint32(at, 0x7fffffff, true);
      parseOrRefuse(damaged);
      view.setUint32(at, kept, true);
    }
  });
});
