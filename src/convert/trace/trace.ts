import { engine, ready } from "@tensorflow/tfjs-core";
import { ForgeError } from "../../errors.ts";
import { describe, didYouMean } from "../../options.ts";
import type { Source } from "../source.ts";
import type { FrontEnd, OpenSource, SourceInput } from "../sources/front-end.ts";
import { frontEndOf } from "../sources/front-ends.ts";
import { mergeRecordings } from "./merge.ts";
import { ConstantStore, record } from "./record.ts";
import type { ConstantValues, Recording, Trace } from "./types.ts";

/** What of a conversion's options concerns the trace. */
export interface TraceOptions {
  /** Shapes by input name, with the batch; `null` is a dynamic batch. */
  readonly inputs?: Readonly<Record<string, readonly (number | null)[]>>;
  readonly batch?: "dynamic" | number;
  readonly signal?: AbortSignal;
}

/**
 * Two batch sizes to compare. Any two would do; these are rarely a model's own dimension, so that no
 * shortcut for equal sizes is taken at one of them, and small, so that constants of the batch's size are.
 */
const PROBE_BATCHES = [11, 13] as const;

/** Records the kernels of a source, reads the constants they use and gives both as one trace. */
export async function trace(source: Source, options: TraceOptions): Promise<Trace> {
  await ensureBackend();
  options.signal?.throwIfAborted();
  const frontEnd = frontEndOf(source);
  const inputs = traceInputs(frontEnd, source, options);
  const dynamic = inputs.some(({ shape }) => shape[0] === null);
  const constants = new ConstantStore();
  try {
    const recordings = (dynamic ? PROBE_BATCHES : [0]).map((batch) =>
      recordSource(frontEnd.open(source), inputs, batch, constants),
    );
    const values = await constants.read(options.signal);
    return mergeRecordings(
      frontEnd.name(source),
      recordings,
      (constant) => values.get(constant) as ConstantValues,
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
  source: OpenSource,
  inputs: readonly SourceInput[],
  batch: number,
  constants: ConstantStore,
): Recording {
  const specs = inputs.map(({ name, shape, dtype }) => ({
    name,
    spec: { shape: shape.map((size) => size ?? batch), dtype },
  }));
  const { run, where, outputNames } = source;
  try {
    const named = outputNames && { outputNames };
    return record({ batch, inputs: specs, run, layer: where, ...named }, constants);
  } finally {
    source.close();
  }
}

function traceInputs(
  frontEnd: FrontEnd<Source>,
  source: Source,
  options: TraceOptions,
): readonly SourceInput[] {
  const declared = frontEnd.inputs(source);
  const given = options.inputs ?? {};
  for (const name of Object.keys(given)) {
    if (declared.some((input) => input.name === name)) continue;
    const known = declared.map((input) => input.name);
    throw new ForgeError(
      "invalid-argument",
      `options.inputs: there is no input "${name}"${didYouMean(name, known)}.`,
    );
  }
  return declared.map((input) => {
    const shape = withBatch(given[input.name] ?? input.shape, options.batch, frontEnd.batchFirst);
    checkShape(input.name, shape, input.shape);
    return { ...input, shape };
  });
}

/** Of a model the first dimension is the batch; of a function it is where its shape says `null`. */
function withBatch(
  shape: readonly (number | null)[],
  batch: TraceOptions["batch"],
  firstIsBatch: boolean,
): readonly (number | null)[] {
  if (batch === undefined || shape.length === 0 || !(firstIsBatch || shape[0] === null)) return shape;
  return [batch === "dynamic" ? null : batch, ...shape.slice(1)];
}

function checkShape(
  name: string,
  shape: readonly (number | null)[],
  declared: readonly (number | null)[],
): void {
  const where = `input "${name}"`;
  if (!Array.isArray(shape) || shape.length !== declared.length) {
    throw new ForgeError(
      "invalid-argument",
      `options.inputs: ${where} has ${declared.length} dimensions, [${declared.map(String).join(",")}]; got ${describe(shape)}.`,
    );
  }
  for (const [index, size] of shape.entries()) {
    if (size === null ? index === 0 : Number.isInteger(size) && size > 0) continue;
    if (size === null) {
      throw new ForgeError(
        "invalid-argument",
        `${where} has a size that is not known, [${shape.map(String).join(",")}]: give it with the option ` +
          `{ inputs: { ${JSON.stringify(name)}: [...] } }.`,
      );
    }
    throw new ForgeError(
      "invalid-argument",
      `${where}: sizes must be positive whole numbers, got ${describe(shape)}.`,
    );
  }
}
