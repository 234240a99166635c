import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { editTflite, inspectTflite, toTflite } from "../../src/index.ts";
import { cli, cliProcess } from "./run-cli.ts";

let folder: string;
let file: string;

beforeAll(async () => {
  await tf.setBackend("cpu");
  folder = await mkdtemp(join(tmpdir(), "cli-inspect-"));
  file = join(folder, "half.tflite");
  const fn = (x: tf.Tensor) => ({ half: tf.mul(x, 0.5) });
  await writeFile(file, await toTflite({ fn, inputs: [{ name: "x", shape: [null, 2] }] }));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe("tflite-forge", () => {
  it("prints what is in a file", async () => {
    const { stdout, stderr, code } = await cliProcess("inspect", file);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("main(x: float32[-1,2]) -> half\n  half: float32[-1,2] = MUL(x, 0.5)");
    expect(stdout).toContain(
      "1 MUL\nneeds a runtime of 1.5.0 or later\nsignature serving_default: x -> half\n",
    );
    expect(stdout).toContain("XNNPACK is expected to take 1 of 1 operators, in 1 piece\n");
  });

  it("prints data for programs: what inspectTflite gives", async () => {
    const { stdout } = await cli("inspect", "--json", file);
    const summary = inspectTflite(await readFile(file));
    expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(summary)));
  });

  it("lets no control character of a file reach the terminal", async () => {
    const path = join(folder, "escape.tflite");
    await writeFile(path, editTflite(await readFile(file), { tensors: { half: "\u001b[31mred" } }));
    const { stdout } = await cli("inspect", path);
    expect(stdout).not.toContain("\u001b");
    expect(stdout).toContain("\ufffd[31mred");
  });

  it.each([
    [[], "npx tflite-forge convert model.json -o model.tflite [options]"],
    [["--help"], "Exit codes: 0 done, 1 the work failed, 2 the command line is wrong."],
    [["convert", "--help"], "--input NAME=SIZES"],
    [["inspect", "-h"], "Examples\n  npx tflite-forge inspect model.tflite\n"],
    [["verify", "--help"], "--tolerance NUMBER"],
  ])("helps: %j", async (args, text) => {
    const { stdout, code } = await cli(...args);
    expect(code).toBe(0);
    expect(stdout).toContain(text);
  });

  it("says its version", async () => {
    const { version } = JSON.parse(await readFile("package.json", "utf8"));
    expect((await cliProcess("--version")).stdout).toBe(`${version}\n`);
  });

  it.each([
    [["inspct", "x"], 2, 'unknown command "inspct": did you mean "inspect"?'],
    [["--hlep"], 2, 'unknown option "--hlep": did you mean "--help"?'],
    [["inspect"], 2, "inspect takes model.tflite, got nothing"],
    [["inspect", "a", "b"], 2, "inspect takes model.tflite, got a b"],
    [["inspect", "--jsn", "x"], 2, 'unknown option "--jsn": did you mean "--json"?'],
    [["inspect", "no-such-file.tflite"], 1, "there is no such file"],
    [["inspect", "test"], 1, "it is a folder"],
    [["inspect", "package.json"], 1, "Not a valid .tflite file"],
  ] as const)("refuses %j", async (args, code, message) => {
    const outcome = await cli(...args);
    expect(outcome).toMatchObject({ code, stdout: "" });
    expect(outcome.stderr).toContain(message);
    expect(outcome.stderr.trim().split("\n")).toHaveLength(1);
  });

  it("tells errors as JSON to programs", async () => {
    const [usage, failure] = await Promise.all([
      cliProcess("inspct", "--json"),
      cliProcess("inspect", "README.md", "--json"),
    ]);
    expect(JSON.parse(usage.stderr)).toEqual({ error: { code: "usage", message: expect.any(String) } });
    expect(JSON.parse(failure.stderr)).toEqual({
      error: { code: "invalid-tflite", message: expect.stringContaining("TFL3") },
    });
  });
});
