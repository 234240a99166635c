import { type DataId, engine, keep, type NamedTensorMap, reshape, Tensor, tidy } from "@tensorflow/tfjs-core";
import { ForgeError } from "../../errors.ts";
import { describe } from "../../options.ts";
import { outputSpecs, type Spec } from "./shapes.ts";
import { SymbolicBackend } from "./symbolic-backend.ts";
import type { ConstantValues, RecordedNode, RecordedTensor, Recording } from "./types.ts";

/** What is traced: a function of tensors, with the inputs' shapes at one batch size. */
export interface RecordRequest {
  readonly inputs: readonly { readonly name: string; readonly spec: Spec }[];
  readonly run: (inputs: readonly Tensor[]) => unknown;
  /** Names of the outputs, where the source has them. */
  readonly outputNames?: readonly string[];
  /** The layer that is being called, for names and errors. */
  readonly layer: () => string;
  readonly batch: number;
}

/** Constants that recordings refer to: each of the user's tensors once, kept alive until it was read. */
export class ConstantStore {
  /** By the memory they share: a reshaped tensor has the values of the first one. */
  readonly #constants = new Map<DataId, RecordedTensor[]>();

  /** The same constant for every tensor of this memory and shape. */
  get(tensor: Tensor): RecordedTensor {
    let sharing = this.#constants.get(tensor.dataId);
    if (sharing === undefined) {
      sharing = [];
      this.#constants.set(tensor.dataId, sharing);
    }
    const shape = tensor.shape.join();
    let recorded = sharing.find((other) => other.shape.join() === shape);
    if (recorded === undefined) {
      // It shares the values and outlives the variable's next assignment: what is exported is the state of
      // this moment, even where training goes on. Not a clone, which copies on the wasm backend.
      recorded = { shape: tensor.shape, dtype: tensor.dtype, constant: keep(reshape(tensor, tensor.shape)) };
      sharing.push(recorded);
    }
    return recorded;
  }

  /** Reads the values of all constants, each memory once. */
  async read(signal?: AbortSignal): Promise<ReadonlyMap<RecordedTensor, ConstantValues>> {
    const values = new Map<RecordedTensor, ConstantValues>();
    for (const sharing of this.#constants.values()) {
      signal?.throwIfAborted();
      const read = (await sharing[0]?.constant?.data()) as ConstantValues;
      for (const recorded of sharing) values.set(recorded, read);
    }
    return values;
  }

  /** Lets go of the tensors. */
  dispose(): void {
    for (const { constant } of [...this.#constants.values()].flat()) constant?.dispose();
    this.#constants.clear();
  }
}

type RunKernel = ReturnType<typeof engine>["runKernel"];

/**
 * Runs a function on symbolic tensors and records the kernels it calls.
 *
 * The engine's `runKernel` is replaced for the duration, on the instance: kernels with a symbolic operand
 * are recorded, all others run as ever on the user's backend, which stays the active one. So constants are
 * computed by tfjs itself, and nothing is registered, switched or left behind. It is synchronous: nothing
 * else of the application runs in between.
 */
export function record(request: RecordRequest, constants: ConstantStore): Recording {
  const symbols = new Map<DataId, RecordedTensor>();
  const nodes: RecordedNode[] = [];
  const backend = new SymbolicBackend(
    (dataId) => `${describeSymbol(symbols.get(dataId), nodes, named)} were read${inLayer(request.layer())}`,
  );
  const named = new Map<RecordedTensor, string>();
  const tfEngine = engine();
  const runKernel = tfEngine.runKernel;
  const hadOwn = Object.hasOwn(tfEngine, "runKernel");

  const symbol = (spec: Spec): { readonly tensor: Tensor; readonly recorded: RecordedTensor } => {
    const dataId = {};
    const recorded: RecordedTensor = { shape: spec.shape, dtype: spec.dtype };
    symbols.set(dataId, recorded);
    const tensor = tfEngine.makeTensorFromTensorInfo(
      { dataId, shape: [...spec.shape], dtype: spec.dtype },
      backend,
    );
    return { tensor, recorded };
  };
  const recordedOf = (tensor: Tensor): RecordedTensor => symbols.get(tensor.dataId) ?? constants.get(tensor);

  const recordKernel = (kernel: string, inputs: NamedTensorMap, attributes: unknown): Tensor | Tensor[] => {
    const operands = Object.entries(inputs ?? {}).filter(([, value]) => value != null);
    if (!operands.some(([, tensor]) => symbols.has(tensor.dataId))) {
      return runKernel.call(tfEngine, kernel, inputs, attributes as never) as Tensor | Tensor[];
    }
    if (kernel === "Identity") return alias(inputs.x as Tensor);
    const named = Object.fromEntries(operands.map(([name, tensor]) => [name, recordedOf(tensor)]));
    const outputs = specsOf(kernel, named, attributes, request.layer()).map(symbol);
    nodes.push({
      kernel,
      inputs: named,
      attributes: attributes ?? {},
      outputs: outputs.map(({ recorded }) => recorded),
      layer: request.layer(),
    });
    const tensors = outputs.map(({ tensor }) => tensor);
    return tensors.length === 1 && !MANY.has(kernel) ? (tensors[0] as Tensor) : tensors;
  };

  /** A second tensor with the same values: the same value of the trace. */
  const alias = (x: Tensor): Tensor => {
    const { tensor } = symbol({ shape: x.shape, dtype: x.dtype });
    symbols.set(tensor.dataId, recordedOf(x));
    return tensor;
  };

  tfEngine.runKernel = recordKernel as RunKernel;
  try {
    let recording: Recording | undefined;
    tidy(() => {
      const inputs = request.inputs.map(({ name, spec }) => ({ name, ...symbol(spec) }));
      for (const { name, recorded } of inputs) named.set(recorded, name);
      const result = request.run(inputs.map(({ tensor }) => tensor));
      // An asynchronous function that reads values has read them by now, up to its first await.
      ignoreRejection(result);
      backend.checkReads();
      recording = {
        batch: request.batch,
        inputs: inputs.map(({ name, recorded }) => ({ name, tensor: recorded })),
        outputs: namedOutputs(result, request.outputNames).map(({ name, tensor }) => ({
          name,
          tensor: recordedOf(tensor),
        })),
        nodes,
      };
    });
    return recording as Recording;
  } finally {
    backend.finish();
    if (hadOwn) tfEngine.runKernel = runKernel;
    else delete (tfEngine as { runKernel?: RunKernel }).runKernel;
  }
}

/** Kernels that give a list even of one tensor. */
const MANY: ReadonlySet<string> = new Set(["SplitV", "Unpack", "TopK", "MaxPoolWithArgmax"]);

function specsOf(
  kernel: string,
  inputs: Readonly<Record<string, RecordedTensor>>,
  attributes: unknown,
  layer: string,
): readonly Spec[] {
  const specs = outputSpecs(kernel, inputs, attributes);
  if (specs !== undefined && specs !== "values") return specs;
  const reason =
    specs === undefined
      ? "it is not a kernel of tfjs-core, and the shape of its output is not known"
      : "the shape of its output depends on the values of its input";
  throw new ForgeError(
    "unsupported-kernel",
    `Cannot convert kernel "${kernel}"${inLayer(layer)}: ${reason}.`,
  );
}

/** ` in layer "x"`, or nothing where the source is a function. */
export function inLayer(layer: string): string {
  return layer === "" ? "" : ` in layer "${layer}"`;
}

function describeSymbol(
  recorded: RecordedTensor | undefined,
  nodes: readonly RecordedNode[],
  inputs: ReadonlyMap<RecordedTensor, string>,
): string {
  const input = recorded && inputs.get(recorded);
  if (input !== undefined) return `input "${input}"`;
  const maker = nodes.find((node) => recorded !== undefined && node.outputs.includes(recorded));
  return maker === undefined
    ? "a tensor of another trace"
    : `what kernel "${maker.kernel}"${inLayer(maker.layer)} makes`;
}

/** A promise that the trace gives up on must not end the process when it is rejected. */
function ignoreRejection(result: unknown): void {
  if (isPromise(result)) result.then(undefined, () => {});
}

function isPromise(result: unknown): result is PromiseLike<unknown> {
  return typeof (result as { then?: unknown } | null | undefined)?.then === "function";
}

function namedOutputs(
  result: unknown,
  names: readonly string[] | undefined,
): readonly { readonly name: string; readonly tensor: Tensor }[] {
  const expected = "a tensor, a list of tensors or a record of them";
  if (isPromise(result)) {
    throw new ForgeError(
      "invalid-source",
      `The function must be synchronous: it returned a promise, not ${expected}.`,
    );
  }
  const entries: [string, unknown][] = isTensor(result)
    ? [[names?.[0] ?? "output", result]]
    : Array.isArray(result)
      ? result.map((tensor, index) => [names?.[index] ?? `output_${index}`, tensor])
      : result !== null && typeof result === "object"
        ? Object.entries(result)
        : [];
  if (entries.length === 0) {
    throw new ForgeError(
      "invalid-source",
      `The function must return ${expected}; it returned ${describe(result)}.`,
    );
  }
  return entries.map(([name, tensor]) => {
    if (isTensor(tensor)) return { name, tensor };
    throw new ForgeError("invalid-source", `Output "${name}" must be a tensor, got ${describe(tensor)}.`);
  });
}

function isTensor(value: unknown): value is Tensor {
  return value instanceof Tensor;
}
