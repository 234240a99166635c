import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { parseTflite } from "../../src/index.ts";
import { runExample } from "./run-example.ts";

// An example's exit code is 0 only where LiteRT answers as the model does.

test("streaming: a character and states in, the next one and states out", async () => {
  const { stdout, output } = await runExample("streaming", "next.tflite");
  expect(stdout).toContain("text [1,1], reader/state_0 [1,16], reader/state_1 [1,16]");
  expect(stdout).toMatch(/this is the dog that worried the \|[a-z. ]{40}\n/);
  const { signatures, subgraphs } = parseTflite(await readFile(output));
  expect(signatures[0]?.outputs.map(({ name }) => name)).toEqual([
    "next",
    "reader/state_0",
    "reader/state_1",
  ]);
  expect(subgraphs).toHaveLength(1);
});

test("signatures: a model and its features, with the weights once", async () => {
  const { stdout, output } = await runExample("signatures", "pictures.tflite");
  expect(stdout).toContain("in two signatures");
  const { signatures, subgraphs } = parseTflite(await readFile(output));
  expect(signatures.map(({ key }) => key)).toEqual(["classify", "embed"]);
  expect(subgraphs[1]?.outputs[0]?.shape.at(-1)).toBe(1792);
});
