import { ForgeError } from "../../errors.ts";
import { elementCount } from "../../graph/tensors.ts";
import { inLayer } from "./record.ts";
import type {
  ConstantValues,
  RecordedNode,
  RecordedTensor,
  Recording,
  Trace,
  TraceNode,
  TraceTensor,
} from "./types.ts";

/** Reads the values of a recorded constant. */
export type ValuesOf = (constant: RecordedTensor) => ConstantValues;

/**
 * Turns recordings of one source into its trace.
 *
 * With two recordings at two batch sizes, what differs between them depends on the batch: a dimension that
 * differs becomes dynamic, and its nominal size is extrapolated to a batch of one. So no arithmetic on shapes
 * has to be traced, and none ends up in the file.
 *
 * @throws ForgeError `batch-dependent` where the two ran different kernels, or need different constants.
 */
export function mergeRecordings(name: string, recordings: readonly Recording[], valuesOf: ValuesOf): Trace {
  const [first, second = first] = recordings as [Recording, Recording?];
  return new Merger(name, first, second, valuesOf).trace();
}

/** Kernels that broadcast: a constant with equal rows per batch item can be one row for them. */
const BROADCASTING: ReadonlySet<string> = new Set([
  "Add",
  "Sub",
  "Multiply",
  "RealDiv",
  "Maximum",
  "Minimum",
  "Pow",
  "SquaredDifference",
  "Greater",
  "GreaterEqual",
  "Less",
  "LessEqual",
  "Equal",
  "NotEqual",
  "LogicalAnd",
  "LogicalOr",
  // tf.where makes its operands one shape, of the constant ones too.
  "Select",
  // A layer normalization makes its scale and offset as large as its input.
  "FusedBatchNorm",
]);

class Merger {
  readonly #name: string;
  readonly #first: Recording;
  readonly #second: Recording;
  readonly #valuesOf: ValuesOf;
  readonly #merged = new Map<
    RecordedTensor,
    { readonly second: RecordedTensor; readonly tensor: TraceTensor }
  >();

  constructor(name: string, first: Recording, second: Recording, valuesOf: ValuesOf) {
    this.#name = name;
    this.#first = first;
    this.#second = second;
    this.#valuesOf = valuesOf;
  }

  trace(): Trace {
    const [first, second] = [this.#first, this.#second];
    const entries = (a: Recording["inputs"], b: Recording["inputs"]): Trace["inputs"] =>
      a.map(({ name, tensor }, index) => ({
        name,
        tensor: this.#tensor(tensor, b[index]?.tensor as RecordedTensor, "Identity", ""),
      }));
    const inputs = entries(first.inputs, second.inputs);
    if (first.nodes.length !== second.nodes.length)
      throw this.#dependent("the number of its kernels depends", "");
    const nodes = first.nodes.map((node, index) => this.#node(node, second.nodes[index] as RecordedNode));
    return { name: this.#name, inputs, outputs: entries(first.outputs, second.outputs), nodes };
  }

  #node(a: RecordedNode, b: RecordedNode): TraceNode {
    const names = Object.keys(a.inputs);
    if (a.kernel !== b.kernel || names.join() !== Object.keys(b.inputs).join()) {
      throw this.#dependent(`whether kernel "${a.kernel}" or "${b.kernel}" runs depends`, a.layer);
    }
    const batchAttributes = new Set<string>();
    return {
      kernel: a.kernel,
      layer: a.layer,
      inputs: Object.fromEntries(
        names.map((name) => [
          name,
          this.#tensor(a.inputs[name] as RecordedTensor, b.inputs[name] as RecordedTensor, a.kernel, a.layer),
        ]),
      ),
      attributes: this.#attributes(a, b, batchAttributes),
      batchAttributes,
      outputs: a.outputs.map((output, i) =>
        this.#tensor(output, b.outputs[i] as RecordedTensor, a.kernel, a.layer),
      ),
    };
  }

  #attributes(a: RecordedNode, b: RecordedNode, batchAttributes: Set<string>): unknown {
    const [x, y] = [a.attributes, b.attributes] as [Record<string, unknown>, Record<string, unknown>];
    return Object.fromEntries(
      Object.entries(x).map(([name, value]) => {
        if (sameValue(value, y[name])) return [name, value];
        batchAttributes.add(name);
        return [name, this.#attribute(value, y[name], a)];
      }),
    );
  }

  #attribute(a: unknown, b: unknown, node: RecordedNode): unknown {
    if (sameValue(a, b)) return a;
    if (typeof a === "number" && typeof b === "number")
      return this.#atBatchOne(a, b, node.kernel, node.layer);
    if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
      return a.map((value, index) => this.#attribute(value, b[index], node));
    }
    throw this.#dependent(`an attribute of kernel "${node.kernel}" depends`, node.layer);
  }

  #tensor(a: RecordedTensor, b: RecordedTensor, kernel: string, layer: string): TraceTensor {
    const known = this.#merged.get(a);
    if (known !== undefined) {
      if (known.second === b) return known.tensor;
      if (a.constant === undefined) throw this.#dependent(`what kernel "${kernel}" reads depends`, layer);
    }
    const tensor =
      a.constant === undefined ? this.#value(a, b, kernel, layer) : this.#constant(a, b, kernel, layer);
    this.#merged.set(a, { second: b, tensor });
    return tensor;
  }

  #value(a: RecordedTensor, b: RecordedTensor, kernel: string, layer: string): TraceTensor {
    if (b.constant !== undefined || a.shape.length !== b.shape.length || a.dtype !== b.dtype) {
      throw this.#dependent(`the rank or type of a tensor at kernel "${kernel}" depends`, layer);
    }
    if (a.shape.every((size, index) => size === b.shape[index])) return { shape: a.shape, dtype: a.dtype };
    return {
      shape: a.shape.map((size, index) => this.#size(size, b.shape[index] as number, kernel, layer)),
      shapeSignature: a.shape.map((size, index) => (size === b.shape[index] ? size : -1)),
      dtype: a.dtype,
    };
  }

  #constant(a: RecordedTensor, b: RecordedTensor, kernel: string, layer: string): TraceTensor {
    const fail = (): ForgeError => this.#dependent(`a constant of kernel "${kernel}" depends`, layer);
    if (b.constant === undefined || a.dtype !== b.dtype || a.shape.length !== b.shape.length) throw fail();
    const values = this.#valuesOf(a);
    if (a === b) return { shape: a.shape, dtype: a.dtype, values };
    const other = this.#valuesOf(b);
    if (a.shape.join() === b.shape.join()) {
      if (!sameValues(values, other)) throw fail();
      return { shape: a.shape, dtype: a.dtype, values };
    }
    const row = oneRow(a, values);
    const otherRow = oneRow(b, other);
    if (row === null || otherRow === null || !sameValues(row, otherRow) || !BROADCASTING.has(kernel))
      throw fail();
    return { shape: [1, ...a.shape.slice(1)], dtype: a.dtype, values: row };
  }

  /** Of a batch of one too there is something: what has fewer items than one grows faster than the batch. */
  #size(a: number, b: number, kernel: string, layer: string): number {
    const size = this.#atBatchOne(a, b, kernel, layer);
    if (size > 0 || a === b) return size;
    throw this.#dependent(`a size at kernel "${kernel}" depends`, layer);
  }

  /** The value at a batch of one, of a number that is linear in the batch. */
  #atBatchOne(a: number, b: number, kernel: string, layer: string): number {
    if (a === b) return a;
    const slope = (b - a) / (this.#second.batch - this.#first.batch);
    const value = a - slope * (this.#first.batch - 1);
    if (Number.isInteger(slope) && Number.isInteger(value)) return value;
    throw this.#dependent(`a size at kernel "${kernel}" depends`, layer);
  }

  #dependent(what: string, layer: string): ForgeError {
    return new ForgeError(
      "batch-dependent",
      `"${this.#name}" cannot have a dynamic batch: ${what} on the batch size${inLayer(layer)}. ` +
        "Fix the batch with the option { batch: 1 }, or another number.",
    );
  }
}

/** The first row of a constant whose rows are all equal, else null. */
function oneRow({ shape }: RecordedTensor, values: ConstantValues): ConstantValues | null {
  const size = elementCount(shape.slice(1));
  for (let index = size; index < values.length; index++) {
    if (values[index] !== values[index - size]) return null;
  }
  return values.slice(0, size);
}

function sameValues(a: ConstantValues, b: ConstantValues): boolean {
  return (
    a.length === b.length && (a as ArrayLike<unknown> & Float32Array).every((v, i) => Object.is(v, b[i]))
  );
}

function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((value, index) => sameValue(value, b[index]));
  }
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return false;
  const [x, y] = [Object.entries(a), b as Record<string, unknown>];
  return x.length === Object.keys(b).length && x.every(([name, value]) => sameValue(value, y[name]));
}
