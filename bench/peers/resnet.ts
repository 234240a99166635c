/**
 * Compares a residual network with Keras Applications' own, and our file of it with TFLiteConverter's, both with the
 * same weights: outputs, bytes, operators, latency.
 *
 *     npx tsx bench/peers/resnet.ts --python VENV/bin/python
 *     npx tsx bench/peers/resnet.ts --python VENV/bin/python --variant resnet152 --keep FOLDER
 *
 * The virtual environment has tensorflow-cpu and ai-edge-litert, as README.md here says for `--litert`.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { randomUniform, type Tensor } from "@tensorflow/tfjs-core";
import { buildResNet, type ResNetVariant, toTflite } from "../../src/index.ts";
import { giveLiveWeights } from "../../test/architectures/resnet-live-weights.ts";
import { useBackend } from "../backends.ts";
import { quantile, table } from "../print.ts";

const run = promisify(execFile);
const { values: options } = parseArgs({
  options: {
    python: { type: "string" },
    variant: { type: "string", default: "resnet50v2" },
    keep: { type: "string" },
  },
});
const program = options.python;
if (program === undefined)
  throw new Error("give --python, of a virtual environment: see bench/peers/README.md");

/** What resnet.py prints of one file. */
interface Measured {
  readonly bytes: number;
  readonly operators: Readonly<Record<string, number>>;
  readonly milliseconds: number;
  /** From tfjs (wasm). */
  readonly difference: number;
}

type Maker = "ours" | "peer";
type Files = Readonly<Record<Maker, Measured>>;

/** Where weights come to lie in memory makes one process favour one file, and the next one the other. */
const PROCESSES = 8;

const folder = options.keep ?? (await mkdtemp(join(tmpdir(), "resnet-")));
try {
  const ours = await exportModel(options.variant as ResNetVariant);
  const { seconds, difference } = await python<{ seconds: number; difference: number }>("convert");
  console.log(`\n${options.variant}: Keras differs from tfjs by ${difference.toExponential(1)} at most.\n`);
  const runs: Files[] = [];
  for (let index = 0; index < PROCESSES; index++) {
    runs.push(await python<Files>("measure", index % 2 === 0 ? "ours" : "peer"));
  }
  const median = (maker: Maker): Measured => ({
    ...runs[0]![maker],
    milliseconds: quantile(
      runs.map((files) => files[maker].milliseconds),
      0.5,
    ),
  });
  console.log(
    table([row("tflite-forge", ours, median("ours")), row("TFLiteConverter", seconds, median("peer"))]),
  );
  const shares = runs.map((files) => files.ours.milliseconds / files.peer.milliseconds);
  const [least, middle, most] = [0, 0.5, 1].map((share) => quantile(shares, share).toFixed(3));
  console.log(`\nOur latency is ${middle} of theirs (${least} to ${most} in ${PROCESSES} processes).`);
} finally {
  if (options.keep === undefined) await rm(folder, { recursive: true, force: true });
}

/** What one half of resnet.py prints last; the converter prints too. */
async function python<T>(task: "convert" | "measure", ...rest: string[]): Promise<T> {
  const { stdout } = await run(program!, ["bench/peers/resnet.py", task, folder, ...rest]);
  return JSON.parse(stdout.trim().split("\n").at(-1)!) as T;
}

/** Writes file, weights, inputs and what tfjs answers; how many seconds the conversion took. */
async function exportModel(variant: ResNetVariant): Promise<number> {
  await useBackend("wasm");
  const model = giveLiveWeights(buildResNet({ variant, compile: false }));
  const start = performance.now();
  const bytes = await toTflite(model);
  const seconds = (performance.now() - start) / 1000;
  await writeFile(join(folder, "ours.tflite"), bytes);

  const inputs = randomUniform([8, 32, 32, 1], 0, 1, "float32", 1);
  const outputs = model.predict(inputs) as Tensor;
  await writeFile(join(folder, "inputs"), await bytesOf(inputs));
  await writeFile(join(folder, "expected"), await bytesOf(outputs));
  const weights = await Promise.all(model.getWeights().map(bytesOf));
  await writeFile(join(folder, "weights"), Buffer.concat(weights));
  const names = model.weights.map(({ originalName, shape }) => ({ name: originalName, shape }));
  await writeFile(join(folder, "manifest.json"), JSON.stringify({ variant, weights: names }));
  return seconds;
}

async function bytesOf(values: Tensor): Promise<Uint8Array> {
  const { buffer, byteOffset, byteLength } = await values.data();
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function row(maker: string, seconds: number, file: Measured): Record<string, string> {
  const counts = Object.entries(file.operators);
  return {
    "made by": maker,
    bytes: String(file.bytes),
    "converted in s": seconds.toFixed(2),
    operators: String(counts.reduce((sum, [, count]) => sum + count, 0)),
    "of them": counts.map(([name, count]) => `${count} ${name}`).join(", "),
    "median ms": file.milliseconds.toFixed(3),
    "difference from tfjs": file.difference.toExponential(1),
  };
}
