import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, test } from "vitest";
import { inputValues, judge, type OperatorCase } from "./judge.ts";

/** A test for each case: the file with a dynamic batch run with three items, and the file with a fixed one. */
export function describeCases(what: string, cases: readonly OperatorCase[]): void {
  describe(what, () => {
    beforeAll(async () => {
      await tf.setBackend("cpu");
    });
    test.each(cases.map((operatorCase) => [operatorCase.name, operatorCase] as const))(
      "%s",
      async (_, operatorCase) => {
        const dynamic = operatorCase.inputs.some(({ shape }) => shape[0] === null);
        await judge(
          operatorCase,
          inputValues(operatorCase, 3),
          {},
          dynamic ? "dynamic batch of 3" : "static",
        );
        if (dynamic)
          await judge(operatorCase, inputValues(operatorCase, 2), { batch: 2 }, "fixed batch of 2");
      },
    );
  });
}
