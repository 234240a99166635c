import * as tf from "@tensorflow/tfjs-core";
import { afterEach, expect, test, vi } from "vitest";
import { useWasmBackend } from "../../src/training/wasm/index.ts";
import { BETTER_KERNELS, MISSING_KERNELS } from "../../src/training/wasm/kernels.ts";
import { registerKernels } from "../../src/training/wasm/register.ts";

afterEach(() => vi.doUnmock("@tensorflow/tfjs-backend-wasm"));

const kernels = () =>
  [...Object.keys(MISSING_KERNELS), ...Object.keys(BETTER_KERNELS)].map(
    (name) => tf.getKernel(name, "wasm")?.kernelFunc,
  );

test("without the package it says what to install", async () => {
  vi.doMock("@tensorflow/tfjs-backend-wasm", () => {
    throw new Error("Cannot find module");
  });
  await expect(useWasmBackend()).rejects.toMatchObject({
    code: "missing-package",
    message: expect.stringContaining("npm install @tensorflow/tfjs-backend-wasm"),
  });
});

test("options are checked", async () => {
  await expect(useWasmBackend({ wasmPath: "/" } as never)).rejects.toThrow(/did you mean "wasmPaths"/);
  await expect(useWasmBackend({ threads: 0 })).rejects.toThrow(
    /threads must be a whole number from 1, got 0/,
  );
});

test("sets the backend; calling it again, also from another backend, changes nothing", async () => {
  await useWasmBackend();
  expect(tf.getBackend()).toBe("wasm");
  const before = kernels();
  expect(before).not.toContain(undefined);
  await useWasmBackend({ wasmPaths: "/elsewhere/", threads: 2 });
  registerKernels();
  expect(kernels()).toEqual(before);
  expect(kernels().every((kernel, index) => kernel === before[index])).toBe(true);
});

test("a kernel that the backend brings itself stays", async () => {
  await useWasmBackend();
  const [name] = Object.keys(MISSING_KERNELS) as [string];
  const original = tf.getKernel(name, "wasm");
  const theirs = { kernelName: name, backendName: "wasm", kernelFunc: () => [] };
  tf.unregisterKernel(name, "wasm");
  tf.registerKernel(theirs);
  registerKernels();
  expect(tf.getKernel(name, "wasm").kernelFunc).toBe(theirs.kernelFunc);
  tf.unregisterKernel(name, "wasm");
  tf.registerKernel(original);
});

test("it works again after the backend was removed", async () => {
  await useWasmBackend();
  const factory = tf.engine().registryFactory.wasm!.factory;
  tf.removeBackend("wasm");
  tf.registerBackend("wasm", factory);
  await useWasmBackend();
  const product = tf.matMul(tf.tensor2d([1, 2], [2, 1]), tf.tensor2d([3, 4], [2, 1]), true, false);
  expect([...product.dataSync()]).toEqual([11]);
});
