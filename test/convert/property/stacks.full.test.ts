import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { errorOf } from "./judge.ts";
import { stacks } from "./stacks.ts";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

describe("random stacks of layers", () => {
  it("give in LiteRT what they give in tfjs, at any batch size", async () => {
    await fc.assert(
      fc.asyncProperty(stacks, fc.constantFrom(1, 3), async (stack, batch) => {
        expect(await errorOf(stack, batch)).toBeLessThan(1e-5);
      }),
      { numRuns: 1000, seed: 4 },
    );
  });
});
