import * as tf from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { beforeAll, expect, test } from "vitest";
import { convert, type Extension } from "../../../src/convert/index.ts";
import {
  expectedOf,
  expectSameOutputs,
  inputValues,
  modelCase,
  release,
  runFile,
  TOLERANCE,
} from "../../support/judge.ts";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

test("a layer that an extension speaks for is one operation on its inputs and weights", async () => {
  const case_ = modelCase("", () => {
    const model = sequential();
    model.add(layers.dense({ units: 4, inputShape: [5], name: "scores" }));
    return model;
  }, [[null, 5]]);
  const seen: unknown[] = [];
  const extension: Extension = {
    layers: {
      Dense: {
        outputs: ([x], layer) => ({
          shape: [x?.shape[0] ?? 0, Number(layer.getConfig().units)],
          dtype: "float32",
        }),
        lower: (call) => {
          const [x, kernel, bias] = call.list();
          seen.push(
            call.layer,
            call.attributes.name,
            [x, kernel, bias].map((operand) => operand?.shape),
          );
          return call.add(
            "ADD",
            [call.add("BATCH_MATMUL", [x ?? null, kernel ?? null], {}), bias ?? null],
            {},
          );
        },
      },
    },
  };
  const model = case_.source();
  const { bytes, report } = await convert(model, { extensions: [extension] });
  expect(seen).toEqual(["scores", "scores", [[1, 5], [5, 4], [4]]]);
  expect(report.operators.before).toEqual({ BATCH_MATMUL: 1, ADD: 1 });
  const x = inputValues(case_, 3);
  expectSameOutputs(await runFile(bytes, x), expectedOf(model, x), TOLERANCE, "extended");
  release(model);
});
