import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseTflite } from "../../src/index.ts";
import { runExample } from "../examples/run-example.ts";

// An example's exit code is 0 only where LiteRT answers as the model does, or the bytes are the same.

test("hub: a head on MobileNetV2, and one file of both", async () => {
  const { stdout, output } = await runExample("hub", "hub.tflite");
  expect(stdout).toContain("1792 features of images of 224x224.");
  expect(stdout).toMatch(/feature_vector \(FeatureVector\) +\(None, 1792\) +4,291,810/);
  const graph = parseTflite(await readFile(output));
  expect(graph.signatures[0]!.outputs.map(({ name }) => name)).toEqual(["probabilities"]);
  expect(graph.subgraphs[0]!.operators).toHaveLength(67);
});

test("pretrained: a classifier as it is, and its answer", async () => {
  const { stdout, output } = await runExample("pretrained", "pretrained.tflite");
  expect(stdout).toContain("input [-1,224,224,3]");
  expect(stdout).toMatch(/first picture +[a-z]+ \(\d+\.\d %\)/);
  expect(parseTflite(await readFile(output)).signatures[0]!.outputs[0]!.name).toBe("Identity");
});

test("save-and-load: the same bytes, of a model and of a classifier", async () => {
  const { stdout, output } = await runExample("save-and-load");
  expect(stdout.match(/the same bytes/g)).toHaveLength(2);
  parseTflite(await readFile(join(output, "digits.tflite")));
});
