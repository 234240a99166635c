// An application in CommonJS, with all entries: `convert-and-run.mjs` is the same in ES modules.
const assert = require("node:assert/strict");
const { createHash } = require("node:crypto");
const tf = require("@tensorflow/tfjs-core");
require("@tensorflow/tfjs-backend-cpu");
const { buildSequential, fit, ForgeError, parseTflite, toTflite } = require("tflite-forge");
const converter = require("tflite-forge/convert");
const node = require("tflite-forge/node");
const wasm = require("tflite-forge/wasm");

for (const entry of [converter, node, wasm]) assert.equal(entry.ForgeError, ForgeError);
assert.equal(converter.toTflite, toTflite);

async function main() {
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

  console.log(createHash("sha256").update(bytes).digest("hex"));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
