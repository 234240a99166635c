import { isDynamic } from "../../graph/tensors.ts";
import type { Tensor } from "../../graph/types.ts";
import type { Probes } from "../trace/types.ts";
import type { Call } from "./call.ts";
import { sizeOf, stepsBetween, times } from "./size-arithmetic.ts";

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

  /** What the dynamic sizes of tensors that exist are in each recording, each of them once; then their products. */
  *columns(): Generator<readonly number[]> {
    for (const { values } of this.#known) yield values;
    for (const [index, first] of this.#known.entries()) {
      for (const second of this.#known.slice(index)) yield productOf(first, second);
    }
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
    if (equal !== undefined) return sizeOf(call, equal.tensor, equal.dimension);
    for (const known of this.#known) {
      const linear = linearIn(values, known.values);
      if (linear !== null) return computed(call, sizeOf(call, known.tensor, known.dimension), linear);
    }
    for (const [index, first] of this.#known.entries()) {
      for (const second of this.#known.slice(index)) {
        const linear = linearIn(values, productOf(first, second));
        if (linear === null) continue;
        const product = call.add(
          "MUL",
          [first, second].map(({ tensor, dimension }) => sizeOf(call, tensor, dimension)),
        );
        return computed(call, product, linear);
      }
    }
    return call.fail(
      "a size in it is dynamic and follows no dimension of a tensor: fix it with the options { batch } or { inputs }",
    );
  }
}

function productOf(first: KnownSize, second: KnownSize): readonly number[] {
  return first.values.map((value, at) => value * (second.values[at] as number));
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

/** A multiple or a part of a size, which is rounded down, and a number. */
function computed(call: Call, size: Tensor, { factor, divisor, offset }: Linear): Tensor {
  const scaled = times(call, size, factor);
  if (divisor === 1 && offset === 0) return scaled;
  return stepsBetween(call, divisor - 1 - offset * divisor, scaled, divisor);
}
