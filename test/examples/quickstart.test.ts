import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseTflite } from "../../src/index.ts";

const run = promisify(execFile);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "quickstart-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test("the quickstart, on few images: trains, writes a file, and LiteRT answers as the model does", async () => {
  const output = join(folder, "digits.tflite");
  // Its exit code is 0 only where all winning classes are the same.
  const { stdout } = await run(process.execPath, [
    "--import",
    "tsx",
    "examples/quickstart.ts",
    "--quick",
    "--output",
    output,
  ]);

  expect(stdout).toContain("Epoch 1/1");
  expect(stdout).toContain("same winning class         100.00 % (300 of 300)");
  expect(stdout).toContain(output);
  const graph = parseTflite(await readFile(output));
  expect(graph.subgraphs[0]?.operators.map(({ type }) => type)).toEqual([
    "CONV_2D",
    "MAX_POOL_2D",
    "CONV_2D",
    "MAX_POOL_2D",
    "CONV_2D",
    "RESHAPE",
    "FULLY_CONNECTED",
    "FULLY_CONNECTED",
    "SOFTMAX",
  ]);
});
