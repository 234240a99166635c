import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { convert, type FunctionSource, parseTflite, type StoredType } from "../../src/convert/index.ts";
import { loadTflite } from "../../src/node/index.ts";

const VALUES: Readonly<Record<Exclude<StoredType, "float16">, readonly number[]>> = {
  uint8: [0, 1, 127, 128, 200, 255],
  int8: [-128, -1, 0, 1, 64, 127],
  int16: [-32768, -300, 0, 5, 1000, 32767],
  int64: [-2147483648, -3, 0, 9, 70000, 2147483647],
};

const source = (dtype: StoredType): FunctionSource => ({
  fn: (x) => tf.add(tf.cast(x, "float32"), 0.5),
  inputs: [{ name: "x", shape: [null, 3], dtype }],
});

describe("an input of a type that tfjs has not", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
  });

  test.each(Object.entries(VALUES))("%s", async (dtype, values) => {
    const { bytes, report } = await convert(source(dtype as StoredType));
    const [main] = parseTflite(bytes).subgraphs;
    expect(main?.inputs[0]).toMatchObject({ name: "x", type: dtype, shapeSignature: [-1, 3] });
    // To float at once, but for the numbers that int32 has not.
    expect(report.operators.after).toEqual({ CAST: dtype === "int64" ? 2 : 1, ADD: 1 });
    const model = await loadTflite(bytes);
    const given = dtype === "int64" ? BigInt64Array.from(values, BigInt) : [...values];
    const { output } = await model.run([{ data: given as number[], shape: [2, 3] }]);
    model.close();
    expect(Array.from(output?.data as Float32Array)).toEqual(values.map((value) => Math.fround(value + 0.5)));
  });

  test("float16 is a cast of version 5, which runtime 2.12 was the first to have", async () => {
    const { bytes, report } = await convert(source("float16"));
    const [cast] = parseTflite(bytes).subgraphs[0]?.operators ?? [];
    expect(cast).toMatchObject({ type: "CAST", version: 5 });
    expect(report.minimumRuntime).toBe("2.12.0");
  });

  test("one that no runtime takes is refused by name", async () => {
    await expect(convert(source("uint4" as StoredType))).rejects.toThrow(
      'source.inputs[0].dtype must be one of "float32", "int32", "bool", "uint8", "int8", "int16", "int64", "float16"; got "uint4"',
    );
  });
});
