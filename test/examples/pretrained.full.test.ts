import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { inspectTflite } from "../../src/index.ts";
import { runExample } from "./run-example.ts";

// An example's exit code is 0 only where LiteRT answers as the model does.

test("hub: a pretrained network and its new head are in one file", async () => {
  const { stdout, output } = await runExample("hub", "hub.tflite");
  expect(stdout).toMatch(/^\d+ features of images of 224x224/);
  expect(stdout).toMatch(/accuracy +(8[1-9]|9\d|100)\.\d %/);
  const { inputs, outputs } = inspectTflite(await readFile(output));
  expect(inputs[0]?.shape).toEqual([-1, 224, 224, 3]);
  expect(outputs[0]?.shape).toEqual([-1, 2]);
});

test("pretrained: a classifier of others, with its own head", async () => {
  const { stdout, output } = await runExample("pretrained", "pretrained.tflite");
  expect(stdout).toContain("same class 100 %");
  const { inputs, outputs } = inspectTflite(await readFile(output));
  expect(inputs[0]?.shape).toEqual([-1, 224, 224, 3]);
  expect(outputs[0]?.shape).toEqual([-1, 5]);
});
