/**
 * One file that answers two questions: what is in a picture, and which pictures are alike. A graph model that others made
 * is in it twice, as a whole and up to the node where its features are; the weights, which both need, are there once.
 *
 *     npx tsx examples/signatures.ts                    half a minute
 *     npx tsx examples/signatures.ts --quick            seconds: two pictures
 *     npx tsx examples/signatures.ts --output FILE
 */
import { parseArgs } from "node:util";
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import { type Tensor, tensor, tidy } from "@tensorflow/tfjs-core";
// In an application these three are "tflite-forge", "tflite-forge/node" and "tflite-forge/wasm".
import { convert, normalize, resize, toTflite } from "../src/index.ts";
import { loadTflite, saveTflite, type TfliteOutput } from "../src/node/index.ts";
import { useWasmBackend } from "../src/training/wasm/index.ts";
// A classifier for photos (is this safe to show?) that comes in an npm package.
import { nsfwjsHandler } from "../test/support/nsfwjs.ts";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    output: { type: "string", default: "pictures.tflite" },
  },
});
const count = options.quick ? 2 : 6;
const SIZE = 224;

// 1. The model, and the node where its features are: 1792 numbers, from which a layer makes five probabilities. A
//    wrong name is an error that says which is near; https://netron.app shows them all.
await useWasmBackend();
const model = await loadGraphModel(nsfwjsHandler());
const PREDICT =
  "StatefulPartitionedCall/sequential/keras_layer/StatefulPartitionedCall/StatefulPartitionedCall/" +
  "StatefulPartitionedCall/predict";
const FEATURES = `${PREDICT}/feature_vector/SpatialSqueeze`;

// 2. Parts of a model: up to a node, which leaves out what comes behind it ...
const features = await convert(model, { outputs: [FEATURES] });

// 3. ... and several in one file, each under the name by which an application asks for it.
const { bytes, report } = await convert({
  signatures: {
    classify: model,
    embed: {
      fn: (image) => ({ features: model.execute(image, FEATURES) as Tensor }),
      inputs: [{ name: "image", shape: [null, SIZE, SIZE, 3] }],
    },
  },
});
const path = await saveTflite(options.output, bytes);
const alone = await toTflite(model);

// 4. Both in LiteRT, and the same nodes in tfjs.
const pictures = resize({ data: normalize(stripes(count, 32)), shape: [count, 32, 32, 3] }, [SIZE, SIZE]);
const probabilities = await run("classify");
const embeddings = await run("embed");
const differences = {
  classify: await differenceFrom(probabilities),
  embed: await differenceFrom(embeddings, FEATURES),
};

console.log(`
${path}
  size                ${bytes.length.toLocaleString("en")} bytes; the whole model alone ${alone.length.toLocaleString("en")}, its features ${features.bytes.length.toLocaleString("en")}
  operators           ${Object.values(report.operators.after).reduce((sum, each) => sum + each, 0)} in two signatures
  LiteRT against tfjs ${differences.classify.toExponential(1)} at most between probabilities, ${differences.embed.toExponential(1)} of the largest feature
  alike               ${rows(embeddings)
    .slice(1)
    .map((row) => cosine(rows(embeddings)[0]!, row).toFixed(3))
    .join(", ")} (the first picture and each of the others)`);
const isOk = differences.classify < 1e-5 && differences.embed < 1e-5 && bytes.length < 1.01 * alone.length;
process.exitCode = isOk ? 0 : 1;

/** The first output of a signature for all pictures. */
async function run(signature: string): Promise<TfliteOutput> {
  const file = await loadTflite(bytes, { signature });
  const [output] = Object.values(await file.run(pictures));
  file.close();
  return output!;
}

/** The largest difference from a node of the model, relative to its largest value. */
async function differenceFrom(actual: TfliteOutput, node?: string): Promise<number> {
  const expected = tidy(() => model.execute(tensor(pictures.data, [...pictures.shape]), node) as Tensor);
  const values = Array.from(await expected.data());
  expected.dispose();
  const largest = Math.max(...values.map(Math.abs));
  return Math.max(...values.map((value, index) => Math.abs(value - Number(actual.data[index])))) / largest;
}

function rows({ data, shape }: TfliteOutput): readonly (readonly number[])[] {
  const length = shape[1]!;
  return Array.from({ length: shape[0]! }, (_, row) =>
    Array.from(data.slice(row * length, (row + 1) * length), Number),
  );
}

/** 1 where two vectors point the same way. */
function cosine(a: readonly number[], b: readonly number[]): number {
  const product = (x: readonly number[], y: readonly number[]): number =>
    x.reduce((sum, value, index) => sum + value * y[index]!, 0);
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}

/** Coloured stripes in place of photos: RGB bytes. */
function stripes(pictureCount: number, size: number): Uint8Array {
  return Uint8Array.from({ length: pictureCount * size * size * 3 }, (_, i) => {
    const [picture, x, channel] = [Math.floor(i / (size * size * 3)), Math.floor(i / 3) % size, i % 3];
    return 127 + 120 * Math.sin((x * (picture + 1)) / 5 + channel);
  });
}
