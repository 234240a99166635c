import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { ForgeError, parseTflite, type Target, toTflite } from "../../src/convert/index.ts";
import { targetRules } from "../../src/convert/target-rules.ts";
import { expectedOf, expectSameOutputs, runFile, type Values } from "../support/judge.ts";
import { modelOf, stacks } from "./property/stacks.ts";

const TARGETS: readonly Target[] = [
  { runtime: "1.14" },
  { runtime: "2.1" },
  { runtime: "2.4" },
  "microcontroller",
];
const RUNS = 30;

beforeAll(async () => {
  await tf.setBackend("cpu");
});

describe("random stacks of layers", () => {
  it.each(TARGETS)(
    "for %o have operators that it has, and the right numbers, or are refused",
    async (target) => {
      const rules = await targetRules(target);
      let converted = 0;
      await fc.assert(
        fc.asyncProperty(stacks, async (stack) => {
          const model = modelOf(stack);
          try {
            // A batch of 1 is what microcontrollers get by default.
            const bytes = await toTflite(model, { target });
            const operators = parseTflite(bytes).subgraphs.flatMap((subgraph) => subgraph.operators);
            expect(operators.map(rules.problem).filter((problem) => problem !== null)).toEqual([]);
            const x = tf.randomUniform([1, ...stack.shape], -2, 2, "float32", 42);
            const values: Values = { shape: x.shape, dtype: "float32", data: Array.from(x.dataSync()) };
            x.dispose();
            const what = JSON.stringify(target);
            expectSameOutputs(await runFile(bytes, [values]), expectedOf(model, [values]), 1e-5, what);
            converted++;
          } catch (error) {
            if (!(error instanceof ForgeError) || error.code !== "unsupported-target") throw error;
          } finally {
            model.dispose();
          }
        }),
        { numRuns: RUNS, seed: 6 },
      );
      // Most of them: a target that refuses everything would be right as well.
      expect(converted).toBeGreaterThan(RUNS / 2);
    },
  );
});
