import { getKernel, type KernelBackend, type KernelFunc, type TensorInfo } from "@tensorflow/tfjs-core";
import { invariant } from "../../errors.ts";

/** The tfjs backend whose kernels are composed here. */
export const WASM = "wasm";

/** Inputs of a kernel by name, as tfjs passes them. */
type Inputs = Readonly<Record<string, TensorInfo>>;

/**
 * What a composed kernel works with: it calls kernels that the backend has, below the engine, so that
 * nothing is recorded for gradients. Every intermediate result is freed when the kernel ends.
 */
export class KernelScope {
  readonly #backend: KernelBackend;
  readonly #created: TensorInfo[] = [];

  constructor(backend: KernelBackend) {
    this.#backend = backend;
  }

  /** Runs a kernel of the backend with one output. */
  run(kernel: string, inputs: Inputs, attrs: object = {}): TensorInfo {
    const config = getKernel(kernel, WASM);
    invariant(config, `tfjs-backend-wasm has no kernel ${kernel}`);
    return this.call(config.kernelFunc, inputs, attrs);
  }

  /** Runs a kernel function with one output. */
  call(kernelFunc: KernelFunc, inputs: Inputs, attrs: object = {}): TensorInfo {
    const result = kernelFunc({
      inputs,
      attrs: attrs as Record<string, never>,
      backend: this.#backend,
    });
    invariant(!Array.isArray(result), "a kernel with several outputs");
    this.#created.push(result);
    return result;
  }

  /** Ends the scope: frees all but the result, which the caller then owns. */
  end(result: TensorInfo | undefined): void {
    // Several results may share one memory, each with a reference of its own: one of them is handed on.
    const kept = this.#created.findIndex((info) => info.dataId === result?.dataId);
    for (const [index, info] of this.#created.entries()) {
      if (index !== kept) this.#backend.disposeData(info.dataId);
    }
    if (result !== undefined && kept === -1) this.#backend.incRef(result.dataId);
  }
}

/**
 * The same values with another shape, without a copy; the memory stays that of the original.
 */
export function view(info: TensorInfo, shape: number[]): TensorInfo {
  return { dataId: info.dataId, shape, dtype: info.dtype };
}

/** How a kernel is composed: inputs and attributes as tfjs names them for that kernel. */
export type Composition<Name extends string, Attrs extends object> = (
  scope: KernelScope,
  inputs: Readonly<Record<Name, TensorInfo>>,
  attrs: Attrs,
) => TensorInfo;

/** A composition as a kernel function that can be registered. */
export function compose<Name extends string, Attrs extends object>(
  composition: Composition<Name, Attrs>,
): KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const scope = new KernelScope(backend as KernelBackend);
    let result: TensorInfo | undefined;
    try {
      result = composition(scope, inputs as Record<Name, TensorInfo>, attrs as object as Attrs);
      return result;
    } finally {
      scope.end(result);
    }
  };
}
