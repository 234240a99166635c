import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { randomUniform, type Tensor } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type ConvertOptions, toTflite } from "../../src/index.ts";
import { quantile } from "../print.ts";

/** How TFLiteConverter is given a model. */
export interface PeerWay {
  /** A fixed batch; dynamic where absent. */
  readonly batch?: number;
  /** Time steps one after the other instead of a loop. */
  readonly unroll?: boolean;
  /** Marked, so that the fused operator is written. */
  readonly fused?: boolean;
}

/** A model, and the ways in which both converters write it. */
export interface Comparison {
  readonly model: LayersModel;
  readonly ours: Readonly<Record<string, ConvertOptions>>;
  readonly peer: Readonly<Record<string, PeerWay>>;
}

/** One file, or why there is none. */
export interface Outcome {
  readonly maker: "tflite-forge" | "TFLiteConverter";
  readonly way: string;
  readonly seconds?: number;
  readonly error?: string;
  readonly file?: MeasuredFile;
}

/** What side_by_side.py says of a file; the times are medians of all processes. */
export interface MeasuredFile {
  readonly bytes: number;
  readonly operators: Readonly<Record<string, number>>;
  readonly partitions: number;
  /** Operators that no delegate takes, by type. */
  readonly outside: Readonly<Record<string, number>>;
  readonly milliseconds: number;
  /** From tfjs (wasm), the largest, as a share of the range of its outputs. */
  readonly difference: number;
  /** The same of the calls after the first, which state that was kept would show in. */
  readonly again: number;
}

const IMAGES = 4;
const OURS = "tflite-forge";
const PEER = "TFLiteConverter";

const run = promisify(execFile);

/**
 * Writes a model by both converters, from the same weights, and measures all the files in turn. The peer's model is
 * built from a list of the layers of ours, so that there is one architecture and not two.
 */
export async function sideBySide(
  { model, ours, peer }: Comparison,
  { python, processes, folder }: { python: string; processes: number; folder: string },
): Promise<readonly Outcome[]> {
  await mkdir(folder, { recursive: true });
  const inputs = randomUniform(
    [IMAGES, ...(model.inputs[0]!.shape.slice(1) as number[])],
    0,
    1,
    "float32",
    1,
  );
  const outputs = model.predict(inputs) as Tensor;
  const layers = describe(model);
  await writeFile(join(folder, "manifest.json"), JSON.stringify({ layers, peer, images: IMAGES }));
  await writeFile(join(folder, "weights"), Buffer.concat(await Promise.all(weightsOf(model).map(bytesOf))));
  await writeFile(join(folder, "inputs"), await bytesOf(inputs));
  await writeFile(join(folder, "expected"), await bytesOf(outputs));

  const outcomes: Outcome[] = [];
  for (const [way, options] of Object.entries(ours)) {
    const start = performance.now();
    try {
      const bytes = await toTflite(model, options);
      const seconds = (performance.now() - start) / 1000;
      await writeFile(join(folder, `${OURS}, ${way}.tflite`), bytes);
      outcomes.push({ maker: OURS, way, seconds });
    } catch (error) {
      outcomes.push({ maker: OURS, way, error: (error as Error).message.split("\n")[0]! });
    }
  }
  const ask = async <T>(...args: string[]): Promise<T> => {
    const { stdout } = await run(
      python,
      ["bench/peers/side_by_side.py", args[0]!, folder, ...args.slice(1)],
      {
        maxBuffer: 1e8,
      },
    );
    return JSON.parse(stdout.trim().split("\n").at(-1)!) as T;
  };
  const converted = await ask<Record<string, { seconds?: number; error?: string }>>("convert");
  for (const [way, result] of Object.entries(converted)) outcomes.push({ maker: PEER, way, ...result });

  const runs: Record<string, MeasuredFile>[] = [];
  // Where weights come to lie in memory makes one process favour one file, and the next one another.
  for (let index = 0; index < processes; index++) runs.push(await ask("measure", String(index)));
  return outcomes.map((outcome) => {
    const files = runs.flatMap((results) => results[`${outcome.maker}, ${outcome.way}`] ?? []);
    if (files[0] === undefined) return outcome;
    const times = files.map(({ milliseconds }) => milliseconds);
    return { ...outcome, file: { ...files[0], milliseconds: quantile(times, 0.5) } };
  });
}

/** What the scripts of this folder are given, and a temporary folder while they run. */
export async function withFolder(
  work: (options: {
    readonly python: string;
    readonly processes: number;
    readonly only: string;
    readonly folder: string;
  }) => Promise<void>,
): Promise<void> {
  const { values } = parseArgs({
    options: {
      python: { type: "string" },
      processes: { type: "string", default: "4" },
      only: { type: "string", default: "" },
      keep: { type: "string" },
    },
  });
  const { python, processes, only, keep } = values;
  if (python === undefined)
    throw new Error("give --python, of a virtual environment: see bench/peers/README.md");
  const folder = keep ?? (await mkdtemp(join(tmpdir(), "side-by-side-")));
  try {
    await work({ python, processes: Number(processes), only, folder });
  } finally {
    if (keep === undefined) await rm(folder, { recursive: true, force: true });
  }
}

/** An outcome as a row of a table. */
export function outcomeRow(
  name: string,
  { maker, way, seconds, error, file }: Outcome,
): Record<string, string> {
  const counts = Object.entries(file?.operators ?? {}).sort(([, a], [, b]) => b - a);
  const outside = Object.entries(file?.outside ?? {});
  const list = (entries: readonly (readonly [string, number])[]): string =>
    entries.map(([type, count]) => `${count} ${type}`).join(", ");
  return {
    model: name,
    "made by": maker,
    as: way,
    bytes: file === undefined ? "" : String(file.bytes),
    "converted in s": seconds?.toFixed(2) ?? "",
    operators: file === undefined ? "" : String(counts.reduce((sum, [, count]) => sum + count, 0)),
    partitions: file === undefined ? "" : String(file.partitions),
    outside: list(outside),
    "median ms": file?.milliseconds.toPrecision(3) ?? "",
    difference: file?.difference.toExponential(1) ?? "",
    "later calls": file?.again.toExponential(1) ?? "",
    "of them": error === undefined ? list(counts) : `cannot yet: ${error.slice(0, 160)}`,
  };
}

/** The layers of a functional model in the order of its construction, in Python's names. */
function describe(model: LayersModel): unknown[] {
  const { config } = JSON.parse(model.toJSON() as unknown as string) as {
    config: {
      layers: { class_name: string; name?: string; config: { name: string }; inbound_nodes: unknown[][] }[];
    };
  };
  return config.layers.map(({ class_name, config, inbound_nodes }) => ({
    class: class_name,
    config,
    inputs: (inbound_nodes[0] ?? []).map((node) => (node as [string])[0]),
    weights: model.getLayer(config.name).weights.map(({ shape }) => shape),
  }));
}

/** Layer by layer. */
function weightsOf(model: LayersModel): Tensor[] {
  return model.layers.flatMap((layer) => layer.getWeights());
}

async function bytesOf(values: Tensor): Promise<Uint8Array> {
  const { buffer, byteOffset, byteLength } = await values.data();
  return new Uint8Array(buffer, byteOffset, byteLength);
}
