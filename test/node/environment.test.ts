import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Runs a script in a fresh process, where no test runner has touched the global object. */
async function inNewProcess(script: string): Promise<{ stdout: string; stderr: string }> {
  const prelude = `
    import { loadTflite } from "./src/node/index.ts";
    import { denseModel } from "./test/node/tiny-tflite.ts";
    const snapshot = () => Object.getOwnPropertyDescriptors(globalThis);
    function same(before, what) {
      const after = snapshot();
      for (const key of new Set([...Reflect.ownKeys(before), ...Reflect.ownKeys(after)])) {
        for (const part of ["value", "get", "set", "writable", "enumerable", "configurable"]) {
          if (!Object.is(before[key]?.[part], after[key]?.[part])) throw new Error(what + ": " + String(key));
        }
      }
    }
    async function run() {
      const log = console.log, error = console.error;
      // A lazy global of Node turns from a getter into a value when it is first read: read them all now.
      for (const key of Reflect.ownKeys(globalThis)) void globalThis[key];
      const before = snapshot();
      const loading = loadTflite(denseModel());
      same(before, "while loading");
      const model = await loading;
      same(before, "after loading");
      const { y } = await model.run(new Float32Array(8).fill(1));
      same(before, "after running");
      if (y.data[0] !== 10.5) throw new Error("wrong result " + y.data);
      model.close();
      same(before, "after closing");
      if (console.log !== log || console.error !== error) throw new Error("console");
    }
    async function wasm() {
      const tf = await import("@tensorflow/tfjs-core");
      await import("@tensorflow/tfjs-backend-wasm");
      if (!(await tf.setBackend("wasm"))) throw new Error("no wasm backend");
      const [sum] = tf.add(tf.tensor1d([1]), 2).dataSync();
      if (sum !== 3) throw new Error("wrong sum");
    }
  `;
  return promisify(execFile)(
    process.execPath,
    ["--no-warnings", "--import", "tsx", "--input-type=module", "--eval", `${prelude}\n${script}`],
    { cwd: root, timeout: 30_000 },
  );
}

test("the global object is as it was and nothing is printed; the wasm backend starts afterwards; the process ends", async () => {
  expect(await inNewProcess("await run(); await wasm(); await run();")).toEqual({ stdout: "", stderr: "" });
});

test("the same when the wasm backend was there before", async () => {
  expect(await inNewProcess("await wasm(); await run();")).toEqual({ stdout: "", stderr: "" });
});

test("a model that is never closed does not keep the process alive", async () => {
  expect(await inNewProcess("await loadTflite(denseModel());")).toEqual({ stdout: "", stderr: "" });
});
