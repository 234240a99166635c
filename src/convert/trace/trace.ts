import { engine, ready } from "@tensorflow/tfjs-core";
import { ForgeError } from "../../errors.ts";
import type { ModelSource } from "../source.ts";
import type { FrontEnd, FrontEndOptions, ReadySource } from "../sources/front-end.ts";
import { frontEndOf } from "../sources/front-ends.ts";
import { checkInputNames, type SizeOptions, sizesOf } from "./input-sizes.ts";
import { mergeRecordings, type Recordings } from "./merge.ts";
import { ConstantStore, type RecordedInput, type RecordResult, record, type SpecsOf } from "./record.ts";
import { type SizeSymbol, unknownSizes, unknownSymbol, type VariedSizes } from "./sizes.ts";
import type { ConstantValues, Trace } from "./types.ts";

/** What of a conversion's options concerns the trace. */
export interface TraceOptions extends FrontEndOptions, SizeOptions {
  readonly signal?: AbortSignal;
  /** Shapes of kernels that tfjs does not have. */
  readonly specsOf?: SpecsOf;
}

/** Records the kernels of a source, reads the constants they use and gives both as one trace. */
export async function trace(source: ModelSource, options: TraceOptions): Promise<Trace> {
  const [only] = await traceAll([{ source, frontEnd: await frontEndOf(source) }], options);
  return only as Trace;
}

/** As {@link trace}, of sources that may share weights: those are the same constants in all traces. */
export async function traceAll(
  sources: readonly ReadySource[],
  options: TraceOptions,
): Promise<readonly Trace[]> {
  await ensureBackend();
  options.signal?.throwIfAborted();
  const names = sources.flatMap(({ source, frontEnd }) =>
    frontEnd.inputs(source, options).map(({ name }) => name),
  );
  const nodes = sources.flatMap(({ source, frontEnd }) => frontEnd.nodes?.(source) ?? []);
  checkInputNames(options.inputs, names, nodes);
  if (options.outputs !== undefined && !sources.some(({ frontEnd }) => frontEnd.nodes)) {
    throw new ForgeError(
      "invalid-argument",
      "options.outputs names nodes of a graph model, and the source is none: make a model or a function that gives " +
        "what you want.",
    );
  }
  const constants = new ConstantStore();
  try {
    const recorded = sources.map(({ source, frontEnd }) =>
      recordSource(frontEnd, source, options, constants),
    );
    const values = await constants.read(options.signal);
    return recorded.map(({ name, ...recordings }) =>
      mergeRecordings(name, recordings, (constant) => values.get(constant) as ConstantValues),
    );
  } finally {
    constants.dispose();
  }
}

/** Makes sure of a backend before anything is traced: constants are computed by it. */
async function ensureBackend(): Promise<void> {
  if (Object.keys(engine().registryFactory).length === 0) {
    throw new ForgeError(
      "unsupported-environment",
      "tfjs has no backend. Import one before converting, such as @tensorflow/tfjs-backend-cpu, or call " +
        'useWasmBackend() of "tflite-forge/wasm".',
    );
  }
  await ready();
}

function recordSource(
  frontEnd: FrontEnd<ModelSource>,
  source: ModelSource,
  options: TraceOptions,
  constants: ConstantStore,
): Recordings & { readonly name: string } {
  const declared = frontEnd.inputs(source, options);
  const { inputs, symbols } = sizesOf(declared, options, frontEnd.batchFirst);
  const recordWith = (varied: readonly SizeSymbol[], unknown: readonly SizeSymbol[]): RecordResult => {
    const specs = inputs.map(({ name, shape, dtype, storedAs }) => ({
      name,
      storedAs,
      spec: { shape: shape.map((size) => sizeIn(size, varied)), dtype },
    }));
    const unknownSize = (index: number): number => sizeIn(unknown[index] ?? unknownSymbol(index), varied);
    return recordOnce(frontEnd, source, specs, unknownSize, options, constants);
  };
  const first = recordWith([], []);
  const unknown = unknownSizes(first.unknownSizes);
  const varied = [...symbols.map((symbol): VariedSizes => [symbol]), ...unknown];
  const others = varied.map((some) => recordWith(some, unknown.flat()));
  return {
    name: frontEnd.name(source),
    recordings: [first, ...others].map(({ recording }) => recording),
    varied,
  };
}

/** A fixed size, or a symbol's in the recording in which some of them are varied. */
function sizeIn(size: number | SizeSymbol, varied: readonly SizeSymbol[]): number {
  if (typeof size === "number") return size;
  return varied.includes(size) ? size.varied : size.probe;
}

function recordOnce(
  frontEnd: FrontEnd<ModelSource>,
  source: ModelSource,
  inputs: readonly RecordedInput[],
  unknownSize: (index: number) => number,
  options: TraceOptions,
  constants: ConstantStore,
): RecordResult {
  const { run, where, outputNames, close } = frontEnd.open(source, options);
  const { specsOf } = options;
  try {
    return record({ inputs, run, layer: where, outputNames, unknownSize, specsOf }, constants);
  } finally {
    close();
  }
}
