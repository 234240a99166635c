import { ForgeError } from "../../errors.ts";
import { inLayer } from "./record.ts";
import { commonValues } from "./repeated-values.ts";
import { type Column, columnOf, sameValue, type ValuesOf } from "./same-values.ts";
import { nominalValue, type VariedSizes } from "./sizes.ts";
import type {
  Probes,
  RecordedEntry,
  RecordedNode,
  RecordedTensor,
  Recording,
  Trace,
  TraceEntry,
  TraceNode,
  TraceTensor,
} from "./types.ts";

/** A source's recordings, and what was different in each. */
export interface Recordings {
  /**
   * The first one, and one for each entry of `varied`, with those sizes changed; and as many again where they have been
   * changed once more.
   */
  readonly recordings: readonly Recording[];
  readonly varied: readonly VariedSizes[];
}

/**
 * Turns recordings of one source into its trace.
 *
 * What differs between two recordings depends on the size in which they differ: such a dimension becomes
 * dynamic, with its value at nominal sizes. So no arithmetic on shapes has to be traced, and none ends up in
 * the file.
 *
 * @throws ForgeError `batch-dependent` where they ran different kernels, or need different constants.
 */
export function mergeRecordings(name: string, { recordings, varied }: Recordings, valuesOf: ValuesOf): Trace {
  return new Merger(name, varied, valuesOf).trace(recordings);
}

/** Kernels that numbers go into which need not be whole: their lowerings read them as they are in each recording. */
const OF_NUMBERS: ReadonlySet<string> = new Set(["Fill", "LinSpace", "Range", "SizeNumbers"]);

class Merger {
  readonly #name: string;
  readonly #varied: readonly VariedSizes[];
  readonly #valuesOf: ValuesOf;
  readonly #merged = new Map<
    RecordedTensor,
    { readonly column: Column<RecordedTensor>; readonly tensor: TraceTensor }
  >();

  constructor(name: string, varied: readonly VariedSizes[], valuesOf: ValuesOf) {
    this.#name = name;
    this.#varied = varied;
    this.#valuesOf = valuesOf;
  }

  trace(recordings: readonly Recording[]): Trace {
    const [first] = recordings as [Recording];
    const inputs = this.#entries(recordings.map(({ inputs: entries }) => entries));
    const other = recordings.findIndex(({ nodes }) => nodes.length !== first.nodes.length);
    if (other >= 0) throw this.#dependent("the number of its kernels depends", "", other);
    const nodes = first.nodes.map((_, index) =>
      this.#node(columnOf(recordings.map(({ nodes: all }) => all[index] as RecordedNode))),
    );
    const outputs = this.#entries(recordings.map(({ outputs: entries }) => entries));
    return { name: this.#name, inputs, outputs, nodes };
  }

  #entries(lists: readonly (readonly RecordedEntry[])[]): readonly TraceEntry[] {
    return (lists[0] ?? []).map(({ name, storedAs }, index) => ({
      name,
      storedAs,
      tensor: this.#tensor(
        columnOf(lists.map((entries) => entries[index]?.tensor as RecordedTensor)),
        "Identity",
        "",
      ),
    }));
  }

  #node(column: Column<RecordedNode>): TraceNode {
    const [{ kernel, layer, inputs, outputs, bodies }] = column;
    const names = Object.keys(inputs);
    const other = column.findIndex(
      (node) => node.kernel !== kernel || Object.keys(node.inputs).join() !== names.join(),
    );
    if (other >= 0) {
      const kernels = `"${kernel}" or "${column[other]?.kernel}"`;
      throw this.#dependent(`whether kernel ${kernels} runs depends`, layer, other);
    }
    const tensor = (pick: (node: RecordedNode) => RecordedTensor): TraceTensor =>
      this.#tensor(columnOf(column.map(pick)), kernel, layer);
    const dynamicAttributes = new Map<string, readonly unknown[]>();
    return {
      kernel,
      layer,
      inputs: Object.fromEntries(
        names.map((name) => [name, tensor((node) => node.inputs[name] as RecordedTensor)]),
      ),
      attributes: this.#attributes(column, dynamicAttributes),
      dynamicAttributes,
      outputs: outputs.map((_, index) => tensor((node) => node.outputs[index] as RecordedTensor)),
      ...(bodies && {
        bodies: Object.fromEntries(
          Object.keys(bodies).map((name) => [
            name,
            this.trace(column.map((node) => node.bodies?.[name] as Recording)),
          ]),
        ),
      }),
    };
  }

  #attributes(column: Column<RecordedNode>, dynamic: Map<string, readonly unknown[]>): unknown {
    const all = column.map(({ attributes }) => attributes as Readonly<Record<string, unknown>>);
    return Object.fromEntries(
      Object.entries(all[0] ?? {}).map(([name, value]) => {
        const values = all.map((attributes) => attributes[name]);
        // Where a source gives no seed tfjs makes one up, another in each recording.
        if (name === "seed" || values.every((other) => sameValue(value, other))) return [name, value];
        dynamic.set(name, values);
        return [name, this.#attribute(values, column[0])];
      }),
    );
  }

  #attribute(values: readonly unknown[], node: RecordedNode): unknown {
    const [first] = values;
    if (values.every((value) => sameValue(value, first))) return first;
    if (values.every((value) => typeof value === "number")) {
      return OF_NUMBERS.has(node.kernel)
        ? (nominalValue(values, this.#varied) ?? first)
        : this.#nominal(values, node.kernel, node.layer);
    }
    if (values.every((value) => Array.isArray(value) && value.length === (first as unknown[]).length)) {
      return (first as unknown[]).map((_, index) =>
        this.#attribute(
          values.map((value) => (value as unknown[])[index]),
          node,
        ),
      );
    }
    throw this.#dependent(`an attribute of kernel "${node.kernel}" depends`, node.layer, differing(values));
  }

  #tensor(column: Column<RecordedTensor>, kernel: string, layer: string): TraceTensor {
    const [first] = column;
    const known = this.#merged.get(first);
    if (known !== undefined) {
      if (known.column.every((tensor, index) => tensor === column[index])) return known.tensor;
      if (first.constant === undefined)
        throw this.#dependent(`what kernel "${kernel}" reads depends`, layer, differing(column));
    }
    const tensor =
      first.constant === undefined
        ? this.#value(column, kernel, layer)
        : this.#constant(column, kernel, layer);
    this.#merged.set(first, { column, tensor });
    return tensor;
  }

  #value(column: Column<RecordedTensor>, kernel: string, layer: string): TraceTensor {
    const [{ shape, dtype }] = column;
    const other = column.findIndex(
      (tensor) =>
        tensor.constant !== undefined || tensor.shape.length !== shape.length || tensor.dtype !== dtype,
    );
    if (other >= 0) {
      throw this.#dependent(`the rank or type of a tensor at kernel "${kernel}" depends`, layer, other);
    }
    return { ...this.#shape(column, kernel, layer), dtype };
  }

  /** The nominal shape, and where it differs between recordings what it was in each. */
  #shape(
    column: Column<RecordedTensor>,
    kernel: string,
    layer: string,
  ): Pick<TraceTensor, "shape" | "shapeSignature" | "probes"> {
    const [{ shape }] = column;
    const probes: Probes = column.map((tensor) => tensor.shape);
    const sizes = shape.map((_, index) => probes.map((probe) => probe[index] as number));
    const differs = sizes.map((values) => values.some((value) => value !== values[0]));
    if (!differs.includes(true)) return { shape };
    return {
      shape: sizes.map((values, index) =>
        differs[index] ? this.#nominalSize(values, kernel, layer) : (shape[index] as number),
      ),
      shapeSignature: shape.map((size, index) => (differs[index] ? -1 : size)),
      probes,
    };
  }

  #constant(column: Column<RecordedTensor>, kernel: string, layer: string): TraceTensor {
    const [first] = column;
    const { dtype, shape } = first;
    const fail = (): ForgeError => {
      const shapes = differing(column.map((other) => other.shape));
      const other = shapes < 0 ? differing(column.map(this.#valuesOf)) : shapes;
      return this.#dependent(`a constant of kernel "${kernel}" depends`, layer, other);
    };
    if (column.some((other) => other.constant === undefined || other.dtype !== dtype)) throw fail();
    if (column.every((other) => other === first)) return { shape, dtype, values: this.#valuesOf(first) };
    const common = commonValues(column, this.#valuesOf);
    if (common === null) throw fail();
    const dynamic = this.#shape(column, kernel, layer);
    const valuesShape = dynamic.probes === undefined ? undefined : common.shape;
    return { ...dynamic, dtype, values: common.values, ...(valuesShape && { valuesShape }) };
  }

  /** Of a size there is always something: what has fewer items than one grows faster than what it follows. */
  #nominalSize(values: readonly number[], kernel: string, layer: string): number {
    const size = this.#nominal(values, kernel, layer);
    if (size > 0) return size;
    throw this.#dependent(`a size at kernel "${kernel}" depends`, layer, differing(values));
  }

  #nominal(values: readonly number[], kernel: string, layer: string): number {
    const value = nominalValue(values, this.#varied);
    if (value !== null) return value;
    throw this.#dependent(`a size at kernel "${kernel}" depends`, layer, differing(values));
  }

  /** @param recording The one that differs: what was varied there is what the model depends on. */
  #dependent(what: string, layer: string, recording: number): ForgeError {
    const symbol = this.#varied[Math.max(0, recording - 1) % Math.max(1, this.#varied.length)]?.[0];
    const isBatch = symbol === undefined || symbol.name === "batch size";
    return new ForgeError(
      "batch-dependent",
      isBatch
        ? `"${this.#name}" cannot have a dynamic batch: ${what} on the batch size${inLayer(layer)}. ` +
            "Fix the batch with the option { batch: 1 }, or another number."
        : `"${this.#name}" cannot have a dynamic ${symbol.name}: ${what} on it${inLayer(layer)}. ` +
            "Fix it with the option { inputs }, or give it another nominal size there.",
    );
  }
}

/** The first recording in which something is not what it is in the first of all. */
function differing(column: readonly unknown[]): number {
  return column.findIndex((other) => !sameValue(other, column[0]));
}
