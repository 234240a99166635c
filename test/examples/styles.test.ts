import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseTflite } from "../../src/index.ts";
import { runExample } from "./run-example.ts";

// An example's exit code is 0 only where LiteRT answers as the model does.

test("sequential: a summary, both charts, and four operators", async () => {
  const { stdout, output } = await runExample("sequential");
  expect(stdout).toContain("Total params: 101,770");
  expect(await svg(output, "history.svg")).toContain("Validation");
  expect(await svg(output, "confusion.svg")).toContain("Prediction");
  expect(await operators(output, "digits.tflite")).toEqual([
    "RESHAPE",
    "FULLY_CONNECTED",
    "FULLY_CONNECTED",
    "SOFTMAX",
  ]);
});

test("functional: two ways that meet, and a second file that shows what they give", async () => {
  const { stdout, output } = await runExample("functional");
  expect(stdout).toContain("Connected to");
  expect(stdout).toContain("output [100,10], both [100,14,14,16]");
  await svg(output, "history.svg");
  expect(await operators(output, "digits.tflite")).toContain("CONCATENATION");
  const opened = parseTflite(await readFile(join(output, "digits-and-features.tflite")));
  expect(opened.signatures[0]?.outputs.map(({ name }) => name)).toEqual(["output", "both"]);
});

test("subclassed: a class that is saved, loaded, and written without what is for training alone", async () => {
  const { stdout, output } = await runExample("subclassed", "digits.tflite");
  expect(stdout).toContain("Epoch 2/2");
  expect(stdout).toContain(output);
  const types = parseTflite(await readFile(output)).subgraphs[0]!.operators.map(({ type }) => type);
  expect(types.at(-1)).toBe("SOFTMAX");
  expect(types.filter((type) => type.startsWith("RANDOM"))).toEqual([]);
});

test("cnn: scaling and batch normalization are in the weights of its convolutions", async () => {
  const { output } = await runExample("cnn");
  await svg(output, "history.svg");
  await svg(output, "confusion.svg");
  const types = await operators(output, "digits.tflite");
  expect(types.filter((type) => type === "CONV_2D")).toHaveLength(2);
  expect(types.filter((type) => ["MUL", "DIV", "ADD", "DEPTHWISE_CONV_2D"].includes(type))).toEqual([]);
});

async function operators(folder: string, file: string): Promise<readonly string[]> {
  const graph = parseTflite(await readFile(join(folder, file)));
  return graph.subgraphs[0]!.operators.map(({ type }) => type);
}

async function svg(folder: string, file: string): Promise<string> {
  const text = await readFile(join(folder, file), "utf8");
  expect(text).toMatch(/^<svg[\s\S]*<\/svg>\s*$/);
  return text;
}
