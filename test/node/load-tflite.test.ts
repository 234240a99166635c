import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadTflite } from "../../src/node/index.ts";
import { getRuntime } from "../../src/node/litert-runtime.ts";
import {
  bytesOf,
  DENSE_BIAS,
  DENSE_WEIGHTS,
  denseModel,
  OPERATOR,
  type TinyTensor,
  TYPE,
  writeTiny,
} from "./tiny-tflite.ts";

/** What {@link denseModel} computes. */
function dense(x: readonly number[]): number[] {
  const rows = Array.from({ length: x.length / 4 }, (_, r) => x.slice(4 * r, 4 * r + 4));
  return rows.flatMap((row) =>
    DENSE_BIAS.map((b, o) => row.reduce((sum, v, i) => sum + v * DENSE_WEIGHTS[4 * o + i]!, b)),
  );
}

const values = (length: number) => Float32Array.from({ length }, (_, i) => ((i * 7) % 11) / 4 - 1);

/** RELU or LOGICAL_NOT of one tensor, static. */
function unary(code: number, tensor: Omit<TinyTensor, "name">, version = 1): Uint8Array {
  return writeTiny({
    tensors: [
      { ...tensor, name: "in" },
      { ...tensor, name: "out" },
    ],
    operators: [{ code, inputs: [0], outputs: [1], version }],
    inputs: [0],
    outputs: [1],
  });
}

/** y = a + b and z = relu(a), all of [batch, 2]; the signature names them in another order than the graph. */
function twoInputs(): Uint8Array {
  const dynamic = { shape: [1, 2], signature: [-1, 2] };
  return writeTiny({
    tensors: ["a", "b", "sum", "positive"].map((name) => ({ name, ...dynamic })),
    operators: [
      {
        code: OPERATOR.ADD,
        inputs: [0, 1],
        outputs: [2],
        options: {
          type: 11,
          write: (b) => {
            b.startObject(2);
            return b.endObject();
          },
        },
      },
      { code: OPERATOR.RELU, inputs: [0], outputs: [3] },
    ],
    inputs: [1, 0],
    outputs: [2, 3],
    signature: { inputs: { first: 0, second: 1 }, outputs: { positive: 3, sum: 2 } },
  });
}

describe("loadTflite", () => {
  test("names, shapes and dtypes come from the signature, in the graph's order", async () => {
    const model = await loadTflite(denseModel());
    expect(model.inputs).toEqual([{ name: "x", shape: [-1, 4], dtype: "float32" }]);
    expect(model.outputs).toEqual([{ name: "y", shape: [-1, 3], dtype: "float32" }]);
    model.close();
    const two = await loadTflite(twoInputs());
    expect(two.inputs.map((input) => input.name)).toEqual(["second", "first"]);
    expect(two.outputs.map((output) => output.name)).toEqual(["sum", "positive"]);
    two.close();
  });

  test("without a signature the tensors' own names are used", async () => {
    const model = await loadTflite(denseModel({ signature: false }));
    expect(model.inputs[0]!.name).toBe("input_tensor");
    const { output_tensor: y } = await model.run({ input_tensor: values(8) });
    expect(y!.shape).toEqual([2, 3]);
    model.close();
  });

  test("any batch runs, back and forth over more sizes than are kept", async () => {
    const model = await loadTflite(denseModel(), { maxCompiled: 2 });
    for (const batch of [1, 5, 2, 64, 5, 1, 7]) {
      const x = values(4 * batch);
      const { y } = await model.run(x);
      expect(y!.shape).toEqual([batch, 3]);
      expect([...y!.data]).toEqual(dense([...x]).map((v) => expect.closeTo(v, 5)));
    }
    model.close();
  });

  test("a shape that other tensors share is changed for the dynamic ones alone", async () => {
    // The constant has the very bytes of shape that the input has, in the same vector of the file.
    const bytes = writeTiny({
      shareVectors: true,
      tensors: [
        { name: "x", shape: [1, 4], signature: [-1, 4] },
        { name: "c", shape: [1, 4], data: bytesOf([1, 2, 3, 4]) },
        { name: "y", shape: [1, 4], signature: [-1, 4] },
      ],
      operators: [
        {
          code: OPERATOR.ADD,
          inputs: [0, 1],
          outputs: [2],
          options: {
            type: 11,
            write: (b) => {
              b.startObject(2);
              return b.endObject();
            },
          },
        },
      ],
      inputs: [0],
      outputs: [2],
    });
    const model = await loadTflite(bytes);
    const { y } = await model.run(Float32Array.of(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2));
    expect([...y!.data]).toEqual([1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6]);
    model.close();
  });

  test("inputs by name, in order, as arrays, tensors or data with a shape", async () => {
    const model = await loadTflite(twoInputs());
    const a = Float32Array.of(1, -2, 3, 4);
    const b = Float32Array.of(10, 20, 30, 40);
    const tensor = tf.tensor2d([1, -2, 3, 4], [2, 2]);
    const expected = { sum: [11, 18, 33, 44], positive: [1, 0, 3, 4] };
    for (const inputs of [
      { first: a, second: b },
      { second: [10, 20, 30, 40], first: { data: a, shape: [2, 2] } },
      { first: tensor, second: { data: [10, 20, 30, 40], shape: [2, 2] } },
      [b, a],
      [b, tensor],
    ]) {
      const outputs = await model.run(inputs);
      expect(Object.keys(outputs)).toEqual(["sum", "positive"]);
      expect([...outputs.sum!.data]).toEqual(expected.sum);
      expect([...outputs.positive!.data]).toEqual(expected.positive);
    }
    tensor.dispose();
    model.close();
  });

  test("int8, uint8, bool and int32 files run, which LiteRT.js itself refuses in part", async () => {
    const quantized = { shape: [1, 4], scale: 0.5, zeroPoint: 0 };
    const int8 = await loadTflite(unary(OPERATOR.RELU, { ...quantized, type: TYPE.int8 }, 2));
    expect(int8.inputs[0]).toMatchObject({ dtype: "int8", quantization: { scale: 0.5, zeroPoint: 0 } });
    const { out } = await int8.run(Int8Array.of(-1, 2, -3, 4));
    expect(out!.data).toEqual(Int8Array.of(0, 2, 0, 4));
    int8.close();

    const bool = await loadTflite(unary(OPERATOR.LOGICAL_NOT, { shape: [4], type: TYPE.bool }));
    expect((await bool.run([true, false, true, true])).out).toEqual({
      data: Uint8Array.of(0, 1, 0, 0),
      shape: [4],
      dtype: "bool",
    });
    bool.close();
  });

  test("wrong inputs are refused by name", async () => {
    const model = await loadTflite(twoInputs());
    const ok = Float32Array.of(1, 2);
    const fails = async (inputs: unknown, message: RegExp) =>
      expect(model.run(inputs as never)).rejects.toMatchObject({
        code: "invalid-argument",
        message: expect.stringMatching(message),
      });
    await fails({ first: ok }, /input "second" is missing/);
    await fails({ first: ok, secnd: ok }, /no input "secnd": did you mean "second"/);
    await fails([ok], /has 2 inputs \(second, first\), got 1/);
    await fails(ok, /has 2 inputs/);
    await fails(undefined, /must be values, an array of them, or a record .* got undefined/);
    await fails({ first: ok, second: Int32Array.of(1, 2) }, /"second" is float32: expected a Float32Array/);
    await fails({ first: ok, second: "12" }, /"second" is float32: .* got "12"/);
    await fails({ first: ok, second: Float32Array.of(1, 2, 3) }, /needs a multiple of 2 values, got 3/);
    await fails({ first: ok, second: new Float32Array(0) }, /needs a multiple of 2 values, got 0/);
    await fails({ first: ok, second: { data: ok, shape: [2] } }, /shape \[-1,2\].*got \[2\]/);
    await fails({ first: ok, second: { data: ok, shape: [2, 2] } }, /\[2,2\] has 4 values, got 2/);
    await fails({ first: ok, second: new Float32Array(4) }, /same batch, got "second": 2, "first": 1/);
    model.close();

    const int8 = await loadTflite(unary(OPERATOR.RELU, { shape: [1, 2], type: TYPE.int8, scale: 1 }, 2));
    await expect(int8.run([1, 200])).rejects.toThrow(/whole numbers from -128 to 127, got 200 at 1/);
    await expect(int8.run([1, 2, 3])).rejects.toThrow(/needs 2 values, got 3/);
    int8.close();
  });

  test("outputs get their true sizes, and a file that lies about them is refused", async () => {
    const relu = (input: TinyTensor, output: TinyTensor) =>
      writeTiny({
        tensors: [input, output],
        operators: [{ code: OPERATOR.RELU, inputs: [0], outputs: [1] }],
        inputs: [0],
        outputs: [1],
      });
    const x = { name: "x", shape: [1, 4], signature: [-1, 4] };
    const lying = await loadTflite(relu(x, { name: "y", shape: [1, 4] }));
    expect((await lying.run(new Float32Array(4))).y!.shape).toEqual([1, 4]);
    await expect(lying.run(new Float32Array(8))).rejects.toThrow(/could not run .* too small/);
    lying.close();

    const anySize = { shape: [1, 1], signature: [-1, -1] };
    const wide = await loadTflite(relu({ name: "x", ...anySize }, { name: "y", ...anySize }));
    expect((await wide.run({ data: values(3), shape: [3, 1] })).y!.shape).toEqual([3, 1]);
    expect((await wide.run({ data: values(6), shape: [3, 2] })).y!.shape).toEqual([3, 2]);
    wide.close();
  });

  test("a closed model says so, and closing twice is harmless", async () => {
    const model = await loadTflite(denseModel());
    model.close();
    model.close();
    await expect(model.run(values(4))).rejects.toMatchObject({
      code: "invalid-argument",
      message: expect.stringContaining("closed"),
    });
  });

  test("loads and runs in parallel do not disturb each other", async () => {
    const models = await Promise.all(Array.from({ length: 6 }, () => loadTflite(denseModel())));
    const results = await Promise.all(models.map((model, i) => model.run(values(4 * (i + 1)))));
    for (const [i, { y }] of results.entries()) {
      expect([...y!.data]).toEqual(dense([...values(4 * (i + 1))]).map((v) => expect.closeTo(v, 5)));
    }
    for (const model of models) model.close();
  });

  test("closing gives the memory back", async () => {
    const { binding } = await getRuntime();
    const bytes = denseModel();
    const used = async () => {
      for (let i = 0; i < 100; i++) {
        const model = await loadTflite(bytes);
        await model.run(values(4 * 2000));
        model.close();
      }
      return binding.HEAPU8.length;
    };
    const first = await used();
    expect(await used()).toBe(first);
    expect((await getRuntime()).binding).toBe(binding);
  });

  test("options are checked", async () => {
    await expect(loadTflite(denseModel(), { signatur: "x" } as never)).rejects.toThrow(
      /did you mean "signature"/,
    );
    await expect(loadTflite(denseModel(), { signature: "serving" })).rejects.toThrow(
      /no signature "serving": did you mean "serving_default"/,
    );
    await expect(loadTflite(denseModel(), { maxCompiled: 0 })).rejects.toThrow(/maxCompiled/);
    await expect(loadTflite("digits.tflite" as never)).rejects.toThrow(/bytes must be a Uint8Array/);
  });
});

describe("broken files", () => {
  const code = "invalid-tflite";

  test("what is no .tflite file", async () => {
    await expect(loadTflite(new Uint8Array(0))).rejects.toMatchObject({ code });
    await expect(loadTflite(new Uint8Array(1000))).rejects.toMatchObject({ code });
    await expect(loadTflite(new TextEncoder().encode("<!doctype html><html>"))).rejects.toMatchObject({
      code,
    });
    const other = denseModel();
    other[4] = 0x58;
    await expect(loadTflite(other)).rejects.toThrow(/bytes 4 to 7 must be "TFL3", got "XFL3"/);
  });

  test("truncated anywhere", async () => {
    const bytes = denseModel();
    for (let length = 0; length < bytes.length; length += 13) {
      await expect(loadTflite(bytes.slice(0, length)), `${length} bytes`).rejects.toMatchObject({ code });
    }
  });

  test("an operator that LiteRT does not know is named", async () => {
    await expect(loadTflite(unary(OPERATOR.RELU, { shape: [1, 2] }, 99))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/RELU.*99/s),
    });
  });

  test("corrupt bytes give the error or a model, never a crash", async () => {
    const bytes = denseModel();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        async (changes) => {
          const copy = bytes.slice();
          for (const [at, value] of changes) copy[at] = value;
          try {
            const model = await loadTflite(copy);
            model.close();
          } catch (error) {
            expect(error).toMatchObject({ name: "ForgeError" });
          }
        },
      ),
      { numRuns: 60, seed: 7 },
    );
    // Whatever happened, the next file runs.
    const model = await loadTflite(bytes);
    expect((await model.run(values(4))).y!.shape).toEqual([1, 3]);
    model.close();
  });
});
