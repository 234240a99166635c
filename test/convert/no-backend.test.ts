import { relu } from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { toTflite } from "../../src/convert/index.ts";

it("names what to import where tfjs has no backend", async () => {
  // Nothing in this file imports one; every test file has a process of its own.
  const source = { fn: relu, inputs: [{ name: "x", shape: [null, 2] }] };
  await expect(toTflite(source)).rejects.toMatchObject({
    code: "unsupported-environment",
    message: expect.stringContaining("@tensorflow/tfjs-backend-cpu"),
  });
});
