import { getKernel, type KernelFunc, registerKernel, unregisterKernel } from "@tensorflow/tfjs-core";
import { WASM } from "./kernel-scope.ts";
import { BETTER_KERNELS, MISSING_KERNELS } from "./kernels.ts";

/** The kernel functions that were put in the registry here. */
const ours = new WeakSet<KernelFunc>();

/**
 * Puts the kernels into tfjs's registry; those that are there already stay. To be called with the wasm
 * backend started.
 */
export function registerKernels(): void {
  for (const [kernelName, kernelFunc] of Object.entries(MISSING_KERNELS)) {
    if (getKernel(kernelName, WASM) === undefined) {
      registerKernel({ kernelName, backendName: WASM, kernelFunc });
    }
  }
  for (const [kernelName, better] of Object.entries(BETTER_KERNELS)) {
    const original = getKernel(kernelName, WASM);
    if (original === undefined || ours.has(original.kernelFunc)) continue;
    const kernelFunc = better(original.kernelFunc);
    ours.add(kernelFunc);
    unregisterKernel(kernelName, WASM);
    // With the original's setup: it runs again where the backend is removed and started anew.
    registerKernel({ ...original, kernelFunc });
  }
}
