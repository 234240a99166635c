import { mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inspectTflite, parseTflite, toTflite } from "../../src/index.ts";
import { loadTflite } from "../../src/node/index.ts";
import { smallNetwork } from "../support/small-graph-models.ts";
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

/** The names of a file's inputs and of its outputs. */
function portsOf(bytes: Uint8Array): readonly (readonly string[])[] {
  const { inputs = [], outputs = [] } = parseTflite(bytes).signatures[0] ?? {};
  return [inputs, outputs].map((entries) => entries.map(({ name }) => name));
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

  it("ends a graph model at the nodes named, and begins it at one", async () => {
    const network = await writeModel(join(folder, "network"), smallNetwork());
    const file = join(await fresh("cut"), "m.tflite");
    const whole = await cli("convert", network, "-o", file, "--outputs", "features/pool,scores");
    expect(whole).toMatchObject({ code: 0, stderr: "" });
    expect(portsOf(await readFile(file))).toEqual([["image"], ["features/pool", "scores"]]);
    const part = ["--input", "features/pool=?,6", "--outputs", "head/mat_mul"];
    expect(await cli("convert", network, "-o", file, ...part)).toMatchObject({ code: 0, stderr: "" });
    expect(portsOf(await readFile(file))).toEqual([["features/pool"], ["head/mat_mul"]]);
  });

  it.each([
    ["?,16?,24,3", [1, 16, 24, 3], [-1, -1, 24, 3]],
    ["null,16,24?,3", [1, 16, 24, 3], [-1, 16, -1, 3]],
    ["2,16,24,3", [2, 16, 24, 3], undefined],
  ])("takes the sizes %s", async (sizes, shape, shapeSignature) => {
    const network = await writeModel(join(folder, "open"), smallNetwork([-1, -1, -1, 3]));
    const file = join(await fresh(`sizes-${sizes.replace(/\W/g, "_")}`), "m.tflite");
    const outcome = await cli("convert", network, "-o", file, `--input=image=${sizes}`);
    expect(outcome).toMatchObject({ code: 0, stderr: "" });
    const [image] = parseTflite(await readFile(file)).subgraphs[0]?.inputs ?? [];
    expect([image?.shape, image?.shapeSignature]).toEqual([shape, shapeSignature]);
  });

  it("writes for a target, and tells what it leaves to the CPU", async () => {
    const file = join(await fresh("target"), "m.tflite");
    expect((await cli("convert", saved, "-o", file, "--target", "microcontroller")).code).toBe(0);
    expect(inspectTflite(await readFile(file)).inputs[0]?.shape).toEqual([1, 6]);
    const runtime = await cli("convert", saved, "-o", file, "--target", "1.14", "--json");
    expect(JSON.parse(runtime.stdout)).toMatchObject({ refusals: [] });
    // The Edge TPU takes 8 bit integers only.
    const edge = await cli("convert", saved, "-o", file, "--target", "edgetpu");
    expect(edge).toMatchObject({ code: 0, stderr: "" });
    expect(edge.stdout).toContain("\nthe target leaves to the CPU: 3\n  not FULLY_CONNECTED ");
    const { refusals } = JSON.parse(
      (await cli("convert", saved, "-o", file, "--target", "edgetpu", "--json")).stdout,
    );
    expect(refusals).toHaveLength(3);
  });

  it("writes recurrent layers as it is told, and their states as inputs and outputs", async () => {
    const saveLstm = (name: string, stateful: boolean): Promise<string> => {
      const settings = { units: 4, recurrentActivation: "sigmoid", recurrentInitializer: "glorotUniform" };
      const layer = layers.lstm({
        ...settings,
        stateful,
        batchInputShape: [1, 20, 2],
        name: "lstm",
      } as never);
      return saveLayers(join(folder, name), sequential({ layers: [layer] }));
    };
    const path = await saveLstm("recurrent", false);
    const stateful = await saveLstm("stateful", true);
    const file = join(await fresh("recurrent-out"), "m.tflite");
    const operatorsOf = async (...args: readonly string[]): Promise<readonly string[]> => {
      const outcome = await cli("convert", path, "-o", file, "--json", ...args);
      expect(outcome).toMatchObject({ code: 0, stderr: "" });
      return Object.keys(JSON.parse(outcome.stdout).operators.after);
    };
    expect(await operatorsOf("--recurrent", "while")).toContain("WHILE");
    expect(await operatorsOf("--recurrent", "unrolled")).not.toContain("WHILE");
    expect(await operatorsOf("--recurrent", "fused")).toContain("UNIDIRECTIONAL_SEQUENCE_LSTM");
    const plain = await cli("convert", stateful, "-o", file);
    expect(plain.stdout).toMatch(/\nwarning: Layer "lstm" is stateful: .* the option --state io /);
    const streamed = await cli("convert", stateful, "-o", file, "--state", "io");
    expect(streamed.stdout).not.toContain("warning");
    const states = ["lstm/state_0", "lstm/state_1"];
    expect(portsOf(await readFile(file))).toEqual([
      ["lstm_input", ...states],
      ["lstm", ...states],
    ]);
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
  let graph: string;
  let open: string;

  const bad = (name: string): string => join(folder, "bad", name, "model.json");

  /** Models that are sound, and copies of the saved one, each broken in one way. */
  beforeAll(async () => {
    graph = await writeModel(join(folder, "good-graph"), graphArtifacts());
    open = await writeModel(join(folder, "open-graph"), smallNetwork([-1, -1, 8, 3]));
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
    [["MODEL", "-o", "x.tflite", "--input", "hidden_input=?,6??"], 2, "or image=?,224?,224?,3; got"],
    [["MODEL", "-o", "x.tflite", "--input", "hidden_input=0,6"], 2, "--input must be NAME=SIZES"],
    [["MODEL", "-o", "x.tflite", "--outputs", "a,,b"], 2, "--outputs must be names with commas between them"],
    [
      ["GRAPH", "-o", "x.tflite", "--outputs", "prodct"],
      2,
      '--outputs: the graph model has no node "prodct"',
    ],
    [
      ["MODEL", "-o", "x.tflite", "--target", "tpu"],
      2,
      "such as 2.4, or microcontroller, web, gpu or edgetpu",
    ],
    [["MODEL", "-o", "x.tflite", "--target", "1.3"], 2, "--target: files for 1.3 cannot be made"],
    [
      ["MODEL", "-o", "x.tflite", "--target", "web", "--batch", "dynamic"],
      2,
      "--batch: the target takes files of fixed sizes only",
    ],
    [["MODEL", "-o", "x.tflite", "--recurrent", "loop"], 2, "must be while, unrolled or fused, got"],
    [["MODEL", "-o", "x.tflite", "--state", "in"], 2, '--state must be io, got "in"'],
    [
      ["OPEN", "-o", "x.tflite"],
      2,
      "give it with the option --input NAME=SIZES; 224? there keeps a size dynamic",
    ],
  ] as const)("%j", async (args, code, message) => {
    const models: Readonly<Record<string, string>> = { MODEL: saved, GRAPH: graph, OPEN: open };
    const outcome = await cli("convert", ...args.map((arg) => models[arg] ?? arg));
    expect(outcome).toMatchObject({ code, stdout: "" });
    expect(outcome.stderr).toContain(message);
    expect(outcome.stderr.trim().split("\n")).toHaveLength(1);
  });
});
