import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toTflite } from "../../src/convert/index.ts";

const run = promisify(execFile);
let folder: string;
let file: string;

beforeAll(async () => {
  await tf.setBackend("cpu");
  folder = await mkdtemp(join(tmpdir(), "tflite-forge-"));
  file = join(folder, "half.tflite");
  const fn = (x: tf.Tensor) => ({ half: tf.mul(x, 0.5) });
  await writeFile(file, await toTflite({ fn, inputs: [{ name: "x", shape: [null, 2] }] }));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** Runs the program from its sources, in a process of its own. */
async function cli(...args: string[]): Promise<Outcome> {
  try {
    const { stdout, stderr } = await run(process.execPath, ["--import", "tsx", "src/cli/main.ts", ...args]);
    return { stdout, stderr, code: 0 };
  } catch (error) {
    return error as Outcome;
  }
}

describe("tflite-forge", () => {
  it("prints what is in a file", async () => {
    const { stdout, code } = await cli("inspect", file);
    expect(code).toBe(0);
    expect(stdout).toContain("main(x: float32[-1,2]) -> half\n  half: float32[-1,2] = MUL(x, 0.5)");
    expect(stdout).toContain("1 MUL\nneeds a runtime of 1.5.0 or later");
  });

  it("prints data for programs", async () => {
    const { stdout } = await cli("inspect", file, "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      operators: { MUL: 1 },
      signatures: [{ key: "serving_default", inputs: ["x"], outputs: ["half"] }],
    });
  });

  it("helps", async () => {
    for (const args of [[], ["--help"]]) expect((await cli(...args)).stdout).toContain("Usage");
  });

  it.each([
    [["inspct", "x"], 2, 'unknown command "inspct": did you mean "inspect"?'],
    [["inspect"], 2, "inspect takes one file, got 0"],
    [["inspect", "--jsn", "x"], 2, "--jsn"],
    [["inspect", "no-such-file.tflite"], 1, "there is no such file"],
    [["inspect", "test"], 1, "it is a folder"],
    [["inspect", "package.json"], 1, "Not a valid .tflite file"],
  ] as const)("refuses %j", async (args, code, message) => {
    const outcome = await cli(...args);
    expect(outcome.code).toBe(code);
    expect(outcome.stderr).toContain(message);
    expect(outcome.stdout).toBe("");
  });
});
