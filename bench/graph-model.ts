/**
 * One process of graph-models.ts: `graph-model.ts NAME SHAPE compare`. Loads a model, converts it once, and prints JSON.
 */
import { type GraphModel, loadGraphModel } from "@tensorflow/tfjs-converter";
import { convert } from "../src/index.ts";
import { loadModel, verifyTflite } from "../src/node/index.ts";
import { parseTflite } from "../src/tflite-reader/parse.ts";
import { countPartitions } from "../src/tflite-reader/partitions.ts";
import { expectXnnpack } from "../src/tflite-reader/xnnpack.ts";
import { nsfwjsHandler } from "../test/support/nsfwjs.ts";
import { useBackend } from "./backends.ts";

/** What a process prints. */
export type GraphModelResult =
  | { readonly error: string }
  | {
      readonly seconds: number;
      readonly bytes: number;
      readonly operators: number;
      readonly partitions: number;
      /** Operators that XNNPACK leaves, by type. */
      readonly outside: string;
      /** The largest of all outputs, by the largest value of each; a text where the file does not run. */
      readonly difference: number | string;
    };

const [name = "", given = "", compare = ""] = process.argv.slice(2);
await useBackend("cpu");
console.log(JSON.stringify(await resultOf(await load(name))));

async function load(name: string): Promise<GraphModel> {
  const [origin, file] = name.split("/") as [string, string];
  if (origin === "nsfwjs") return loadGraphModel(nsfwjsHandler(file));
  return (await loadModel(`node_modules/@vladmandic/human/models/${file}.json`)) as GraphModel;
}

async function resultOf(model: GraphModel): Promise<GraphModelResult> {
  const input = model.inputs[0]!;
  const shape = given === "" ? input.shape : (JSON.parse(given) as number[]);
  try {
    const start = performance.now();
    const { bytes } = await convert(model, given === "" ? {} : { inputs: { [input.name]: shape! } });
    const seconds = (performance.now() - start) / 1000;
    return {
      seconds,
      bytes: bytes.length,
      ...delegation(bytes),
      difference: compare === "" ? 0 : await differenceOf(model, bytes, shape!),
    };
  } catch (error) {
    const [headline = "", reason = ""] = (error as Error).message.split("\n");
    return { error: `${headline} ${reason}`.trim() };
  }
}

function delegation(bytes: Uint8Array): { operators: number; partitions: number; outside: string } {
  const { subgraphs } = parseTflite(bytes);
  const [main] = subgraphs as [(typeof subgraphs)[number]];
  const { taken, left } = expectXnnpack(main);
  const counts = new Map<string, number>();
  for (const { operator } of left) counts.set(operator.type, (counts.get(operator.type) ?? 0) + 1);
  return {
    operators: subgraphs.reduce((sum, { operators }) => sum + operators.length, 0),
    partitions: countPartitions(main, taken),
    outside: [...counts].map(([type, count]) => `${count} ${type}`).join(", "),
  };
}

async function differenceOf(
  model: GraphModel,
  bytes: Uint8Array,
  shape: readonly number[],
): Promise<number | string> {
  const sizes = shape.map((size) => (size > 0 ? size : 1));
  try {
    const isInteger = model.inputs[0]!.dtype === "int32";
    const pixels = photo(sizes);
    const data = isInteger ? Int32Array.from(pixels, (value) => Math.round(255 * value)) : pixels;
    const outputs = await verifyTflite(model, bytes, [{ data, shape: sizes }]);
    return Math.max(...outputs.map(({ maxRelativeError }) => maxRelativeError));
  } catch (error) {
    return `does not run: ${(error as Error).message.split("\n")[0]}`;
  }
}

/** Smooth shapes with a little noise, from 0 to 1. */
function photo([, height = 1, width = 1, channels = 1]: readonly number[]): Float32Array {
  return Float32Array.from({ length: height * width * channels }, (_, index) => {
    const channel = index % channels;
    const [y, x] = [
      Math.floor(index / channels / width) / height,
      (Math.floor(index / channels) % width) / width,
    ];
    const smooth = Math.sin(9 * x + channel) * Math.cos(7 * y - channel) + Math.sin(31 * x * y);
    const noise = ((index * 2654435761) % 4096) / 4096 - 0.5;
    return Math.min(1, Math.max(0, 0.5 + 0.22 * smooth + 0.05 * noise));
  });
}
