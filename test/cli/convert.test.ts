import { mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inspectTflite, toTflite } from "../../src/index.ts";
import { loadTflite } from "../../src/node/index.ts";
import { cli, cliProcess, graphArtifacts, saveLayers, writeModel } from "./run-cli.ts";

let folder: string;
let model: ReturnType<typeof sequential>;
let saved: string;

beforeAll(async () => {
  await tf.setBackend("cpu");
  folder = await mkdtemp(join(tmpdir(), "cli-convert-"));
  model = sequential({
    layers: [
      layers.dense({ units: 20, activation: "relu", inputShape: [6], name: "hidden" }),
      layers.dense({ units: 3, activation: "softmax", name: "classes" }),
    ],
  });
  model.compile({ optimizer: "adam", loss: "categoricalCrossentropy" });
  await model.fit(tf.ones([4, 6]), tf.oneHot(tf.tensor1d([0, 1, 2, 0], "int32"), 3), { verbose: 0 });
  saved = await saveLayers(join(folder, "layers"), model, { includeOptimizer: true });
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** A folder of its own, so that what is left in it can be seen. */
async function fresh(name: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  return path;
}

describe("tflite-forge convert", () => {
  it("writes what toTflite gives, and nothing else; the optimizer is no part of it", async () => {
    const target = await fresh("plain");
    const file = join(target, "m.tflite");
    const { code, stdout, stderr } = await cliProcess("convert", saved, "-o", file);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(
      /m\.tflite: [\d,]+ bytes\n2 FULLY_CONNECTED, 1 SOFTMAX\nneeds a runtime of 1\.5\.0/,
    );
    expect(new Uint8Array(await readFile(file))).toEqual(await toTflite(model));
    expect(await readdir(target)).toEqual(["m.tflite"]);
  });

  it("converts graph models", async () => {
    const path = await writeModel(join(folder, "graph"), graphArtifacts());
    const file = join(await fresh("from-graph"), "m.tflite");
    const { code, stderr } = await cli("convert", path, "--output", file);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const loaded = await loadTflite(await readFile(file));
    const { y } = await loaded.run({ x: [1, 0, 0] });
    loaded.close();
    expect(Number(y?.data[0])).toBeCloseTo(1 / (1 + Math.E), 6);
  });

  it("fixes the batch, by either option, and reports as JSON", async () => {
    const target = await fresh("batch");
    const [a, b] = [join(target, "a.tflite"), join(target, "b.tflite")];
    const [one, two] = await Promise.all([
      cli("convert", saved, "-o", a, "--batch", "2", "--json"),
      cli("convert", saved, `--output=${b}`, "--input", "hidden_input=2,6"),
    ]);
    expect([one.code, two.code]).toEqual([0, 0]);
    expect(await readFile(a)).toEqual(await readFile(b));
    expect(inspectTflite(await readFile(a)).inputs[0]?.shape).toEqual([2, 6]);
    expect(JSON.parse(one.stdout)).toMatchObject({
      output: a,
      name: expect.any(String),
      operators: { before: expect.any(Object), after: { FULLY_CONNECTED: 2, SOFTMAX: 1 } },
      fused: expect.any(Array),
      notFused: expect.any(Array),
      sizes: { file: (await readFile(a)).length, constants: expect.any(Number) },
      minimumRuntime: "1.5.0",
      warnings: [],
    });
  });

  it("replaces a file, and leaves it where the conversion fails", async () => {
    const target = await fresh("replace");
    const file = join(target, "m.tflite");
    await writeFile(file, "before");
    const failed = await cli("convert", saved, "-o", file, "--input", "hidden_input=2,7");
    expect(failed).toMatchObject({ code: 1, stdout: "" });
    expect(failed.stderr).toMatch(/^tflite-forge: .*does not run on inputs of these sizes: .*\n$/);
    expect(await readFile(file, "utf8")).toBe("before");
    expect(await readdir(target)).toEqual(["m.tflite"]);
    expect((await cli("convert", saved, "-o", file)).code).toBe(0);
    expect(await readdir(target)).toEqual(["m.tflite"]);
  });
});

describe("tflite-forge convert refuses", () => {
  const bad = (name: string): string => join(folder, "bad", name, "model.json");

  /** Copies of the saved model, each broken in one way. */
  beforeAll(async () => {
    const json = JSON.parse(await readFile(saved, "utf8"));
    const write = async (name: string, change: (copy: typeof json) => void): Promise<void> => {
      await mkdir(join(folder, "bad", name), { recursive: true });
      const copy = structuredClone(json);
      change(copy);
      await writeFile(bad(name), JSON.stringify(copy));
      for (const shard of json.weightsManifest[0].paths) {
        await writeFile(join(folder, "bad", name, shard), await readFile(join(folder, "layers", shard)));
      }
    };
    const paths =
      (...names: string[]) =>
      (copy: typeof json) => {
        copy.weightsManifest[0].paths = names;
      };
    await write("above", paths("../../layers/shard1.bin"));
    await write("absolute", paths(join(folder, "layers", "shard1.bin")));
    await write("linked", () => undefined);
    await rm(join(folder, "bad", "linked", "shard1.bin"));
    await symlink(join(folder, "layers", "shard1.bin"), join(folder, "bad", "linked", "shard1.bin"));
    await write("missing", paths("no.bin"));
    await write("short", () => undefined);
    await truncate(join(folder, "bad", "short", "shard1.bin"), 17);
    await write("unlisted", (copy) => delete copy.weightsManifest);
    await write("shape", (copy) => {
      copy.weightsManifest[0].weights[0].shape = [6, -20];
    });
    await write("type", (copy) => {
      copy.weightsManifest[0].weights[0].dtype = "float128";
    });
    await write("paths", paths(7 as unknown as string));
    await write("layer", (copy) => {
      copy.modelTopology.config.layers[0].class_name = "Mystery";
    });
  });

  it.each([
    ["above", "invalid-data", 'names the weights "../../layers/shard1.bin", which lead out of its folder'],
    ["absolute", "invalid-data", "which lead out of its folder"],
    ["linked", "invalid-data", 'names the weights "shard1.bin", which lead out of its folder'],
    ["missing", "invalid-data", "no.bin: there is no such file"],
    ["short", "invalid-data", "they do not belong together"],
    ["unlisted", "invalid-data", "it lists no weights"],
    ["shape", "invalid-data", "has the shape [6,-20]"],
    ["type", "invalid-data", 'is stored as "float128", which is not known'],
    ["paths", "invalid-data", "has [7] for paths"],
    ["layer", "invalid-source", "Unknown layer: Mystery"],
  ])("a model that is broken: %s", async (name, code, message) => {
    const target = await fresh(`out-${name}`);
    const outcome = await cli("convert", bad(name), "-o", join(target, "m.tflite"), "--json");
    expect(outcome).toMatchObject({ code: 1, stdout: "" });
    expect(JSON.parse(outcome.stderr)).toEqual({
      error: { code, message: expect.stringContaining(message) },
    });
    expect(await readdir(target)).toEqual([]);
  });

  it.each([
    [["no-such.json", "-o", "x.tflite"], 1, "no-such.json: there is no such file"],
    [["package.json", "-o", "x.tflite"], 1, "package.json is no saved tfjs model"],
    [["README.md", "-o", "x.tflite"], 1, "README.md is not JSON"],
    [["src", "-o", "x.tflite"], 1, "it is a folder"],
    [["MODEL"], 2, "needs a file to write: -o model.tflite"],
    [["MODEL", "-o", "src"], 2, "--output src is a folder: add a file name"],
    [["MODEL", "-o", "no-such-folder/x.tflite"], 2, "no-such-folder does not exist"],
    [["MODEL", "-o", "MODEL"], 2, "is the model itself"],
    [["MODEL", "-o", "x.tflite", "--input", "hiden_input=1,6"], 2, 'did you mean "hidden_input"?'],
    [
      ["MODEL", "-o", "x.tflite", "--input", "hidden_input=1,2,3"],
      2,
      "has 2 dimensions, [null,6]; got [1,2,3]",
    ],
  ] as const)("%j", async (args, code, message) => {
    const outcome = await cli("convert", ...args.map((arg) => (arg === "MODEL" ? saved : arg)));
    expect(outcome).toMatchObject({ code, stdout: "" });
    expect(outcome.stderr).toContain(message);
    expect(outcome.stderr.trim().split("\n")).toHaveLength(1);
  });
});
