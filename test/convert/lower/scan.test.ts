import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, test } from "vitest";
import { SCAN_CASES } from "../../support/cases/scan.ts";
import { describeCases } from "../../support/describe-cases.ts";
import { inputValues, judge } from "../../support/judge.ts";

describeCases("running sums and products in LiteRT are what they are in tfjs", SCAN_CASES);

describe("sums for a runtime without CUMSUM", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
  });

  test.each(
    SCAN_CASES.filter(({ name }) => name.startsWith("cumsum")).map((scan) => [scan.name, scan] as const),
  )("%s", async (_, scan) => {
    await judge(scan, inputValues(scan, 3), { target: { runtime: "2.3" } }, "runtime 2.3");
  });
});
