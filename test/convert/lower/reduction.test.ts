import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, test } from "vitest";
import { REDUCTION_CASES } from "../../support/cases/reduction.ts";
import { describeCases } from "../../support/describe-cases.ts";
import { inputValues, judge } from "../../support/judge.ts";

describeCases("reductions in LiteRT give what tfjs gives", REDUCTION_CASES);

describe("all and any for a runtime without REDUCE_ALL and REDUCE_ANY", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
  });

  const logical = REDUCTION_CASES.filter(({ name }) => /^(all|any|max|min) of bool/.test(name));
  test.each(logical.map((reduction) => [reduction.name, reduction] as const))("%s", async (_, reduction) => {
    await judge(reduction, inputValues(reduction, 1), { target: "microcontroller" }, "microcontroller");
  });
});
