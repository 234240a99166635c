import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { allLowerings } from "../../../scripts/lowerings.ts";
import { sourceKindOf } from "../../../src/convert/sources/front-ends.ts";
import { trace } from "../../../src/convert/trace/trace.ts";
import { ALL_CASES } from "../../support/cases/all.ts";
import { release } from "../../support/judge.ts";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

/** Front ends record the others, whose tests run them. */
const isKernel = (name: string): boolean => name in tf;

/** The trace knows two names of one tensor where tfjs calls this kernel, so that no lowering ever sees it. */
const NEVER_TRACED = ["Identity"];

test("every kernel that has a lowering is run in LiteRT by at least one case", async () => {
  const traced = new Set<string>(NEVER_TRACED);
  for (const { source } of ALL_CASES) {
    const made = source();
    sourceKindOf(made);
    for (const { kernel } of (await trace(made, {})).nodes) traced.add(kernel);
    release(made);
  }
  const lowered = [...(await allLowerings())]
    .filter(([, row]) => typeof row === "string")
    .map(([kernel]) => kernel);
  expect(lowered.filter((kernel) => isKernel(kernel) && !traced.has(kernel))).toEqual([]);
});

test("cases have names of their own", () => {
  const names = ALL_CASES.map(({ name }) => name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});
