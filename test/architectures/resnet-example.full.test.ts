import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { parseTflite } from "../../src/index.ts";

test("the example, on few images: trains, writes a file, and LiteRT answers as the model does", async () => {
  const folder = await mkdtemp(join(tmpdir(), "resnet-"));
  try {
    const output = join(folder, "resnet.tflite");
    const program = ["--import", "tsx", "examples/resnet.ts", "--quick", "--output", output];
    // Its exit code is 0 only where all winning classes are the same.
    const { stdout } = await promisify(execFile)(process.execPath, program);
    expect(stdout).toContain("Training 23,579,018 parameters");
    expect(stdout).toContain("Epoch 1/1");
    expect(stdout).toContain(output);
    const graph = parseTflite(await readFile(output));
    expect(graph.subgraphs[0]!.inputs).toHaveLength(1);
    expect(graph.subgraphs[0]!.operators).toHaveLength(98);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
