import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { Builder } from "flatbuffers";
import { beforeAll, describe, expect, it } from "vitest";
import type { Graph, Tensor } from "../../src/graph/types.ts";
import { editTflite, inspectTflite, parseTflite, toTflite } from "../../src/index.ts";
import { loadTflite } from "../../src/node/index.ts";
import { Decoder } from "../../src/tflite-reader/decode.ts";
import { Encoder } from "../../src/tflite-writer/encode.ts";
import { writeTflite } from "../../src/tflite-writer/write.ts";
import { denseModel } from "../node/tiny-tflite.ts";
import { appendZip } from "./append-zip.ts";

beforeAll(() => tf.setBackend("cpu"));

/** All but the names. */
function withoutNames(bytes: Uint8Array): unknown {
  return JSON.parse(JSON.stringify(parseTflite(bytes)), (key, value) =>
    key === "name" || key === "key" ? "" : value,
  );
}

async function run(bytes: Uint8Array, input: string): Promise<readonly [string, number[]][]> {
  const model = await loadTflite(bytes);
  const outputs = await model.run({ [input]: [1, 2, 3, 4] });
  model.close();
  return Object.entries(outputs).map(([name, { data }]) => [name, Array.from(data, Number)]);
}

const MODEL = denseModel();

describe("editTflite", () => {
  it("renames tensors and signatures, and LiteRT computes the same", async () => {
    const edited = editTflite(MODEL, {
      description: "three numbers of four",
      tensors: { input_tensor: "image", output_tensor: "scores" },
      signatures: { serving_default: { key: "score", inputs: { x: "image" }, outputs: { y: "scores" } } },
    });
    expect(inspectTflite(edited)).toMatchObject({
      description: "three numbers of four",
      inputs: [{ name: "image" }],
      outputs: [{ name: "scores" }],
      signatures: [
        {
          key: "score",
          inputs: [{ name: "image", tensor: "image" }],
          outputs: [{ name: "scores", tensor: "scores" }],
        },
      ],
    });
    const [[, before] = ["", []]] = await run(MODEL, "x");
    expect(await run(edited, "image")).toEqual([["scores", before]]);
  });

  it("changes nothing else: without edits the same file, whoever wrote it", async () => {
    const fn = (x: tf.Tensor) =>
      tf.relu(
        tf.matMul(
          x as tf.Tensor2D,
          tf.tensor2d([
            [0.1, -0.2],
            [0.3, Number.NaN],
          ]),
        ),
      );
    const ours = await toTflite({ fn, inputs: [{ name: "x", shape: [null, 2] }] });
    for (const bytes of [ours, MODEL]) {
      expect(parseTflite(editTflite(bytes, {}))).toEqual(parseTflite(bytes));
      const constants = (file: Uint8Array) =>
        parseTflite(file).subgraphs.flatMap(({ operators }) =>
          operators.flatMap(({ inputs }) => inputs.map((input) => input?.data?.join())),
        );
      expect(constants(editTflite(bytes, {}))).toEqual(constants(bytes));
    }
  });

  it("keeps operators that are not written here: options, custom options, versions, intermediates", () => {
    const tensor = (name: string, more: Partial<Tensor> = {}): Tensor => ({
      name,
      type: "float32",
      shape: [2],
      ...more,
    });
    const [x, y, z, s] = [tensor("x"), tensor("y"), tensor("z"), tensor("state", { isVariable: true })];
    const scratch = tensor("scratch", {
      type: "int8",
      quantization: { scales: [0.1, 0.2], zeroPoints: [-1, 1], dimension: 0 },
    });
    const graph: Graph = {
      subgraphs: [
        {
          name: "main",
          inputs: [x],
          outputs: [z],
          operators: [
            {
              type: "CUSTOM",
              inputs: [x, null, s],
              outputs: [y],
              options: {},
              version: 7,
              customCode: "Mine",
              customOptions: Uint8Array.of(9, 8, 7),
              intermediates: [scratch],
            },
            {
              type: "REVERSE_SEQUENCE",
              inputs: [y],
              outputs: [z],
              options: { seq_dim: 1, batch_dim: 0 },
              version: 2,
            },
          ],
        },
      ],
      signatures: [],
      metadata: [{ name: "mine", data: Uint8Array.of(1, 2, 3) }],
    };
    const bytes = writeTflite(graph);
    const edited = editTflite(bytes, { tensors: { y: "middle" } });
    expect(withoutNames(edited)).toEqual(withoutNames(bytes));
    expect(parseTflite(edited).subgraphs[0]?.operators[1]?.inputs[0]?.name).toBe("middle");
    expect(parseTflite(edited).metadata).toEqual(parseTflite(bytes).metadata);
  });

  it("exchanges names", () => {
    const edited = editTflite(MODEL, {
      tensors: { input_tensor: "output_tensor", output_tensor: "input_tensor" },
    });
    expect(inspectTflite(edited)).toMatchObject({
      inputs: [{ name: "output_tensor" }],
      outputs: [{ name: "input_tensor" }],
    });
  });

  it("takes a signature's new key alone, and Node's Buffers", () => {
    const edited = editTflite(Buffer.from(MODEL), { signatures: { serving_default: "main" } });
    expect(inspectTflite(edited).signatures.map(({ key }) => key)).toEqual(["main"]);
  });

  it.each([
    [{ tensors: { inptu_tensor: "x" } }, 'there is no tensor "inptu_tensor": did you mean "input_tensor"?'],
    [{ tensors: { input_tensor: "bias" } }, 'the tensor "input_tensor" cannot be called "bias"'],
    [{ tensors: { input_tensor: "a", bias: "a" } }, 'the tensor "bias" cannot be called "a"'],
    [{ tensors: { bias: "" } }, 'edits.tensors["bias"] must be a text that is not empty, got ""'],
    [{ tensors: ["bias"] }, "edits.tensors must be an object"],
    [{ signatures: { serving: "x" } }, 'there is no signature "serving": did you mean "serving_default"?'],
    [
      { signatures: { serving_default: { inputs: { z: "w" } } } },
      'there is no input "z" of signature "serving_default"',
    ],
    [{ description: 3 }, "edits.description must be a text, got 3"],
    [{ tensor: {} }, 'unknown option "tensor": did you mean "tensors"?'],
    [{ signatures: { serving_default: { kye: "x" } } }, 'unknown option "kye": did you mean "key"?'],
  ])("refuses %j", (edits, message) => {
    expect(() => editTflite(MODEL, edits as never)).toThrow(message);
  });

  it("says that a file has no signatures", () => {
    const bytes = denseModel({ signature: false });
    expect(() => editTflite(bytes, { signatures: { a: "b" } })).toThrow(
      'no signature "a": the file has none',
    );
    expect(() => editTflite(new Uint8Array(30), {})).toThrow(/Not a valid \.tflite file/);
  });
});

describe("files behind the model", () => {
  const FILES = { "labels.txt": "cat\ndog\n", "vocabulary.txt": "a b c" };
  const edits = { tensors: { input_tensor: "a name that is much longer than the one before" } };

  it.each([
    ["as Python's zipfile appends them", true],
    ["as a ZIP put behind it counts them", false],
  ])("move along, %s", async (_, absolute) => {
    const bytes = appendZip(MODEL, FILES, absolute);
    expect(inspectTflite(bytes).files).toEqual([
      { name: "labels.txt", bytes: 8 },
      { name: "vocabulary.txt", bytes: 5 },
    ]);
    const edited = editTflite(bytes, edits);
    expect(edited.length).not.toBe(bytes.length);
    expect(inspectTflite(edited).files).toEqual(inspectTflite(bytes).files);
    expect(edited).toEqual(appendZip(editTflite(MODEL, edits), FILES, absolute));
    expect((await run(edited, "x"))[0]?.[1]).toEqual((await run(MODEL, "x"))[0]?.[1]);
  });

  it("open in an unpacker that somebody else wrote", async (context) => {
    const folder = await mkdtemp(join(tmpdir(), "edit-"));
    const path = join(folder, "m.tflite");
    await writeFile(path, editTflite(appendZip(MODEL, FILES, true), edits));
    const script =
      "import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).read('labels.txt').decode(), end='')";
    const outcome = await promisify(execFile)("python3", ["-c", script, path]).catch((error) => error);
    await rm(folder, { recursive: true });
    // Python is not needed for anything else here.
    if (outcome.code === "ENOENT") context.skip();
    expect(outcome.stdout).toBe("cat\ndog\n");
  });

  it("are refused where they are constants, as in files past 2 GB", () => {
    const model = new Decoder(MODEL).root("Model");
    const builder = new Builder();
    const buffers = [...(model.buffers ?? []), { offset: 64, size: 16 }];
    builder.finish(new Encoder(builder).table("Model", { ...model, buffers }), "TFL3");
    expect(() => editTflite(builder.asUint8Array(), {})).toThrow("keeps constants outside of its FlatBuffer");
  });

  it("are refused where they are no archive", () => {
    const bytes = new Uint8Array(MODEL.length + 40).fill(7);
    bytes.set(MODEL);
    expect(() => editTflite(bytes, edits)).toThrow("40 bytes follow the model, and they are no ZIP archive");
    bytes.fill(0, MODEL.length);
    expect(parseTflite(editTflite(bytes, {}))).toEqual(parseTflite(MODEL));
  });
});
