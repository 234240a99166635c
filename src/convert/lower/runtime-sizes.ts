import { isDynamic } from "../../graph/tensors.ts";
import type { Tensor } from "../../graph/types.ts";
import type { Probes } from "../trace/types.ts";
import type { Call } from "./call.ts";

/** A dimension that exists at run time, with its size in each recording. */
interface KnownSize {
  readonly tensor: Tensor;
  readonly dimension: number;
  readonly values: readonly number[];
}

/**
 * Sizes as tensors, for the operators that must be told a size that is dynamic. The trace does not follow
 * arithmetic on shapes; it knows each size by its values in several recordings. A size that had the same values
 * as a dimension of a tensor is that dimension; one that is a multiple, a part or a product of such is computed.
 */
export class RuntimeSizes {
  readonly #probes = new Map<Tensor, Probes>();
  readonly #known: KnownSize[] = [];

  /** Takes note of what a tensor was like in each recording. */
  note(tensor: Tensor, probes: Probes | undefined): void {
    if (probes !== undefined) this.#probes.set(tensor, probes);
  }

  /** Takes note that a tensor exists from here on: its sizes can be asked for when the file runs. */
  made(tensor: Tensor): void {
    const probes = this.#probes.get(tensor);
    if (probes === undefined) return;
    for (const dimension of tensor.shape.keys()) {
      if (!isDynamic(tensor, dimension)) continue;
      const values = probes.map((shape) => shape[dimension] as number);
      if (this.#find(values) === undefined) this.#known.push({ tensor, dimension, values });
    }
  }

  probesOf(tensor: Tensor): Probes | undefined {
    return this.#probes.get(tensor);
  }

  /** A vector of integers of which some are sizes. */
  vector(call: Call, columns: readonly (readonly number[])[], part: string): Tensor {
    const isFixed = (values: readonly number[]): boolean => values.every((value) => value === values[0]);
    const parts: Tensor[] = [];
    let fixed: number[] = [];
    const flush = (): void => {
      if (fixed.length > 0) parts.push(call.integers(fixed, part));
      fixed = [];
    };
    for (const values of columns) {
      if (isFixed(values)) {
        fixed.push(values[0] as number);
        continue;
      }
      flush();
      parts.push(this.#size(call, values));
    }
    if (parts.length === 0) return call.integers(fixed, part);
    flush();
    return parts.length === 1 ? (parts[0] as Tensor) : call.add("CONCATENATION", parts, { axis: 0 });
  }

  #find(values: readonly number[]): KnownSize | undefined {
    return this.#known.find((known) => known.values.every((value, index) => value === values[index]));
  }

  /** One size, as a vector of one integer. */
  #size(call: Call, values: readonly number[]): Tensor {
    const equal = this.#find(values);
    if (equal !== undefined) return sizeOf(call, equal);
    for (const known of this.#known) {
      const linear = linearIn(values, known.values);
      if (linear !== null) return computed(call, sizeOf(call, known), linear);
    }
    for (const [index, first] of this.#known.entries()) {
      for (const second of this.#known.slice(index)) {
        const products = first.values.map((value, at) => value * (second.values[at] as number));
        const linear = linearIn(values, products);
        if (linear === null) continue;
        const product = call.add("MUL", [sizeOf(call, first), sizeOf(call, second)]);
        return computed(call, product, linear);
      }
    }
    return call.fail(
      "a size in it is dynamic and follows no dimension of a tensor: fix it with the options { batch } or { inputs }",
    );
  }
}

function sizeOf(call: Call, { tensor, dimension }: KnownSize): Tensor {
  const shape = call.add("SHAPE", [tensor], { out_type: "INT32" });
  // Unlike SLICE, STRIDED_SLICE of a shape is known before a run (`SetTensorToPersistentRo`), and with it the
  // sizes of what is made with it: tensors that only a run sizes are none of CompiledModel's outputs.
  const part = [dimension, dimension + 1, 1].map((value, index) =>
    call.integers([value], ["begin", "end", "strides"][index] as string),
  );
  return call.add("STRIDED_SLICE", [shape, ...part]);
}

/** `size * factor / divisor + offset`. */
interface Linear {
  readonly factor: number;
  readonly divisor: number;
  readonly offset: number;
}

/** How integers follow others: a multiple or a whole part of them, and a constant. Null where they do not. */
function linearIn(values: readonly number[], of: readonly number[]): Linear | null {
  const at = of.findIndex((value) => value !== of[0]);
  if (at < 0) return null;
  const [rise, run] = [
    (values[at] as number) - (values[0] as number),
    (of[at] as number) - (of[0] as number),
  ];
  if (rise === 0) return null;
  const [factor, divisor] = Number.isInteger(rise / run) ? [rise / run, 1] : [1, run / rise];
  if (!Number.isInteger(divisor)) return null;
  const offset = (values[0] as number) - ((of[0] as number) * factor) / divisor;
  if (!Number.isInteger(offset)) return null;
  const follows = values.every(
    (value, index) => value === ((of[index] as number) * factor) / divisor + offset,
  );
  return follows ? { factor, divisor, offset } : null;
}

/**
 * By operators whose results are known before a run, as those of a shape are: MUL and RANGE are, ADD and FLOOR_DIV
 * are not (`SetTensorToPersistentRo` in `tflite/kernels`). So a part of a size, or a size and a number, is how many
 * numbers there are below the size in steps of the divisor.
 */
function computed(call: Call, size: Tensor, { factor, divisor, offset }: Linear): Tensor {
  const scaled = factor === 1 ? size : call.add("MUL", [size, call.integers([factor], "factor")]);
  if (divisor === 1 && offset === 0) return scaled;
  const start = call.integer(divisor - 1 - offset * divisor, "start");
  const operands = [start, call.reshapeTo(scaled, []), call.integer(divisor, "step")];
  const like: Tensor = { name: call.name("steps"), type: "int32", shape: [1], shapeSignature: [-1] };
  return call.add("SHAPE", [call.addLike("RANGE", operands, {}, like)], { out_type: "INT32" });
}
