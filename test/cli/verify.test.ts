import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toTflite } from "../../src/index.ts";
import { smallNetwork } from "../support/small-graph-models.ts";
import { cli, cliProcess, graphArtifacts, saveLayers, writeModel } from "./run-cli.ts";

let folder: string;
let saved: string;
let file: string;
let other: string;

beforeAll(async () => {
  await tf.setBackend("cpu");
  folder = await mkdtemp(join(tmpdir(), "cli-verify-"));
  const dense = (units: number) =>
    sequential({
      layers: [layers.dense({ units, activation: "softmax", inputShape: [6], name: "classes" })],
    });
  const model = dense(3);
  saved = await saveLayers(join(folder, "saved"), model);
  file = join(folder, "m.tflite");
  await writeFile(file, await toTflite(model));
  other = join(folder, "other.tflite");
  await writeFile(other, await toTflite(dense(3)));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe("tflite-forge verify", () => {
  it("passes a file of the model", async () => {
    const { code, stdout, stderr } = await cliProcess("verify", saved, file, "--tolerance", "1e-6");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^ok classes \[4,3\]: largest error .*\npassed: tolerance 0\.000001\n$/);
  });

  it("fails the file of another model, as data with --json", async () => {
    const { code, stdout } = await cliProcess("verify", saved, other, "--json");
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      passed: false,
      tolerance: 1e-4,
      outputs: [
        {
          name: "classes",
          shape: [4, 3],
          passed: false,
          maxAbsoluteError: expect.any(Number),
          maxRelativeError: expect.any(Number),
          meanAbsoluteError: expect.any(Number),
          argmaxAgreement: expect.any(Number),
        },
      ],
    });
  });

  it("runs graph models", async () => {
    const path = await writeModel(join(folder, "graph"), graphArtifacts());
    const converted = join(folder, "graph.tflite");
    expect((await cli("convert", path, "-o", converted)).code).toBe(0);
    expect(await cli("verify", path, converted)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("ok y [4,2]"),
    });
  });

  it("runs a graph model between the nodes that it was cut at", async () => {
    const path = await writeModel(join(folder, "network"), smallNetwork());
    const converted = join(folder, "head.tflite");
    const part = ["--input", "features/pool=?,6", "--outputs", "head/mat_mul"];
    expect((await cli("convert", path, "-o", converted, ...part)).code).toBe(0);
    expect(await cli("verify", path, converted, ...part, "--tolerance", "1e-6")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("ok head/mat_mul [4,3]"),
    });
    const whole = await cli("verify", path, converted);
    expect(whole).toMatchObject({ code: 1, stdout: "" });
    expect(whole.stderr).toContain("does not run on inputs of these sizes");
    const wrong = await cli("verify", path, converted, "--outputs", "head/matmul");
    expect(wrong).toMatchObject({ code: 2, stdout: "" });
    expect(wrong.stderr).toContain('--outputs: the graph model has no node "head/matmul"');
  });

  it.each([
    [["MODEL"], 2, "verify takes model.json and model.tflite, got"],
    [
      ["MODEL", "FILE", "--tolerance", "little"],
      2,
      '--tolerance must be a number from 0, such as 1e-5; got "little"',
    ],
    [["MODEL", "FILE", "--tolerance", "-1"], 2, "--tolerance must be a number from 0"],
    [["MODEL", "no-such.tflite"], 1, "no-such.tflite: there is no such file"],
    [["MODEL", "package.json"], 1, "no .tflite file"],
    [["FILE", "MODEL"], 1, "is not JSON"],
  ] as const)("refuses %j", async (args, code, message) => {
    const names: Readonly<Record<string, string>> = { MODEL: saved, FILE: file };
    const outcome = await cli("verify", ...args.map((arg) => names[arg] ?? arg));
    expect(outcome).toMatchObject({ code, stdout: "" });
    expect(outcome.stderr).toContain(message);
  });
});
