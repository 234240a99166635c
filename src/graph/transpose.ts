import { floatsOf } from "./tensors.ts";
import type { ConstantTensor, Recipe } from "./types.ts";

/**
 * Reorders the dimensions of a float32 constant: dimension `i` of the result is dimension
 * `permutation[i]` of the input.
 */
export function transposeConstant(tensor: ConstantTensor, permutation: readonly number[]): ConstantTensor {
  const shape = permutation.map((dimension) => tensor.shape[dimension] as number);
  if (!moves(tensor.shape, permutation)) return { ...tensor, shape };
  const values = floatsOf(tensor);
  const recipe: Recipe = {
    steps: `transpose [${tensor.shape.join(",")}] by [${permutation.join(",")}]`,
    sources: [values],
    compute: () => transposeValues(values, tensor.shape, permutation),
  };
  return { name: tensor.name, type: "float32", shape, recipe };
}

/** False where the elements stay in their order. */
function moves(shape: readonly number[], permutation: readonly number[]): boolean {
  return mergeDimensions(shape, permutation).permutation.some((dimension, index) => dimension !== index);
}

function transposeValues(
  values: Float32Array,
  shape: readonly number[],
  permutation: readonly number[],
): Float32Array {
  const merged = mergeDimensions(shape, permutation);
  const result = new Float32Array(values.length);
  if (merged.permutation.length === 2) {
    transposeMatrix(values, result, merged.shape[0] as number, merged.shape[1] as number);
  } else {
    transposeAny(values, result, merged.shape, merged.permutation);
  }
  return result;
}

/** Joins dimensions that stay side by side: HWIO to OHWI is the transpose of an [HWI, O] matrix. */
function mergeDimensions(
  shape: readonly number[],
  permutation: readonly number[],
): { readonly shape: readonly number[]; readonly permutation: readonly number[] } {
  const groups: { first: number; size: number }[] = [];
  let previous = -2;
  for (const dimension of permutation) {
    const size = shape[dimension] as number;
    const last = groups.at(-1);
    if (last !== undefined && dimension === previous + 1) last.size *= size;
    else groups.push({ first: dimension, size });
    previous = dimension;
  }
  const inOrder = [...groups].sort((a, b) => a.first - b.first);
  return {
    shape: inOrder.map(({ size }) => size),
    permutation: groups.map((group) => inOrder.indexOf(group)),
  };
}

/** Squares of this side stay in the first-level cache while they are read along and written across. */
const BLOCK = 32;

function transposeMatrix(from: Float32Array, to: Float32Array, rows: number, columns: number): void {
  for (let row = 0; row < rows; row += BLOCK) {
    const rowEnd = Math.min(row + BLOCK, rows);
    for (let column = 0; column < columns; column += BLOCK) {
      const columnEnd = Math.min(column + BLOCK, columns);
      for (let c = column; c < columnEnd; c++) {
        for (let r = row; r < rowEnd; r++) to[c * rows + r] = from[r * columns + c] as number;
      }
    }
  }
}

function transposeAny(
  from: Float32Array,
  to: Float32Array,
  shape: readonly number[],
  permutation: readonly number[],
): void {
  const strides = shape.map((_, index) => shape.slice(index + 1).reduce((a, b) => a * b, 1));
  const sizes = permutation.map((dimension) => shape[dimension] as number);
  const steps = permutation.map((dimension) => strides[dimension] as number);
  const last = sizes.length - 1;
  const [inner, step] = [sizes[last] as number, steps[last] as number];
  let target = 0;
  const walk = (dimension: number, source: number): void => {
    if (dimension === last) {
      for (let index = 0; index < inner; index++) to[target++] = from[source + index * step] as number;
      return;
    }
    for (let index = 0; index < (sizes[dimension] as number); index++) {
      walk(dimension + 1, source + index * (steps[dimension] as number));
    }
  };
  walk(0, 0);
}
