import type { KernelFunc, TensorInfo } from "@tensorflow/tfjs-core";
import { compose, type KernelScope } from "./kernel-scope.ts";
import { transpose } from "./spatial.ts";

interface MatMulAttrs {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/**
 * `BatchMatMul` and `_FusedMatMul` that transpose first and multiply then: with a transposed operand the
 * backend leaves its fast path and takes ten times as long.
 */
export function transposingMatMul(original: KernelFunc): KernelFunc {
  return compose<"a" | "b", MatMulAttrs>((scope, inputs, attrs) => {
    const { a, b } = inputs;
    return scope.call(
      original,
      {
        ...inputs,
        a: attrs.transposeA ? swapped(scope, a) : a,
        b: attrs.transposeB ? swapped(scope, b) : b,
      },
      { ...attrs, transposeA: false, transposeB: false },
    );
  });
}

function swapped(scope: KernelScope, matrices: TensorInfo): TensorInfo {
  const axes = matrices.shape.map((_, axis) => axis);
  const [rows, columns] = axes.slice(-2) as [number, number];
  return transpose(scope, matrices, [...axes.slice(0, -2), columns, rows]);
}
