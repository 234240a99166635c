import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, it } from "vitest";
import { expectSame, recipes } from "./programs.ts";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

describe("random functions of tensors", () => {
  it("give in LiteRT what they give in tfjs", async () => {
    await fc.assert(fc.asyncProperty(recipes, expectSame), { numRuns: 150, seed: 5 });
  });
});
