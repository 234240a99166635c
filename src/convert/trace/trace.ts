import { engine, ready } from "@tensorflow/tfjs-core";
import { ForgeError } from "../../errors.ts";
import type { ModelSource } from "../source.ts";
import type { FrontEnd, FrontEndOptions, ReadySource } from "../sources/front-end.ts";
import { frontEndOf } from "../sources/front-ends.ts";
import { ConstantStore } from "./constant-store.ts";
import { checkInputNames, type SizeOptions, sizesOf } from "./input-sizes.ts";
import { mergeRecordings, type Recordings } from "./merge.ts";
import { type RecordedInput, type RecordResult, record, type SpecsOf } from "./record.ts";
import { computeSizedConstants, hasSizedConstants } from "./sized-constants.ts";
import { furtherSizes, type SizeSymbol, unknownSizes, unknownSymbol, type VariedSizes } from "./sizes.ts";
import type { Recording, Trace } from "./types.ts";

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
    await constants.read(options.signal);
    const traces: Trace[] = [];
    for (const { name, varied, further, recordings } of recorded) {
      const sized = hasSizedConstants(recordings, constants)
        ? await computeSizedConstants([...recordings, ...further()], constants, options.signal)
        : recordings;
      traces.push(mergeRecordings(name, { recordings: sized, varied }, constants.valuesOf));
    }
    return traces;
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

interface SourceRecordings extends Recordings {
  readonly name: string;
  /** Records once more for each entry of `varied`, at a third value of those sizes. */
  readonly further: () => readonly Recording[];
}

function recordSource(
  frontEnd: FrontEnd<ModelSource>,
  source: ModelSource,
  options: TraceOptions,
  constants: ConstantStore,
): SourceRecordings {
  const declared = frontEnd.inputs(source, options);
  const { inputs, symbols } = sizesOf(declared, options, frontEnd.batchFirst);
  const recordWith = (
    sizeOf: (symbol: SizeSymbol) => number,
    unknown: readonly SizeSymbol[],
  ): RecordResult => {
    const specs = inputs.map(({ name, shape, dtype, storedAs }) => ({
      name,
      storedAs,
      spec: { shape: shape.map((size) => (typeof size === "number" ? size : sizeOf(size))), dtype },
    }));
    const unknownSize = (index: number): number => sizeOf(unknown[index] ?? unknownSymbol(index));
    return recordOnce(frontEnd, source, specs, unknownSize, options, constants);
  };
  const first = recordWith(({ probe }) => probe, []);
  const unknown = unknownSizes(first.unknownSizes);
  const varied = [...symbols.map((symbol): VariedSizes => [symbol]), ...unknown];
  const recordWhere = (some: VariedSizes, sizeOf: (symbol: SizeSymbol) => number): Recording =>
    recordWith((symbol) => (some.includes(symbol) ? sizeOf(symbol) : symbol.probe), unknown.flat()).recording;
  const others = varied.map((some) => recordWhere(some, (symbol) => symbol.varied));
  return {
    name: frontEnd.name(source),
    recordings: [first.recording, ...others],
    varied,
    further: () =>
      varied.map((some) => firstThatWorks(furtherSizes.map((sizeOf) => () => recordWhere(some, sizeOf)))),
  };
}

/** Of several ways the first that throws nothing; where all do, what the first one threw. */
function firstThatWorks<T>(ways: readonly (() => T)[]): T {
  const errors: unknown[] = [];
  for (const way of ways) {
    try {
      return way();
    } catch (error) {
      errors.push(error);
    }
  }
  throw errors[0];
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
