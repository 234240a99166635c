// An application in ES modules, with all entries: `convert-and-run.cjs` is the same in CommonJS.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { buildSequential, ForgeError, fit, parseTflite, toTflite } from "tflite-forge";
import * as converter from "tflite-forge/convert";
import * as node from "tflite-forge/node";
import * as wasm from "tflite-forge/wasm";

for (const entry of [converter, node, wasm]) assert.equal(entry.ForgeError, ForgeError);
assert.equal(converter.toTflite, toTflite);

const model = buildSequential({ inputShape: [4], classes: 3, hidden: [8], seed: 1 });
const x = Float32Array.from({ length: 64 }, (_, index) => Math.sin(index));
await fit(model, x, new Uint8Array(16).fill(2), { epochs: 1, seed: 1 });
const bytes = await toTflite(model);
assert.equal(parseTflite(bytes).subgraphs.length, 1);

const [output] = await node.verifyTflite(model, bytes, x);
assert.ok(output.maxAbsoluteError < 1e-5, `differs by ${output.maxAbsoluteError}`);
const file = await node.loadTflite(bytes);
const results = await file.run(x);
const [{ shape }] = Object.values(results);
assert.deepEqual([...shape], [16, 3]);
file.close();
await node.saveTflite("model.tflite", bytes);

await assert.rejects(converter.toTflite(model, { bach: 1 }), (error) => {
  assert.ok(error instanceof ForgeError);
  assert.equal(error.code, "unknown-option");
  return true;
});
await wasm.useWasmBackend();
assert.equal(tf.getBackend(), "wasm");

// tfjs computes in the same order whichever way it was loaded: the same bytes.
console.log(createHash("sha256").update(bytes).digest("hex"));
